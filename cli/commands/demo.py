"""`polymuse demo`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from polymuse.home import DEMO
from polymuse.music import INSTRUMENTAL

if TYPE_CHECKING:
    from catalog.query import Query
    from cli.session import Library

SEARCHES = ("西塔琴", "música electrónica de baile", "calm piano music")


def demo(
    text: Annotated[
        list[str] | None, typer.Argument(metavar="TEXT", help="Search the demo music for this instead.")
    ] = None,
) -> None:
    """Index the music that comes with Poly-Muse in a separate library, and search it in three languages."""
    from catalog.query import Query, Seed, Text
    from cli.commands.index import update
    from cli.index_report import Report
    from cli.output import messages, path_of
    from cli.progress import say
    from cli.session import open_library
    from indexer.scan import scan

    with open_library(library=DEMO) as library:
        update(library, scan([demo_music()]), [demo_music()], Report(as_json=False))
        for words in [" ".join(text)] if text else SEARCHES:
            _show(library, f"search {words}", Query(texts=(Text(words),), limit=3))
        if not text:
            [piano] = library.search(Query(texts=(Text(SEARCHES[-1]),), limit=1))
            like = Query(tracks=(Seed(piano.track.id),), stems={INSTRUMENTAL: 1.0}, limit=3)
            _show(library, f"similar {path_of(piano.track)} --stem instrumental", like)
            say(messages(), "\nYour own music: polymuse index ~/Music, then polymuse search WORDS, or polymuse serve.")


def _show(library: "Library", command: str, query: "Query") -> None:
    """Print the equivalent command, and its hits."""
    from cli.output import messages, print_hits

    messages().print(f"\npolymuse {command}", style="bold", highlight=False, markup=False)
    print_hits(library.search(query))


def demo_music() -> Path:
    """The directory of the bundled clips."""
    import data

    return Path(data.__path__[0]) / "demo"
