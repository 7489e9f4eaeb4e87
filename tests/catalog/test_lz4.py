"""Blocks worked out by hand from the description of the format."""

import pytest

from catalog.lz4 import decompress


def test_literals_alone() -> None:
    assert decompress(b"\x30abc", 3) == b"abc"  # token: 3 literals; the last sequence has no match
    assert decompress(b"\xf0\x02" + b"x" * 17, 17) == b"x" * 17  # 15 + 2
    assert decompress(b"\xf0\xff\x00" + b"x" * 270, 270) == b"x" * 270  # 15 + 255 + 0


def test_a_match_may_overlap_what_it_makes() -> None:
    # 2 literals "ab", then 4 + 3 bytes from 2 bytes before, then 1 literal
    assert decompress(b"\x23ab\x02\x00\x10c", 10) == b"ab" + b"abababa" + b"c"


@pytest.mark.parametrize(
    ("block", "size"),
    [
        (b"", 1),
        (b"\x30ab", 3),  # a literal is missing
        (b"\x30abc", 4),
        (b"\x30abc", 2),
        (b"\x20ab\x03\x00\x00", 6),  # from before the start
        (b"\x20ab\x00\x00\x00", 6),  # from nowhere
        (b"\x2fab\x01\x00" + b"\xff" * 1000, 100),  # longer than it may be
        (b"\x20ab\x01", 6),
        (b"\xf0\xff", 300),
    ],
)
def test_damaged_blocks(block: bytes, size: int) -> None:
    with pytest.raises(ValueError, match=r"."):
        decompress(block, size)
