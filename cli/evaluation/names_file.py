"""A library in words, and queries for its names with what they should find first, as JSON Lines."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, model_validator

from cli.evaluation.json_lines import read_lines
from cli.evaluation.parsing_file import Name
from cli.evaluation.query_file import UNKNOWN_LANGUAGE
from polymuse.errors import UserError
from polymuse.paths import printable

FORM = (
    'Write {"track": {"title": ..., "artist": ..., "album": ..., "genres": [...], "composers": [...]}} or '
    '{"query": {"text": ..., "language": ..., "kind": ..., "expected": {"field": "title", "value": ...}}}'
)


class NamedTrack(BaseModel):
    """A track of the library, by its names."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = Field(min_length=1)
    artist: str = ""
    album: str = ""
    genres: tuple[str, ...] = ()
    composers: tuple[str, ...] = ()

    def names(self, field: str) -> tuple[str, ...]:
        """Its names in a field: one of artist, album, title, genre and composer."""
        found = {"title": (self.title,), "artist": (self.artist,), "album": (self.album,)}
        return (found | {"genre": self.genres, "composer": self.composers})[field]


class NameQuery(BaseModel):
    """A text, and a name that the first track found for it should have."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str = Field(min_length=1)
    language: str = Field(default=UNKNOWN_LANGUAGE, min_length=1)
    kind: str = Field(min_length=1)  # such as "exact" or "typo"
    expected: Name


class NameLine(BaseModel):
    """A line: a track or a query."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    track: NamedTrack | None = None
    query: NameQuery | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> "NameLine":
        if (self.track is None) == (self.query is None):
            raise ValueError("a line is either a track or a query")
        return self


@dataclass(frozen=True, slots=True)
class NameSet:
    """The tracks of a library, and queries for them."""

    tracks: tuple[NamedTrack, ...]
    queries: tuple[NameQuery, ...]


def read_names(path: Path) -> NameSet:
    """Read all lines but empty ones.

    Raises UserError with the number of an invalid line, without tracks or queries, and for a query that expects a name
    of no track.
    """
    lines = read_lines(path, NameLine, FORM, "tracks and queries")
    tracks = tuple(line.track for line in lines if line.track)
    queries = tuple(line.query for line in lines if line.query)
    if not tracks or not queries:
        raise UserError(f"{printable(path)}: holds no {'queries' if tracks else 'tracks'}", FORM)
    for query in queries:
        wanted = query.expected
        if not any(wanted.value in track.names(wanted.field) for track in tracks):
            message = f"{printable(path)}: no track has the {wanted.field} {wanted.value!r}, as {query.text!r} expects"
            raise UserError(message, "Spell it as the track does")
    return NameSet(tracks, queries)
