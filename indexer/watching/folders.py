"""The folders below a root that a scan would look into."""

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from indexer.ignoring import IGNORE_FILE, Rules
from polymuse.errors import UserError


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder, to be watched or polled."""

    path: str
    device: int = 0
    inode: int = 0
    readable: bool = True
    decodable: bool = True  # whether its path and the names in it are UTF-8


def folders_below(root: Path, start: Path, exclude: Sequence[str] = ()) -> Iterator[Folder]:
    """A folder of a root and the folders below it that are not left out, each once, even with links. Nothing raises.

    A start that is a file is returned as if it were a folder.
    """
    visited: set[tuple[int, int]] = set()
    pending = [(str(start), Rules(Rules.of(start).folders, Rules.of(root, exclude).user))]
    while pending:
        path, rules = pending.pop()
        try:
            status = os.stat(path)  # noqa: PTH116  a Path per folder costs more than the call
            if (status.st_dev, status.st_ino) in visited:
                continue
            visited.add((status.st_dev, status.st_ino))
            found: list[os.DirEntry[str]] = []
            if stat.S_ISDIR(status.st_mode):
                with os.scandir(path) as entries:
                    found = list(entries)
        except (FileNotFoundError, NotADirectoryError):  # deleted meanwhile
            continue
        except OSError:
            yield Folder(path, readable=False)
            continue
        rules = _within(rules, path, found)
        pending += [
            (entry.path, rules)
            for entry in found
            if _is_folder(entry) and rules.left_out(entry.path, entry.name, is_folder=True) is None
        ]
        decodable = all(map(_is_utf8, (path, *(entry.name for entry in found))))
        yield Folder(path, status.st_dev, status.st_ino, decodable=decodable)


def _within(rules: Rules, path: str, entries: list[os.DirEntry[str]]) -> Rules:
    try:
        if any(entry.name == IGNORE_FILE and entry.is_file() for entry in entries):
            return rules.within(path)
    except (OSError, UserError):  # the scan reports it
        pass
    return rules


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # such as a link to itself
        return False


def _is_utf8(name: str) -> bool:
    return name.isascii() or not any("\udc80" <= character <= "\udcff" for character in name)
