"""`polymuse playlists push`: a playlist to a server of music."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import options
from cli.playlists import Name, find, say_line

if TYPE_CHECKING:
    from catalog.playlists.playlist import Playlist
    from catalog.track import Track
    from cli.session import Library

SHOWN = 50  # songs that are not found and listed for people; --json has all

DOES = {"create": "made", "change": "changed", "rename": "renamed", "nothing": "unchanged"}


def push(
    playlist: Name,
    to: Annotated[str, typer.Option("--to", metavar="SERVER", help="Its name in `players` of config.yaml.")],
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Also change a playlist of that name that is not ours, or was changed there."),
    ] = False,
    dry_run: options.DryRun = False,
    library_name: options.Library = None,
    profile: options.Profile = None,
    as_json: options.Json = False,
) -> None:
    """Send a playlist to Navidrome and other Subsonic servers, Jellyfin, Emby or Plex.

    Repeated, it changes the same playlist there. Songs that the server does not have are listed, with exit status 1.
    docs/players.md says how to set up servers.

    Examples:

        polymuse playlists push "Sunday morning" --to navidrome --dry-run

        polymuse playlists push "Sunday morning" --to navidrome
    """
    from catalog.songs.resolving import learn
    from cli.session import open_library
    from players.ids import ids_of
    from players.pushed import PushedLists
    from players.pushing import plan
    from players.pushing import push as push_planned
    from players.servers import open_server, settings_of

    with open_library(library=library_name, profile=profile) as library:
        settings = library.settings
        player = settings_of(settings.players, to)
        server = open_server(settings.players, to)
        try:
            there = find(library.catalog, playlist)
            tracks, missing = _tracks(library, there)
            known = ids_of(server, tracks, library.catalog, tuple(player.paths.items()))
            songs = [known[track.id].reference.id for track in tracks if track.id in known]
            missing += [_row(track) for track in tracks if track.id not in known]
            _check_any(there.head.name, to, songs)
            lists = PushedLists(settings.layout.pushed)
            name = there.head.name
            planned = plan(server, player.url, lists, there.head.id, name, songs, replace=replace)
            done = None
            if not dry_run:
                learn(known.values(), library.catalog)
                done = push_planned(server, player.url, lists, there.head.id, planned)
        finally:
            server.close()
    by_song = {each.reference.id: each.track for each in known.values() if each.track is not None}
    missing += [_row(by_song[song]) for song in (done.refused if done else ()) if song in by_song]
    target = done.id if done else planned.target.id if planned.target else ""
    fields: dict[str, Any] = {
        "playlist": name,
        "server": to,
        "action": planned.action,
        "done": done is not None,
        "id": target,
        "songs": len(planned.songs),
        "before": len(planned.before),
        "not_found": missing,
    }
    _report(fields, list(planned.songs) if dry_run else [], as_json=as_json)
    if missing:
        raise typer.Exit(1)


def _check_any(name: str, to: str, songs: list[str]) -> None:
    """Raises NotFoundError if there is nothing to send."""
    from polymuse.errors import NotFoundError

    if not songs:
        raise NotFoundError(
            f"{to} has no song of {name}; nothing was sent",
            f"`polymuse players sync {to} --dry-run` shows which tracks it has; `paths` in config.yaml may help",
        )


def _tracks(library: "Library", playlist: "Playlist") -> "tuple[list[Track], list[dict[str, Any]]]":
    """The tracks of a playlist, those of a smart one as its search finds them, and the entries that are no tracks."""
    from catalog.playlists.present import present
    from cli.playlist_folder import searched
    from polymuse.music import SCORE
    from search_api import saved_searches

    smart = playlist.head.smart
    if smart is not None:
        tracks = searched(library, saved_searches.read(smart.request), smart.limit)
        return [track for track in tracks if track.kind != SCORE], []
    there = present(library.catalog, playlist.entries)
    missing = [
        {"title": each.title, "artist": each.artist, "reason": "not in the library"}
        for each in playlist.entries
        if each.number not in there
    ]
    tracks = [there[each.number] for each in playlist.entries if each.number in there]
    return [track for track in tracks if track.kind != SCORE], missing


def _row(track: "Track") -> dict[str, Any]:
    return {"title": track.title, "artist": track.credit, "reason": "not on the server", "id": track.id}


def _report(fields: dict[str, Any], songs: list[str], *, as_json: bool) -> None:
    from cli import output

    if as_json:
        output.print_json(fields | ({"song_ids": songs} if songs else {}))
        return
    missing = fields["not_found"]
    for each in missing[:SHOWN]:
        by = f" by {each['artist']}" if each["artist"] else ""
        say_line(f"{each['title']}{by}: {each['reason']}")
    if len(missing) > SHOWN:
        say_line(f"… and {len(missing) - SHOWN} more; --json lists all")
    verb = "is" if fields["done"] or fields["action"] == "nothing" else "would be"
    say_line(
        f"{fields['playlist']} {verb} {DOES[fields['action']]} on {fields['server']}: {fields['songs']} songs"
        + (f", {fields['before']} before" if fields["before"] else "")
        + (f"; {len(missing)} not found." if missing else ".")
    )
