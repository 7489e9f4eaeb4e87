"""The folder of the setting `playlists_folder`: all playlists as M3U8 files, renewed after each run."""

import logging
from collections.abc import Sequence
from pathlib import Path

from catalog.catalog import Catalog
from catalog.planning import EmbedText
from catalog.playlists.folder import Written, write_folder
from catalog.playlists.places import Places
from catalog.playlists.playlist import PlaylistHead
from catalog.playlists.present import present, rows_of_tracks, to_rows
from catalog.playlists.writing import write
from polymuse.errors import UserError
from search_api import saved_searches

logger = logging.getLogger(__name__)


def write_playlists(
    folder: Path, catalog: Catalog, embed_text: EmbedText, folders: Sequence[str], *, dry_run: bool = False
) -> Written:
    """Write every playlist into the folder, with paths relative to it; those of smart ones are searched for anew.

    A playlist that cannot be read or searched for keeps the file that it has. Raises UserError if the folder cannot be
    written, and UnavailableError.
    """
    places = Places(str(folder.absolute()))

    def content(head: PlaylistHead) -> bytes | None:
        try:
            if head.smart is None:
                entries = catalog.playlist(head.id).entries
                rows = to_rows(entries, present(catalog, entries), places, scores=False)
            else:
                request = saved_searches.read(head.smart.request)
                rows = rows_of_tracks(
                    saved_searches.results(request, head.smart.limit, catalog, embed_text, folders), places
                )
        except UserError as error:
            logger.warning("the playlist %s is not written: %s", head.name, error)
            return None
        return write("m3u8", head.name, rows)

    return write_folder(folder, catalog.playlists(), content, dry_run=dry_run)


def renew(folder: Path | None, catalog: Catalog, embed_text: EmbedText, folders: Sequence[str]) -> None:
    """Write the playlists if there is such a folder; a failure is logged, as the run itself has succeeded."""
    if folder is None:
        return
    try:
        written = write_playlists(folder, catalog, embed_text, folders)
    except UserError as error:
        logger.warning("%s", error)
        return
    if written.written or written.removed:
        logger.info("%d playlists written to %s, %d removed", len(written.written), folder, len(written.removed))
