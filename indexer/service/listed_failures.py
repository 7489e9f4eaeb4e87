"""The failures that a service tells its clients: those of files in the folders that it keeps up to date."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from catalog.keys import readable
from indexer.failures import Failure
from polymuse.errors import NotFoundError
from polymuse.library_jobs import FailurePage, FileFailure


def in_folders(failures: Iterable[Failure], folders: Sequence[Path]) -> list[Failure]:
    """The failures of files in these folders, in order of their paths."""
    found = [each for each in failures if any(Path(each.path).is_relative_to(folder) for folder in folders)]
    return sorted(found, key=lambda failure: failure.path)


def listed(failures: Iterable[Failure], folders: Sequence[Path]) -> list[Failure]:
    """As `in_folders`, without files that are too short to be analysed."""
    return [failure for failure in in_folders(failures, folders) if not failure.is_too_short]


def page_of(found: Sequence[Failure], offset: int, limit: int) -> FailurePage:
    page = tuple(_shown(failure) for failure in found[offset : offset + limit])
    following = offset + limit
    return FailurePage(page, len(found), str(following) if following < len(found) else None)


def files_shown_as(found: Iterable[Failure], paths: Iterable[str]) -> list[Path]:
    """The failed files that are listed as `paths`. Raises NotFoundError if there is none."""
    wanted = set(paths)
    files = [Path(failure.path) for failure in found if readable(failure.path) in wanted]
    if not files:
        raise NotFoundError("None of these files is in the list of failures", "GET /v1/failures lists them")
    return files


def _shown(failure: Failure) -> FileFailure:
    path = readable(failure.path)
    return FileFailure(path, Path(path).name, failure.stage, readable(failure.cause), failure.advice)
