"""Tempo, key, loudness and energy of a track, for people and for programs."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from catalog.track import Source, Track
from polymuse.music import Measurements

if TYPE_CHECKING:
    from indexer.file_tags import TagInfo

MEASURED_FIELDS = ("bpm", "bpm_source", "key", "key_source", "camelot", "loudness", "energy")  # of CSV
SOURCES: dict[Source, str] = {"file": "file tag", "measured": "measured", "": ""}


def subject(tags: "TagInfo", measured: Measurements | None) -> Track:
    """A track that is not in the library, as far as its tempo, key, loudness and energy are concerned."""
    return Track("", (), tags.title, 0.0, "", tag_bpm=tags.tag_bpm, tag_key=tags.tag_key, measured=measured)


def values(track: Track) -> tuple[object, ...]:
    """The cells of MEASURED_FIELDS, rounded as they are shown; "" for what there is not."""
    return tuple("" if value is None else value for value in _shown(track).values())


def measured_dict(track: Track) -> dict[str, Any]:
    """For JSON: MEASURED_FIELDS, and all that was measured."""
    return {**_shown(track), "measured": None if track.measured is None else asdict(track.measured)}


def from_dict(shown: Mapping[str, Any]) -> Track:
    """A track with what `measured_dict` shows of another."""
    found = None if shown["measured"] is None else Measurements(**shown["measured"])
    bpm = shown["bpm"] if shown["bpm_source"] == "file" else None
    key = shown["key"] if shown["key_source"] == "file" else ""
    return Track("", (), "", 0.0, "", tag_bpm=bpm, tag_key=key, measured=found)


def columns(tracks: Iterable[Track]) -> dict[str, Callable[[Track], str]]:
    """{name: cell of a track} of the columns of a table that are not empty for these tracks."""
    cells = {"bpm": _bpm, "key": _key}
    found = {name for track in tracks for name, cell in cells.items() if cell(track)}
    return {name: cell for name, cell in cells.items() if name in found}


def rows(track: Track) -> list[tuple[str, str]]:
    """(name, value) of what there is."""
    return [*_tempo(track), *_tonality(track), *_level(track)]


def _shown(track: Track) -> dict[str, Any]:
    numbers = {"bpm": track.bpm, "loudness": track.loudness, "energy": track.energy}
    digits = {"bpm": 1, "loudness": 1, "energy": 2}
    rounded = {name: None if value is None else round(value, digits[name]) for name, value in numbers.items()}
    return {name: rounded[name] if name in rounded else getattr(track, name) for name in MEASURED_FIELDS}


def _bpm(track: Track) -> str:
    return "" if track.bpm is None else f"{track.bpm:.0f}"


def _key(track: Track) -> str:
    return f"{track.key} {track.camelot}" if track.key else ""


def _tempo(track: Track) -> Iterator[tuple[str, str]]:
    found = track.measured
    if track.bpm is not None:
        is_measured = track.bpm_source == "measured" and found is not None
        sure = f", confidence {found.bpm_confidence:.2f}" if is_measured and found else ""
        yield "tempo", f"{track.bpm:.1f} BPM ({SOURCES[track.bpm_source]}{sure})"
    if found is not None and found.bpm is not None:
        if track.bpm_source == "file":
            yield "tempo, measured", f"{found.bpm:.1f} BPM (confidence {found.bpm_confidence:.2f})"
        if found.bpm_other is not None:
            yield "tempo, other level", f"{found.bpm_other:.1f} BPM"
        if found.first_beat is not None:
            yield "first beat", f"{found.first_beat:.2f} s"


def _tonality(track: Track) -> Iterator[tuple[str, str]]:
    found = track.measured
    if track.key:
        is_measured = track.key_source == "measured" and found is not None
        sure = f", confidence {found.key_confidence:.2f}" if is_measured and found else ""
        yield "key", f"{track.key}, Camelot {track.camelot} ({SOURCES[track.key_source]}{sure})"
    if found is not None and found.key and track.key_source == "file":
        yield "key, measured", f"{found.key} (confidence {found.key_confidence:.2f})"


def _level(track: Track) -> Iterator[tuple[str, str]]:
    found = track.measured
    if found is None:
        return
    numbers = {
        "loudness": (found.loudness, ".1f", "LUFS"),
        "loudness range": (found.loudness_range, ".1f", "LU"),
        "true peak": (found.true_peak, "+.1f", "dBTP"),
        "energy": (found.energy, ".2f", "from 0 to 1"),
    }
    for name, (value, form, unit) in numbers.items():
        if value is not None:
            yield name, f"{value:{form}} {unit}"
