"""`polymuse radio`."""

from typing import Annotated

import typer

from cli import options

EXAMPLES = """\b
Examples:
  polymuse radio song.mp3 -n 50 --m3u > evening.m3u
  polymuse radio song.mp3 other.mp3 --like third.mp3 --unlike loud.mp3
  polymuse radio song.mp3 --stem drums --where 'bpm:118..126' --artist-gap 10"""


def radio(
    tracks: Annotated[list[str], typer.Argument(metavar="TRACK", help="Tracks of the library (ids or paths).")],
    count: Annotated[int, typer.Option("--limit", "-n", metavar="N", min=1, help="Number of tracks.")] = 20,
    like: Annotated[list[str] | None, typer.Option(metavar="TRACK", help="More like it; may be repeated.")] = None,
    unlike: Annotated[list[str] | None, typer.Option(metavar="TRACK", help="Less like it; may be repeated.")] = None,
    stem: Annotated[str, typer.Option(metavar="STEM", help="What is compared: mix, vocals, …")] = "mix",
    artist_gap: Annotated[int, typer.Option(metavar="N", min=0, max=100, help="Tracks between two by one artist.")] = 5,
    album_gap: Annotated[int, typer.Option(metavar="N", min=0, max=100, help="Tracks between two of one album.")] = 10,
    where: options.Where = "",
    library_name: options.Library = None,
    profile: options.Profile = None,
    as_json: options.Json = False,
    as_m3u: options.Playlist = False,
    as_csv: options.Csv = False,
) -> None:
    """Play on from tracks: what resembles them, without repeating a song."""
    from dataclasses import replace

    from catalog.filters import parse_filter
    from catalog.journeys.radio import MAX_COUNT, MAX_GAP, Radio
    from cli.filter_words import check_words
    from cli.output import messages
    from cli.progress import counted, say
    from cli.session import open_library
    from cli.track_lists import check_one_form, print_tracks

    check_one_form(as_json=as_json, as_m3u=as_m3u, as_csv=as_csv)
    chosen = parse_filter(where)
    with open_library(library=library_name, profile=profile) as library:
        check_words(chosen, library)
        seeds, liked, disliked = (
            tuple(library.track(reference).id for reference in references)
            for references in (tracks, like or (), unlike or ())
        )
        asked = Radio(seeds, liked, disliked, stem=stem, artist_gap=artist_gap, album_gap=album_gap, where=chosen)
        found, more = [], True
        while more and len(found) < count:
            played = tuple(track.id for track in found)
            now = min(MAX_COUNT, count - len(found))
            part = library.catalog.radio(replace(asked, exclude=frozenset(played), recent=played[-MAX_GAP:], count=now))
            found += part.tracks
            more = not part.exhausted
    print_tracks(found, as_json=as_json, as_m3u=as_m3u, as_csv=as_csv)
    if not more and found:
        say(messages(), f"The library has no more than {counted(len(found), 'track')} for this radio.")
