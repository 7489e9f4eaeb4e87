"""The folders that a service keeps up to date, and which others its clients may choose."""

import os
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import ClassVar

from indexer.ignoring import is_hidden, is_system_folder
from models.audio.filetypes import AUDIO_EXTENSIONS, extension
from polymuse.errors import NotFoundError, UserError
from polymuse.library_jobs import FolderEntry, FolderListing, Trouble
from polymuse.paths import is_folder, normal, printable

DEFAULT_ROOTS = ("/music", "/mnt", "/media", "/srv", "/Volumes")  # and the home directory of the user
MAX_ENTRIES = 10_000  # of a folder that are looked at


class OutsideRootsError(UserError):
    """A folder that clients of the service may not choose."""

    kind: ClassVar[str] = "forbidden"
    http_status: ClassVar[int] = 403


class NotAFolderError(UserError):
    """A path that is not a folder, or not written as the path of one."""

    kind: ClassVar[str] = "not-a-folder"
    http_status: ClassVar[int] = 422


def default_roots() -> tuple[Path, ...]:
    """The home directory and the usual places of music, as far as they exist."""
    places = [Path(place) for place in DEFAULT_ROOTS]
    try:
        home = Path.home()
    except RuntimeError:  # a user without one
        home = Path("/")
    if home != Path("/"):  # that of many system users
        places.insert(0, home)
    return tuple(place for place in places if is_folder(place))


class Roots:
    """Folders at or below which clients may read the names of folders and choose some."""

    def __init__(self, roots: Iterable[Path]) -> None:
        self._all = [root.expanduser().absolute() for root in roots]
        self.paths = without_nested(self._all)

    def check(self, text: str) -> Path:
        """The folder of a path that a client sent.

        Symbolic links count as where they lead. Hidden folders and those of systems are refused unless they are a root.
        Raises NotAFolderError, NotFoundError and OutsideRootsError.
        """
        path = Path(text)
        if not path.is_absolute() or "\0" in text:
            raise NotAFolderError(f"{printable(text)!r} is not an absolute path", "Write it out, such as /mnt/music")
        if ".." in path.parts:
            raise NotAFolderError(f"{printable(text)!r} contains `..`", "Write the path out without it")
        if path.root == "//":  # POSIX lets systems give it a meaning of its own; none that we run on does
            path = Path("/", *path.parts[1:])
        if not _holds(self._all, path):  # first, so that nothing is revealed about other places
            raise OutsideRootsError(f"{printable(path)} may not be chosen here", self._offer())
        try:
            real = path.resolve(strict=True)
        except (OSError, RuntimeError) as error:
            raise NotFoundError(
                f"{printable(path)} cannot be found", "Check the path, and whether it is mounted"
            ) from error
        if not _holds([Path(os.path.realpath(root)) for root in self._all], real):
            raise OutsideRootsError(
                f"{printable(path)} is a link to a folder that may not be chosen here", self._offer()
            )
        if not is_folder(real):
            raise NotAFolderError(f"{printable(path)} is not a folder", "Choose the folder that contains it")
        return normal(path)

    def browse(self, text: str | None) -> FolderListing:
        """The visible folders in a folder, by name; without a path, the roots. Raises what `check` raises."""
        if text is None:
            roots = [FolderEntry(str(root), str(root)) for root in self.paths if is_folder(root)]
            return FolderListing(None, None, tuple(roots), 0)
        path = self.check(text)
        parent = str(path.parent) if path not in self.paths else None
        folders, audio_files = _look_into(path)
        return FolderListing(str(path), parent, tuple(folders), audio_files)

    def _offer(self) -> str:
        places = ", ".join(map(printable, self.paths)) or "none"
        return f"Choose a folder in one of these: {places}. The setting `roots` decides which they are"


def _holds(roots: Iterable[Path], path: Path) -> bool:
    """Whether a scan of one of the roots could come to the path."""
    return any(
        not any(is_hidden(name) or is_system_folder(name) for name in path.relative_to(root).parts)
        for root in roots
        if path.is_relative_to(root)
    )


def without_nested(paths: Iterable[Path]) -> tuple[Path, ...]:
    """The paths without those at or below another one, in their order."""
    unique = list(dict.fromkeys(paths))
    return tuple(path for path in unique if not any(path != other and path.is_relative_to(other) for other in unique))


def trouble_with(folder: Path) -> Trouble | None:
    """Why a folder cannot be scanned now; None if it can."""
    try:
        with os.scandir(folder) as entries:
            next(entries, None)
    except (FileNotFoundError, NotADirectoryError):
        return Trouble("This folder is not there", "Connect or mount its disk; its tracks are kept")
    except PermissionError:
        return Trouble("This folder cannot be read", "Give the user of the service read access to it")
    except OSError as error:
        return Trouble(f"This folder cannot be read: {error.strerror}", "Check the disk or the connection")
    return None


def _look_into(folder: Path) -> tuple[Sequence[FolderEntry], int]:
    """The visible folders in a folder, and the number of audio files. Raises NotAFolderError if it cannot be read."""
    folders: list[FolderEntry] = []
    audio_files = 0
    try:
        with os.scandir(folder) as entries:
            for entry in islice(entries, MAX_ENTRIES):
                if extension(entry.name) in AUDIO_EXTENSIONS:
                    audio_files += 1
                elif _is_visible(entry):
                    folders.append(FolderEntry(entry.name, entry.path))
    except OSError as error:
        raise NotAFolderError(
            f"{printable(folder)} cannot be read: {error.strerror}", "Choose another folder"
        ) from error
    return sorted(folders, key=lambda entry: entry.name.casefold()), audio_files


def _is_visible(entry: os.DirEntry[str]) -> bool:
    if is_hidden(entry.name) or is_system_folder(entry.name) or not _is_text(entry.name):
        return False
    try:
        return entry.is_dir()
    except OSError:
        return False


def _is_text(name: str) -> bool:
    """Whether JSON can carry the name. One that is not UTF-8 cannot be chosen itself, only a folder above it."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
