"""CLaMP 3: texts, audio and MERT in one cosine space. Names are exported lazily: a fingerprint needs no torch."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from models.clamp3.clamp3 import Clamp3 as Clamp3

__all__ = ("Clamp3",)


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from models.clamp3 import clamp3

    return getattr(clamp3, name)
