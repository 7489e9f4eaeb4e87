"""`polymuse similar`."""

from typing import Annotated

import typer

from cli.options import spread
from cli.searching import SearchOptions, find

EXAMPLES = """\b
Examples:
  polymuse similar song.mp3 --without-duplicates --without-same artist
  polymuse similar song.mp3 --stem drums
  polymuse similar song.mp3 --from-stem vocals    its vocals against the mixes of others
  polymuse similar tune.musicxml                  a score finds music of its kind, rarely the same piece"""


@spread
def similar(
    track: Annotated[
        str,
        typer.Argument(metavar="TRACK|FILE", help="A track of the library (id or path), any audio file, or a score."),
    ],
    *,
    chosen: SearchOptions,
) -> None:
    """Find tracks that sound like a track, a file, a score or one stem of a track."""
    find(chosen, like=[track])
