"""Find the audio files and scores below directories, and report what cannot be read."""

import os
import stat
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from indexer.failures import Failure
from indexer.ignoring import IGNORE_FILE, Kind, Rules, Visible, is_hidden
from indexer.score_files import SCORE_NAMES, XML, has_score_name, is_score
from models.audio.filetypes import AUDIO_EXTENSIONS, MAGIC_BYTES, extension, looks_like_audio
from polymuse.errors import UserError
from polymuse.music import AUDIO, SCORE, TrackKind
from polymuse.paths import is_file, is_folder, normal, printable

MAX_DEVICE = 2**63 - 1  # largest integer that a store takes; Windows has larger volume numbers

FileId = tuple[int, int]  # st_dev, st_ino


@dataclass(frozen=True, slots=True)
class AudioFile:
    """A file that looks like audio, or a score, with size and time to detect changes."""

    path: Path  # absolute; symbolic links are not resolved
    size: int  # bytes
    mtime_ns: int
    ctime_ns: int = 0  # time of the last change of content or attributes; 0: unknown
    device: int = 0  # st_dev of its file system; 0: unknown
    kind: TrackKind = AUDIO

    def stage(self, name: str) -> str:
        """The stage of a failure: of scores there is one, so that none of audio counts that the file was taken for."""
        return SCORE if self.kind == SCORE else name


class Scan(Iterator[AudioFile | Failure]):
    """The files of a scan, and what cannot be read as a Failure of stage "scan"; complete once it is exhausted."""

    def __init__(
        self,
        starts: Sequence[Path],
        exclude: Sequence[str],
        scores: Collection[str] = (),
        missing: Iterable[Path] = (),
    ) -> None:
        self.left_out: Counter[Kind] = Counter()  # audio files, scores, and folders of any content
        self._walk = _Walk(exclude, scores, self.left_out)
        self._found = self._walk.files(starts, missing)

    @property
    def scores_passed(self) -> int:
        """How many files in folders have names of scores, in a scan that takes in none."""
        return self._walk.scores_passed

    def __next__(self) -> AudioFile | Failure:
        return next(self._found)


def scan(paths: Iterable[Path], exclude: Sequence[str] = (), scores: Collection[str] = ()) -> Scan:
    """All audio files at and below `paths`, in order of the paths and, in directories, of the names.

    A path to a file is accepted regardless of its name. In directories, files are recognised by their extension, or by
    their first bytes if they have none (`models.audio.filetypes`); `indexer.ignoring` says what is left out, `exclude`
    being patterns relative to each of the paths. Files with one of the suffixes `scores` are scores, in both cases
    (`indexer.score_files`). Symbolic links are followed. Each directory is visited once, and each
    file, even with links and overlapping paths; hard links are files of their own. Raises UserError, before the first
    file, for a path that does not exist.
    """
    starts = [normal(path) for path in paths]
    for start in starts:
        _check_exists(start)
    return Scan(starts, exclude, scores)


def scan_listed(paths: Iterable[Path], exclude: Sequence[str] = (), scores: Collection[str] = ()) -> Scan:
    """As `scan`, for the paths of a list that a program made: files are taken as if a scan of a folder had found them.

    Those below the working directory are judged by all folders in between, others by their own names. A missing path
    is a Failure.
    """
    here = Path.cwd()
    given = [Path(path).absolute() for path in paths]
    folders = {folder: normal(folder) for folder in {path.parent for path in given}}
    named = [normal(path) if path.name in {"", ".."} else folders[path.parent] / path.name for path in given]
    visible = Visible([here, *(folder for folder in folders.values() if not folder.is_relative_to(here))], exclude)
    missing = [path for path in named if not os.path.lexists(path)]
    return Scan(_visible_music(named, visible, scores), exclude, scores, missing)


def scan_changed(
    paths: Iterable[Path], roots: Sequence[Path] = (), exclude: Sequence[str] = (), scores: Collection[str] = ()
) -> Scan:
    """As `scan`, for changed paths: files need a known type, and missing paths are skipped.

    With `roots`, which `exclude` is relative to, what a scan of them would leave out is left out.
    """
    visible = Visible(roots, exclude) if roots else lambda _: True
    return Scan(_visible_music(paths, visible, scores), exclude, scores)


def _visible_music(paths: Iterable[Path], visible: Callable[[Path], bool], scores: Collection[str]) -> list[Path]:
    """The folders, audio files and scores among the paths that exist and are visible."""
    there = (path for path in paths if os.path.lexists(path) and visible(path))
    return [path for path in there if is_folder(path) or _is_audio(path) or is_score(path, scores)]


