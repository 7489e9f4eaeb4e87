"""Decompression of LZ4 blocks (https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md), as repairs need it."""

LONG = 15  # a length that goes on in the following bytes
SHORTEST = 4  # bytes of a match


def decompress(block: bytes, size: int) -> bytes:
    """The `size` bytes of a block. Raises ValueError for a damaged one."""
    out = bytearray()
    at = 0
    try:
        while at < len(block):
            token = block[at]
            number, at = _length(block, at + 1, token >> 4)
            if at + number > len(block) or len(out) + number > size:
                raise ValueError("literals without end")
            out += block[at : at + number]
            at += number
            if at == len(block):  # the last sequence has no match
                break
            distance = block[at] | block[at + 1] << 8
            number, at = _length(block, at + 2, token & LONG)
            number += SHORTEST
            if not 0 < distance <= len(out) or len(out) + number > size:
                raise ValueError("a match outside")
            match = bytes(out[-distance:][:number])
            out += (match * (number // len(match) + 1))[:number]  # it may overlap what it makes
    except IndexError:
        raise ValueError("it ends too early") from None
    if len(out) != size:
        raise ValueError(f"{len(out)} bytes, not {size}")
    return bytes(out)


def _length(block: bytes, at: int, start: int) -> tuple[int, int]:
    """A length, and where it ends."""
    length = start
    if start == LONG:
        while block[at] == 255:
            length, at = length + 255, at + 1
        length, at = length + block[at], at + 1
    return length, at
