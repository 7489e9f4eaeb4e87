"""`polymuse playlists`: lists of tracks and saved searches, and files of other programs."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from cli import options
from polymuse.errors import UserError

if TYPE_CHECKING:  # commands import what they need when they run, so that --help stays fast
    from catalog.catalog import Catalog
    from catalog.playlists.ordering import Rule
    from catalog.playlists.playlist import Playlist, PlaylistHead
    from catalog.playlists.writing import Format
    from cli.session import Library

app = typer.Typer(no_args_is_help=True, help="Playlists: fixed lists of tracks, and searches that renew themselves.")

Name = Annotated[str, typer.Argument(metavar="PLAYLIST", help="Its name, or its id.")]
Places = Annotated[list[int], typer.Argument(metavar="PLACE", help="Places as `show` prints them, from 1.", min=1)]
Tracks = Annotated[
    list[str] | None, typer.Argument(metavar="TRACK", help="Tracks of the library: ids or paths.", show_default=False)
]
All = Annotated[
    str,
    typer.Option("--where", metavar="FILTER", help="All tracks that match, e.g. 'artist:\"Nina Simone\" year:1990..'."),
]
Query = Annotated[str, typer.Option("--query", "-q", metavar="TEXT", help="All results of a search, best first.")]
Most = Annotated[
    int,
    typer.Option("--limit", "-n", metavar="N", min=1, max=50_000, help="Tracks at most; a search ranks 1000."),
]
MAX_QUERY = 1000  # characters


@app.command("list")
def list_(
    removed: Annotated[bool, typer.Option("--removed", help="Those that `restore` can bring back.")] = False,
    library_name: options.Library = None,
    profile: options.Profile = None,
    as_json: options.Json = False,
) -> None:
    """List the playlists.

    Examples:

        polymuse playlists list

        polymuse playlists list --removed --json
    """
    from cli import output
    from cli.progress import clock
    from cli.session import open_library

    with open_library(library=library_name, profile=profile) as library:
        heads = library.catalog.removed_playlists() if removed else library.catalog.playlists()
    if as_json:
        for head in heads:
            output.print_json(_plain(head))
    elif heads:
        rows = [
            (head.name, "smart" if head.smart else head.count, "" if head.smart else clock(head.duration), head.id)
            for head in heads
        ]
        output.print_table(("name", "tracks", "length", "id"), rows, right=("tracks", "length"))
    else:
        output.messages().print("There are none. `polymuse playlists create --help` shows how to make one.")


@app.command()
def show(
    playlist: Name,
    library_name: options.Library = None,
    profile: options.Profile = None,
    as_json: options.Json = False,
) -> None:
    """Show the tracks of a playlist, those of a smart one as its search finds them now.

    Examples:

        polymuse playlists show "Sunday morning"
    """
    from catalog.playlists.places import Places as FilePlaces
    from cli import output
    from cli.progress import clock
    from cli.session import open_library

    with open_library(library=library_name, profile=profile) as library:
        rows = _rows(library, _find(library.catalog, playlist), FilePlaces())
    if as_json:
        for place, row in enumerate(rows, 1):
            fields = {"title": row.title, "artist": row.artist, "album": row.album, "duration": row.duration}
            output.print_json({"place": place, **fields, "path": row.path, "id": row.track_id})
    else:
        table = [(place, row.title, row.artist, clock(row.duration), row.path) for place, row in enumerate(rows, 1)]
        output.print_table(("", "title", "artist", "length", "path"), table, right=("", "length"))


@app.command()
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its name.")],
    tracks: Tracks = None,
    query: Query = "",
    where: All = "",
    limit: Most = 1000,
    smart: Annotated[bool, typer.Option("--smart", help="Keep the search, and renew the tracks when read.")] = False,
    description: Annotated[str, typer.Option(help="What it is for.")] = "",
    dry_run: options.DryRun = False,
    library_name: options.Library = None,
    profile: options.Profile = None,
    as_json: options.Json = False,
) -> None:
    """Make a playlist of tracks, of all results of a search, or of the search itself.

    Examples:

        polymuse playlists create "Sunday morning" ~/Music/satie/*.flac

        polymuse playlists create "Calm piano" --query "calm piano" -n 50

        polymuse playlists create "New, fast" --smart --where 'bpm:125.. added:2026' -n 200
    """
    from cli.session import open_library
    from search_api import saved_searches

    request = _request(query, where)
    if smart and (request is None or tracks):
        raise UserError("A smart playlist is a search", "Give --query or --where, and no tracks")
    with open_library(library=library_name, profile=profile) as library:
        found = _entries(library, tracks or [], request, limit)
        if dry_run:
            _say(f"{name} would have {len(found)} tracks.")
            return
        kept = saved_searches.saved(request, limit) if smart and request is not None else None
        made = library.catalog.create_playlist(name, [] if smart else found, description=description, smart=kept)
    _report(made.head, f"{made.head.name} has {len(found)} tracks.", as_json=as_json)


@app.command()
def add(
    playlist: Name,
    tracks: Tracks = None,
    query: Query = "",
    where: All = "",
    limit: Most = 1000,
    at: Annotated[
        int | None, typer.Option("--at", metavar="PLACE", min=1, help="The place of the first; default: the end.")
    ] = None,
    dry_run: options.DryRun = False,
    library_name: options.Library = None,
    profile: options.Profile = None,
    as_json: options.Json = False,
) -> None:
    """Add tracks, or all results of a search.

    Examples:

        polymuse playlists add "Sunday morning" song.flac --at 1

        polymuse playlists add "Sunday morning" --where 'artist:Satie'
    """
    from catalog.playlists.changes import Add
    from cli.session import open_library

    with open_library(library=library_name, profile=profile) as library:
        there = _find(library.catalog, playlist)
        found = tuple(_entries(library, tracks or [], _request(query, where), limit))
        if dry_run:
            _say(f"{len(found)} tracks would be added to {there.head.name}.")
            return
        before = None if at is None or at > len(there.entries) else there.entries[at - 1].number
        made = library.catalog.change_playlist(there.head.id, [Add(found, before)], there.head.revision)
    _report(made.head, f"Added {len(found)} tracks; {made.head.name} has {made.head.count}.", as_json=as_json)


@app.command()
def remove(
    playlist: Name,
    places: Places,
    dry_run: options.DryRun = False,
    library_name: options.Library = None,
    profile: options.Profile = None,
    as_json: options.Json = False,
) -> None:
    """Remove tracks by their places. The files stay.

    Examples:

        polymuse playlists remove "Sunday morning" 3 7
    """
    from catalog.playlists.changes import Remove
    from cli.session import open_library

    with open_library(library=library_name, profile=profile) as library:
        there = _find(library.catalog, playlist)
        numbers = tuple(_numbers(there, places))
        if dry_run:
            _say(f"{len(set(numbers))} tracks would be removed from {there.head.name}.")
            return
        made = library.catalog.change_playlist(there.head.id, [Remove(numbers)], there.head.revision)
    _report(made.head, f"{made.head.name} has {made.head.count} tracks.", as_json=as_json)


@app.command()
def move(
    playlist: Name,
    places: Places,
    to: Annotated[int, typer.Option("--to", metavar="PLACE", min=1, help="In front of the track at this place.")],
    dry_run: options.DryRun = False,
    library_name: options.Library = None,
    profile: options.Profile = None,
    as_json: options.Json = False,
) -> None:
    """Move tracks in front of the one that is at a place now; a place after the last is the end.

    Examples:

        polymuse playlists move "Sunday morning" 5 6 --to 1
    """
    from catalog.playlists.changes import Move
    from cli.session import open_library

    with open_library(library=library_name, profile=profile) as library:
        there = _find(library.catalog, playlist)
        numbers = tuple(_numbers(there, places))
        before = there.entries[to - 1].number if to <= len(there.entries) else None
        if dry_run:
            _say(f"{len(set(numbers))} tracks of {there.head.name} would be moved.")
            return
        made = library.catalog.change_playlist(there.head.id, [Move(numbers, before)], there.head.revision)
    _report(made.head, f"Moved {len(set(numbers))} tracks of {made.head.name}.", as_json=as_json)


@app.command()
def rename(
    playlist: Name,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its new name.")],
    dry_run: options.DryRun = False,
    library_name: options.Library = None,
    profile: options.Profile = None,
    as_json: options.Json = False,
) -> None:
    """Give a playlist another name.

    Examples:

        polymuse playlists rename "Sunday morning" "Monday morning"
    """
    from catalog.playlists.changes import Describe
    from cli.session import open_library

    with open_library(library=library_name, profile=profile) as library:
        there = _find(library.catalog, playlist)
        if dry_run:
            _say(f"{there.head.name} would be called {name}.")
            return
        made = library.catalog.change_playlist(there.head.id, [Describe(name)], there.head.revision)
    _report(made.head, f"{there.head.name} is called {made.head.name} now.", as_json=as_json)


@app.command()
def order(
    playlist: Name,
    by: Annotated[
        str,
        typer.Option(
            "--by",
            metavar="RULE",
            help="title, artist, album, year, added, bpm, key (around the Camelot wheel), energy, loudness, length, "
            "shuffle, or smooth: neighbours sound alike, from the first track.",
        ),
    ],
    reverse: Annotated[bool, typer.Option("--reverse", help="The other way round.")] = False,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Another number shuffles differently.")] = 0,
    dry_run: options.DryRun = False,
    library_name: options.Library = None,
    profile: options.Profile = None,
    as_json: options.Json = False,
) -> None:
    """Order the tracks of a playlist by a rule.

    Examples:

        polymuse playlists order "Sunday morning" --by smooth

        polymuse playlists order "Party" --by bpm
    """
    from catalog.playlists.changes import Arrange
    from catalog.playlists.ordering import RULES
    from catalog.playlists.present import ordered_numbers
    from cli.filter_words import check_known
    from cli.session import open_library

    check_known("rule", [by], RULES)
    rule = RULES[RULES.index(cast("Rule", by))]
    with open_library(library=library_name, profile=profile) as library:
        there = _find(library.catalog, playlist)
        numbers = ordered_numbers(library.catalog, there, rule, reverse=reverse, seed=seed)
        if dry_run:
            _say(f"{len(numbers)} tracks of {there.head.name} would be ordered by {by}.")
            return
        made = library.catalog.change_playlist(there.head.id, [Arrange(tuple(numbers))], there.head.revision)
    _report(made.head, f"{made.head.name} is ordered by {by}.", as_json=as_json)


@app.command()
def delete(
    playlist: Name,
    dry_run: options.DryRun = False,
    library_name: options.Library = None,
    profile: options.Profile = None,
    as_json: options.Json = False,
) -> None:
    """Remove a playlist; `restore` brings it back for 30 days. The music stays.

    Examples:

        polymuse playlists delete "Sunday morning"
    """
    from cli.session import open_library

    with open_library(library=library_name, profile=profile) as library:
        there = _find(library.catalog, playlist)
        if dry_run:
            _say(f"{there.head.name} with {there.head.count} tracks would be removed.")
            return
        made = library.catalog.remove_playlist(there.head.id)
    _report(made, f"Removed {made.name}. `polymuse playlists restore {made.id}` brings it back.", as_json=as_json)


@app.command()
def restore(
    playlist: Name,
    dry_run: options.DryRun = False,
    library_name: options.Library = None,
    profile: options.Profile = None,
    as_json: options.Json = False,
) -> None:
    """Bring back a playlist that was removed in the last 30 days.

    Examples:

        polymuse playlists restore "Sunday morning"
    """
    from cli.session import open_library

    with open_library(library=library_name, profile=profile) as library:
        head = _named(library.catalog.removed_playlists(), playlist)
        if dry_run:
            _say(f"{head.name} with {head.count} tracks would be brought back.")
            return
        made = library.catalog.bring_back_playlist(head.id)
    _report(made, f"{made.name} is there again.", as_json=as_json)


@app.command()
def export(
    playlist: Name,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FILE", help="Where to write it: .m3u8, .xspf, .json or .csv.")
    ] = options.STANDARD_STREAM,
    kind: Annotated[
        str, typer.Option("--format", metavar="FORMAT", help="m3u8, xspf, json or csv; default: by the name of FILE.")
    ] = "",
    relative_to: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Paths are relative to this folder; default: to that of FILE."),
    ] = None,
    absolute: Annotated[bool, typer.Option("--absolute", help="Paths are absolute.")] = False,
    prefix: Annotated[
        list[str] | None,
        typer.Option(metavar="OLD=NEW", help="Write the folder NEW in place of OLD; may be repeated."),
    ] = None,
    bom: Annotated[bool, typer.Option("--bom", help="Begin with a byte order mark, which some programs need.")] = False,
    dry_run: options.DryRun = False,
    library_name: options.Library = None,
    profile: options.Profile = None,
) -> None:
    """Write a playlist for other players. On stdout paths are absolute. An unchanged file is not written again.

    Examples:

        polymuse playlists export "Sunday morning" -o ~/Music/sunday.m3u8

        polymuse playlists export "Party" -o party.xspf --prefix /mnt/music=/data/music --absolute
    """
    import sys

    from catalog.playlists.places import Places as FilePlaces
    from catalog.playlists.places import parse_mapping
    from catalog.playlists.writing import FORMATS, write
    from cli.filter_words import check_known
    from cli.session import open_library
    from polymuse.paths import normal
    from polymuse.permissions import write_for_user

    to_stdout = out == options.STANDARD_STREAM
    chosen = kind or ("m3u8" if to_stdout else _form(out))
    check_known("format", [chosen], FORMATS)
    form = FORMATS[FORMATS.index(cast("Format", chosen))]
    if absolute and relative_to is not None:
        raise UserError("--absolute and --relative-to cannot be combined", "Leave out one of them")
    folder = relative_to if relative_to is not None or to_stdout else out.parent
    places = FilePlaces(None if absolute or folder is None else str(normal(folder)), parse_mapping(prefix or []))
    with open_library(library=library_name, profile=profile) as library:
        there = _find(library.catalog, playlist)
        rows = _rows(library, there, places, scores=form in ("json", "csv"))
    data = write(form, there.head.name, rows, description=there.head.description, bom=bom)
    if to_stdout:
        sys.stdout.buffer.write(data)
        return
    try:
        same = out.is_file() and out.read_bytes() == data
        if not same and not dry_run:
            with write_for_user(out) as file:
                file.write(data)
    except OSError as error:
        raise UserError(f"Cannot write {out}: {error.strerror}", "Choose another file") from error
    _say(f"{len(rows)} tracks {'are unchanged' if same else 'would be written' if dry_run else 'written'}: {out}")


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="M3U, M3U8, PLS, XSPF, JSON or CSV.")],
    name: Annotated[str, typer.Option(help="Name of the playlist; default: as the file says.")] = "",
    base: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Its paths are relative to this; default: its own folder.")
    ] = None,
    prefix: Annotated[
        list[str] | None,
        typer.Option(metavar="OLD=NEW", help="Where the file says OLD the library has NEW; may be repeated."),
    ] = None,
    skip_unknown: Annotated[
        bool,
        typer.Option("--skip-unknown", help="Leave out lines without a track, which otherwise wait to be indexed."),
    ] = False,
    dry_run: options.DryRun = False,
    library_name: options.Library = None,
    profile: options.Profile = None,
    as_json: options.Json = False,
) -> None:
    """Make a playlist of a file: tracks are found by path, by the end of the path, then by artist and title.

    Exit status 1 if some were not found; they are listed.

    Examples:

        polymuse playlists import ~/Music/party.m3u8

        polymuse playlists import party.m3u --prefix 'M:\\Music=/data/music' --dry-run
    """
    from collections import Counter

    from catalog.playlists.matching import match_lines
    from catalog.playlists.places import parse_origins
    from catalog.playlists.playlist import MAX_NAME
    from catalog.playlists.reading import MAX_FILE, BadPlaylistFileError, read_playlist
    from cli import output
    from cli.progress import say
    from cli.session import open_library
    from polymuse.paths import normal

    try:
        with file.open("rb") as opened:
            data = opened.read(MAX_FILE + 1)
    except OSError as error:
        raise UserError(f"Cannot read {file}: {error.strerror}", "Choose another file") from error
    try:
        read = read_playlist(data, file.name)
    except BadPlaylistFileError as error:  # which of many files it was
        raise BadPlaylistFileError(f"{file}: {error.message}", error.advice) from error
    mapped = parse_origins(prefix or [])
    with open_library(library=library_name, profile=profile) as library:
        matched = match_lines(read, library.catalog, base=str(normal(base or file.parent)), mapped=mapped)
        if not matched:
            raise BadPlaylistFileError(f"{file} names no track", "Choose a playlist")
        kept = [each.entry() for each in matched if each.track is not None or not skip_unknown]
        title = (name or read.name or file.stem)[:MAX_NAME]
        if not dry_run:
            title = library.catalog.create_playlist(title, kept, description=read.description).head.name
    unknown = [each for each in matched if each.track is None]
    for each in matched if as_json else unknown:
        line = each.line
        path, found = next(iter(line.locations), ""), "" if each.track is None else each.track.id
        if as_json:
            output.print_json({"line": line.number, "how": each.how, "id": found, "title": line.title, "path": path})
        else:
            say(output.messages(), f"line {line.number} not found: {path or line.title}")
    counts = Counter(each.how for each in matched if each.how)
    ways = ", ".join(f"{number} by {how}" for how, number in counts.most_common())
    verb = "would have" if dry_run else "has"
    say(output.messages(), f"{title} {verb} {len(kept)} tracks{f': {ways}' if ways else ''}; {len(unknown)} not found.")
    if unknown:
        raise typer.Exit(1)


@app.command()
def write(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="FOLDER", help="Default: the setting playlists_folder.", show_default=False),
    ] = None,
    dry_run: options.DryRun = False,
    library_name: options.Library = None,
    profile: options.Profile = None,
    as_json: options.Json = False,
) -> None:
    """Write all playlists to a folder as M3U8, smart ones renewed. Files of others there are never touched.

    With the setting playlists_folder (POLYMUSE_PLAYLISTS_FOLDER) this happens after each run of index, watch and serve.

    Examples:

        polymuse playlists write ~/Music/Playlists
    """
    from cli import output
    from cli.playlist_folder import write_all
    from cli.session import open_library
    from polymuse.paths import normal

    with open_library(library=library_name, profile=profile) as library:
        chosen = folder or library.settings.playlists_folder
        if chosen is None:
            raise UserError("No folder is given", "Name one, or set POLYMUSE_PLAYLISTS_FOLDER")
        done = write_all(library, normal(chosen), dry_run=dry_run)
    if as_json:
        output.print_json(
            {"written": done.written, "unchanged": done.unchanged, "removed": done.removed, "left": done.strangers}
        )
        return
    would = "would be " if dry_run else ""
    _say(f"{len(done.written)} {would}written, {len(done.unchanged)} unchanged, {len(done.removed)} {would}removed.")
    for name in done.strangers:
        _say(f"{name} is a file of someone else, and stays.")


def _find(catalog: "Catalog", reference: str) -> "Playlist":
    """The playlist of a name or an id. Raises UserError for an unknown or ambiguous one."""
    return catalog.playlist(_named(catalog.playlists(), reference).id)


def _named(heads: "list[PlaylistHead]", reference: str) -> "PlaylistHead":
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


def _form(out: Path) -> str:
    suffix = out.suffix.removeprefix(".").lower()
    return "m3u8" if suffix == "m3u" else suffix


def _numbers(playlist: "Playlist", places: list[int]) -> list[int]:
    if playlist.entries and (wrong := [place for place in places if place > len(playlist.entries)]):
        raise UserError(f"There is no place {wrong[0]}", f"{playlist.head.name} has {len(playlist.entries)} tracks")
    return [playlist.entries[place - 1].number for place in places] if playlist.entries else []


def _request(query: str, where: str) -> Any:
    """The search of the options; None if there is none."""
    from catalog.filters import parse_filter
    from search_api.queries import SearchRequest

    if len(query) > MAX_QUERY:
        raise UserError("The text of --query is too long", f"Write at most {MAX_QUERY} characters")
    if not query.strip() and not where.strip():
        return None
    texts = [{"text": query}] if query.strip() else []
    return SearchRequest.model_validate({"texts": texts, "where": parse_filter(where)})


def _entries(library: "Library", tracks: list[str], request: Any, limit: int) -> Any:
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


def _rows(library: "Library", playlist: "Playlist", places: Any, *, scores: bool = True) -> Any:
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


def _plain(head: "PlaylistHead") -> dict[str, Any]:
    plain = {
        key: getattr(head, key) for key in ("id", "name", "description", "created", "changed", "revision", "count")
    }
    smart = head.smart and {"search": dict(head.smart.request), "limit": head.smart.limit}
    return plain | {"duration": head.duration, "smart": smart}


def _report(head: "PlaylistHead", line: str, *, as_json: bool) -> None:
    from cli.output import print_json

    if as_json:
        print_json(_plain(head))
    else:
        _say(line)


def _say(line: str) -> None:
    from cli.output import messages
    from cli.progress import say

    say(messages(), line)
