"""Pictures as queries: BLIP describes a picture, and its words are searched for. Names are exported lazily."""

from typing import TYPE_CHECKING

from polymuse.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from models.pictures.captioner import Captioner

__all__ = ("Captioner",)
__getattr__ = lazy_exports(__name__, {"Captioner": "models.pictures.captioner"})
