"""The fields that are written, and the names under which programs keep them in files.

The names are those of MusicBrainz Picard and Navidrome; for keys in Vorbis comments there are two, as programs differ.
"""

from collections.abc import Sequence

from mutagen.id3 import ID3, TBPM, TCON, TIT1, TKEY, TMOO, TXXX, Encoding, Frame

from indexer.file_tags.names import MAX_NAME, meaning

MOOD, GENRE, BPM, KEY, GROUPING, REPLAY_GAIN, SCORES = "mood", "genre", "bpm", "key", "grouping", "replaygain", "scores"
FIELDS = (MOOD, GENRE, BPM, KEY, GROUPING, REPLAY_GAIN, SCORES)
FIELD_NAMES = {
    MOOD: "mood moods",
    GROUPING: "grouping contentgroup",
    SCORES: "polymusetags",
}  # beside `file_tags.names`
GAIN_FIELDS = ("track_gain_db", "track_peak", "r128_track")  # of `file_tags.names`

ID3V24, OPUS = "ID3v2.4", "Opus"  # kinds of tags with names of their own
VORBIS = {MOOD: ("MOOD",), GENRE: ("GENRE",), BPM: ("BPM",), KEY: ("KEY", "INITIALKEY"), GROUPING: ("GROUPING",)}
MP4_ATOMS = {GENRE: "\xa9gen", BPM: "tmpo", GROUPING: "\xa9grp"}
MP4_FREE = {MOOD: "MOOD", KEY: "initialkey", SCORES: "POLYMUSE_TAGS"}
MP4_FIELDS = {"\xa9gen": GENRE, "gnre": GENRE, "tmpo": BPM, "\xa9grp": GROUPING}
ID3_FIELDS = {"TMOO": MOOD, "TCON": GENRE, "TBPM": BPM, "TKEY": KEY, "TIT1": GROUPING, "GRP1": GROUPING}
GAIN, PEAK, R128, SCORES_NAME = "REPLAYGAIN_TRACK_GAIN", "REPLAYGAIN_TRACK_PEAK", "R128_TRACK_GAIN", "POLYMUSE_TAGS"
JOINED = "; "  # values of ID3v2.3, which has no separator of its own


def field_of(name: str) -> str:
    """The field that a name of a free tag belongs to; "" if to none.

    >>> field_of("Initial Key"), field_of("MOOD"), field_of("replaygain_track_peak"), field_of("ARTIST")
    ('key', 'mood', 'replaygain', '')
    """
    known = meaning(name)
    if known is not None:
        return REPLAY_GAIN if known[0] in GAIN_FIELDS else known[0] if known[0] in FIELDS else ""
    folded = "".join(character for character in name[:MAX_NAME].casefold() if character.isalnum())
    return next((field for field, names in FIELD_NAMES.items() if folded in names.split()), "")


def is_blank(field: str, texts: Sequence[str]) -> bool:
    """Whether a tag says nothing: many programs write a tempo of 0 for an unknown one."""
    return not any(text.strip() and not (field == BPM and not text.strip("0. ")) for text in texts)


def comments(kind: str, field: str, texts: Sequence[str]) -> list[tuple[str, str]]:
    """The Vorbis comments for a field. `texts` of the gain: dB, peak, and steps of R128, which only Opus has."""
    if field == REPLAY_GAIN:
        gain, peak, steps = texts
        return [(R128, steps)] if kind == OPUS else [(GAIN, gain), *([(PEAK, peak)] if peak else [])]
    names = (SCORES_NAME,) if field == SCORES else VORBIS[field]
    return [(name, text) for name in names for text in texts]


def frames(kind: str, field: str, texts: Sequence[str]) -> list[Frame]:
    """The ID3 frames for a field."""
    is_new = kind == ID3V24
    several = list(texts) if is_new else [JOINED.join(texts)]
    plain = all(text.isascii() for text in texts)
    encoding = Encoding.LATIN1 if plain else Encoding.UTF8 if is_new else Encoding.UTF16
    if field == REPLAY_GAIN:
        gain, peak, _ = texts
        named = [(GAIN, gain), *([(PEAK, peak)] if peak else [])]
        return [TXXX(encoding=encoding, desc=name, text=[text]) for name, text in named]
    if field == SCORES or (field == MOOD and not is_new):  # version 2.3 has no frame for moods
        return [TXXX(encoding=encoding, desc="MOOD" if field == MOOD else SCORES_NAME, text=several)]
    made = {MOOD: TMOO, GENRE: TCON, BPM: TBPM, KEY: TKEY, GROUPING: TIT1}[field]
    return [made(encoding=encoding, text=several)]


def shown(frame: Frame) -> tuple[str, tuple[str, ...]]:
    """The field of an ID3 frame and its texts."""
    name = frame.FrameID
    if name == "RVA2" and str(frame.desc).lower() == "track":  # type: ignore[attr-defined]
        return REPLAY_GAIN, (f"{frame.gain:.2f} dB",)  # type: ignore[attr-defined]
    field = field_of(frame.desc) if name == "TXXX" else ID3_FIELDS.get(name, "")  # type: ignore[attr-defined]
    return field, tuple(str(text) for text in frame.text) if field else ()  # type: ignore[attr-defined]


def as_tag(made: Sequence[Frame]) -> ID3:
    """A tag with these frames only."""
    tag = ID3()
    for frame in made:
        tag.add(frame)
    return tag
