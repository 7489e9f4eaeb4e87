"""Random damage to files, for `malformed_files.py`."""

import random
import re
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO

from mutagen.ogg import OggPage
from mutagen.ogg import error as OggError  # noqa: N812  a class

# Parts of a header -> what stands at their place in the formats that have them
MARKERS = {
    "codec tags": rb"""mp4a alac stsd esds sowt lpcm raw wave fmt auds strf strh COMM SSND desc A_OPUS A_FLAC
        A_VORBIS codec OpusHead vorbis fLaC Speex wvpk .snd TTA1 .RMF MDPR #!AMR caff samr""",
    "languages": b"mdhd elng LANGUAGE COMM TLAN lang \x22\xb5\x9c",
    "dispositions": b"tkhd hdlr edts elst \x88\x81 \x55\xaa \xb9\x81 \x83\x81",
    "attached pictures": b"APIC PIC covr data METADATA_BLOCK_PICTURE WM/Picture PNG IHDR image/ \x61\xa7",
    "tags": b"TIT2 TPE1 TXXX USLT SYLT RVA2 UFID APETAGEX Title TAG INFO INAM id3 ilst ---- mean ARTISTS TITLE= vendor",
    "chapters": b"CHAP CTOC chpl chap CHAPTER text \x10\x43\xa7\x70 \xb6 \x80 \x85",
}
Mutation = Callable[[random.Random, bytearray, list[bytes]], bytes]


def damaged(chance: random.Random, content: bytes, others: list[bytes]) -> bytes:
    """A file after one to three mutations; `others` are spliced in."""
    for _ in range(chance.choice([1, 1, 1, 2, 3])):
        content = chance.choice(MUTATIONS)(chance, bytearray(content or b"\0"), others)
    return with_checksums(content) if b"OggS" in content and chance.random() < 0.8 else content


def with_checksums(content: bytes) -> bytes:
    """An Ogg file with the right checksums: pages with wrong ones are left out, and their damage unseen."""
    pages = [match.start() for match in re.finditer(b"OggS", content)]
    renewed = bytearray(content)
    for at in pages:
        with suppress(OggError, EOFError, ValueError):
            page = OggPage(BytesIO(content[at:])).write()
            renewed[at : at + len(page)] = page
    return bytes(renewed)


def flip_bits(chance: random.Random, data: bytearray, _others: list[bytes]) -> bytes:
    for _ in range(chance.choice([1, 8, 64, 512])):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(data)


def flip_header(chance: random.Random, data: bytearray, _others: list[bytes]) -> bytes:
    for _ in range(chance.choice([1, 4, 16])):
        data[chance.randrange(min(256, len(data)))] = chance.randrange(256)
    return bytes(data)


def overwrite_length(chance: random.Random, data: bytearray, _others: list[bytes]) -> bytes:
    """Where a header may hold a size, a count or a rate: absurd values in both byte orders."""
    for _ in range(chance.choice([1, 3, 10])):
        at = chance.randrange(min(1024, len(data)))
        value = chance.choice([0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFFFFFE, 1 << 24, chance.getrandbits(32)])
        data[at : at + 4] = value.to_bytes(4, chance.choice(["big", "little"]))  # type: ignore[arg-type]
    return bytes(data)


def damage_part(chance: random.Random, data: bytearray, others: list[bytes]) -> bytes:
    """One of the MARKERS, or what follows it; where the file has none of a kind, its header."""
    markers = chance.choice(list(MARKERS.values())).split()
    places = [match.start() for marker in markers for match in re.finditer(re.escape(marker), data)]
    if not places:
        return flip_header(chance, data, others)
    for _ in range(chance.choice([1, 1, 2, 8])):
        at = chance.choice(places) + chance.choice([0, 0, chance.randrange(-8, 64)])
        size = chance.choice([1, 2, 3, 4, 8])
        odd = [b"\0" * size, b"\xff" * size, b"\x80" * size, chance.randbytes(size), chance.choice(markers)[:size]]
        value = chance.choice(odd)
        at = max(0, min(at, len(data) - len(value)))
        data[at : at + len(value)] = value
    return bytes(data)


def truncate(chance: random.Random, data: bytearray, _others: list[bytes]) -> bytes:
    return bytes(data[: chance.randrange(len(data) + 1)])


def behead(chance: random.Random, data: bytearray, _others: list[bytes]) -> bytes:
    return bytes(data[chance.randrange(len(data)) :])


def double_part(chance: random.Random, data: bytearray, _others: list[bytes]) -> bytes:
    start, end = sorted(chance.randrange(len(data) + 1) for _ in range(2))
    return bytes(data[:end] + data[start:end] * chance.choice([1, 1, 20]) + data[end:])


def remove_part(chance: random.Random, data: bytearray, _others: list[bytes]) -> bytes:
    start, end = sorted(chance.randrange(len(data) + 1) for _ in range(2))
    return bytes(data[:start] + data[end:])


def zero_part(chance: random.Random, data: bytearray, _others: list[bytes]) -> bytes:
    start, end = sorted(chance.randrange(len(data) + 1) for _ in range(2))
    data[start:end] = bytes([chance.choice([0, 0xFF])]) * (end - start)
    return bytes(data)


def splice(chance: random.Random, data: bytearray, others: list[bytes]) -> bytes:
    """The start of this file, the rest of another."""
    other = chance.choice(others)
    return bytes(data[: chance.randrange(1, len(data) + 1)]) + other[chance.randrange(len(other)) :]


def noise_after_magic(chance: random.Random, data: bytearray, _others: list[bytes]) -> bytes:
    return bytes(data[: chance.choice([4, 12, 64])]) + chance.randbytes(chance.choice([0, 100, 20_000]))


def junk_in_front(chance: random.Random, data: bytearray, _others: list[bytes]) -> bytes:
    return chance.choice([b"\0" * 4096, chance.randbytes(1000), b"ID3\x04\0\0\x7f\x7f\x7f\x7f"]) + bytes(data)


MUTATIONS: list[Mutation] = [
    flip_bits,
    flip_header,
    overwrite_length,
    truncate,
    behead,
    double_part,
    remove_part,
    zero_part,
    splice,
    noise_after_magic,
    junk_in_front,
    *[damage_part] * 11,  # half of all
]
