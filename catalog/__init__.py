"""Storage and search of tracks, stems, tags and segments in Qdrant, embedded or on a server. Independent of models
and HTTP.

The public API is `__all__`.
"""

from typing import TYPE_CHECKING

from polymuse.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from catalog.catalog import Catalog
    from catalog.fields import Filter
    from catalog.query import Query
    from catalog.store import Space
    from catalog.track import Track

__all__ = ["Catalog", "Filter", "Query", "Space", "Track"]
__getattr__ = lazy_exports(  # importing numpy and the engines would slow down the start of every command
    __name__,
    {
        "Catalog": "catalog.catalog",
        "Filter": "catalog.fields",
        "Query": "catalog.query",
        "Space": "catalog.store",
        "Track": "catalog.track",
    },
)
