"""What was understood of the texts of a search, for people and for programs."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from catalog.chance import LibraryChance, Match, match_of
from catalog.query import Hit, Query
from catalog.understanding.asking import ReadText, understood_query
from catalog.understanding.understood import UnderstoodPart
from cli.output import messages
from cli.progress import say
from cli.session import Library
from models.embedder import all_sure, text_key
from polymuse.indexed_folders import IndexedFolders
from polymuse.text import for_terminal

NEAREST = {
    "weak": "The best of these are not much like what was asked for.",
    "chance": "Nothing in the library is clearly like this: these tracks are no nearer than chance.",
}


def read_texts(query: Query, library: Library) -> tuple[Query, tuple[ReadText, ...]]:
    """The query with its texts read, and what was understood of each."""
    folders = IndexedFolders(library.settings.layout.indexed_folders)
    return understood_query(library.catalog, query, folders.named())


def match(query: Query, hits: Sequence[Hit], library: Library) -> Match | None:
    """How good the best hit is for the texts of the query; None if it has none, or compares other stems."""
    embedder = library.embedder
    directory = library.settings.layout.cache
    chance = LibraryChance(library.catalog, embedder.embed_text, text_key(embedder), directory)
    return match_of(query, hits, lambda texts: all_sure(embedder.meanings(texts)), chance.level)


def say_understood(read: Sequence[ReadText]) -> None:
    """One line on stderr for each text that was taken for more than a description of sound."""
    for each in read:
        if not each.understood.only_sound:
            parts = "; ".join(map(_words, each.understood.parts))
            say(messages(), f"Understood: {for_terminal(parts)}. --literal takes the words as they are.")


def say_match(match: Match | None) -> None:
    """One line on stderr if the best hit is not good."""
    if match in NEAREST:
        say(messages(), NEAREST[match])


def understood_as_dicts(read: Sequence[ReadText]) -> list[dict[str, Any]]:
    """The parts of each text that was taken for more than a description of sound, for JSON."""
    return [
        {"text": each.understood.text, "parts": [asdict(part) for part in each.understood.parts]}
        for each in read
        if not each.understood.only_sound
    ]


def _words(part: UnderstoodPart) -> str:
    """A part in words: "not the artist Erik Satie"."""
    return " ".join(_pieces(part))


def _pieces(part: UnderstoodPart) -> Iterator[str]:
    if not part.wanted:
        yield "not"
    if part.kind == "like":
        yield "like"
    elif part.kind == "limit":
        yield "only" if part.wanted else "any"
    else:
        yield "sound" if part.kind == "sound" else "the"
    if part.field and part.kind != "limit":
        yield part.field
    yield part.value
