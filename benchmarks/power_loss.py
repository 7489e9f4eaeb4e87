"""What a disk holds after a loss of power: a recorded run up to a point, and chance for what was not synced.

Page images, names and sizes that were synced survive; of the others any part may, in the way of one of two kinds of
file system:

- JOURNAL, as ext4, XFS and Btrfs behave: names and sizes survive in their order, and a sync of anything makes all
  earlier ones durable. The content of a file is durable by a sync of that file only.
- STRICT, no more than POSIX promises: a sync of a file makes its content and size durable, but not its name; a name is
  durable by a sync of its folder only. Folders lose their changes independently of each other.

Unsynced pages of 4 KiB survive in any selection, which includes any order, and may be torn between two sectors.
"""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from random import Random
from typing import TypeAlias

PAGE = 4096  # bytes that a kernel writes at once
SECTOR = 512  # bytes that a disk writes at once
ROOT = 1  # inode of the top folder


class FileSystem(Enum):
    """What a sync makes durable."""

    JOURNAL = "journal"
    STRICT = "strict"


@dataclass(frozen=True, slots=True)
class Make:
    """A new file or folder."""

    parent: int
    name: str
    inode: int
    folder: bool


@dataclass(frozen=True, slots=True)
class Remove:
    """The end of a name."""

    parent: int
    name: str


@dataclass(frozen=True, slots=True)
class Move:
    """A rename, which replaces what has the new name."""

    parent: int
    name: str
    to_parent: int
    to_name: str
    inode: int


@dataclass(frozen=True, slots=True)
class Resize:
    """A truncation or an extension."""

    inode: int
    size: int


@dataclass(frozen=True, slots=True)
class Write:
    """The image of a page, in a file that is now `size` bytes long."""

    inode: int
    page: int
    image: bytes
    size: int


@dataclass(frozen=True, slots=True)
class Sync:
    """fsync or fdatasync of a file or folder."""

    inode: int


@dataclass(frozen=True, slots=True)
class Mark:
    """A message of the recorded process."""

    text: str


Naming: TypeAlias = Make | Remove | Move
Operation: TypeAlias = Naming | Resize | Write | Sync | Mark


