"""The networks: audio in; stems, vectors and tags out. Knows neither the store nor HTTP.

The names of `__all__` are its public face, exported lazily.
"""

from typing import TYPE_CHECKING

from polymuse.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from models.embedder import AudioEmbedding, Embedder, Passage
    from models.profiles import Profile, load_embedder, load_separator
    from models.separator import SeparationSpec, Separator

__all__ = (
    "AudioEmbedding",
    "Embedder",
    "Passage",
    "Profile",
    "SeparationSpec",
    "Separator",
    "load_embedder",
    "load_separator",
)
__getattr__ = lazy_exports(
    __name__,
    {
        "AudioEmbedding": "models.embedder",
        "Embedder": "models.embedder",
        "Passage": "models.embedder",
        "Profile": "models.profiles",
        "SeparationSpec": "models.separator",
        "Separator": "models.separator",
        "load_embedder": "models.profiles",
        "load_separator": "models.profiles",
    },
)
