"""Files derived from the audio of tracks: covers, waveforms and playable copies."""

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from catalog.track import Track
from polymuse.errors import NotFoundError
from polymuse.indexed_folders import IndexedFolders
from search_api.media import covers, wav_copies, waveforms
from search_api.media.cache import MediaCache
from search_api.media.file_answers import OpenFile
from search_api.media.making import Maker
from search_api.media.track_files import open_track_file

VERSION = 1  # increases with every change to the derived files


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of derived file."""

    name: str
    maker: Maker
    seconds: float  # time limit


COVER = Kind("cover", covers.write_embedded, 20.0)
WAVEFORM = Kind("waveform", waveforms.write_waveform, 120.0)
WAV = Kind("wav", wav_copies.write_wav_copy, 300.0)
CACHE_BYTES = {COVER: 2**29, WAVEFORM: 2**28, WAV: 2**31}  # waveforms take 5 kB each, WAV copies 10 MB per minute


@dataclass(frozen=True, slots=True)
class Media:
    """One cache and one process per kind: a cover does not wait for a waveform."""

    caches: dict[Kind, MediaCache]

    def find(self, kind: Kind, source: "Source") -> OpenFile | None:
        """The derived file of this version of the source, if it exists."""
        return self.caches[kind].find(source.key)

    def get(self, kind: Kind, source: "Source") -> OpenFile:
        """The derived file; makes it if it is missing. Raises BadAudioError or UnavailableError."""
        return self.caches[kind].get(source.key, kind.maker, source.path, kind.seconds)


@dataclass(frozen=True, slots=True)
class Source:
    """A version of an audio file."""

    path: Path
    key: str

    @classmethod
    def of(cls, track: Track, folders: IndexedFolders) -> "Source":
        """The track's first file that still exists, in one of the folders. Raises NotFoundError."""
        content, _ = open_track_file(track, folders)
        with content:
            version = f"{VERSION} {content.size} {content.mtime_ns} {track.id} ".encode()
            digest = hashlib.sha256(version + str(content.path).encode("utf-8", "surrogateescape"))
            return cls(content.path, digest.hexdigest()[:32])


@contextmanager
def open_media(directory: Path) -> Iterator[Media]:
    """The caches of all kinds, in `directory`."""
    with ExitStack() as stack:
        yield Media(
            {kind: stack.enter_context(MediaCache(directory / kind.name, size)) for kind, size in CACHE_BYTES.items()}
        )


def open_cover(embedded: OpenFile, source: Source) -> tuple[OpenFile, str]:
    """The embedded picture, or else one from the folder of the audio file, and its media type. Raises NotFoundError.

    `embedded` may be empty; it is closed in that case.
    """
    kind = _picture_type(embedded)
    if kind is not None:
        return embedded, kind
    embedded.close()
    for path in covers.folder_pictures(source.path):
        try:
            found = OpenFile.open(path)
        except OSError:  # most of them do not exist
            continue
        kind = _picture_type(found)
        if kind is not None and found.size <= covers.MAX_PICTURE:
            return found, kind
        found.close()
    raise NotFoundError("The track has no cover", "Embed a picture in its file, or put a cover.jpg next to it")


def _picture_type(content: OpenFile) -> str | None:
    head = content.file.read(covers.HEAD)
    content.file.seek(0)
    return covers.picture_type(head)
