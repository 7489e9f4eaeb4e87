"""Keeps the descriptors of a catalog up to date, and follows what other processes do with them.

Tracks are indexed and found without descriptors as well, so a failure here is only logged.
"""

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Protocol

import numpy as np

from catalog.catalog import Catalog
from polymuse.descriptors import DescriptorsVersion, StoredDescriptor
from polymuse.errors import UnavailableError, UserError

FRESH = 0.5  # seconds in which another process's writes may not be seen

logger = logging.getLogger(__name__)


class Bank(Protocol):
    """A bank of descriptors, whose vectors are made on demand."""

    @property
    def version(self) -> str: ...

    @property
    def text_version(self) -> str: ...

    @property
    def number(self) -> int: ...

    def renewed(self, own: StoredDescriptor) -> StoredDescriptor: ...

    def descriptors(self) -> Sequence[StoredDescriptor]: ...


def write_bank(catalog: Catalog, bank: Bank) -> None:
    """Store a bank, unless it is there already. A server may refuse it, a disk may be full, a bank too large.

    Users' descriptors whose vectors are of another text version are renewed first: if that is interrupted, the bank
    still has its old version, and it is done again.

    To be called once, when a process that may write starts: so the last one that has started decides, and two with
    different banks never take turns.
    """
    try:
        if not catalog.holds_bank(bank.version, bank.number):
            if catalog.descriptors_version().text_version != bank.text_version:
                _renew_own(catalog, bank)
            catalog.put_descriptors(bank.descriptors(), bank.version)
    except UserError as error:
        logger.warning("The descriptors in the library stay as they are: %s", str(error).rstrip("."))


def _renew_own(catalog: Catalog, bank: Bank) -> None:
    for own in catalog.own_descriptors():
        try:
            renewed = bank.renewed(own)
        except UserError as error:  # its texts are refused now
            logger.warning("The descriptor %s stays as it is: %s", own.slug, str(error).rstrip("."))
        else:
            if not np.array_equal(renewed.vector, own.vector):
                catalog.put_descriptor(renewed)


def own_descriptors(catalog: Catalog) -> tuple[StoredDescriptor, ...]:
    """The descriptors that users have added, to tag with."""
    try:
        return tuple(catalog.own_descriptors())
    except UnavailableError as error:
        logger.warning("Tracks are tagged without your own descriptors: %s", str(error).rstrip("."))
        return ()


@dataclass(frozen=True, slots=True)
class Seen:
    """The descriptors of a catalog at one moment."""

    version: DescriptorsVersion
    by_slug: Mapping[str, StoredDescriptor]  # ordered by slug


class LiveDescriptors:
    """All descriptors of a catalog in memory: what another process writes is seen half a second later. Thread-safe."""

    def __init__(self, catalog: Catalog) -> None:
        """Nothing is read yet."""
        self._catalog = catalog
        self._lock = threading.Lock()
        self._seen: Seen | None = None
        self._fresh_until = 0.0  # on the clock of time.monotonic

    def current(self) -> Seen:
        """The descriptors. The same object is returned as long as they are the same. Raises UnavailableError."""
        with self._lock:
            if self._seen is None or time.monotonic() >= self._fresh_until:
                begun = time.monotonic()
                version = self._catalog.descriptors_version()  # first, so that a write meanwhile is seen next time
                if self._seen is None or version != self._seen.version:
                    self._seen = Seen(version, {each.slug: each for each in self._read(version)})
                self._fresh_until = begun + FRESH
            return self._seen

    def _read(self, version: DescriptorsVersion) -> list[StoredDescriptor]:
        """All descriptors ordered by slug. A bank of thousands takes seconds, so it is not read again for one more."""
        if self._seen is None or not version.bank or version.bank_revision != self._seen.version.bank_revision:
            return self._catalog.descriptors()
        own = self._catalog.own_descriptors()
        slugs = {each.slug for each in own}
        of_bank = [each for each in self._seen.by_slug.values() if not each.own and each.slug not in slugs]
        return sorted((*of_bank, *own), key=attrgetter("slug"))

    def forget(self) -> None:
        """Look anew with the next call, because this process has written."""
        with self._lock:
            self._fresh_until = 0.0
