"""`polymuse playlists`: lists of tracks and saved searches, and files of other programs."""

from typing import TYPE_CHECKING, Annotated, cast

import typer

from cli import options
from cli.playlist_files import export, import_, write
from cli.playlist_push import push
from cli.playlists import Name, entries_of, find, named, numbers_at, plain, report, request_of, rows_of, say_line
from polymuse.errors import UserError

if TYPE_CHECKING:  # commands import what they need when they run, so that --help stays fast
    from catalog.playlists.ordering import Rule

app = typer.Typer(no_args_is_help=True, help="Playlists: fixed lists of tracks, and searches that renew themselves.")

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
            output.print_json(plain(head))
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
        rows = rows_of(library, find(library.catalog, playlist), FilePlaces())
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

    request = request_of(query, where)
    if smart and (request is None or tracks):
        raise UserError("A smart playlist is a search", "Give --query or --where, and no tracks")
    with open_library(library=library_name, profile=profile) as library:
        found = entries_of(library, tracks or [], request, limit)
        if dry_run:
            say_line(f"{name} would have {len(found)} tracks.")
            return
        kept = saved_searches.saved(request, limit) if smart and request is not None else None
        made = library.catalog.create_playlist(name, [] if smart else found, description=description, smart=kept)
    report(made.head, f"{made.head.name} has {len(found)} tracks.", as_json=as_json)


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
        there = find(library.catalog, playlist)
        found = tuple(entries_of(library, tracks or [], request_of(query, where), limit))
        if dry_run:
            say_line(f"{len(found)} tracks would be added to {there.head.name}.")
            return
        before = None if at is None or at > len(there.entries) else there.entries[at - 1].number
        made = library.catalog.change_playlist(there.head.id, [Add(found, before)], there.head.revision)
    report(made.head, f"Added {len(found)} tracks; {made.head.name} has {made.head.count}.", as_json=as_json)


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
        there = find(library.catalog, playlist)
        numbers = tuple(numbers_at(there, places))
        if dry_run:
            say_line(f"{len(set(numbers))} tracks would be removed from {there.head.name}.")
            return
        made = library.catalog.change_playlist(there.head.id, [Remove(numbers)], there.head.revision)
    report(made.head, f"{made.head.name} has {made.head.count} tracks.", as_json=as_json)


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
        there = find(library.catalog, playlist)
        numbers = tuple(numbers_at(there, places))
        before = there.entries[to - 1].number if to <= len(there.entries) else None
        if dry_run:
            say_line(f"{len(set(numbers))} tracks of {there.head.name} would be moved.")
            return
        made = library.catalog.change_playlist(there.head.id, [Move(numbers, before)], there.head.revision)
    report(made.head, f"Moved {len(set(numbers))} tracks of {made.head.name}.", as_json=as_json)


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
        there = find(library.catalog, playlist)
        if dry_run:
            say_line(f"{there.head.name} would be called {name}.")
            return
        made = library.catalog.change_playlist(there.head.id, [Describe(name)], there.head.revision)
    report(made.head, f"{there.head.name} is called {made.head.name} now.", as_json=as_json)


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
        there = find(library.catalog, playlist)
        numbers = ordered_numbers(library.catalog, there, rule, reverse=reverse, seed=seed)
        if dry_run:
            say_line(f"{len(numbers)} tracks of {there.head.name} would be ordered by {by}.")
            return
        made = library.catalog.change_playlist(there.head.id, [Arrange(tuple(numbers))], there.head.revision)
    report(made.head, f"{made.head.name} is ordered by {by}.", as_json=as_json)


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
        there = find(library.catalog, playlist)
        if dry_run:
            say_line(f"{there.head.name} with {there.head.count} tracks would be removed.")
            return
        made = library.catalog.remove_playlist(there.head.id)
    report(made, f"Removed {made.name}. `polymuse playlists restore {made.id}` brings it back.", as_json=as_json)


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
        head = named(library.catalog.removed_playlists(), playlist)
        if dry_run:
            say_line(f"{head.name} with {head.count} tracks would be brought back.")
            return
        made = library.catalog.bring_back_playlist(head.id)
    report(made, f"{made.name} is there again.", as_json=as_json)


app.command()(export)
app.command("import")(import_)
app.command()(write)
app.command()(push)
