"""Notes of a job about files that were not found, but are kept in the library."""

from collections.abc import Iterator

from indexer.updating import Summary
from polymuse.paths import printable


def kept_notes(summary: Summary) -> Iterator[str]:
    """What is kept, why, and what to do."""
    if summary.too_many_gone:
        yield (
            f"{len(summary.gone)} files are gone at once, more than a quarter of the library: they are kept. "
            "If you have deleted them, run `polymuse index PATH --prune --yes`."
        )
    for each in sorted(summary.out_of_sight, key=lambda each: -len(each.paths)):
        yield (
            f"{len(each.paths)} files are not found, but kept: {printable(each.folder)} {each.reason}. "
            "Connect or mount it."
        )
