"""Which files count as audio before anybody opens them with a decoder."""

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

MAGIC_BYTES = 16  # what `looks_like_audio` wants to see of a file
MAGIC_STARTS = (
    b"ID3",
    b"OggS",
    b"fLaC",
    b"RF64",
    b"wvpk",
    b"MAC ",
    b"TTA1",
    b"MPCK",
    b"MP+",
    b"caff",
    b".snd",
    b"#!AMR",
    b"\x1aE\xdf\xa3",  # EBML: Matroska, WebM
    b"\x30\x26\xb2\x75\x8e\x66\xcf\x11",  # ASF
    b"\x0b\x77",  # AC-3
    b"\x7f\xfe\x80\x01",  # DTS
)
LONGEST_EXTENSION = 6
EXTENSION_CHARACTERS = frozenset(string.ascii_letters + string.digits + "+")


def extension(name: str) -> str:
    """The extension of a file name in lower case, without the dot; "" if what follows the last dot is no extension.

    >>> extension("Mr. Sandman"), extension("01 Intro.MP3")
    ('', 'mp3')
    """
    _, _, last = name.rpartition(".") if "." in name else ("", "", "")
    plausible = len(last) <= LONGEST_EXTENSION and EXTENSION_CHARACTERS.issuperset(last)
    return last.lower() if plausible else ""


def looks_like_audio(head: bytes) -> bool:
    """Whether a file that starts with these `MAGIC_BYTES` bytes is audio, or a container that may hold it."""
    if head.startswith(MAGIC_STARTS):
        return True
    form = head[:4], head[8:12]
    if form in {(b"RIFF", b"WAVE"), (b"FORM", b"AIFF"), (b"FORM", b"AIFC")}:
        return True
    return head[4:8] == b"ftyp" or _starts_mpeg_frame(head)


def _starts_mpeg_frame(head: bytes) -> bool:
    """A frame header of MPEG audio (ISO 11172-3, 2.4.2.3) layer II or III, or of ADTS (ISO 13818-7, 6.2).

    Layer I is extinct, and its header looks like the byte order mark of UTF-16 text.
    """
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return False
    layer = head[1] >> 1 & 3  # 0: ADTS, 1: III, 2: II, 3: I
    if layer == 0:
        return head[1] & 0xF0 == 0xF0 and head[2] >> 2 & 15 < 13  # 13 sampling frequencies
    version, bit_rate, sampling_rate = head[1] >> 3 & 3, head[2] >> 4, head[2] >> 2 & 3
    return layer != 3 and version != 1 and bit_rate not in {0, 15} and sampling_rate != 3
