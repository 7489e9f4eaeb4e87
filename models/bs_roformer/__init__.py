"""BS-RoFormer: separation into stems. Names are exported lazily: a fingerprint needs no torch."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from models.bs_roformer.separator import BSRoformerSeparator as BSRoformerSeparator

__all__ = ("BSRoformerSeparator",)


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from models.bs_roformer import separator

    return getattr(separator, name)
