"""Files as a scan finds them."""

from pathlib import Path

from indexer.scan import AudioFile
from tests.helpers.audio_files import touch


def on_disk(path: Path, content: bytes = b"x") -> AudioFile:
    """A new file with this content."""
    return scanned(touch(path, content))


def scanned(path: Path) -> AudioFile:
    status = path.stat()
    return AudioFile(path, status.st_size, status.st_mtime_ns)
