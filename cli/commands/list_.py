"""`polymuse list`."""

from typing import Annotated

import typer

from cli import options
from cli.track_orders import Order

EXAMPLES = """\b
Examples:
  polymuse list
  polymuse list --where 'artist:"J. S. Bach" duration:600..' --order year
  polymuse list --order added -n 50 --m3u > new.m3u"""


def list_(
    where: options.Where = "",
    order: Annotated[Order, typer.Option(help="What to order by; artist goes on by album and track.")] = Order.ARTIST,
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
    from catalog.filters import parse_filter
    from cli.empty_library import say_if_empty, say_if_nothing_yet
    from cli.filter_words import check_words
    from cli.session import open_library
    from cli.track_lists import check_one_form, in_order, print_tracks
    from cli.unmeasured import say_if_unmeasured

    check_one_form(as_json=as_json, as_m3u=as_m3u, as_csv=as_csv)
    chosen = parse_filter(where)
    if say_if_nothing_yet(library_name, profile):
        return
    with open_library(library=library_name, profile=profile) as library:
        check_words(chosen, library)
        if say_if_empty(library):
            return
        tracks = in_order(library.catalog.tracks(chosen), order)
        say_if_unmeasured(library.catalog, chosen)
    print_tracks(tracks[:limit], as_json=as_json, as_m3u=as_m3u, as_csv=as_csv)
