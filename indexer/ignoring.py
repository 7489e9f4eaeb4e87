"""What a scan leaves out: hidden names, folders of systems, and what patterns exclude.

Patterns have the syntax and meaning of .gitignore: the last one that matches a name decides, one that starts with `!`
takes it in again, and nothing below a folder that is left out is looked at. The patterns of the user come first, then
the IGNORE_FILE of the folder and those of the folders above it. They never take in hidden names and folders of systems,
or `!*/` would bring back all of these.
"""

import fnmatch
import os
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal, Self, TypeAlias

from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

import data
from polymuse.errors import UserError
from polymuse.paths import is_file, is_folder, printable

IGNORE_FILE = ".polymuseignore"
MAX_IGNORE_BYTES = 1_000_000
MAX_PATTERN = 1000  # characters
MAX_ANY_DEPTH = 3  # `**` in a pattern: the time to match grows with the depth of the folders to this power

Kind: TypeAlias = Literal["hidden", "system", "excluded"]
_DIRECTORY = "(?P<ps_d>/)"  # how pathspec marks the end of a matched directory
_ANY = "[^/]*"  # its `*`


class Patterns:
    """Patterns that apply at and below one folder."""

    def __init__(self, folder: str, lines: Iterable[str]) -> None:
        """`folder` is absolute. Lines that are not patterns are left out and kept in `wrong`."""
        self.wrong: list[str] = []
        self._start = len(folder.rstrip(os.sep)) + 1
        self._patterns: list[tuple[re.Pattern[str], bool]] = []  # the last one, which decides, first
        for line in lines:
            try:
                self._patterns[:0] = _compile(line)
            except UserError as error:
                self.wrong.append(error.message)

    @classmethod
    def read(cls, folder: str) -> Self:
        """The patterns of the IGNORE_FILE of a folder. Raises OSError, and UserError if it is not such a file."""
        with open(os.path.join(folder, IGNORE_FILE), "rb") as file:  # noqa: PTH123, PTH118  see `indexer.scan`
            content = file.read(MAX_IGNORE_BYTES + 1)
        if len(content) > MAX_IGNORE_BYTES:
            raise UserError(f"more than {MAX_IGNORE_BYTES} bytes are not patterns", "Shorten it")
        return cls(folder, os.fsdecode(content.removeprefix(b"\xef\xbb\xbf")).splitlines())

    def decision(self, path: str, *, is_folder: bool) -> bool | None:
        """Whether a path below the folder is excluded (True) or taken in (False); None if no pattern matches it."""
        name = _composed(path[self._start :]).replace(os.sep, "/") + ("/" if is_folder else "")
        return next((excludes for regex, excludes in self._patterns if regex.search(name)), None)


def _compile(line: str) -> list[tuple[re.Pattern[str], bool]]:
    """The pattern of a line, and whether it excludes; none for a comment. Raises UserError.

    Pathspec's expressions also match what is below a matched folder, with an order of precedence that is not git's
    (https://github.com/cpburnz/python-pathspec/issues/137). Here they match names of their own level only.
    """
    wrong = UserError(f"{line[:80]!r} is not a pattern", "Write it as in .gitignore, such as *.wav or /Podcasts/")
    if len(line) > MAX_PATTERN or line.count("**") > MAX_ANY_DEPTH:
        raise wrong
    try:
        pattern = GitIgnoreSpecPattern(_composed(line))
    except ValueError:
        raise wrong from None
    if pattern.regex is None or pattern.include is None:
        return []
    text = pattern.regex.pattern
    if _DIRECTORY not in text and text.endswith("/"):  # `folder/**` is what is in the folder, not the folder itself
        text += "."
    elif line.rstrip().endswith("/**/") and text.endswith(_DIRECTORY) and text != _DIRECTORY:  # `folder/**/`
        text = text.removesuffix(_DIRECTORY) + "/.+" + _DIRECTORY
    text = _linear(text.replace(_DIRECTORY, r"/\Z").replace("$)", r"\Z)"))
    return [(re.compile(text, re.DOTALL), pattern.include)]


