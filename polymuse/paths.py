"""Paths: the one form in which they are compared and stored, and names for output."""

import os
import unicodedata
from pathlib import Path

from polymuse.file_names import same_file_name
from polymuse.text import for_terminal


def normal(path: str | os.PathLike[str]) -> Path:
    """The path as the library stores it: absolute, without `.` and `..`, each name as its folder spells it.

    Links stay in it, as the folder that a user names is often one. After a link, `..` leads to the folder that holds
    what the link points to, as it does for the system.
    """
    absolute = Path(path).absolute()
    made = Path(absolute.anchor)
    for name in absolute.parts[1:]:
        if name == "..":
            made = (made.resolve() if os.path.islink(made) else made).parent  # noqa: PTH114  raises nothing
        else:
            made /= _as_listed(made, name)
    return made


def _as_listed(folder: Path, name: str) -> str:
    """The name as the folder lists it: some file systems find a name in any case or Unicode form."""
    others = {name.swapcase(), *(unicodedata.normalize(form, name) for form in ("NFC", "NFD"))} - {name}
    if not any(_is_same(folder / name, folder / other) for other in others):
        return name
    try:
        return spelled(name, [each.name for each in folder.iterdir()])
    except OSError:
        return name


def spelled(name: str, listed: list[str]) -> str:
    """The name among those listed that equals it, or else is the same but for case and Unicode form; else the name."""
    if name in listed:
        return name
    key = same_file_name(name)
    return next((each for each in listed if same_file_name(each) == key), name)


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except (OSError, ValueError):
        return False


def is_folder(path: str | os.PathLike[str]) -> bool:
    """Whether it is a folder; False if that cannot be found out, while `Path.is_dir` raises some errors of disks."""
    return os.path.isdir(path)  # noqa: PTH112


def is_file(path: str | os.PathLike[str]) -> bool:
    """Whether it is a file; False if that cannot be found out."""
    return os.path.isfile(path)  # noqa: PTH113


def is_absent(path: Path) -> bool:
    """Whether there is surely nothing; False if the disk answers with an error, which reading it then reports."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def printable(path: str | os.PathLike[str]) -> str:
    r"""The path as one line for terminals and logs: bytes that are not UTF-8 and control characters as `\xff`."""
    return for_terminal(os.fspath(path))
