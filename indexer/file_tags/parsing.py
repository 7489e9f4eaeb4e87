"""From the texts of a file to the attributes of `TagInfo`. Implausible numbers count as missing."""

import re
from collections.abc import Iterable, Mapping, Sequence

from mutagen.id3 import TCON

from indexer.file_tags.tag_info import TagInfo
from polymuse.text import clean, clean_lines

Texts = Mapping[str, Sequence[str]]

VALUE_SEPARATORS = re.compile(r"[\0\x1f]")  # both end a value in some systems, and no name contains them
GENRE_SEPARATORS = re.compile(r"[;/,\0\x1f]")
NAME_SEPARATORS = ("; ", " / ", "/", ";", ", ", " & ")  # of artists, if something proves that they separate
YEAR = re.compile(r"(?<!\d)(?:1[89]|20)\d\d")  # also at the start of 20040506
COUNTED = re.compile(r"0*(\d{1,4})(?:\s*(?:/|of)\s*\d*)?", re.IGNORECASE)  # 3, 03, 3/12
NUMBER = re.compile(r"[-+\u2212]?\d{1,6}(?:[.,]\d{1,12})?(?![\d.e])", re.IGNORECASE)
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}\d{7}")
MUSICBRAINZ = {  # kind of id -> field
    "recording": "recording",
    "track": "track",
    "release": "release",
    "release_group": "release_group",
    "artist": "artist_id",
    "album_artist": "album_artist_id",
    "work": "work",
}
MAX_NAMES = 100  # of a kind in a file, such as genres
MAX_VALUE = 10_000  # characters of a value with several names
MAX_BPM = 1_000.0
MAX_KEY = 20  # characters
MAX_GAIN = 64.0  # dB
MAX_PEAK = 64.0  # relative to full scale
R128_STEPS = 256  # in a decibel: R128 gains are Q7.8 numbers
R128_OFFSET = 5.0  # dB between the levels of R128 and ReplayGain, -23 and -18 LUFS


def tag_info(texts: Texts, fallback_title: str) -> TagInfo:
    """The tags; `fallback_title` if there is no title."""
    musicbrainz = {kind: _ids(texts.get(field, ())) for kind, field in MUSICBRAINZ.items()}
    shown = _line(texts, "artist")
    artists = artist_names(texts.get("artist", ()), texts.get("artists", ()), len(musicbrainz["artist"]))
    album_artist = _line(texts, "album_artist")
    return TagInfo(
        title=_line(texts, "title") or clean(fallback_title),
        artist=shown or ", ".join(artists) or album_artist,
        album=_line(texts, "album"),
        year=year(texts.get("date", ())),
        genres=genres(texts.get("genre", ())),
        artists=artists or ((album_artist,) if album_artist else ()),
        album_artist=album_artist,
        track_number=counted(texts.get("track_number", ())),
        disc_number=counted(texts.get("disc_number", ())),
        original_year=year(texts.get("original_date", ())),
        compilation=_first(texts, "compilation").casefold() in {"1", "true", "yes"},
        composers=_names(texts.get("composer", ())),
        label=_first(texts, "label"),
        isrcs=isrcs(texts.get("isrc", ())),
        musicbrainz={kind: ids for kind, ids in musicbrainz.items() if ids},
        tag_bpm=_between(_first(texts, "bpm"), 0, MAX_BPM),
        tag_key=_first(texts, "key")[:MAX_KEY],
        replay_gain=replay_gain(texts),
        lyrics=clean_lines(next(iter(texts.get("lyrics", ())), "")),
        comment=_first(texts, "comment"),
    )


def artist_names(credited: Sequence[str], names: Sequence[str], ids: int) -> tuple[str, ...]:
    """Each artist alone, from the credits that are shown, the names if the file has them, and the number of artist ids.

    Separators within a text are trusted only if they are proven: by as many ids, or by names that stand in the credits
    otherwise separated.

    >>> artist_names(["Queen & David Bowie"], ["Queen/David Bowie"], 0)
    ('Queen', 'David Bowie')
    >>> artist_names(["AC/DC"], ["AC/DC"], 1)
    ('AC/DC',)
    """
    shown = ", ".join(_names(credited))
    found = _names(names) or _names(credited)
    if len(found) != 1:
        return found
    [name] = found
    for separator in NAME_SEPARATORS:
        parts = _names(name.split(separator))
        proven = len(parts) == ids or (name not in shown and all(part in shown for part in parts))
        if len(parts) > 1 and (proven or separator == "; "):
            return parts
    return found


