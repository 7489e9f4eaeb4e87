"""The filter and its fields: one table, from which all else follows.

From a row come the terms of the filter language (`catalog.filters`), what is stored of a track and by which conditions
it is found (`catalog.payload`), what is counted (`catalog.facets`), the terms over HTTP (`search_api.queries`) and the
table in docs/searching.md. `docs/guides/add_a_filter_field.md` adds one.
"""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from catalog.field_types import Facet, FieldType, Folder, Keyword, Number, Part, Range, Stems, Tags, TagTerm
from polymuse.errors import UserError

NAME_MATCHES = "the whole name, whatever its case or Unicode form"


def _row(field_type: FieldType) -> Any:
    return dataclasses.field(default=(), metadata={"type": field_type})


@dataclass(frozen=True, slots=True)
class Filter:
    """Terms by field; `catalog.filters` says how they combine. The empty filter lets every track through.

    Names are compared without regard to case and Unicode form. `titles` holds parts of titles; `paths` absolute
    files or folders, compared as the file system spells them, a folder standing for all below it.
    """

    artists: tuple[str, ...] = _row(
        Keyword(
            name="artist",
            track="artist",
            key="artist_key",
            syntax="artist:NAME",
            matches=NAME_MATCHES,
            facet=Facet("artist", "artist_key", "artist"),
        )
    )
    albums: tuple[str, ...] = _row(
        Keyword(
            name="album",
            track="album",
            key="album_key",
            syntax="album:NAME",
            matches=NAME_MATCHES,
            facet=Facet("album", "album_key", "album"),
        )
    )
    genres: tuple[str, ...] = _row(
        Keyword(
            name="genre",
            track="genres",
            key="genre_keys",
            syntax="genre:NAME",
            matches=NAME_MATCHES,
            facet=Facet("genre", "genre_keys", "genres"),
        )
    )
    titles: tuple[str, ...] = _row(
        Part(
            name="title",
            track="title",
            key="title_key",
            syntax="title:PART",
            matches="a part of the title",
            about="parts of titles",
        )
    )
    paths: tuple[str, ...] = _row(
        Folder(
            name="path",
            syntax="path:/FOLDER",
            matches="files in that folder, at any depth",
            about="absolute files or folders",
        )
    )
    years: tuple[Range, ...] = _row(
        Number(
            name="year",
            track="year",
            number=int,
            single=True,
            syntax="year:1995 or year:1990..2000",
            matches="a year or a range, ends included; either end may be left out",
            facet=Facet("year", "year"),
        )
    )
    durations: tuple[Range, ...] = _row(
        Number(
            name="duration",
            track="duration",
            number=float,
            syntax="duration:60..240 (seconds)",
            matches="a range, ends included",
            about="seconds",
        )
    )
    tags: tuple[TagTerm, ...] = _row(
        Tags(
            name="tag",
            syntax="tag:NAME or tag:NAME>0.6",
            matches="a tag, with at least 0.5 or the given confidence",
            facet=Facet("tag", "tags_strong"),
        )
    )
    stems: tuple[str, ...] = _row(
        Stems(
            name="has",
            syntax="has:STEM",
            matches="tracks that have the stem, not silent",
            about="stems that the track must have",
            facet=Facet("stem", "has"),
        )
    )
    exclude: "Filter | None" = None  # each of its terms excludes the tracks for which it holds

    def __post_init__(self) -> None:
        for attribute, field_type in FIELDS.items():
            for value in getattr(self, attribute):
                field_type.check(value, attribute)
        if self.exclude is not None and self.exclude.exclude is not None:
            raise UserError("A filter excludes from what it excludes", "Write the terms without the double negation.")

    def __str__(self) -> str:
        """The text that `catalog.filters.parse_filter` reads back as the same filter."""
        excluded = [] if self.exclude is None else [f"-{term}" for term in self.exclude._terms()]
        return " ".join([*self._terms(), *excluded])

    def _terms(self) -> Iterator[str]:
        for attribute, field_type in FIELDS.items():
            for value in getattr(self, attribute):
                yield f"{field_type.name}:{_quoted(str(value))}"


def _quoted(value: str) -> str:
    if '"' not in value and not any(character.isspace() for character in value):
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


FIELDS: dict[str, FieldType] = {  # attribute of Filter -> its row
    each.name: each.metadata["type"] for each in dataclasses.fields(Filter) if "type" in each.metadata
}
FACETS: dict[str, Facet] = {each.facet.name: each.facet for each in FIELDS.values() if each.facet is not None}
