"""What the commands of playlists share: finding them, their entries and rows, and what is printed."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from polymuse.errors import UserError

if TYPE_CHECKING:  # commands import what they need when they run, so that --help stays fast
    from catalog.catalog import Catalog
    from catalog.playlists.playlist import Playlist, PlaylistHead
    from cli.session import Library

Name = Annotated[str, typer.Argument(metavar="PLAYLIST", help="Its name, or its id.")]
MAX_QUERY = 1000  # characters


def find(catalog: "Catalog", reference: str) -> "Playlist":
    """The playlist of a name or an id. Raises UserError for an unknown or ambiguous one."""
    return catalog.playlist(named(catalog.playlists(), reference).id)


def named(heads: "list[PlaylistHead]", reference: str) -> "PlaylistHead":
    """The one with this id or name. Raises NotFoundError and UserError, with advice."""
    from difflib import get_close_matches

    from polymuse.errors import NotFoundError

    found = [head for head in heads if reference in (head.id, head.name)]
    found = found or [head for head in heads if head.name.casefold() == reference.casefold()]
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(head.id for head in found)
        raise UserError(f"{len(found)} playlists are called {reference}", f"Give one of their ids: {ids}")
    near = get_close_matches(reference, [head.name for head in heads])
    advice = f"Similar ones: {', '.join(near)}" if near else "`polymuse playlists list` shows all"
    raise NotFoundError(f"There is no playlist {reference}", advice)


def numbers_at(playlist: "Playlist", places: list[int]) -> list[int]:
    """The numbers of the entries at places from 1; none of a smart playlist. Raises UserError."""
    if playlist.entries and (wrong := [place for place in places if place > len(playlist.entries)]):
        raise UserError(f"There is no place {wrong[0]}", f"{playlist.head.name} has {len(playlist.entries)} tracks")
    return [playlist.entries[place - 1].number for place in places] if playlist.entries else []


def request_of(query: str, where: str) -> Any:
    """The search of the options; None if there is none."""
    from catalog.filters import parse_filter
    from search_api.queries import SearchRequest

    if len(query) > MAX_QUERY:
        raise UserError("The text of --query is too long", f"Write at most {MAX_QUERY} characters")
    if not query.strip() and not where.strip():
        return None
    texts = [{"text": query}] if query.strip() else []
    return SearchRequest.model_validate({"texts": texts, "where": parse_filter(where)})


def entries_of(library: "Library", tracks: list[str], request: Any, limit: int) -> Any:
    """Entries of tracks, by ids or paths, or of what a search finds. Raises NotFoundError and UserError."""
    from catalog.playlists.playlist import PlaylistEntry
    from cli.playlist_folder import searched
    from polymuse.errors import NotFoundError

    if tracks and request is not None:
        raise UserError("Tracks and a search are both given", "Give one of them")
    if request is not None:
        return [PlaylistEntry.of_track(track) for track in searched(library, request, limit)]
    found = []
    for reference in tracks:
        track = library.find(reference)
        if track is None:
            raise NotFoundError(f"{reference!r} is not in the library", "Index it, or give an id of `search --json`")
        found.append(PlaylistEntry.of_track(track))
    return found


def rows_of(library: "Library", playlist: "Playlist", places: Any, *, scores: bool = True) -> Any:
    """Rows for a file; `scores`: whether it may name scores, which no player plays."""
    from catalog.playlists.playlist import PlaylistEntry
    from catalog.playlists.present import present, rows_of_tracks, to_rows
    from cli.playlist_folder import searched
    from search_api import saved_searches

    smart = playlist.head.smart
    if smart is None:
        return to_rows(playlist.entries, present(library.catalog, playlist.entries), places, scores=scores)
    tracks = searched(library, saved_searches.read(smart.request), smart.limit)
    if not scores:
        return rows_of_tracks(tracks, places)
    entries = [PlaylistEntry.of_track(track) for track in tracks]
    return [to_rows([entry], {0: track}, places)[0] for entry, track in zip(entries, tracks, strict=True)]


def plain(head: "PlaylistHead") -> dict[str, Any]:
    """The playlist as JSON, without its tracks."""
    plain = {
        key: getattr(head, key) for key in ("id", "name", "description", "created", "changed", "revision", "count")
    }
    smart = head.smart and {"search": dict(head.smart.request), "limit": head.smart.limit}
    return plain | {"duration": head.duration, "smart": smart}


def report(head: "PlaylistHead", line: str, *, as_json: bool) -> None:
    """Print what has become of a playlist: the line, or the playlist as JSON."""
    from cli.output import print_json

    if as_json:
        print_json(plain(head))
    else:
        say_line(line)


def say_line(line: str) -> None:
    """Print a message on stderr."""
    from cli.output import messages
    from cli.progress import say

    say(messages(), line)
