from io import BytesIO

import pytest

from indexer.file_tags.bounded_file import MAX_BYTES, MAX_READS, BoundedFile


def test_it_reads_and_seeks_like_the_file() -> None:
    file = BoundedFile(BytesIO(b"0123456789"))
    assert (file.read(3), file.seek(1), file.read(), file.tell()) == (b"012", 1, b"123456789", 10)
    assert file.seek(-2, 2) == 8


def test_it_ends_reading_once_too_much_was_read() -> None:
    file = BoundedFile(BytesIO(bytes(MAX_BYTES + 1)))
    assert len(file.read(MAX_BYTES)) == MAX_BYTES
    with pytest.raises(OSError, match="too large"):
        file.read(1)
    with pytest.raises(OSError, match="too large"):
        BoundedFile(BytesIO(bytes(MAX_BYTES + 1))).read()


def test_it_ends_reading_once_too_many_reads_were_made() -> None:
    file = BoundedFile(BytesIO(b""))
    for _ in range(MAX_READS):
        file.read(1)
    with pytest.raises(OSError, match="too large"):
        file.read(1)
