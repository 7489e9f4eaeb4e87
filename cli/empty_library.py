"""An empty library says so, and what to do."""

from catalog.fields import WITH_HIDDEN
from catalog.opening import known_spaces
from cli.output import messages
from cli.progress import say
from cli.session import Library, check_exists
from indexer.run_lock import RunLock
from indexer.service.indexing_lock import IndexingLock
from models.profiles import resolve_profile
from models.weights.store import WeightStore
from polymuse.errors import MissingWeightsError
from polymuse.home import Home
from polymuse.settings import Settings, load_settings


def say_if_empty(library: Library) -> bool:
    """Whether nothing is indexed yet; if so, say it."""
    if library.catalog.count(WITH_HIDDEN):
        return False
    say(messages(), how_to_fill(library.settings))
    return True


def say_if_nothing_yet(library: str | None, profile: str | None) -> Settings | None:
    """The settings, if nothing is indexed and there are no weights yet to open a library with; if so, say it."""
    settings = load_settings(library=library, profile=profile)
    check_exists(settings)
    try:
        resolve_profile(settings.profile, WeightStore(settings.layout.models))
    except MissingWeightsError:
        if not known_spaces(settings):
            say(messages(), how_to_fill(settings))
            return settings
    return None


def _who_fills(layout: Home) -> str:
    """What indexes the library now; "" if nothing does. A service holds its lock also when it waits for changes."""
    if RunLock(layout.journal).others():
        return "It is being filled: tracks can be found as soon as they are stored"
    if not layout.indexing_lock.exists():
        return ""
    lock = IndexingLock(layout.indexing_lock)
    free = lock.take()
    lock.release()
    return "" if free else "A service that runs now fills it: its page shows the folders and the progress"


def how_to_fill(settings: Settings) -> str:
    """A line about an empty library: where it is, how to fill it, and which others have tracks."""
    layout = settings.layout
    if who := _who_fills(layout):
        return f"The library is still empty ({layout.state}). {who}"
    if not settings.library:
        return f"The library is empty ({layout.state}). Fill it: polymuse index ~/Music"
    others = [name for name in layout.named if name != settings.library]
    there = f" There are also: {', '.join(others)}." if others else ""
    name = settings.library
    return f'The library "{name}" is empty.{there} Fill it: polymuse --library {name} index ~/Music'
