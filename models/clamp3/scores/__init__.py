"""Scores as the texts that the symbolic tower reads. Names are exported lazily: their suffixes need no parser."""

from typing import TYPE_CHECKING

from polymuse.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from models.clamp3.scores.reading import Reading, read, read_score

__all__ = ("Reading", "read", "read_score")
__getattr__ = lazy_exports(__name__, dict.fromkeys(__all__, "models.clamp3.scores.reading"))
