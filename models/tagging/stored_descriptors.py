"""Descriptors as a catalog stores them: those of the bank that a profile tags with, and those that users add."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from models.embedder import Embedder
from models.tagging.descriptor_bank import BankEntry, EmbedText, descriptor_vectors, load_bank, prompt_vectors
from models.tagging.state import TaggingFiles
from models.tagging.tagger import Descriptor
from polymuse.descriptors import StoredDescriptor, versioned

if TYPE_CHECKING:
    from models.profiles.profile import Profile

FORMAT = 1  # of what is stored for a descriptor, and of how its vector is made


class StoredBank:
    """The bank of the user or the shipped one, as far as the profile supports it. Its vectors are made on demand."""

    def __init__(self, profile: "Profile", embedder: Embedder, files: TaggingFiles = TaggingFiles()) -> None:
        """Raises UserError for a damaged bank."""
        bank = load_bank(files.bank)
        self._embedder = embedder
        self._cache = files.cache
        self._names = {entry.slug: entry.names for entry in bank.entries}
        self._descriptors = profile.supported(bank.descriptors)

    @property
    def number(self) -> int:
        """Number of descriptors."""
        return len(self._descriptors)

    @property
    def text_version(self) -> str:
        """That of the embedder."""
        return self._embedder.text_version

    @property
    def version(self) -> str:
        """A digest of all that is stored but the vectors, which follow the text version and the collection."""
        content = [
            [each.slug, each.category, self._names[each.slug], each.prompts, each.stems, _voice(each)]
            for each in self._descriptors
        ]
        digest = hashlib.sha256(json.dumps([FORMAT, content]).encode()).hexdigest()[:16]
        return versioned(digest, self.text_version)

    def renewed(self, own: StoredDescriptor) -> StoredDescriptor:
        """A user's descriptor with the vector of the embedder. Raises what `own_descriptor` raises."""
        return embedded_anew(self._embedder, own)

    def descriptors(self) -> list[StoredDescriptor]:
        """The descriptors with the vectors that tagging uses."""
        vectors = descriptor_vectors(self._embedder, self._descriptors, self._cache)
        return [
            _stored(each, self._names[each.slug], vector)
            for each, vector in zip(self._descriptors, vectors, strict=True)
        ]


def own_descriptor(embed_text: EmbedText, entry: BankEntry) -> StoredDescriptor:
    """A user's descriptor with its vector. Raises UserError for prompts that the embedder does not understand."""
    [vector] = prompt_vectors(embed_text, [entry.descriptor])
    return replace(_stored(entry.descriptor, entry.names, vector), own=True)


def embedded_anew(embedder: Embedder, descriptor: StoredDescriptor) -> StoredDescriptor:
    """The descriptor with the vector of this embedder. Raises what `own_descriptor` raises."""
    plain = Descriptor(descriptor.slug, descriptor.category, descriptor.prompts)
    return replace(descriptor, vector=prompt_vectors(embedder.embed_text, [plain])[0])


def _stored(descriptor: Descriptor, names: Mapping[str, str], vector: np.ndarray) -> StoredDescriptor:
    return StoredDescriptor(
        descriptor.slug,
        descriptor.category,
        names,
        descriptor.prompts,
        descriptor.stems,
        vector,
        _voice(descriptor),
    )


def _voice(descriptor: Descriptor) -> str:
    return "" if descriptor.voice is None else descriptor.voice.value
