"""BS-RoFormer: separation into stems. Names are exported lazily: a fingerprint needs no torch."""

from typing import TYPE_CHECKING

from polymuse.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from models.bs_roformer.separator import BSRoformerSeparator

__all__ = ("BSRoformerSeparator",)
__getattr__ = lazy_exports(__name__, {"BSRoformerSeparator": "models.bs_roformer.separator"})
