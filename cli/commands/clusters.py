"""`polymuse clusters`."""

from typing import Annotated

import typer

from cli import options

EXAMPLES = """\b
Examples:
  polymuse clusters
  polymuse clusters "Calm · Piano"
  polymuse clusters "Calm · Piano" --m3u > calm.m3u
  polymuse clusters --save --dry-run
  polymuse clusters --save -n 50"""


def clusters(
    cluster: Annotated[
        str | None,
        typer.Argument(metavar="CLUSTER", help="One of them, by its name or key; default: all.", show_default=False),
    ] = None,
    save: Annotated[bool, typer.Option("--save", help="Save it, or all, as playlists; never over others.")] = False,
    limit: Annotated[
        int, typer.Option("--limit", "-n", metavar="N", min=1, max=1000, help="Tracks of a cluster at most.")
    ] = 100,
    dry_run: options.DryRun = False,
    library_name: options.Library = None,
    profile: options.Profile = None,
    as_json: options.Json = False,
    as_m3u: options.Playlist = False,
) -> None:
    """Group the library into tracks that sound alike, named by what sets them apart.

    The groups stay the same from one day to the next; new tracks join them.
    """
    from cli import clusters as shared
    from cli.output import messages, print_json, print_table
    from cli.progress import say
    from cli.session import open_library
    from cli.track_lists import check_one_form, print_tracks
    from polymuse.errors import UserError

    check_one_form(as_json=as_json, as_m3u=as_m3u, as_csv=False)
    if as_m3u and (cluster is None or save):
        raise UserError("--m3u is for one cluster that is shown", "Name one, without --save")
    if dry_run and not save:
        raise UserError("--dry-run belongs to --save", "Without --save, nothing is changed")
    with open_library(library=library_name, profile=profile) as library:
        found = shared.found_clusters(library)
        chosen = found if cluster is None else [shared.find(found, cluster)]
        if save:
            for each in chosen:
                shared.save(library, each, limit, dry_run=dry_run, as_json=as_json)
            return
        tracks = [] if cluster is None else shared.tracks_of(library.catalog, chosen[0], limit)
    if cluster is not None:
        print_tracks(tracks, as_json=as_json, as_m3u=as_m3u, as_csv=False)
    elif as_json:
        for each in found:
            print_json(shared.plain(each))
    elif found:
        rows = [
            (each.title, each.cluster.size, ", ".join(each.cluster.artists[:3]), each.cluster.key) for each in found
        ]
        print_table(("name", "tracks", "artists", "key"), rows, right=("tracks",))
    else:
        say(messages(), "The library has no recordings yet. `polymuse index PATH` adds some.")
