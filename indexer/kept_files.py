"""Lines about files that were not found, but are kept in the library."""

from collections.abc import Iterator, Sequence

from indexer.presence import OutOfSight
from indexer.updating import Summary
from polymuse.paths import printable

MAX_LINES = 5  # of folders; the rest is only counted
FORGET = "if you have deleted them, run `polymuse index PATH --prune --yes`."


def kept_lines(summary: Summary) -> Iterator[str]:
    """What is kept, why, and what to do."""
    if summary.too_many_gone:
        yield (
            f"kept: {_files(len(summary.gone))} gone at once, more than a quarter of the library. "
            f"{FORGET[0].upper()}{FORGET[1:]}"
        )
    yield from out_of_sight_lines(summary.out_of_sight)


def out_of_sight_lines(found: Sequence[OutOfSight]) -> Iterator[str]:
    """The lines about files that may come back."""
    folders = sorted(found, key=lambda each: -len(each.paths))
    for each in folders[:MAX_LINES]:
        yield (
            f"kept: {_files(len(each.paths))} not found, but {printable(each.folder)} {each.reason}. "
            f"Connect or mount it and scan again; {FORGET}"
        )
    if rest := folders[MAX_LINES:]:
        yield f"kept: {_files(sum(len(each.paths) for each in rest))} not found below {len(rest)} more folders"


def _files(number: int) -> str:
    return "1 file is" if number == 1 else f"{number} files are"
