"""Searches of playlists on the command line, and the folder that playlists are written to."""

from pathlib import Path
from typing import TYPE_CHECKING

from catalog.playlists.folder import Written
from catalog.track import Track
from polymuse.errors import UserError
from polymuse.indexed_folders import IndexedFolders
from search_api import playlist_folder, saved_searches
from search_api.queries import SearchRequest

if TYPE_CHECKING:
    from cli.session import Library


def searched(library: "Library", request: SearchRequest, limit: int) -> list[Track]:
    """All tracks that a search finds, at most so many. Raises UserError."""
    if request.descriptors or request.not_descriptors:
        library.ensure_bank()
    folders = IndexedFolders(library.settings.layout.indexed_folders).named()
    return saved_searches.results(request, limit, library.catalog, library.embedder.embed_text, folders)


def write_all(library: "Library", folder: Path, *, dry_run: bool = False) -> Written:
    """Write all playlists to a folder. Raises UserError."""
    folders = IndexedFolders(library.settings.layout.indexed_folders).named()
    return playlist_folder.write_playlists(
        folder, library.catalog, library.embedder.embed_text, folders, dry_run=dry_run
    )


def renew(library: "Library") -> None:
    """Write them to the folder of the settings, if there is one; what goes wrong is said and fails no run."""
    from cli.output import messages
    from cli.progress import say

    folder = library.settings.playlists_folder
    if folder is None:
        return
    try:
        done = write_all(library, folder)
    except UserError as error:
        say(messages(), str(error))
        return
    if done.written or done.removed:
        say(messages(), f"Playlists: {len(done.written)} written to {folder}, {len(done.removed)} removed.")