def year(texts: Iterable[str]) -> int | None:
    """The first year in the texts."""
    found = YEAR.search(" ".join(text[:100] for text in texts))
    return int(found[0]) if found else None


def counted(texts: Sequence[str]) -> int | None:
    """The number before a slash: 3 for "3/12"; None for 0 and for anything else, such as "A1".

    >>> counted(["03/12"]), counted(["0"]), counted(["A1"])
    (3, None, None)
    """
    found = COUNTED.fullmatch(next(iter(texts), "").strip())
    return int(found[1]) or None if found else None


def genres(texts: Iterable[str]) -> tuple[str, ...]:
    """Each genre once, in order, ignoring case; numbers of ID3v1 by their names.

    >>> genres(["(51)(39)"]), genres(["(4)Eurodisco"]), genres(["144"]), genres(["Rock/Pop; rock"])
    (('Techno-Industrial', 'Noise'), ('Disco', 'Eurodisco'), ('Thrash Metal',), ('Rock', 'Pop'))
    """
    values = (value for text in texts for value in VALUE_SEPARATORS.split(text[:MAX_VALUE]))
    named = [name for value in values for name in _genre_names(value)]
    return _names(part for name in named for part in GENRE_SEPARATORS.split(name))


def isrcs(texts: Iterable[str]) -> tuple[str, ...]:
    """The valid ISRCs, without hyphens."""
    bare = "\0".join(texts)[:10_000].upper().replace("-", "")
    return tuple(dict.fromkeys(ISRC.findall(bare)))


def replay_gain(texts: Texts) -> dict[str, float]:
    """Gains in dB relative to -18 LUFS and peaks relative to full scale.

    The gains of R128 tags, which belong to Opus, are relative to -23 LUFS (RFC 7845, 5.2.1).

    >>> replay_gain({"track_gain_db": ["-7,03 dB"], "track_peak": ["1.0000"], "r128_track": ["-3072"]})
    {'track_gain_db': -7.0, 'track_peak': 1.0}
    """
    found = {
        "track_gain_db": _between(_first(texts, "track_gain_db"), -MAX_GAIN, MAX_GAIN),
        "track_peak": _between(_first(texts, "track_peak"), 0, MAX_PEAK),
        "album_gain_db": _between(_first(texts, "album_gain_db"), -MAX_GAIN, MAX_GAIN),
        "album_peak": _between(_first(texts, "album_peak"), 0, MAX_PEAK),
    }
    for name in ("track", "album"):
        steps = _between(_first(texts, f"r128_{name}"), -MAX_GAIN * R128_STEPS, MAX_GAIN * R128_STEPS)
        if steps is not None:
            found[f"{name}_gain_db"] = steps / R128_STEPS + R128_OFFSET
    return {name: value for name, value in found.items() if value is not None}


def _genre_names(text: str) -> list[str]:
    names = TCON(text=[text]).genres if text[:1] == "(" or text.strip().isdigit() else [text]
    return [name for name in names if name != "Unknown"]  # a number beyond the list


def _ids(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(UUID.findall(" ".join(texts)[:10_000].lower())))


def _names(texts: Iterable[str]) -> tuple[str, ...]:
    """Each name once, in order, ignoring case; at most MAX_NAMES."""
    parts = (clean(part) for text in texts for part in VALUE_SEPARATORS.split(text[:MAX_VALUE]))
    unique: dict[str, str] = {}
    for part in parts:
        if part:
            unique.setdefault(part.casefold(), part)
        if len(unique) == MAX_NAMES:
            break
    return tuple(unique.values())


def _line(texts: Texts, field: str) -> str:
    """All values, separated by commas."""
    return clean(", ".join(_names(texts[field]))) if field in texts else ""


def _first(texts: Texts, field: str) -> str:
    return next(iter(_names(texts[field])), "") if field in texts else ""


def _between(text: str, low: float, high: float) -> float | None:
    """The number that a text starts with, if it is within the limits; the decimal separator may be a comma.

    A lower limit of 0 is left out.
    """
    found = NUMBER.match(text.strip())
    number = float(found[0].replace(",", ".").replace("\u2212", "-")) if found else None
    return number if number is not None and low <= number <= high and (low or number) else None
