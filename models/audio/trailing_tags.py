"""Tags that some programs append to audio files: ID3v1, APEv2, Lyrics3v2, ID3v2 with a footer.

FFmpeg returns some of them as audio packets: they would change a track's identity and count as damage.
"""

import io
import os
from collections.abc import Iterator
from typing import BinaryIO

from models.audio.tag_entries import MAX_ENTRIES, TagEntries
from polymuse.errors import BadAudioError
from polymuse.paths import printable

ID3V1_SIZE = 128
APE_FOOTER_SIZE = 32
LYRICS_END_SIZE = 15  # six digits and "LYRICS200"
ID3V2_FOOTER_SIZE = 10
MAX_TAGS = 8  # after the audio; more of them are damage


class AudioPart(io.RawIOBase):
    """A binary file that ends where its trailing tags start, unless `trailing_tags`."""

    def __init__(self, file: BinaryIO, *, trailing_tags: bool = False) -> None:
        self.name = file.name  # FFmpeg uses the extension to guess the format
        self._file = file
        self._failed: OSError | BadAudioError | None = None
        self._entries = TagEntries(file)
        self._end = file.seek(0, os.SEEK_END) if trailing_tags else audio_end(file)
        file.seek(0)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        position = self._file.tell()
        left = max(0, self._end - position)
        try:
            data = self._file.read(left if size < 0 else min(size, left))
            if self._failed is None and not self._entries.add(data, position):
                self._failed = BadAudioError(
                    f"{printable(self.name)}: has more than {MAX_ENTRIES} tags", "Remove its tags, or leave it out"
                )
        except OSError as error:
            self._failed = error
            raise
        return b"" if self._failed else data

    def opened(self, format_name: str) -> None:
        """Tells that the tags at the start were read; `format_name` is FFmpeg's name of the container."""
        self._entries.opened(format_name)

    def check(self) -> None:
        """Raises the OSError of a read that has failed, or BadAudioError once there were too many tags."""
        if self._failed is not None:
            raise self._failed

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """The new position, or -1 for an invalid one, to which damaged files send FFmpeg."""
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._file.tell(), os.SEEK_END: self._end}[whence]
        try:
            return self._file.seek(start + offset)
        except (OSError, ValueError, OverflowError):  # before the start, or beyond what a file system can hold
            return -1

    def tell(self) -> int:
        return self._file.tell()


def audio_end(file: BinaryIO) -> int:
    """The offset where the trailing tags start; the size of the file if it has none."""
    end = file.seek(0, os.SEEK_END)
    return min((start for start, _ in trailing_tags(file)), default=end)


def trailing_tags(file: BinaryIO) -> Iterator[tuple[int, int]]:
    """(offset, size) of each tag after the audio, the last one first."""
    end = file.seek(0, os.SEEK_END)
    for _ in range(MAX_TAGS):
        size = _last_tag(file, end)
        if not 0 < size <= end:
            break
        end -= size
        yield end, size


def _last_tag(file: BinaryIO, end: int) -> int:
    """The size of the tag that ends at `end`; 0 if there is none."""
    file.seek(max(0, end - ID3V1_SIZE))
    tail = file.read(min(end, ID3V1_SIZE))
    if len(tail) == ID3V1_SIZE and tail.startswith(b"TAG"):
        return ID3V1_SIZE
    ape = tail[-APE_FOOTER_SIZE:]
    if ape.startswith(b"APETAGEX"):
        has_header = ape[23] & 0x80  # bit 31 of the flags; the size counts the footer but not the header
        return int.from_bytes(ape[12:16], "little") + (APE_FOOTER_SIZE if has_header else 0)
    lyrics = tail[-LYRICS_END_SIZE:]
    if lyrics.endswith(b"LYRICS200") and lyrics[:6].isdigit():
        return int(lyrics[:6]) + LYRICS_END_SIZE
    id3v2 = tail[-ID3V2_FOOTER_SIZE:]
    if id3v2.startswith(b"3DI"):
        body = sum((byte & 0x7F) << shift for byte, shift in zip(id3v2[6:], (21, 14, 7, 0), strict=True))
        return body + 2 * ID3V2_FOOTER_SIZE  # header and footer
    return 0
