"""Which catalog the settings ask for."""

from catalog.catalog import Catalog
from catalog.store import Space
from polymuse.settings import Settings


def open_catalog(settings: Settings, space: Space) -> Catalog:
    """The user's catalog of this space: the store below `home`. Raises UnavailableError."""
    return Catalog.open(settings.home / "store", space)
