"""Sentences with the parts that they should be read into, as JSON Lines."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from cli.evaluation.json_lines import read_lines
from cli.evaluation.query_file import UNKNOWN_LANGUAGE

FORM = (
    'Write {"text": ..., "language": ..., "names": [{"field": "artist", "value": ...}, ...], '
    '"parts": [{"kind": "sound", "text": ..., "value": ..., "wanted": true, "field": ""}, ...]}'
)
NameField = Literal["artist", "album", "title", "genre", "composer"]


class Name(BaseModel):
    """A name of the library that a sentence is asked of."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    field: NameField
    value: str = Field(min_length=1)


class Meaning(BaseModel):
    """What a part of a sentence means."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["sound", "name", "like", "limit"]
    value: str = Field(min_length=1)  # words to embed, a name of the library, or terms of a filter
    wanted: bool = True
    field: str = ""


class ExpectedPart(Meaning):
    """A part of a sentence; `also` holds the other meanings that count as right."""

    text: str = Field(min_length=1)  # what it spans, with the words that make it what it is
    also: tuple[Meaning, ...] = ()

    @property
    def meanings(self) -> tuple[Meaning, ...]:
        return self, *self.also


class LabelledSentence(BaseModel):
    """A sentence, names and folders that the library has, and its parts in order. Words in no part mean nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str = Field(min_length=1)
    language: str = Field(default=UNKNOWN_LANGUAGE, min_length=1)
    names: tuple[Name, ...] = ()
    folders: tuple[str, ...] = ()  # absolute paths
    parts: tuple[ExpectedPart, ...] = ()

    @model_validator(mode="after")
    def _parts_stand_in_the_text(self) -> "LabelledSentence":
        list(self.spans())
        return self

    def spans(self) -> Iterator[tuple[int, int]]:
        """(start, end) of each part: the first place of its words after the part before. Raises ValueError."""
        start = 0
        for part in self.parts:
            start = self.text.find(part.text, start)
            if start < 0:
                raise ValueError(f"the part {part.text!r} does not stand in the text, after the parts before it")
            yield start, start + len(part.text)
            start += len(part.text)


def read_sentences(path: Path) -> list[LabelledSentence]:
    """Read all lines but empty ones. Raises UserError with the number of an invalid line."""
    return read_lines(path, LabelledSentence, FORM, "sentences")
