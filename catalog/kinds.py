"""The type of the filter field that tells recordings from scores."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from catalog.engine import Condition, Match, Payload, Schema
from catalog.field_types import FieldType, shortened
from catalog.keys import readable
from catalog.track import Track
from polymuse.errors import UserError
from polymuse.music import AUDIO, TRACK_KINDS


@dataclass(frozen=True, kw_only=True)
class Kinds(FieldType):
    """What a track is made from; one that was stored before there were kinds is audio."""

    def index(self) -> Schema:
        return Schema(keywords=("kind",))

    def parse(self, text: str) -> str:
        return text.lower()

    def check(self, value: str, attribute: str) -> None:  # noqa: ARG002
        if value not in TRACK_KINDS:
            raise UserError(
                f'"{shortened(readable(value))}" is not a kind of track', f"The kinds are {' and '.join(TRACK_KINDS)}."
            )

    def conditions(self, values: Sequence[str]) -> list[Condition]:
        return [Match("kind", tuple(values))]

    def payload(self, track: Track) -> dict[str, Any]:
        return {"kind": track.kind}

    def restore(self, payload: Payload) -> dict[str, Any]:
        """Raises TypeError for a kind that this version does not know."""
        kind = payload.get("kind", AUDIO)
        if kind not in TRACK_KINDS:
            raise TypeError(f"kind is neither {' nor '.join(TRACK_KINDS)}")
        return {"kind": kind}
