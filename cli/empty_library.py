"""An empty library says so, and what to do."""

from cli.output import messages
from cli.progress import say
from cli.session import Library
from polymuse.settings import Settings


def say_if_empty(library: Library) -> bool:
    """Whether nothing is indexed yet; if so, say it."""
    if library.catalog.count():
        return False
    say(messages(), how_to_fill(library.settings))
    return True


def how_to_fill(settings: Settings) -> str:
    """A line about an empty library: where it is, how to fill it, and which others have tracks."""
    layout = settings.layout
    if not settings.library:
        return f"The library is empty ({layout.state}). Fill it: polymuse index ~/Music"
    others = sorted(path.name for path in layout.libraries.glob("*") if path.name != settings.library)
    there = f" There are also: {', '.join(others)}." if others else ""
    name = settings.library
    return f'The library "{name}" is empty.{there} Fill it: polymuse --library {name} index ~/Music'
