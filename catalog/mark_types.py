"""Types of filter fields about marks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from catalog.engine import Condition, Match, Payload, Schema
from catalog.field_types import FieldType, shortened
from catalog.file_tag_types import Flag
from catalog.keys import readable
from catalog.marks import is_alias
from catalog.track import Track
from polymuse.errors import UserError
from polymuse.music import SLUG

ANY = "any"  # whether it holds for the track or not


@dataclass(frozen=True, kw_only=True)
class LeavingOut(Flag):
    """A flag of tracks that are left out unless a filter asks for them: for them alone, or with ANY for them as well.

    `catalog.payload.to_conditions_in` leaves them out.
    """

    def check(self, value: str, attribute: str) -> None:
        if value != ANY:
            super().check(value, attribute)

    def conditions(self, values: Sequence[str]) -> list[Condition]:
        return [] if ANY in values else super().conditions(values)


@dataclass(frozen=True, kw_only=True)
class WrongTags(FieldType):
    """A tag that people have said is wrong for the track."""

    key: str  # payload field with the slugs

    def index(self) -> Schema:
        return Schema(keywords=(self.key,))

    def parse(self, text: str) -> str:
        return text.lower()

    def check(self, value: str, attribute: str) -> None:  # noqa: ARG002
        if not SLUG.fullmatch(value):
            raise UserError(
                f'"{shortened(readable(value))}" is not the name of a tag', "Use lower-case letters, digits, - and _."
            )

    def conditions(self, values: Sequence[str]) -> list[Condition]:
        return [Match(self.key, tuple(values))]

    def payload(self, track: Track) -> dict[str, Any]:
        return {self.key: list(track.marks.wrong_tags)}

    def restore(self, payload: Payload) -> dict[str, Any]:  # noqa: ARG002
        return {}


@dataclass(frozen=True, kw_only=True)
class KnownAs(FieldType):
    """What another server calls the track, compared exactly: ids differ in case."""

    key: str  # payload field with the aliases

    def index(self) -> Schema:
        return Schema(keywords=(self.key,))

    def parse(self, text: str) -> str:
        return text

    def check(self, value: str, attribute: str) -> None:  # noqa: ARG002
        if not is_alias(value):
            raise UserError(
                f'"{shortened(readable(value))}" is not what a server calls a song',
                f"Write {self.name}:navidrome:ID, without spaces.",
            )

    def conditions(self, values: Sequence[str]) -> list[Condition]:
        return [Match(self.key, tuple(values))]

    def payload(self, track: Track) -> dict[str, Any]:
        return {self.key: list(track.marks.known_as)}

    def restore(self, payload: Payload) -> dict[str, Any]:  # noqa: ARG002
        return {}
