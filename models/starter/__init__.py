"""The starter profile: musicnn, the Universal Sentence Encoder and Spleeter. Names are exported lazily."""

from typing import TYPE_CHECKING

from polymuse.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from models.starter.embedder import StarterEmbedder
    from models.starter.spleeter import Spleeter

__all__ = ("Spleeter", "StarterEmbedder")
__getattr__ = lazy_exports(
    __name__, {"Spleeter": "models.starter.spleeter", "StarterEmbedder": "models.starter.embedder"}
)
