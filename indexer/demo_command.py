"""`polymuse demo`."""

from pathlib import Path
from typing import Annotated

import typer

SEARCHES = ("calm piano", "重金属音乐", "música electrónica de baile")
STATE = "demo"  # below POLYMUSE_HOME: the demo never mixes with the user's own library


def demo(
    text: Annotated[
        list[str] | None, typer.Argument(metavar="[TEXT]...", help="Search the demo music for this instead.")
    ] = None,
) -> None:
    """Index the music that comes with Poly-Muse in a library of its own, and search it in three languages."""
    from catalog.query import Query, Seed, Text
    from indexer.index_report import Report
    from indexer.indexing import Indexing
    from indexer.library import open_library
    from indexer.output import messages, print_hits
    from indexer.scan import AudioFile, scan
    from indexer.workers import Workers

    console = messages()
    with open_library(state=STATE) as library:
        clips = [item for item in scan([demo_music()]) if isinstance(item, AudioFile)]
        run = Indexing(library.catalog, library.failures, library.fingerprints)
        report = Report(as_json=False)
        plan = run.plan(clips, [])
        report.planned(plan, [])
        with Workers(library.recipe, library.settings.jobs) as workers, report.progress(plan):
            run.run(plan, workers, report.add)
        report.summary(pruned=0)
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
