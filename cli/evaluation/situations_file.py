"""Situations with the concepts that are right for them and those that are wrong, as JSON Lines."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, model_validator

from cli.evaluation.json_lines import read_lines
from cli.evaluation.query_file import UNKNOWN_LANGUAGE

FORM = 'Write {"text": ..., "language": ..., "right": [concept, ...], "wrong": [concept, ...]}'


class LabelledSituation(BaseModel):
    """A sentence that names no concept. Concepts in neither list are neither right nor wrong."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str = Field(min_length=1)
    language: str = Field(default=UNKNOWN_LANGUAGE, min_length=1)
    situation: str = ""  # what the sentence tells of, in a word; those of other languages may tell of the same
    right: frozenset[str] = Field(min_length=1)
    wrong: frozenset[str] = frozenset()

    @model_validator(mode="after")
    def _not_both(self) -> "LabelledSituation":
        if both := sorted(self.right & self.wrong):
            raise ValueError(f"{', '.join(both)}: right and wrong")
        return self


def read_situations(path: Path) -> list[LabelledSituation]:
    """Read all lines but empty ones. Raises UserError with the number of an invalid line."""
    return read_lines(path, LabelledSituation, FORM, "situations")
