"""File names for output."""

import os


def printable(path: str | os.PathLike[str]) -> str:
    r"""The path with bytes that are not UTF-8 shown as `\xff`, so that any terminal or log can take it."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")
