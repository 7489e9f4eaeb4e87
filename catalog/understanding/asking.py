"""Reads the texts of a query: what `search` is asked, as people type it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

from catalog.catalog import Catalog
from catalog.names.found_name import NameField
from catalog.query import NameTerm, Query, Text
from catalog.sources import unwanted, wanted
from catalog.understanding.applying import MAX_SEEDS, applied
from catalog.understanding.reading import understand
from catalog.understanding.understood import Understood, UnderstoodPart

ANY_SOUND = "music"  # what ranks the tracks that pass a filter, if a text says nothing else


@dataclass(frozen=True, slots=True)
class ReadText:
    """A text of a query, what was understood of it, and the sound that is searched for."""

    understood: Understood
    sound: str  # "" if the text asks for none


def understood_query(catalog: Catalog, query: Query, folders: Sequence[str] = ()) -> tuple[Query, tuple[ReadText, ...]]:
    """The query with its texts read into sound, names, likeness and limits, and what was understood of each text.

    `folders`: absolute paths that a text may name ("in my jazz folder").
    """

    def seeds_of(part: UnderstoodPart) -> list[str]:
        named = Query(names=(NameTerm(cast("NameField", part.field), part.value),), limit=MAX_SEEDS)
        return [hit.track.id for hit in catalog.search(named) if hit.matched]

    read: list[ReadText] = []
    asked = replace(query, texts=())
    for text in query.texts:
        understood = understand(text.text, catalog.find_names(text.text), folders)
        added = applied(Query(where=asked.where), understood, seeds_of)
        read.append(ReadText(understood, next((each.text for each in added.texts), "")))  # there is one at most
        asked = replace(
            asked,
            texts=(*asked.texts, *(Text(each.text, each.weight * text.weight) for each in added.texts)),
            not_texts=(*asked.not_texts, *(Text(each.text, each.weight * text.weight) for each in added.not_texts)),
            names=(*asked.names, *added.names),
            tracks=(*asked.tracks, *added.tracks),
            not_tracks=(*asked.not_tracks, *added.not_tracks),
            where=added.where,
        )
    if read and not (asked.names or [*wanted(asked), *unwanted(asked)]):
        asked = replace(asked, texts=(Text(ANY_SOUND),))
    return asked, tuple(read)
