"""What the routes of the library work with beside the catalog."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from catalog.catalog import Catalog
from models.profiles import expressible
from models.tagging.descriptor_bank import BankEntry, load_bank
from polymuse.home import Home
from polymuse.settings import Settings
from search_api.library_map import LibraryMap, open_map
from search_api.media import Media, open_media


@dataclass(frozen=True, slots=True)
class Library:
    descriptors: tuple[BankEntry, ...]  # what tracks may be tagged with
    expressible: frozenset[str]  # slugs of those that the profile can express
    media: Media
    map: LibraryMap


@contextmanager
def open_library(settings: Settings, catalog: Catalog, profile: str) -> Iterator[Library]:
    """What is made for it is kept below `settings.home`/cache.

    Raises UserError for a descriptor bank of the user's own that is wrong.
    """
    bank = load_bank(settings.bank)
    cache = Home(settings.home).cache
    with open_media(cache) as media, open_map(catalog, profile, cache / "map") as library_map:
        yield Library(bank.entries, expressible(profile, bank.descriptors), media, library_map)
