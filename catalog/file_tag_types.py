"""Types of filter fields whose values come from several file tags, or from tags that are no names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalog.engine import Condition, Match, Payload, Schema
from catalog.field_types import FieldType, Keyword, restored
from catalog.keys import fold, readable
from catalog.track import Track
from polymuse.errors import UserError

YES = "yes"  # the only term of a flag


@dataclass(frozen=True, kw_only=True)
class Artists(Keyword):
    """The name of one of the artists, or of all of them as they are shown."""

    names: str  # attribute of Track, and payload field, with the name of each

    def payload(self, track: Track) -> dict[str, Any]:
        each = Keyword(name=self.name, track=self.names, key=self.key, syntax="", matches="").payload(track)
        keys = {fold(getattr(track, self.track)), *each[self.key]} - {""}
        return super().payload(track) | {self.names: each[self.names], self.key: sorted(keys)}

    def restore(self, payload: Payload) -> dict[str, Any]:
        return super().restore(payload) | restored(self.names, payload)


@dataclass(frozen=True, kw_only=True)
class Ids(Keyword):
    """One of the identifiers in an attribute of Track that maps kinds to identifiers, which is stored elsewhere."""

    def payload(self, track: Track) -> dict[str, Any]:
        ids: Mapping[str, tuple[str, ...]] = getattr(track, self.track)
        return {self.key: sorted({fold(each) for of_kind in ids.values() for each in of_kind})}

    def restore(self, payload: Payload) -> dict[str, Any]:  # noqa: ARG002
        return {}


@dataclass(frozen=True, kw_only=True)
class Flag(FieldType):
    """Something that holds for a track. The only term is YES; excluding it finds the other tracks."""

    track: str  # attribute of Track, which is stored elsewhere

    def index(self) -> Schema:
        return Schema(keywords=("flags",))

    def parse(self, text: str) -> str:
        return text.lower()

    def check(self, value: str, attribute: str) -> None:  # noqa: ARG002
        if value != YES:
            raise UserError(
                f'"{readable(value)}" is not a value of {self.name}',
                f"Write {self.name}:{YES}, or -{self.name}:{YES} for the other tracks.",
            )

    def conditions(self, values: Sequence[str]) -> list[Condition]:  # noqa: ARG002
        return [Match("flags", (self.name,))]

    def payload(self, track: Track) -> dict[str, Any]:
        return {"flags": [self.name] if getattr(track, self.track) else []}
