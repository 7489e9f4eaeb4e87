"""Where the entries of a playlist file are: from paths of the library to those in the file."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from catalog.keys import pure_path
from polymuse.errors import UserError


@dataclass(frozen=True, slots=True)
class Places:
    """How a playlist file names its tracks.

    Parents that are mapped are replaced first, the longest of them that holds a path; then the path is made relative to
    the folder `relative_to`, unless they have nothing in common, as on two drives of Windows.
    """

    relative_to: str | None = None  # an absolute folder; None: absolute paths
    mapped: tuple[tuple[str, str], ...] = ()  # (folder of the library, what stands for it)

    def place(self, path: str) -> str:
        """The path as the file names it, with `/`; "" if there is none."""
        if not path:
            return ""
        found = self._mapped(path)
        pure = pure_path(found)
        if self.relative_to is not None and pure.is_absolute():
            return relative(pure, pure_path(self.relative_to)) or pure.as_posix()
        return pure.as_posix()

    def _mapped(self, path: str) -> str:
        pure = pure_path(path)
        for old, new in sorted(self.mapped, key=lambda pair: len(pair[0]), reverse=True):
            if pure.is_relative_to(folder := pure_path(old)):
                rest = pure.relative_to(folder).as_posix()
                return f"{new.rstrip('/')}/{rest}" if new else rest
        return path


def relative(path: PurePath, folder: PurePath) -> str:
    """The path as seen from the folder, with `/`; "" if there is none, as from another drive."""
    if type(path) is not type(folder) or path.anchor.casefold() != folder.anchor.casefold():
        return ""
    ours, theirs = path.parts[1:], folder.parts[1:]
    same = 0
    while same < min(len(ours) - 1, len(theirs)) and type(path)(ours[same]) == type(path)(theirs[same]):
        same += 1
    return "/".join([*[".."] * (len(theirs) - same), *ours[same:]])


def parse_mapping(texts: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """The pairs of OLD=NEW; OLD is an absolute folder. Raises UserError."""
    pairs = []
    for text in texts:
        old, equals, new = text.partition("=")
        if not equals or not pure_path(old).is_absolute() or "\0" in text:
            raise UserError(f"{text[:200]!r} is no prefix", "Write OLD=NEW, such as /mnt/music=/data/music")
        pairs.append((old, new))
    return tuple(pairs)


def parse_origins(texts: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """The pairs of OLD=NEW for an import; NEW is an absolute folder of the library. Raises UserError."""
    pairs = []
    for text in texts:
        old, equals, new = text.partition("=")
        if not equals or not old or not pure_path(new).is_absolute() or "\0" in text:
            raise UserError(f"{text[:200]!r} is no prefix", r"Write OLD=NEW, such as M:\Music=/data/music")
        pairs.append((old, new))
    return tuple(pairs)
