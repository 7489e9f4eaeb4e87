"""What the routes and the life cycle of the service need of the indexer, which is wired in by its start."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Protocol

from fastapi import Depends, Request

from catalog.catalog import Catalog
from polymuse.errors import NotFoundError
from polymuse.library_jobs import FailurePage, FolderListing, JobList, Kind, LibraryJob, MusicFolders


class Indexing(Protocol):
    """Keeps the library of the service up to date. Thread-safe; no method waits for a job."""

    def start(self, weights_stored: Callable[[], None], /) -> None:
        """Begin to accept jobs. `weights_stored` is called after each download of weights."""

    def library_opened(self, catalog: Catalog, profile: str, /) -> None:
        """Begin to index into the catalog."""

    def after_each_run(self, work: Callable[[], None], /) -> None:
        """Have this done after each job that has gone through the library; it raises nothing."""

    def close(self) -> None:
        """Stop; tracks in progress are finished if that takes seconds. The catalog is no longer used afterwards."""

    def folders(self) -> MusicFolders: ...

    def choose_folders(self, paths: Sequence[str], /) -> MusicFolders:
        """Replace the folders that were chosen by clients. Raises UserError for folders that are not allowed."""
        ...

    def browse(self, path: str | None, /) -> FolderListing:
        """The folders in a folder, or the roots. Raises UserError outside of them."""
        ...

    def jobs(self) -> JobList: ...

    def job(self, id: str, /) -> LibraryJob:  # noqa: A002  the field's own word
        """Raises NotFoundError."""
        ...

    def submit(self, kind: Kind, paths: Sequence[str] | None = None, forget: int = 0, /) -> LibraryJob:
        """Queue a job over these paths, by default all. Returns the waiting job of the kind if it covers them.

        `forget`: a scan of all folders may forget so many files that are gone, even if they are too many at once.
        """
        ...

    def stop_job(self, id: str, /) -> LibraryJob:  # noqa: A002
        """Stop a job after the tracks in progress. Raises NotFoundError."""
        ...

    def pause(self, paused: bool, /) -> JobList:
        """Pause analysis until it is resumed, also across restarts."""
        ...

    def finished_files(self) -> Mapping[str, int]:
        """Files by outcome since the start: indexed, updated, failed."""
        ...

    def failures(self, offset: int, limit: int, /) -> FailurePage: ...


async def current_indexing(request: Request) -> Indexing:
    """The indexer of the application. Raises NotFoundError if it has none."""
    indexing: Indexing | None = getattr(request.app.state, "indexing", None)
    if indexing is None:
        raise NotFoundError("This service does not index", "Start it with `polymuse serve`")
    return indexing


CurrentIndexing = Annotated[Indexing, Depends(current_indexing)]
