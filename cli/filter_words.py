"""Checks the tags and stems that a filter names: one that does not exist would match nothing, and say nothing."""

from collections.abc import Collection
from difflib import get_close_matches

from catalog.filters import Filter
from cli.session import Library
from models.tagging.descriptor_bank import load_bank
from polymuse.errors import UserError
from polymuse.music import MIX

MAX_NAMES = 1000  # of tags that tracks have


def check_words(where: Filter, library: Library) -> None:
    """Raises UserError for a tag that is neither in the bank nor of a track, and for a stem that no track has."""
    parts = [where] if where.exclude is None else [where, where.exclude]
    tags = {term.slug for part in parts for term in part.tags}
    stems = {stem for part in parts for stem in part.stems}
    if tags:
        of_bank = {descriptor.slug for descriptor in load_bank(library.settings.bank).descriptors}
        _check("tag", tags, of_bank | set(library.catalog.facets("tag", limit=MAX_NAMES)))
    if stems:
        check_stems(stems, library)


def check_stems(stems: Collection[str], library: Library) -> None:
    """Raises UserError for a stem that no track has; of an empty library, for one that no track would have."""
    _check("stem", stems, {MIX, *(library.catalog.facets("stem") or library.recipe.stems)})


def _check(kind: str, asked: Collection[str], known: Collection[str]) -> None:
    for name in sorted(asked):
        if name not in known:
            close = get_close_matches(name, known, n=3, cutoff=0.6)
            advice = f"Did you mean {' or '.join(close)}?" if close else f"There are: {', '.join(sorted(known)[:20])}"
            raise UserError(f'There is no {kind} "{name}"', advice)
