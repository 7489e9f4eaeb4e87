"""Find the audio files below directories, and report what cannot be read."""

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from indexer.failures import Failure
from models.audio.filetypes import AUDIO_EXTENSIONS, MAGIC_BYTES, extension, looks_like_audio
from polymuse.errors import UserError
from polymuse.paths import printable

# Directories that systems and network drives create; some contain files named like the music next to them
IGNORED_DIRECTORIES = {"__MACOSX", "@eaDir", "#recycle", "$RECYCLE.BIN", "System Volume Information", "lost+found"}

MAX_DEVICE = 2**63 - 1  # largest integer that a store takes; Windows has larger volume numbers

FileId = tuple[int, int]  # st_dev, st_ino


@dataclass(frozen=True, slots=True)
class AudioFile:
    """A file that looks like audio, with size and time to detect changes."""

    path: Path  # absolute; symbolic links are not resolved
    size: int  # bytes
    mtime_ns: int
    ctime_ns: int = 0  # time of the last change of content or attributes; 0: unknown
    device: int = 0  # st_dev of its file system; 0: unknown


def scan(paths: Iterable[Path]) -> Iterator[AudioFile | Failure]:
    """All audio files at and below `paths`, in order of the paths and, in directories, of the names.

    A path to a file is accepted regardless of its name. In directories, files are recognised by their extension, or by
    their first bytes if they have none (`models.audio.filetypes`); hidden files and directories are skipped. Symbolic
    links are followed. Each file and directory is visited once, even with links and overlapping paths. What cannot be
    read becomes a Failure of stage "scan". Raises UserError, before the first file, for a path that does not exist.
    """
    starts = [Path(os.path.abspath(path)) for path in paths]  # noqa: PTH100  Path.resolve would follow links
    for start in starts:
        _check_exists(start)
    return _Walk().files(starts)


def scan_changed(paths: Iterable[Path]) -> Iterator[AudioFile | Failure]:
    """As `scan`, for changed paths inside directories: files need a known type, and missing paths are skipped."""
    return _Walk().files([path for path in paths if os.path.lexists(path) and (path.is_dir() or _is_audio(path))])


def _is_audio(path: Path) -> bool:
    kind = extension(path.name)
    if kind:
        return kind in AUDIO_EXTENSIONS
    if not path.is_file():  # opening a pipe would wait for its other end
        return False
    try:
        with path.open("rb") as file:
            return looks_like_audio(file.read(MAGIC_BYTES))
    except OSError:
        return False


def _check_exists(path: Path) -> None:
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise UserError(f"{printable(path)}: there is no such file or directory", "Check the path") from error
    except OSError:
        return  # it may exist; the walk reports the problem


class _Walk:
    """One scan, which remembers the files and directories it has visited."""

    def __init__(self) -> None:
        self._visited: set[FileId] = set()

    def files(self, starts: Iterable[Path]) -> Iterator[AudioFile | Failure]:
        for start in starts:
            try:
                status = start.stat()
            except OSError as error:
                yield _failure(start, error)
                continue
            if stat.S_ISDIR(status.st_mode):
                yield from self._below(start)
            else:
                yield from self._file(start, status)

    def _below(self, root: Path) -> Iterator[AudioFile | Failure]:
        """Depth first, without recursion: directories may be nested deeper than Python's stack."""
        pending: list[Iterator[os.DirEntry[str]]] = []
        try:
            pending.append(self._entries(root))
        except OSError as error:
            yield _failure(root, error)
        while pending:
            entry = next(pending[-1], None)
            if entry is None:
                pending.pop()
                continue
            try:
                if entry.is_dir():
                    pending.append(self._entries(entry))
                elif _wanted(entry):
                    yield from self._file(Path(entry.path), _status(entry))
            except OSError as error:
                yield _failure(entry, error)

    def _entries(self, directory: os.PathLike[str]) -> Iterator[os.DirEntry[str]]:
        """The visible entries of a directory by name; none if it was visited before."""
        status = os.stat(directory)  # noqa: PTH116  a DirEntry is not a Path
        if self._already_visited(status):
            return iter(())
        with os.scandir(directory) as entries:
            visible = [e for e in entries if not e.name.startswith(".") and e.name not in IGNORED_DIRECTORIES]
        return iter(sorted(visible, key=lambda entry: entry.name))

    def _file(self, path: Path, status: os.stat_result) -> Iterator[AudioFile | Failure]:
        if not stat.S_ISREG(status.st_mode):
            yield Failure(str(path), "scan", "it is a device or a pipe, not a file", "Leave it out")
        elif not self._already_visited(status):
            device = status.st_dev & MAX_DEVICE
            yield AudioFile(path, status.st_size, status.st_mtime_ns, status.st_ctime_ns, device)

    def _already_visited(self, status: os.stat_result) -> bool:
        """Whether this file or directory was visited before. Marks it as visited."""
        file_id = (status.st_dev, status.st_ino)
        if file_id in self._visited:
            return True
        self._visited.add(file_id)
        return False


def _wanted(entry: os.DirEntry[str]) -> bool:
    kind = extension(entry.name)
    if kind:
        return kind in AUDIO_EXTENSIONS
    if not entry.is_file():  # opening a pipe would wait for its other end
        return False
    with open(entry.path, "rb") as file:  # noqa: PTH123  creating a Path per file costs more than reading
        return looks_like_audio(file.read(MAGIC_BYTES))


def _status(entry: os.DirEntry[str]) -> os.stat_result:
    status = entry.stat()
    return status if status.st_ino else os.stat(entry.path)  # noqa: PTH116  Windows leaves it 0 in directory listings


def _failure(path: os.PathLike[str], error: OSError) -> Failure:
    if isinstance(error, PermissionError):
        cause, advice = "no permission to read it", "Give your user read access to it"
    elif isinstance(error, FileNotFoundError):
        cause, advice = "it was deleted during the scan, or is a broken link", "Scan again, or remove the link"
    else:
        cause, advice = error.strerror or str(error), "Check the disk or the connection"
    return Failure(os.fspath(path), "scan", cause, advice)