@dataclass(slots=True)
class File:
    """Pages that are not zero, by number."""

    pages: dict[int, bytes] = field(default_factory=dict)
    size: int = 0

    def resize(self, size: int) -> None:
        if size < self.size:
            self.pages = {number: image for number, image in self.pages.items() if number * PAGE < size}
            if (last := size // PAGE) in self.pages:
                self.pages[last] = self.pages[last][: size % PAGE].ljust(PAGE, b"\0")
        self.size = size


@dataclass(slots=True)
class Tree:
    """Folders and files by inode."""

    folders: dict[int, dict[str, int]] = field(default_factory=lambda: {ROOT: {}})
    files: dict[int, File] = field(default_factory=dict)

    def apply(self, change: Naming) -> None:
        match change:
            case Make(parent, name, inode, folder):
                self.folders.setdefault(parent, {})[name] = inode
                if folder:
                    self.folders.setdefault(inode, {})
            case Remove(parent, name):
                self.folders.setdefault(parent, {}).pop(name, None)
            case Move(parent, name, to_parent, to_name, inode):
                self.folders.setdefault(parent, {}).pop(name, None)
                self.folders.setdefault(to_parent, {})[to_name] = inode

    def copy(self) -> "Tree":
        folders = {inode: dict(names) for inode, names in self.folders.items()}
        return Tree(folders, {inode: File(dict(file.pages), file.size) for inode, file in self.files.items()})

    def write_to(self, place: Path, inode: int = ROOT) -> None:
        """Make the folder `place` with everything below; holes stay holes."""
        place.mkdir()
        for name, child in self.folders[inode].items():
            if child in self.folders:
                self.write_to(place / name, child)
                continue
            file = self.files.get(child) or File()
            with (place / name).open("wb") as stream:
                for number, image in file.pages.items():
                    os.pwrite(stream.fileno(), image, number * PAGE)
                stream.truncate(file.size)


class Disk:
    """Takes a recorded run operation by operation; `after_loss` is what would be left now."""

    def __init__(self, kind: FileSystem) -> None:
        self.kind = kind
        self._durable = Tree()
        self._names: list[Naming | Resize] = []  # not yet durable; sizes only with a journal
        self._contents: dict[int, list[Write | Resize]] = {}  # not yet durable

    def take(self, operation: Operation) -> None:
        match operation:
            case Mark():
                pass
            case Sync(inode):
                self._sync(inode)
            case Write(inode):
                self._contents.setdefault(inode, []).append(operation)
            case Resize(inode) if self.kind is FileSystem.STRICT:
                self._contents.setdefault(inode, []).append(operation)
            case Resize() | Make() | Remove() | Move():
                self._names.append(operation)

    def sync_everything(self) -> None:
        for change in self._names:
            _rename_or_resize(self._durable, change)
        self._names = []
        for inode in [*self._contents]:
            self._sync(inode)

    def durable(self) -> Tree:
        """What is left at least."""
        return self._durable.copy()

    def after_loss(self, chance: Random) -> Tree:
        """The durable part, and a selection of the rest."""
        tree = self._durable.copy()
        kept = chance.choice((0.0, 0.1, 0.5, 0.9, 1.0))  # share that survives; all and nothing are the extremes
        lost: set[int] = set()  # folders whose further changes are lost
        for change in self._names:
            if lost & self._places(change) or chance.random() >= (kept if kept in (0, 1) else kept**0.1):
                lost |= self._places(change)
            else:
                _rename_or_resize(tree, change)
        for inode, changes in self._contents.items():
            file = tree.files.setdefault(inode, File())
            for change in changes:
                if chance.random() < kept:
                    _change(file, change)
                elif isinstance(change, Write) and chance.random() < kept / 4:
                    _tear(file, change, SECTOR * chance.randrange(PAGE // SECTOR))
        return tree

    def _sync(self, inode: int) -> None:
        file = self._durable.files.setdefault(inode, File()) if inode in self._contents else None
        places = {inode}
        rest: list[Naming | Resize] = []
        needed: list[Naming | Resize] = []
        for change in reversed(self._names):  # what another folder must know for a move is durable with it
            if self.kind is FileSystem.JOURNAL or places & self._places(change):
                needed.append(change)
                places |= self._places(change)
            else:
                rest.append(change)
        for change in reversed(needed):
            _rename_or_resize(self._durable, change)
        self._names = rest[::-1]
        if file is not None:
            for change in self._contents.pop(inode):
                _change(file, change)

    def _places(self, change: Naming | Resize) -> set[int]:
        """The folders in which the order of changes is kept."""
        match change:
            case Move():
                return {change.parent, change.to_parent} if self.kind is FileSystem.STRICT else {ROOT}
            case Make() | Remove():
                return {change.parent} if self.kind is FileSystem.STRICT else {ROOT}
        return {ROOT}


def _rename_or_resize(tree: Tree, change: Naming | Resize) -> None:
    if isinstance(change, Resize):
        tree.files.setdefault(change.inode, File()).resize(change.size)
    else:
        tree.apply(change)


def _change(file: File, change: Write | Resize) -> None:
    if isinstance(change, Resize):
        file.resize(change.size)
        return
    file.pages[change.page] = change.image
    file.size = max(file.size, min(change.size, (change.page + 1) * PAGE))


def _tear(file: File, change: Write, written: int) -> None:
    """Only the first bytes of the page reach the disk; the file may be longer already."""
    old = file.pages.get(change.page, bytes(PAGE))
    file.pages[change.page] = change.image[:written] + old[written:]
    file.size = max(file.size, min(change.size, (change.page + 1) * PAGE))


def page_images(file: File, data: bytes, offset: int) -> Iterator[tuple[int, bytes]]:
    """The pages that writing `data` at `offset` changes, as they are afterwards."""
    for number in range(offset // PAGE, (offset + len(data) - 1) // PAGE + 1 if data else 0):
        start = number * PAGE
        old = file.pages.get(number, _ZEROS)
        first, last = max(start, offset), min(start + PAGE, offset + len(data))
        new = old[: first - start] + data[first - offset : last - offset] + old[last - start :]
        if new != old:
            yield number, new


_ZEROS = bytes(PAGE)


def marks(operations: Iterable[Operation]) -> list[str]:
    """The messages of the recorded process so far."""
    return [each.text for each in operations if isinstance(each, Mark)]