def _linear(text: str) -> str:
    """The expression without backtracking into all but the last `*` of a name, which would take for ever."""
    first, *rest = text.split(_ANY)
    if not rest:
        return text
    *middle, last = rest
    return first + "".join(_first_of(part) for part in middle) + _ANY + last


def _first_of(part: str) -> str:
    return f"(?>{_ANY}?{part})" if "/" not in part and "(" not in part else _ANY + part


def _composed(text: str) -> str:
    """Names in Unicode form NFC: macOS and keyboards write accents differently."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules in one folder: patterns from the outermost folder inwards, those of the user last."""

    folders: tuple[Patterns, ...] = ()
    user: tuple[Patterns, ...] = ()

    @staticmethod
    def of(root: Path, exclude: Sequence[str] = ()) -> "Rules":
        """The rules for names in a root: patterns of the user, relative to it, and the files in folders above it.

        A file that cannot be read is left to the scan to report.
        """
        rules = Rules(user=(Patterns(str(root), exclude),) if exclude else ())
        for folder in reversed(root.parents):
            rules = _with_file(rules, folder)
        return rules

    def within(self, folder: str) -> "Rules":
        """The rules for names in a folder that has an IGNORE_FILE. Raises OSError and UserError."""
        return Rules((*self.folders, Patterns.read(folder)), self.user)

    def left_out(self, path: str, name: str, *, is_folder: bool) -> Kind | None:
        """Why a scan leaves out this path, by its own name only; None if it does not."""
        if is_hidden(name):
            return "hidden"
        if is_folder and is_system_folder(name):
            return "system"
        if not self.user and not self.folders:
            return None
        for patterns in (*self.user, *reversed(self.folders)):
            if (decision := patterns.decision(path, is_folder=is_folder)) is not None:
                return "excluded" if decision else None
        return None


def is_hidden(name: str) -> bool:
    """Whether a name is hidden: it starts with a dot, but not like a title, with several dots or a dot and a digit.

    >>> is_hidden(".git"), is_hidden("._a.mp3"), is_hidden("...And Justice for All"), is_hidden(".38 Special")
    (True, True, False, False)
    """
    return name.startswith(".") and not (name[1:2] == "." or name[1:2].isdecimal())


def is_system_folder(name: str) -> bool:
    """Whether a folder of this name belongs to a system or program, by data/system_folders.txt."""
    return _system_folders().fullmatch(name) is not None


@cache
def _system_folders() -> re.Pattern[str]:
    lines = (files(data) / "system_folders.txt").read_text("utf-8").splitlines()
    names = [line for line in lines if line and not line.startswith("# ")]
    return re.compile("|".join(map(fnmatch.translate, names)), re.IGNORECASE)


class Visible:
    """Whether scans of roots would come to a path, for single paths whose folders are not walked."""

    def __init__(self, roots: Iterable[Path], exclude: Sequence[str] = ()) -> None:
        self._rules: dict[Path, Rules | None] = {  # in folders; None: they are left out
            root: _with_file(Rules.of(root, exclude), root) for root in roots
        }

    def __call__(self, path: Path) -> bool:
        if self._rules.get(path) is not None:
            return True
        known = next((folder for folder in path.parents if folder in self._rules), None)
        if known is None:
            return False
        *folders, name = path.relative_to(known).parts
        rules = self._rules[known]
        for each in folders:
            known /= each
            if rules is None or rules.left_out(str(known), each, is_folder=True):
                rules = None
            else:
                rules = _with_file(rules, known)
            self._rules[known] = rules
        return rules is not None and not rules.left_out(str(path), name, is_folder=is_folder(path))


def _with_file(rules: Rules, folder: Path) -> Rules:
    """The rules with the file of the folder, if it has one that can be read."""
    if not is_file(folder / IGNORE_FILE):
        return rules
    try:
        return rules.within(str(folder))
    except (OSError, UserError):
        return rules


def check_patterns(exclude: Sequence[str]) -> None:
    """Raises UserError for the first pattern that is none."""
    for line in exclude:
        try:
            _compile(line)
        except UserError as error:
            raise UserError(f"--exclude: {printable(error.message)}", error.advice) from None
