"""Tracks of earlier versions, of which tempo, key, loudness and energy are not known yet."""

from catalog.catalog import Catalog
from catalog.filters import Filter, parse_filter
from cli.output import messages
from cli.progress import counted, say

MEASURED_TERMS = ("tempi", "keys", "camelot_codes", "compatible_keys", "loudness", "energies")  # fields of a filter


def unmeasured(catalog: Catalog) -> int:
    """Number of recordings without an energy: those that were not measured, and silent ones."""
    return catalog.count(parse_filter("kind:audio -energy:0.."))


def say_if_unmeasured(catalog: Catalog, where: Filter) -> None:
    """One line on stderr if a filter asks for what was measured, and some recordings were not."""
    if any(getattr(where, field) for field in MEASURED_TERMS) and (number := unmeasured(catalog)):
        are = "is" if number == 1 else "are"
        say(messages(), f"{counted(number, 'track')} {are} not measured yet: the next polymuse index does it.")
