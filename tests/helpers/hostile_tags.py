"""Short audio files with any number of tags, written byte by byte, in every container in which FFmpeg reads tags."""

import functools
import struct
import tempfile
from collections.abc import Callable, Iterable
from io import BytesIO
from pathlib import Path

from mutagen.ogg import OggPage

from tests.helpers.audio_files import encode, sweep
from tests.helpers.tagged_files import audio, frame, id3v2

OTHER_CODECS = {
    "oga": "flac",
    "caf": "pcm_s16le",
    "w64": "pcm_s16le",
    "au": "pcm_s16be",
    "flv": "libmp3lame",
    "nut": "pcm_s16le",
}
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
ASF_EXTENDED = bytes.fromhex("40a4d0d207e3d21197f000a0c95ea850")
ASF_LIBRARY = bytes.fromhex("941c23449894d149a1411d134e457054")
W64_SUMMARY = bytes.fromhex("bc945f925a52d21186dc00c04f8edb8a")
NUT_INFO = bytes.fromhex("4e49ab68b596ba78")


def names(count: int) -> list[bytes]:
    """Different names of seven characters."""
    return [b"K%06d" % number for number in range(count)]


@functools.cache
def clip(suffix: str) -> bytes:
    """A tenth of a second without tags."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / f"a.{suffix}"
        if suffix in OTHER_CODECS:
            return encode(path, OTHER_CODECS[suffix], sweep(0.1, 44_100)).read_bytes()
        return audio(path).read_bytes()


def comments(texts: Iterable[bytes]) -> bytes:
    """A block of Vorbis comments."""
    sized = [le(len(text)) + text for text in texts]
    return le(0) + le(len(sized)) + b"".join(sized)


def flac(*blocks: bytes) -> bytes:
    """A FLAC file with these blocks of comments and no other block but its first."""
    data = clip("flac")
    at, last = 4, False
    while not last:
        last = bool(data[at] & 0x80)
        at += 4 + int.from_bytes(data[at + 1 : at + 4])
    return (
        b"fLaC\0" + data[5:42] + b"".join(map(flac_block, blocks)) + b"\x81\0\0\0" + data[at:]
    )  # an empty PADDING is the last block


def flac_block(block: bytes) -> bytes:
    return b"\4" + len(block).to_bytes(3, "big") + block


def ogg(suffix: str, second: bytes) -> bytes:
    """An Ogg file with this second packet."""
    data = clip(suffix)
    file, pages = BytesIO(data), []
    while file.tell() < len(data):
        pages.append(OggPage(file))
    headers = OggPage.to_packets([page for page in pages[1:] if page.position == 0])
    pages = [
        pages[0],
        *OggPage.from_packets([second, *headers[1:]]),
        *[page for page in pages[1:] if page.position != 0],
    ]
    for number, page in enumerate(pages):
        page.serial, page.sequence = pages[0].serial, number
        if number and page.position < 0:
            page.position = 0
    return b"".join(page.write() for page in pages)


def mp4(ilst: bytes, keys: bytes = b"") -> bytes:
    data = clip("m4a")
    at = data.index(b"moov") - 4
    moov = data[at + 8 : data.index(b"udta", at) - 4]
    handler = b"mdta" + bytes(13) if keys else b"mdirappl" + bytes(9)
    meta = atom(b"meta", bytes(4), atom(b"hdlr", bytes(8), handler), keys, atom(b"ilst", ilst))
    return data[:at] + atom(b"moov", moov, atom(b"udta", meta))


def mp4_freeform(count: int) -> bytes:
    named = (atom(b"mean", bytes(4), b"x") + atom(b"name", bytes(4), name) for name in names(count))
    return mp4(b"".join(atom(b"----", each, atom(b"data", be(1), bytes(4), b"x")) for each in named))


def mp4_keys(count: int) -> bytes:
    keys = atom(b"keys", bytes(4), be(count), *(be(15) + b"mdta" + name for name in names(count)))
    values = (atom(be(number + 1), atom(b"data", be(1), bytes(4), b"x")) for number in range(count))
    return mp4(b"".join(values), keys)


def riff(*chunks: bytes) -> bytes:
    data = clip("wav") + b"".join(chunks)
    return data[:4] + le(len(data) - 8) + data[8:]


def riff_info(count: int) -> bytes:
    return riff(chunk(b"LIST", b"INFO" + b"".join(chunk(short_name(number), b"x\0") for number in range(count))))


def matroska(*elements: bytes) -> bytes:
    """With these elements at the start of a segment of unknown size."""
    data = clip("mka")
    at = data.index(b"\x18\x53\x80\x67") + 4
    width = 9 - data[at].bit_length()  # of the size
    return data[:at] + b"\x01" + b"\xff" * 7 + b"".join(elements) + data[at + width :]


def matroska_tags(*tags: Iterable[bytes]) -> bytes:
    """A tag with simple tags for each group of names."""
    made = (element(b"\x73\x73", element(b"\x63\xc0"), *map(simple_tag, group)) for group in tags)
    return matroska(element(b"\x12\x54\xc3\x67", *made))


def simple_tag(name: bytes) -> bytes:
    return element(b"\x67\xc8", element(b"\x45\xa3", name), element(b"\x44\x87", b"x"))


def asf(guid: bytes, count: int) -> bytes:
    data = clip("wma")
    size, objects = struct.unpack("<QI", data[16:28])
    attributes = b""
    for name in names(count):
        text = name.decode().encode("utf-16-le") + b"\0\0"
        if guid == ASF_EXTENDED:
            attributes += struct.pack("<H", len(text)) + text + struct.pack("<HH", 0, 4) + b"x\0\0\0"
        else:
            attributes += struct.pack("<HHHHI", 0, 0, len(text), 0, 4) + text + b"x\0\0\0"
    body = guid + struct.pack("<QH", 26 + len(attributes), count) + attributes
    return data[:16] + struct.pack("<QI", size + len(body), objects + 1) + data[28:size] + body + data[size:]


def apev2(suffix: str, count: int) -> bytes:
    items = b"".join(le(1) + le(0) + name + b"\0x" for name in names(count))
    return clip(suffix) + items + b"APETAGEX" + le(2000) + le(len(items) + 32) + le(count) + bytes(12)


def caf(count: int) -> bytes:
    data, texts = clip("caf"), be(count) + b"".join(name + b"\0x\0" for name in names(count))
    description_end = 8 + 12 + 32
    return data[:description_end] + b"info" + struct.pack(">Q", len(texts)) + texts + data[description_end:]


def wave64(count: int) -> bytes:
    data = clip("w64")
    texts = le(count) + b"".join(short_name(number) + le(4) + b"x\0\0\0" for number in range(count))
    summary = W64_SUMMARY + struct.pack("<Q", 24 + len(texts)) + texts + bytes(-len(texts) % 8)
    return data[:80] + summary + data[80:]  # behind the head of 40 bytes and the format, which has as many


def flash(count: int) -> bytes:
    pairs = b"".join(b"\0\7" + name + b"\2\0\1x" for name in names(count))
    body = b"\2\0\x0aonMetaData\x08" + be(count) + pairs + b"\0\0\x09"
    tag = b"\x12" + len(body).to_bytes(3, "big") + bytes(7) + body
    data = clip("flv")
    return data[:13] + tag + be(len(tag)) + data[13:]


def nut(count: int) -> bytes:
    """An info packet; FFmpeg does not check the checksums of zero here."""
    pairs = b"".join(b"\7" + name + seven_bits(2) + b"\1x" for name in names(count))
    body = bytes(4) + seven_bits(count) + pairs + bytes(4)
    size = seven_bits(len(body))
    head_checksum = bytes(4) if len(body) > 4096 else b""
    data = clip("nut")
    at = data.index(b"NK\xe4\xad\xee\xca\x45\x69")  # the first syncpoint
    return data[:at] + NUT_INFO + size + head_checksum + body + data[at:]


def le(number: int) -> bytes:
    return struct.pack("<I", number)


def be(number: int) -> bytes:
    return struct.pack(">I", number)


def atom(name: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return be(8 + len(body)) + name + body


def chunk(name: bytes, body: bytes) -> bytes:
    return name + le(len(body)) + body + bytes(len(body) % 2)


def element(name: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return name + (bytes([0x80 | len(body)]) if len(body) < 127 else (len(body) | 1 << 56).to_bytes(8, "big")) + body


def short_name(number: int) -> bytes:
    """Four characters."""
    return "".join(LETTERS[number // 36**place % 36] for place in range(4)).encode()


def seven_bits(number: int) -> bytes:
    more = [number & 0x7F]
    while number := number >> 7:
        more.insert(0, number & 0x7F | 0x80)
    return bytes(more)


def id3_frames(name: str, contents: Iterable[bytes]) -> bytes:
    return id3v2(*(frame(name, content) for content in contents))


# File name -> its bytes with so many tags
HOSTILE: dict[str, Callable[[int], bytes]] = {
    "names.flac": lambda n: flac(comments(name + b"=x" for name in names(n))),
    "genres.flac": lambda n: flac(comments([b"GENRE=x"] * n)),
    "blocks.flac": lambda n: flac(*(comments([name + b"=x"]) for name in names(n))),
    "names.opus": lambda n: ogg("opus", b"OpusTags" + comments(name + b"=x" for name in names(n))),
    "genres.opus": lambda n: ogg("opus", b"OpusTags" + comments([b"GENRE=x"] * n)),
    "names.ogg": lambda n: ogg("ogg", b"\3vorbis" + comments(name + b"=x" for name in names(n)) + b"\1"),
    "names.oga": lambda n: ogg("oga", flac_block(comments(name + b"=x" for name in names(n)))),
    "txxx.mp3": lambda n: id3_frames("TXXX", (b"\0" + name + b"\0x" for name in names(n))) + clip("mp3"),
    "priv.mp3": lambda n: id3_frames("PRIV", (name + b"\0x" for name in names(n))) + clip("mp3"),
    "comm.mp3": lambda n: id3_frames("COMM", (b"\0eng" + name + b"\0x" for name in names(n))) + clip("mp3"),
    "chapters.mp3": lambda n: id3_frames("CHAP", (name + bytes(17) for name in names(n))) + clip("mp3"),
    "texts.mp3": lambda n: (
        id3v2(*(frame(f"T{short_name(number)[:3].decode()}", b"\0x") for number in range(n))) + clip("mp3")
    ),
    "short.mp3": lambda n: (
        id3v2(*(b"T" + short_name(number)[:2] + b"\0\0\2\0x" for number in range(n)), version=2) + clip("mp3")
    ),
    "tags.mp3": lambda n: b"".join(id3_frames("TXXX", [b"\0" + name + b"\0x"]) for name in names(n)) + clip("mp3"),
    "free.m4a": mp4_freeform,
    "keys.m4a": mp4_keys,
    "info.wav": riff_info,
    "id3.wav": lambda n: riff(chunk(b"ID3 ", id3_frames("TXXX", (b"\0" + name + b"\0x" for name in names(n))))),
    "info.w64": wave64,
    "simple.mka": lambda n: matroska_tags(names(n)),
    "tags.mka": lambda n: matroska_tags(*([name] for name in names(n))),
    "names.wma": lambda n: asf(ASF_EXTENDED, n),
    "library.wma": lambda n: asf(ASF_LIBRARY, n),
    "ape.wv": lambda n: apev2("wv", n),
    "ape.mp3": lambda n: apev2("mp3", n),
    "info.caf": caf,
    "script.flv": flash,
    "info.nut": nut,
}
