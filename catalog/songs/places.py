"""Paths as other programs and machines write them, and the paths of the library that they may stand for."""

import os
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePath, PurePosixPath, PureWindowsPath
from urllib.parse import unquote_to_bytes, urlsplit

from catalog.keys import MAX_PATH
from polymuse.file_names import same_file_name

FILE_URL = "file://"


def library_paths(location: str, base: str, mapped: Sequence[tuple[str, str]]) -> Iterator[str]:
    """The absolute paths that a location may stand for, without `.` and `..`, those of `mapped` first.

    `base`: the folder of a relative one, "" if there is none. `mapped`: (folder elsewhere, folder of the library).
    """
    for old, new in mapped:
        end = below(location, old)
        if end is not None:
            yield os.path.normpath(f"{new}/{end}")
    if is_windows(location):
        yield str(PureWindowsPath(location))
    if location.startswith("/"):
        yield _normal(location)
    elif base and not is_windows(location):
        yield _normal(f"{base}/{location}")
        if "\\" in location:
            slashes = location.replace("\\", "/")
            yield _normal(f"{base}/{slashes}")


def path_of(location: str) -> str:
    """The path of a file URL; any other text as it is."""
    if not location.startswith(FILE_URL) or len(location) > 3 * MAX_PATH:
        return location
    path = unquote_to_bytes(urlsplit(location, allow_fragments=False).path).decode("utf-8", "surrogateescape")
    return path[1:] if is_windows(path[1:]) else path


def composed(paths: Iterable[str]) -> Iterator[str]:
    """Each path as it is, then with its letters composed and decomposed, as systems differ in that."""
    for path in paths:
        yield from dict.fromkeys((path, unicodedata.normalize("NFC", path), unicodedata.normalize("NFD", path)))


def below(location: str, folder: str) -> str | None:
    """The end of the location after the folder, with `/`; None if it is not in it."""
    place, parent = (pure(each).parts for each in (location, folder))
    if len(place) <= len(parent) or list(map(same_file_name, place[: len(parent)])) != list(
        map(same_file_name, parent)
    ):
        return None
    return "/".join(place[len(parent) :])


def is_windows(location: str) -> bool:
    """Whether it begins with a drive or a shared folder, as on Windows."""
    return PureWindowsPath(location).drive != "" and not location.startswith("/")


def pure(location: str) -> PurePath:
    """The location, by the rules of the system that it was written on."""
    return PureWindowsPath(location) if is_windows(location) or "\\" in location else PurePosixPath(location)


def _normal(path: str) -> str:
    normal = os.path.normpath(path)
    return normal[1:] if normal.startswith("//") else normal
