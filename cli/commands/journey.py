"""`polymuse journey`."""

from typing import Annotated

import typer

from cli import options

EXAMPLES = """\b
Examples:
  polymuse journey calm.mp3 wild.mp3
  polymuse journey calm.mp3 wild.mp3 -n 30 --stem vocals --where year:1970..1990
  polymuse journey calm.mp3 wild.mp3 --variety 0.5 --seed 2 --m3u > another_way.m3u"""


def journey(
    start: Annotated[str, typer.Argument(metavar="FROM", help="A track of the library (id or path).")],
    end: Annotated[str, typer.Argument(metavar="TO", help="Another track.")],
    count: Annotated[
        int, typer.Option("--limit", "-n", metavar="N", min=3, max=200, help="Number of tracks, with both ends.")
    ] = 12,
    stem: Annotated[str, typer.Option(metavar="STEM", help="What is compared: mix, vocals, …")] = "mix",
    per_artist: Annotated[
        int, typer.Option(metavar="N", min=0, help="Tracks of one artist at most; 0: any number.")
    ] = 1,
    per_album: Annotated[int, typer.Option(metavar="N", min=0, help="Tracks from one album at most.")] = 1,
    variety: Annotated[
        float, typer.Option(metavar="0..1", min=0, max=1, help="0: the smoothest way; more: another for each --seed.")
    ] = 0.0,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Another number gives another way.")] = 0,
    where: options.Where = "",
    library_name: options.Library = None,
    profile: options.Profile = None,
    as_json: options.Json = False,
    as_m3u: options.Playlist = False,
) -> None:
    """Find tracks that lead from one to another in small steps."""
    from catalog.filters import parse_filter
    from catalog.journeys.journey import Journey
    from cli import output
    from cli.filter_words import check_words
    from cli.progress import say
    from cli.session import open_library
    from cli.track_lists import check_one_form

    check_one_form(as_json=as_json, as_m3u=as_m3u, as_csv=False)
    chosen = parse_filter(where)
    with open_library(library=library_name, profile=profile) as library:
        check_words(chosen, library)
        ends = (library.track(start).id, library.track(end).id)
        asked = Journey(*ends, count, stem, per_artist, per_album, variety, seed, chosen)
        found = library.catalog.journey(asked)
    if as_json:
        for step in found.steps:
            similar = {"to_previous": step.to_previous, "to_start": step.to_start}
            rounded = {key: None if value is None else round(value, 4) for key, value in similar.items()}
            output.print_json({**rounded, "relaxed": list(found.relaxed), **output.track_as_dict(step.track)})
    elif as_m3u:
        output.print_playlist((step.track, None) for step in found.steps)
    else:
        rows = [
            (
                "" if step.to_previous is None else f"{step.to_previous:.3f}",
                *(step.track.title, step.track.credit, output.length(step.track), output.path_of(step.track)),
            )
            for step in found.steps
        ]
        output.print_table(("step", "title", "artist", "length", "path"), rows, right=("step", "length"))
    if found.relaxed:
        words = {"album": "--per-album", "artist": "--per-artist", "count": "-n"}
        given_up = ", ".join(words[each] for each in found.relaxed)
        say(output.messages(), f"The library has no such journey within all limits; given up: {given_up}.")
