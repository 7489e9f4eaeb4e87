"""Marks as they are stored, and the ranges that they are in."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from catalog.marks import MAX_KNOWN_AS, MAX_RECENT, MAX_SLUG, MAX_WRONG, Marks, as_moment, is_alias
from polymuse.music import SLUG

MAX_PLAYS = 1_000_000_000
_TEXTS = ("favourite_since", "hidden_since")
_LISTS = ("wrong_tags", "played", "known_as")


def to_json(marks: Marks) -> dict[str, Any]:
    """The marks that there are; {} if there are none."""
    values = {each.name: getattr(marks, each.name) for each in fields(Marks)}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items() if value}


def from_json(stored: Any) -> Marks:
    """The inverse. Raises TypeError for anything that `to_json` does not make, but for values out of range."""
    if not isinstance(stored, Mapping):
        raise TypeError("marks is not an object")
    texts = {name: stored.get(name, "") for name in _TEXTS}
    lists = {name: stored.get(name, []) for name in _LISTS}
    plays = stored.get("plays", 0)
    for name, value in texts.items():
        if not isinstance(value, str):
            raise TypeError(f"{name} of marks is not a text")
    for name, values in lists.items():
        if not isinstance(values, list | tuple) or not all(isinstance(each, str) for each in values):
            raise TypeError(f"{name} of marks is not a list of texts")
    if type(plays) is not int:
        raise TypeError("plays of marks is not a whole number")
    return Marks(
        favourite_since=texts["favourite_since"],
        hidden_since=texts["hidden_since"],
        wrong_tags=tuple(lists["wrong_tags"]),
        plays=plays,
        played=tuple(lists["played"]),
        known_as=tuple(lists["known_as"]),
    )


def checked(marks: Marks) -> Marks:
    """Marks that anyone may have written, as this program writes them.

    Raises ValueError that names what is no moment, no name of a tag or at a server, or out of range.
    """
    try:
        since = {name: as_moment(text) if (text := getattr(marks, name)) else "" for name in _TEXTS}
        played = tuple(sorted({as_moment(text) for text in marks.played}, reverse=True))
    except ValueError:
        raise ValueError("marks has something that is no time with a time zone") from None
    if not all(len(slug) <= MAX_SLUG and SLUG.fullmatch(slug) for slug in marks.wrong_tags):
        raise ValueError("wrong_tags of marks has a name with other characters than a-z, 0-9, - and _, or a long one")
    if not all(map(is_alias, marks.known_as)):
        raise ValueError("known_as of marks has something that is no SERVER:ID, or a long one")
    if len(marks.wrong_tags) > MAX_WRONG or len(played) > MAX_RECENT or len(marks.known_as) > MAX_KNOWN_AS:
        raise ValueError("marks has more entries than a track can have")
    if not len(played) <= marks.plays <= MAX_PLAYS:
        raise ValueError(f"plays of marks is not a whole number from {len(played)} to {MAX_PLAYS}")
    return Marks(
        **since,
        wrong_tags=tuple(sorted({*marks.wrong_tags})),
        plays=marks.plays,
        played=played,
        known_as=tuple(sorted({*marks.known_as})),
    )
