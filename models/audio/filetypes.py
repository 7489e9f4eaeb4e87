"""Recognises audio files by extension and first bytes, without a decoder."""

import string

EXTENSIONS_BY_KIND = {
    "MPEG audio": "mp1 mp2 mp3 mpa mpga",
    "MPEG-4 and Apple": "m4a m4b m4p m4r mp4 m4v mov aac adts alac 3gp 3g2 caf aax",
    "Xiph": "ogg oga ogv opus spx flac",
    "Matroska": "mka mkv webm weba",
    "uncompressed": "wav wave bwf rf64 w64 aif aiff aifc afc au snd voc iff 8svx",
    "Windows Media": "wma wmv asf",
    "lossless and Musepack": "ape wv tta tak shn mpc mpp mp+ qoa",
    "surround": "ac3 eac3 ec3 dts dtshd thd truehd mlp",
    "speech, RealAudio, Atrac, games, DSD": "amr awb ra rm oma aa3 adx dsf dff",
    "video that usually comes with sound": "avi flv mpg mpeg vob",
}
AUDIO_EXTENSIONS = frozenset(name for names in EXTENSIONS_BY_KIND.values() for name in names.split())

MAGIC_BYTES = 64  # bytes at the start of a file that `looks_like_audio` and `media_type` need
MEDIA_TYPES = {  # first bytes -> media type; the common one if IANA has none
    b"ID3": "audio/mpeg",
    b"OggS": "audio/ogg",
    b"fLaC": "audio/flac",
    b"RF64": "audio/wav",
    b"wvpk": "audio/x-wavpack",
    b"MAC ": "audio/x-ape",
    b"TTA1": "audio/x-tta",
    b"MPCK": "audio/x-musepack",
    b"MP+": "audio/x-musepack",
    b"caff": "audio/x-caf",
    b".snd": "audio/basic",
    b"#!AMR": "audio/AMR",
    b"\x1aE\xdf\xa3": "audio/x-matroska",  # EBML
    b"\x30\x26\xb2\x75\x8e\x66\xcf\x11": "audio/x-ms-wma",  # ASF
    b"\x0b\x77": "audio/ac3",
    b"\x7f\xfe\x80\x01": "audio/vnd.dts",
}
FORMS = {  # (id of the first chunk, its form) -> media type
    (b"RIFF", b"WAVE"): "audio/wav",
    (b"FORM", b"AIFF"): "audio/aiff",
    (b"FORM", b"AIFC"): "audio/aiff",
}
PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n", b"GIF87a", b"GIF89a", b"II*\x00", b"MM\x00*")
MAX_EXTENSION = 6  # characters
EXTENSION_CHARACTERS = frozenset(string.ascii_letters + string.digits + "+")


def extension(name: str) -> str:
    """The extension of a file name in lower case, without the dot; "" if there is none.

    >>> extension("Mr. Sandman"), extension("01 Intro.MP3")
    ('', 'mp3')
    """
    _, _, last = name.rpartition(".") if "." in name else ("", "", "")
    plausible = len(last) <= MAX_EXTENSION and EXTENSION_CHARACTERS.issuperset(last)
    return last.lower() if plausible else ""


def looks_like_picture(head: bytes) -> bool:
    """Whether a file that starts with these bytes is a picture of a common format."""
    return head.startswith(PICTURES) or (head[:4], head[8:12]) == (b"RIFF", b"WEBP")


def looks_like_audio(head: bytes) -> bool:
    """Whether a file that starts with these `MAGIC_BYTES` bytes is audio or a container that may contain it."""
    return media_type(head) is not None


def media_type(head: bytes) -> str | None:
    """The media type of a file that starts with these `MAGIC_BYTES` bytes; None if it is not audio."""
    if head.startswith(b"\x1aE\xdf\xa3") and b"webm" in head:  # the document type in the header of EBML
        return "audio/webm"
    if form := FORMS.get((head[:4], head[8:12])):
        return form
    if head[4:8] == b"ftyp":
        return "audio/mp4"
    known = next((kind for start, kind in MEDIA_TYPES.items() if head.startswith(start)), None)
    return known or _mpeg_media_type(head)


def _mpeg_media_type(head: bytes) -> str | None:
    """The media type for a frame header: MPEG audio (ISO 11172-3, 2.4.2.3) layer II or III, or ADTS (ISO 13818-7, 6.2).

    Layer I is extinct, and its header looks like the byte order mark of UTF-16 text.
    """
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    layer = head[1] >> 1 & 3  # 0: ADTS, 1: III, 2: II, 3: I
    if layer == 0:
        is_adts = head[1] & 0xF0 == 0xF0 and head[2] >> 2 & 15 < 13  # 13 sampling frequencies
        return "audio/aac" if is_adts else None
    version, bit_rate, sampling_rate = head[1] >> 3 & 3, head[2] >> 4, head[2] >> 2 & 3
    is_frame = layer != 3 and version != 1 and bit_rate not in {0, 15} and sampling_rate != 3
    return "audio/mpeg" if is_frame else None
