"""Queries with known relevant tracks, as JSON Lines."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from polymuse.errors import UserError
from polymuse.paths import printable

UNKNOWN_LANGUAGE = "und"  # ISO 639-2 for undetermined


class LabelledText(BaseModel):
    """A text query and its relevant tracks."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str = Field(min_length=1)
    language: str = Field(default=UNKNOWN_LANGUAGE, min_length=1)
    relevant: tuple[str, ...] = Field(min_length=1)  # ids of tracks or paths of files


def read_queries(path: Path) -> list[LabelledText]:
    """Read all lines but empty ones. Raises UserError with the number of an invalid line."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{printable(path)}: cannot be read: {error}", "Give a UTF-8 file of JSON lines") from error
    queries = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                queries.append(LabelledText.model_validate_json(line))
            except ValidationError as error:
                first = error.errors()[0]
                where = ".".join(map(str, first["loc"]))
                message = f"{printable(path)}, line {number}: {where + ': ' if where else ''}{first['msg']}"
                advice = 'Write {"text": ..., "language": ..., "relevant": [track, ...]}'
                raise UserError(message, advice) from error
    if not queries:
        raise UserError(f"{printable(path)}: holds no queries", "Write one JSON object per line")
    return queries
