"""`polymuse search`."""

from pathlib import Path
from typing import Annotated

import typer

from cli.options import spread
from cli.searching import SearchOptions, find

EXAMPLES = """\b
Examples:
  polymuse search calm piano
  polymuse search 大提琴 --not vocals -n 5 --moments
  polymuse search --like song.mp3 --stem vocals=2 --stem mix --where 'year:1990..'
  polymuse search choir --like a.mp3 --unlike b.mp3 --explain
  polymuse search --like-tag calm --unlike-tag epic=0.5
  polymuse search --picture sunset.jpg --not vocals
  polymuse search --like tune.mid --stem vocals    a score finds music of its kind, rarely the same piece
  polymuse search guitar solo --by-moment --m3u > solos.m3u
  polymuse search --where 'artist:"J. S. Bach"'    lists, as `polymuse list` does"""


@spread
def search(
    text: Annotated[
        list[str] | None, typer.Argument(metavar="TEXT", help="What to search for, in any language.")
    ] = None,
    exclude: Annotated[
        list[str] | None, typer.Option("--not", metavar="TEXT", help="What the results should not sound like.")
    ] = None,
    like: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TRACK|FILE", help="What the results should sound like: a track, an audio file or a score."
        ),
    ] = None,
    unlike: Annotated[
        list[str] | None, typer.Option(metavar="TRACK|FILE", help="What they should not sound like.")
    ] = None,
    like_tag: Annotated[
        list[str] | None,
        typer.Option(metavar="TAG", help="A tag as a direction: what is like it comes first; TAG or TAG=WEIGHT."),
    ] = None,
    unlike_tag: Annotated[
        list[str] | None, typer.Option(metavar="TAG", help="A tag that the results should be unlike.")
    ] = None,
    picture: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="A picture; the words that describe it are shown and searched for."),
    ] = None,
    *,
    chosen: SearchOptions,
) -> None:
    """Find tracks by text, tags, tracks, files, pictures, stems, or all at once."""
    texts = [" ".join(text)] if text else ()
    find(
        chosen,
        texts=texts,
        not_texts=exclude or (),
        like=like or (),
        unlike=unlike or (),
        like_tags=like_tag or (),
        unlike_tags=unlike_tag or (),
        pictures=picture or (),
    )