def _is_audio(path: Path) -> bool:
    kind = extension(path.name)
    if kind:
        return kind in AUDIO_EXTENSIONS
    if not is_file(path):  # opening a pipe would wait for its other end
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

    def __init__(self, exclude: Sequence[str], scores: Collection[str], left_out: Counter[Kind]) -> None:
        self._exclude = exclude
        self._scores = frozenset(scores)
        self._left_out = left_out
        self.scores_passed = 0
        self._visited: set[FileId] = set()
        self._paths: dict[FileId, set[str]] = {}  # files with several paths -> the real paths found
        self._problems: list[Failure] = []  # with files of patterns, to be reported next

    def files(self, starts: Iterable[Path], missing: Iterable[Path]) -> Iterator[AudioFile | Failure]:
        for path in missing:
            yield Failure(str(path), "scan", "there is no such file or directory", "Check the path")
        for start in starts:
            try:
                status = start.stat()
            except OSError as error:
                yield _failure(start, error)
                continue
            if stat.S_ISDIR(status.st_mode):
                yield from self._below(start)
            else:
                yield from filter(None, [self._file(start, status, is_other_path=True)])

    def _below(self, root: Path) -> Iterator[AudioFile | Failure]:
        """Depth first, without recursion: directories may be nested deeper than Python's stack."""
        pending: list[tuple[Iterator[os.DirEntry[str]], Rules]] = []
        try:
            pending.append(self._entries(root, Rules.of(root, self._exclude)))
        except OSError as error:
            yield _failure(root, error)
        while pending:
            while self._problems:
                yield self._problems.pop()
            entries, rules = pending[-1]
            entry = next(entries, None)
            if entry is None:
                pending.pop()
                continue
            try:
                is_folder = entry.is_dir(follow_symlinks=not is_hidden(entry.name))  # a link to itself is an error
                if (kind := rules.left_out(entry.path, entry.name, is_folder=is_folder)) is not None:
                    self._left_out[kind] += is_folder or self._may_be_music(entry.name)
                elif is_folder:
                    pending.append(self._entries(entry, rules))
                elif self._wanted(entry):
                    found = self._file(Path(entry.path), _status(entry), is_other_path=entry.is_symlink())
                    if found is not None:
                        yield found
            except OSError as error:
                yield _failure(entry, error)

    def _entries(self, directory: os.PathLike[str], rules: Rules) -> tuple[Iterator[os.DirEntry[str]], Rules]:
        """The entries of a directory by name, none if it was visited before, and the rules for them."""
        status = os.stat(directory)  # noqa: PTH116  a DirEntry is not a Path
        if self._already_visited(status):
            return iter(()), rules
        with os.scandir(directory) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
        if any(entry.name == IGNORE_FILE for entry in found):
            rules = self._with_patterns(rules, os.fspath(directory))
        return iter(found), rules

    def _with_patterns(self, rules: Rules, folder: str) -> Rules:
        path = os.path.join(folder, IGNORE_FILE)  # noqa: PTH118  as above
        try:
            if not os.path.isfile(path):  # noqa: PTH113  opening a pipe would wait for its other end
                return rules
            rules = rules.within(folder)
        except OSError as error:
            self._problems.append(_failure(Path(path), error))
        except UserError as error:
            self._problems.append(Failure(path, "scan", error.message, error.advice))
        else:
            wrong = "; ".join(rules.folders[-1].wrong)
            if wrong:
                self._problems.append(Failure(path, "scan", wrong, "Write patterns as in .gitignore"))
        return rules

    def _file(self, path: Path, status: os.stat_result, *, is_other_path: bool) -> AudioFile | Failure | None:
        if not stat.S_ISREG(status.st_mode):
            return Failure(str(path), "scan", "it is a device or a pipe, not a file", "Leave it out")
        if self._already_found(path, status, is_other_path=is_other_path):
            return None
        kind = SCORE if self._scores and is_score(path, self._scores) else AUDIO
        device = status.st_dev & MAX_DEVICE
        return AudioFile(path, status.st_size, status.st_mtime_ns, status.st_ctime_ns, device, kind)

    def _wanted(self, entry: os.DirEntry[str]) -> bool:
        if self._scores and has_score_name(entry.name, self._scores):
            return is_score(Path(entry.path), self._scores)
        self.scores_passed += not self._scores and has_score_name(entry.name, SCORE_NAMES)
        return _looks_like_audio(entry)

    def _may_be_music(self, name: str) -> bool:
        if name.startswith("._"):  # a part of another file, for macOS
            return False
        may_be_score = has_score_name(name, self._scores) and not name.lower().endswith(XML)
        return may_be_score or extension(name) in AUDIO_EXTENSIONS

    def _already_found(self, path: Path, status: os.stat_result, *, is_other_path: bool) -> bool:
        """Whether the scan has found this file before, by this or another path, but not by a hard link."""
        file_id = (status.st_dev, status.st_ino)
        others = self._paths.get(file_id)
        if others is None and not is_other_path and status.st_nlink < 2:  # most files
            self._visited.add(file_id)
            return False
        if others is None:
            if file_id in self._visited:
                return True
            others = self._paths[file_id] = set()
        real = os.path.realpath(path)
        if real in others:
            return True
        others.add(real)
        return False

    def _already_visited(self, status: os.stat_result) -> bool:
        """Whether this directory was visited before. Marks it as visited."""
        file_id = (status.st_dev, status.st_ino)
        if file_id in self._visited:
            return True
        self._visited.add(file_id)
        return False


def _looks_like_audio(entry: os.DirEntry[str]) -> bool:
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
