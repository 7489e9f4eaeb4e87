"""`polymuse demo`."""

import os
import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from polymuse.home import DEMO
from polymuse.music import INSTRUMENTAL

if TYPE_CHECKING:
    from catalog.query import Query
    from cli.session import Library

SHOWN = 3  # hits of each search
SEARCHES = ("西塔琴", "música electrónica de baile", "calm piano music")


def demo(
    text: Annotated[
        list[str] | None, typer.Argument(metavar="TEXT", help="Search the demo music for this instead.")
    ] = None,
) -> None:
    """Index the music that comes with Poly-Muse and search it.

    It is kept in a library of its own, and searched in three languages.
    """
    from catalog.query import Query, Seed, Text
    from cli.commands.index import update
    from cli.index_report import Report
    from cli.output import messages, path_of
    from cli.progress import say
    from cli.session import open_library
    from indexer.scan import scan
    from polymuse.excerpts import AUTO

    with open_library(create=True, library=DEMO, excerpts=AUTO) as library:
        update(library, scan([demo_music()]), [demo_music()], Report(as_json=False))
        for words in [" ".join(text)] if text else SEARCHES:
            _show(library, ["search", words], Query(texts=(Text(words),), limit=SHOWN))
        if not text:
            [piano] = library.search(Query(texts=(Text(SEARCHES[-1]),), limit=1))
            like = Query(tracks=(Seed(piano.track.id),), stems={INSTRUMENTAL: 1.0}, limit=SHOWN)
            _show(library, ["similar", path_of(piano.track), "--stem", INSTRUMENTAL], like)
    if not text:
        messages().print()
        say(messages(), f"The web page of the demo: {_command('--library', DEMO, 'serve')}")
        say(messages(), f"Your own music:           {_command('index')} ~/Music")
        if sys.stdin.isatty() and sys.stderr.isatty() and typer.confirm("Open the web page now?", err=True):
            _serve()


def _show(library: "Library", command: list[str], query: "Query") -> None:
    """Print the command that shows the same, and its hits."""
    from cli.output import messages, print_hits

    shown = _command("--library", DEMO, *command, "-n", str(SHOWN))
    messages().print(f"\n{shown}", style="bold", highlight=False, markup=False, soft_wrap=True)
    print_hits(library.search(query))


def _command(*arguments: str) -> str:
    """A command line to be copied. `make demo` runs the program from a virtual environment that is not active."""
    program = "polymuse" if shutil.which("polymuse") else os.path.relpath(sys.argv[0])
    return shlex.join([program, *arguments])


def _serve() -> None:
    from polymuse.settings import load_settings
    from search_api import serve

    serve.serve(load_settings(library=DEMO))


def demo_music() -> Path:
    """The directory of the bundled clips."""
    import data

    return Path(data.__path__[0]) / "demo"
