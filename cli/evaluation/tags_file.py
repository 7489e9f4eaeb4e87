"""Tracks with the tags that they should and should not have, as JSON Lines."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, model_validator

from cli.evaluation.json_lines import read_lines

FORM = 'Write {"track": path or id, "right": [tag, ...], "wrong": [tag, ...]}'


class TaggedTrack(BaseModel):
    """A track and what is known of it. Tags in neither list are not judged."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    track: str = Field(min_length=1)  # path, absolute or the end of it, or id
    id: str | None = None  # of the track, wherever its file lies
    package: str | None = None  # where the file comes from
    right: frozenset[str] = frozenset()
    wrong: frozenset[str] = frozenset()

    @model_validator(mode="after")
    def _not_both(self) -> "TaggedTrack":
        if both := sorted(self.right & self.wrong):
            raise ValueError(f"{', '.join(both)}: right and wrong")
        return self


def read_tagged(path: Path) -> list[TaggedTrack]:
    """Read all lines but empty ones. Raises UserError with the number of an invalid line."""
    return read_lines(path, TaggedTrack, FORM, "tracks")
