"""`polymuse history`."""

from typing import Annotated

import typer

from cli import options

EXAMPLES = """\b
Examples:
  polymuse history -n 50
  polymuse list --where 'played:30d' --order played"""


def history(
    limit: Annotated[int, typer.Option("--limit", "-n", metavar="N", min=1, help="How many plays.")] = 20,
    library_name: options.Library = None,
    profile: options.Profile = None,
    as_json: options.Json = False,
) -> None:
    """Show what was played on the page of `polymuse serve`, the last play first."""
    from catalog.history import latest_plays
    from cli import output
    from cli.session import open_library

    with open_library(library=library_name, profile=profile) as library:
        plays = latest_plays(library.catalog, limit)
    if as_json:
        for play in plays:
            output.print_json({"played_at": play.at, **output.track_as_dict(play.track)})
    elif plays:
        rows = [(play.at, play.track.title, play.track.credit, output.path_of(play.track)) for play in plays]
        output.print_table(("played", "title", "artist", "path"), rows)
    else:
        output.messages().print("Nothing was played yet.")
