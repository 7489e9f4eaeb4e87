"""Queries with known relevant tracks, as JSON Lines."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from cli.evaluation.json_lines import read_lines

UNKNOWN_LANGUAGE = "und"  # ISO 639-2 for undetermined
FORM = 'Write {"text": ..., "language": ..., "relevant": [track, ...]}'


class LabelledText(BaseModel):
    """A text query and its relevant tracks."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str = Field(min_length=1)
    language: str = Field(default=UNKNOWN_LANGUAGE, min_length=1)
    relevant: tuple[str, ...] = Field(min_length=1)  # ids of tracks or paths of files


def read_queries(path: Path) -> list[LabelledText]:
    """Read all lines but empty ones. Raises UserError with the number of an invalid line."""
    return read_lines(path, LabelledText, FORM)
