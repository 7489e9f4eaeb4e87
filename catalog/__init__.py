"""What is stored: tracks, stems, tags and queries; Qdrant in two engines. Knows nothing of networks or HTTP.

The names of `__all__` are its public face.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from catalog.catalog import Catalog
    from catalog.fields import Filter
    from catalog.query import Query
    from catalog.store import Space
    from catalog.track import Track

__all__ = ["Catalog", "Filter", "Query", "Space", "Track"]

_HOMES = {"Catalog": "catalog", "Filter": "fields", "Query": "query", "Space": "store", "Track": "track"}


def __getattr__(name: str) -> Any:
    """Loads a public name when it is first used: numpy and the engines take longer than a command may to start."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"catalog.{_HOMES[name]}"), name)
