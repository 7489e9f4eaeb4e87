"""CLaMP 3: texts, audio and MERT in one cosine space. Names are exported lazily: a fingerprint needs no torch."""

from typing import TYPE_CHECKING

from polymuse.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from models.clamp3.clamp3 import Clamp3
    from models.clamp3.embedder import Clamp3Embedder

__all__ = ("Clamp3", "Clamp3Embedder")
__getattr__ = lazy_exports(__name__, {"Clamp3": "models.clamp3.clamp3", "Clamp3Embedder": "models.clamp3.embedder"})
