"""What the routes of the library work with beside the catalog."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from models.descriptor_bank import BankEntry, load_bank
from models.profiles import expressible
from polymuse.settings import Settings


@dataclass(frozen=True, slots=True)
class Library:
    """The descriptors that tracks may be tagged with."""

    descriptors: tuple[BankEntry, ...]
    expressible: frozenset[str]  # slugs of those that the profile can express


@contextmanager
def open_library(settings: Settings, profile: str) -> Iterator[Library]:
    """Raises UserError for a descriptor bank of the user's own that is wrong."""
    bank = load_bank(settings.bank)
    yield Library(bank.entries, expressible(profile, bank.descriptors))
