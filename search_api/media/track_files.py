"""Opens the files of a track safely: never a path from a client, never anything but audio."""

import errno
import mimetypes
from pathlib import Path
from typing import BinaryIO

from catalog.track import FileRef, Track
from models.audio.filetypes import AUDIO_EXTENSIONS, MAGIC_BYTES, extension, media_type
from polymuse.errors import NotFoundError
from polymuse.indexed_folders import IndexedFolders
from polymuse.music import SCORE
from polymuse.paths import printable
from search_api.media.file_answers import OpenFile

# Formats that also come in WAV files whose header says PCM: players would play noise
# (https://github.com/music-assistant/server/issues/5803)
DISGUISED = {"dts", "ac3", "eac3"}
_OUTSIDE = "Run `polymuse index` on its folder, or add it to the folders of the service: nothing is analysed again"
_PAPER = "Open its file with a program for scores; GET /v1/tracks/{id} has the path"
_GONE = "Mount its disk if that is missing, or run `polymuse index` on the folder where it is now"


def open_track_file(track: Track, folders: IndexedFolders) -> tuple[OpenFile, str]:
    """The first file of the track that still exists, and its media type. Raises NotFoundError with the reasons.

    Files of scores are not served.

    An imported track can name any file: only those in folders that were indexed here are opened. A file is served only
    if it starts like audio, or is called so and has not changed since it was indexed: a retagged track must stay
    playable, but a different file, or a link to one, must not be served in its place.
    """
    if track.kind == SCORE:
        raise NotFoundError(f"Track {track.id} is a score: it has no audio, waveform or cover", _PAPER)
    reasons = []
    outside = False
    for reference in track.files:
        if not folders.hold(reference.path):
            outside = True
            reasons.append(f"{printable(reference.path)}: is in no folder that was indexed here")
            continue
        try:
            return _open(reference)
        except OSError as error:
            reasons.append(f"{printable(reference.path)}: {error.strerror or error}")
    raise NotFoundError(
        f"No file of track {track.id} can be read ({'; '.join(reasons)})", _OUTSIDE if outside else _GONE
    )


def is_disguised(track: Track, media_type: str) -> bool:
    """Whether a file of this type looks like PCM to players, but holds compressed audio."""
    return media_type == "audio/wav" and track.format in DISGUISED


def _open(reference: FileRef) -> tuple[OpenFile, str]:
    """Raises OSError."""
    content = OpenFile.open(Path(reference.path))
    try:
        kind = _media_type(content.file)
        unchanged = (content.size, content.mtime_ns) == (reference.size, reference.mtime_ns)
        if kind is None and not (unchanged and extension(content.path.name) in AUDIO_EXTENSIONS):
            raise OSError(errno.EINVAL, "does not look like audio", reference.path)
    except BaseException:
        content.close()
        raise
    return content, kind or _by_name(content.path)


def _media_type(file: BinaryIO) -> str | None:
    """The type by the first bytes after an ID3 tag, which not only MP3 files have. Rewinds the file."""
    head = file.read(MAGIC_BYTES)
    kind = media_type(head)
    if head.startswith(b"ID3") and len(head) > 10:
        file.seek(10 + _synchsafe(head[6:10]))
        kind = media_type(file.read(MAGIC_BYTES)) or kind
    file.seek(0)
    return kind


def _synchsafe(data: bytes) -> int:
    """A number with seven bits per byte (ID3v2.4.0, 6.2)."""
    number = 0
    for byte in data:
        number = number << 7 | byte & 0x7F
    return number


def _by_name(path: Path) -> str:
    guessed, encoding = mimetypes.guess_type(f"file{path.suffix}")
    harmless = guessed is not None and encoding is None and guessed.startswith(("audio/", "video/"))
    return guessed if guessed is not None and harmless else "application/octet-stream"
