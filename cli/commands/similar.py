"""`polymuse similar`."""

from cli.options import TrackOrFile, spread
from cli.searching import SearchOptions, find

EXAMPLES = """\b
Examples:
  polymuse similar song.mp3 --without-duplicates --without-same artist
  polymuse similar song.mp3 --stem drums
  polymuse similar song.mp3 --from-stem vocals    its vocals against the mixes of others"""


@spread
def similar(track: TrackOrFile, *, chosen: SearchOptions) -> None:
    """Find tracks that sound like a track, file or one of its stems."""
    find(chosen, like=[track])
