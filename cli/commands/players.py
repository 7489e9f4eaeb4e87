"""`polymuse players`: servers of music, and what they call the tracks of the library."""

from typing import Annotated

import typer

from cli import options
from polymuse.errors import UserError

app = typer.Typer(no_args_is_help=True, help="Servers of music that playlists are sent to, and their ids.")

ServerName = Annotated[str, typer.Argument(metavar="SERVER", help="Its name in `players` of config.yaml.")]


@app.command("list")
def list_(
    check: Annotated[bool, typer.Option("--check", help="Ask each whether it answers, as the user.")] = False,
    as_json: options.Json = False,
) -> None:
    """List the servers of the settings. With --check, exit status 3 if one does not answer.

    Examples:

        polymuse players list --check
    """
    from cli import output
    from players.servers import open_any
    from polymuse.errors import UnavailableError
    from polymuse.settings import load_settings

    players = load_settings().players
    rows, failed = [], 0
    for name, player in players.items():
        row = {"server": name, "kind": player.kind, "url": player.url, "user": player.user}
        if check:
            try:
                server = open_any(players, name)
                try:
                    row |= {"ok": True, "answer": server.check()}
                finally:
                    server.close()
            except UserError as error:
                failed += 1
                row |= {"ok": False, "answer": str(error)}
        rows.append(row)
    if as_json:
        for row in rows:
            output.print_json(row)
    elif rows:
        columns = ("server", "kind", "url", "user", *(["answer"] if check else []))
        output.print_table(columns, [[row[column] for column in columns] for row in rows])
    else:
        output.messages().print("There are none. docs/players.md shows how to name them in config.yaml.")
    if failed:
        raise typer.Exit(UnavailableError.exit_code)


@app.command()
def sync(
    server: ServerName,
    dry_run: options.DryRun = False,
    library_name: options.Library = None,
    profile: options.Profile = None,
    as_json: options.Json = False,
) -> None:
    """Read all songs of a server, and remember what it calls the tracks of the library.

    The server is only read. Ids that it no longer has are forgotten. Pushes are faster and surer after it.

    Examples:

        polymuse players sync navidrome --dry-run

        polymuse players sync lyrion
    """
    from cli import output
    from cli.playlists import say_line
    from cli.session import open_library
    from players.ids import Synced
    from players.ids import sync as sync_ids
    from players.servers import open_any, settings_of

    with open_library(library=library_name, profile=profile) as library:
        players = library.settings.players
        mapped = tuple(settings_of(players, server).paths.items())
        opened = open_any(players, server)
        done = Synced()
        try:
            for done in sync_ids(opened, library.catalog, mapped, dry_run=dry_run):  # noqa: B007  the last counts
                pass
        finally:
            opened.close()
    fields = {
        "server": server,
        "songs": done.songs,
        "tracks": done.known,
        "found_by": dict(done.found),
        "learnt": done.learnt,
        "forgotten": done.forgotten,
        "done": not dry_run,
    }
    without = [{"title": each.title, "artist": " / ".join(each.artists), "id": each.id} for each in done.without]
    if as_json:
        output.print_json(fields | {"without_track": without})
        return
    for each in without:
        say_line(f"No track: {each['title']} by {each['artist']}" if each["artist"] else f"No track: {each['title']}")
    ways = ", ".join(f"{count} by {how}" for how, count in done.found.most_common())
    verb = "would be" if dry_run else "are"
    say_line(
        f"{server} has {done.songs} songs; {done.known} are tracks of the library{f' ({ways})' if ways else ''}. "
        f"{done.learnt} ids {verb} new, {done.forgotten} {verb} forgotten."
    )
