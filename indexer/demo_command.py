"""`polymuse demo`."""

from pathlib import Path
from typing import Annotated

import typer

SEARCHES = ("西塔琴", "música electrónica de baile", "calm piano music")
STATE = "demo"  # below POLYMUSE_HOME: the demo never mixes with the user's own library


def demo(
    text: Annotated[
        list[str] | None, typer.Argument(metavar="TEXT", help="Search the demo music for this instead.")
    ] = None,
) -> None:
    """Index the music that comes with Poly-Muse in a library of its own, and search it in three languages."""
    from catalog.query import Query, Seed, Text
    from indexer.index_command import bring_up_to_date
    from indexer.index_report import Report
    from indexer.library import open_library
    from indexer.output import messages, print_hits

    console = messages()
    with open_library(state=STATE) as library:
        bring_up_to_date(library, [demo_music()], Report(as_json=False))
        for words in [" ".join(text)] if text else SEARCHES:
            console.print(f"\npolymuse search {words}", style="bold", highlight=False)
            hits = library.search(Query(texts=(Text(words),), limit=3))
            print_hits(hits)
        if not text:
            best = hits[0].track
            console.print(f"\npolymuse similar '{best.title}' --stem instrumental", style="bold", highlight=False)
            print_hits(library.search(Query(tracks=(Seed(best.id),), stems={"instrumental": 1.0}, limit=3)))
            console.print("\nYour own music: polymuse index ~/Music, then polymuse search WORDS, or polymuse serve.")


def demo_music() -> Path:
    """The directory of the bundled clips."""
    import data

    return Path(data.__path__[0]) / "demo"
