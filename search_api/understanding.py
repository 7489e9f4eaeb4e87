"""What was understood of the texts of a search, for its answer."""

from collections.abc import Callable
from typing import Self

from pydantic import BaseModel, Field

from catalog.names.found_name import NameField
from catalog.understanding.asking import ReadText
from catalog.understanding.rewriting import literal, turned, without
from catalog.understanding.understood import Kind, Understood
from models.embedder import TextMeaning


class PartUnderstood(BaseModel):
    """A part of a text. The three texts are what to search for instead, to change this part alone."""

    kind: Kind
    start: int = Field(description="of the part in the text, in code points; it includes words that led to it")
    end: int
    value: str = Field(description="the sound to search for, a name as the library spells it, or a filter term")
    wanted: bool = Field(description="false: what hits should not be like, or not have")
    field: NameField | str = Field(description="of a name or a limit; empty for sound")
    exact: bool = Field(description="false: a name with a typo, or a part of one")
    without: str = Field(description="the text without this part")
    turned: str = Field(description="the text with this part wanted instead of unwanted, or the other way round")
    literal: str = Field(description="the text with this part as plain words")


class ConceptMeant(BaseModel):
    slug: str
    weight: float = Field(description="negative: unwanted")


class TextUnderstood(BaseModel):
    """What a text was taken for. Words without a meaning of their own, such as "some music", are in no part."""

    text: str
    parts: list[PartUnderstood]
    meaning: list[ConceptMeant] | None = Field(
        description="the concepts that its sound was mapped to, the largest weight first; null from encoders that know "
        "no concepts, and if no sound is left"
    )

    @classmethod
    def of(cls, read: ReadText, meaning_of: Callable[[str], TextMeaning | None]) -> Self:
        """The answer for a text."""
        meaning = meaning_of(read.sound) if read.sound else None
        concepts = None if meaning is None else [ConceptMeant(slug=s, weight=round(w, 3)) for s, w in meaning.concepts]
        return cls(text=read.understood.text, parts=parts_of(read.understood), meaning=concepts)


def parts_of(understood: Understood) -> list[PartUnderstood]:
    """The parts with the texts that change them."""
    return [
        PartUnderstood(
            kind=part.kind,
            start=part.start,
            end=part.end,
            value=part.value,
            wanted=part.wanted,
            field=part.field,
            exact=part.exact,
            without=without(understood, number),
            turned=turned(understood, number),
            literal=literal(understood, number),
        )
        for number, part in enumerate(understood.parts)
    ]
