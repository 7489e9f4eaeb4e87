"""What the tags of a track should say, from what is known of it."""

from collections.abc import Callable, Collection, Mapping

from catalog.track import Track
from indexer.file_tags.parsing import R128_OFFSET, R128_STEPS
from indexer.tag_writing.fields import BPM, GENRE, GROUPING, KEY, MOOD, REPLAY_GAIN, SCORES

REFERENCE = -18.0  # LUFS, of ReplayGain 2
MAX_VALUES = 3  # of moods and of genres, the surest first
SEPARATORS = str.maketrans(";/,\0\n\r", "      ")  # at which players split values
MIN_GAIN, MAX_GAIN = -51.0, 51.0  # dB, as much as players take

Texts = tuple[str, ...]
Naming = Callable[[str], str]  # slug of a tag -> its name


def wanted(
    track: Track, fields: Collection[str], min_confidence: float, naming: Naming, max_seconds: float
) -> Mapping[str, Texts]:
    """{field: texts}; no texts where nothing is known that is sure enough.

    `max_seconds`: of which the loudness was measured; longer tracks get no ReplayGain.
    """
    made = {
        MOOD: lambda: _named(track, ("mood",), min_confidence, naming, MAX_VALUES),
        GENRE: lambda: _named(track, ("genre",), min_confidence, naming, MAX_VALUES),
        GROUPING: lambda: _named(track, ("instruments", "texture"), min_confidence, naming, 2 * MAX_VALUES),
        BPM: lambda: _bpm(track, min_confidence),
        KEY: lambda: _key(track, min_confidence),
        REPLAY_GAIN: lambda: _gain(track, max_seconds),
        SCORES: lambda: _scores(track),
    }
    return {field: made[field]() for field in fields}


def _named(track: Track, categories: Collection[str], least: float, naming: Naming, most: int) -> Texts:
    tags = [tag for tag in track.right_tags if tag.category in categories and tag.confidence >= least]
    tags.sort(key=lambda tag: (-tag.confidence, tag.slug))
    names = (" ".join(naming(tag.slug).translate(SEPARATORS).split()) for tag in tags[:most])
    return tuple(dict.fromkeys(name[:1].upper() + name[1:] for name in names if name))


def _bpm(track: Track, least: float) -> Texts:
    found = track.measured
    if found is None or found.bpm is None or found.bpm_confidence < least:
        return ()
    return (str(round(found.bpm)),)


def _key(track: Track, least: float) -> Texts:
    found = track.measured
    if found is None or not found.key or found.key_confidence < least:
        return ()
    return (found.key,)


def _gain(track: Track, max_seconds: float) -> Texts:
    """Gain in dB, peak relative to full scale, and the gain of R128 in steps (RFC 7845, 5.2.1)."""
    found = track.measured
    if found is None or found.loudness is None or track.duration > max_seconds:
        return ()
    gain = min(max(REFERENCE - found.loudness, MIN_GAIN), MAX_GAIN)
    peak = "" if found.true_peak is None else f"{10 ** (found.true_peak / 20):.6f}"
    return f"{gain:.2f} dB", peak, str(round((gain - R128_OFFSET) * R128_STEPS))


def _scores(track: Track) -> Texts:
    """Every tag with its confidence, in one value: "calm=0.82; piano=0.74"."""
    tags = sorted(track.right_tags, key=lambda tag: (-tag.confidence, tag.slug))
    return ("; ".join(f"{tag.slug}={tag.confidence:.2f}" for tag in tags),) if tags else ()
