"""Checks the tags and stems that a filter names: one that does not exist would match nothing, and say nothing."""

from collections.abc import Collection
from difflib import get_close_matches

from catalog.filters import Filter
from cli.session import Library
from models.profiles import PROFILES
from models.tagging.descriptor_bank import load_bank
from polymuse.errors import UserError
from polymuse.music import MIX

MAX_NAMES = 1000  # of tags that tracks have


def check_words(where: Filter, library: Library) -> None:
    """Raises UserError for a tag that no track can have, and for a stem that no track has."""
    parts = [where] if where.exclude is None else [where, where.exclude]
    tags = {term.slug for part in parts for term in part.tags}
    stems = {stem for part in parts for stem in part.stems}
    if tags:
        entries = load_bank(library.settings.bank).descriptors
        bank = {descriptor.slug for descriptor in entries}
        others = {descriptor.slug for descriptor in library.catalog.own_descriptors()}
        others |= set(library.catalog.facets("tag", limit=MAX_NAMES))
        check_known("tag", tags, bank | others)
        if never := sorted(tags - others - PROFILES[library.profile].expressible(entries)):
            raise UserError(
                f'The {library.profile} profile does not assign the tag "{never[0]}", and no track has it',
                f"`polymuse descriptors add {never[0]} --help` shows how to add one of your own",
            )
    if stems:
        check_stems(stems, library)


def check_directions(tags: Collection[str], library: Library) -> None:
    """Raises UserError for a descriptor of the bank that the profile does not know, unless it is a user's as well."""
    entries = load_bank(library.settings.bank).descriptors
    unknown = {each.slug for each in entries} - PROFILES[library.profile].expressible(entries)
    if found := sorted(unknown.intersection(tags).difference(each.slug for each in library.catalog.own_descriptors())):
        raise UserError(
            f'The {library.profile} profile does not know the descriptor "{found[0]}" of the bank',
            f"`polymuse descriptors add {found[0]} --help` shows how to add one of your own",
        )


def check_stems(stems: Collection[str], library: Library) -> None:
    """Raises UserError for a stem that no track has; of an empty library, for one that no track would have."""
    check_known("stem", stems, {MIX, *(library.catalog.facets("stem") or library.recipe.stems)})


def check_known(kind: str, asked: Collection[str], known: Collection[str]) -> None:
    """Raises UserError for the first name that is not known, with those that are spelled most like it."""
    for name in sorted(asked):
        if name not in known:
            close = get_close_matches(name, known, n=3, cutoff=0.6)
            there = f"There are: {', '.join(sorted(known)[:20])}" if known else "There is none yet"
            advice = f"Did you mean {' or '.join(close)}?" if close else there
            raise UserError(f'There is no {kind} "{name}"', advice)
