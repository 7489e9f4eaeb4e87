"""`polymuse list`."""

from typing import Annotated

import typer

from cli import options
from cli.track_orders import Order

EXAMPLES = """\b
Examples:
  polymuse list
  polymuse list --where 'artist:"J. S. Bach" duration:600..' --sort year --desc
  polymuse list --where added:30d --sort added -n 50 --m3u > new.m3u
  polymuse list --sort random --seed monday -n 20"""


def list_(
    where: options.Where = "",
    order: Annotated[
        Order,
        typer.Option(
            "--sort", "--order", help="What to order by; artist goes on by album and track. By added, the newest first."
        ),
    ] = Order.ARTIST,
    descending: Annotated[
        bool | None,
        typer.Option("--desc/--asc", help="The highest first, or the lowest. Tracks without a value always come last."),
    ] = None,
    seed: Annotated[
        str,
        typer.Option(metavar="TEXT", help="Of --sort random: the same one gives the same order. Default: any."),
    ] = "",
    limit: Annotated[
        int | None, typer.Option("--limit", "-n", metavar="N", min=1, help="Number of tracks at most; default: all.")
    ] = None,
    library_name: options.Library = None,
    profile: options.Profile = None,
    as_json: options.Json = False,
    as_m3u: options.Playlist = False,
    as_csv: options.Csv = False,
) -> None:
    """List the tracks of the library, or those that match a filter."""
    import secrets

    from catalog.filters import parse_filter
    from cli.empty_library import say_if_empty, say_if_nothing_yet
    from cli.filter_words import check_words
    from cli.session import open_library
    from cli.track_lists import check_one_form, listed, print_tracks
    from cli.unmeasured import say_if_unmeasured

    check_one_form(as_json=as_json, as_m3u=as_m3u, as_csv=as_csv)
    chosen = parse_filter(where)
    if say_if_nothing_yet(library_name, profile):
        return
    with open_library(library=library_name, profile=profile) as library:
        check_words(chosen, library)
        if say_if_empty(library):
            return
        seed = (seed or secrets.token_hex(8)) if order is Order.RANDOM else ""
        tracks, _ = listed(library.catalog, chosen, order, limit=limit, descending=descending, seed=seed)
        say_if_unmeasured(library.catalog, chosen)
    print_tracks(tracks, as_json=as_json, as_m3u=as_m3u, as_csv=as_csv)
