"""A descriptor with its vector: something that music can be tagged with, or compared to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, slots=True)
class StoredDescriptor:
    """A descriptor as a catalog stores it."""

    slug: str
    category: str
    names: Mapping[str, str]  # ISO 639-1 code -> name; always has "en"
    prompts: tuple[str, ...]  # texts whose vectors were averaged
    stems: tuple[str, ...]  # whose vectors are compared with it
    vector: np.ndarray  # [dim] float32, L2-normalised
    voice: str = ""  # what it says about singing, a value of `models.tagging.tagger.Voice`; "" if nothing
    own: bool = False  # added by a user at run time, not one of the bank


@dataclass(frozen=True, slots=True)
class DescriptorsVersion:
    """Which descriptors a catalog has."""

    revision: str = ""  # differs after every write; "" if nothing was ever written
    bank: str = ""  # version of the bank; "" if there is none, or if its writing was interrupted
    bank_revision: str = ""  # differs after every write of a bank, also of the same version

    @property
    def text_version(self) -> str:
        """The text version that the vectors of the bank and of users' descriptors were made with; see `versioned`."""
        return self.bank.partition(VERSION_MARK)[2]


VERSION_MARK = "-"  # never part of the digest of a bank


def versioned(digest: str, text_version: str) -> str:
    """The version of a bank from the digest of its content and the text version of the embedder, "" if it has none."""
    return f"{digest}{VERSION_MARK}{text_version}" if text_version else digest
