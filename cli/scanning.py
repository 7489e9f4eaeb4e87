"""What `polymuse index` and `polymuse watch` look at: the patterns of both, and lists of files."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from catalog.fields import with_hidden
from catalog.filters import Filter
from cli.options import STANDARD_STREAM
from cli.session import Library
from indexer.ignoring import check_patterns
from indexer.score_files import is_score
from models.profiles import PROFILES
from polymuse.errors import UserError
from polymuse.paths import printable
from polymuse.settings import Settings

MAX_LIST_BYTES = 1_000_000_000


def all_patterns(given: Sequence[str] | None, settings: Settings) -> tuple[str, ...]:
    """The patterns of the setting `exclude`, then those given. Raises UserError for one that is none."""
    patterns = (*settings.exclude, *(given or ()))
    check_patterns(patterns)
    return patterns


def present(roots: Sequence[Path], library: Library) -> list[Path]:
    """The paths without those that do not exist and have files in the library: their disk may not be mounted."""
    return [
        root
        for root in roots
        if os.path.lexists(root) or not any(library.catalog.tracks(with_hidden(Filter(paths=(str(root),)))))
    ]


def scores_not_taken(paths: Sequence[Path], library: Library) -> str:
    """A line about scores that are named as files, and would be taken for audio; "" if there are none."""
    suffixes = () if library.settings.scores else PROFILES[library.profile].score_suffixes
    named = [path for path in paths if is_score(path, suffixes)]
    return f"{printable(named[0])} is a score: --scores takes scores in." if named else ""


def read_list(file: Path) -> list[Path]:
    """The paths that a file lists, or standard input for `-`: ended by NUL if there is one, else one a line.

    Raises UserError if the list cannot be read.
    """
    try:
        if file == STANDARD_STREAM:
            content = sys.stdin.buffer.read(MAX_LIST_BYTES + 1)
        else:
            with file.open("rb") as stream:
                content = stream.read(MAX_LIST_BYTES + 1)
    except OSError as error:
        raise UserError(f"Cannot read {printable(file)}: {error.strerror}", "Check --files-from") from error
    if len(content) > MAX_LIST_BYTES:
        raise UserError("The list of --files-from is longer than 1 GB", "Name the folder instead")
    names = content.split(b"\0") if b"\0" in content else [line.removesuffix(b"\r") for line in content.split(b"\n")]
    return [Path(os.fsdecode(name)) for name in names if name]
