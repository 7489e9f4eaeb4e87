"""What is stored: tracks, stems, tags and queries; Qdrant in two engines. Knows nothing of networks or HTTP.

The names of `__all__` are its public face.
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
__getattr__ = lazy_exports(  # numpy and the engines take longer to import than a command may take to start
    __name__,
    {
        "Catalog": "catalog.catalog",
        "Filter": "catalog.fields",
        "Query": "catalog.query",
        "Space": "catalog.store",
        "Track": "catalog.track",
    },
)
