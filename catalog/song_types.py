"""The type of the filter field about songs, whichever version of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from catalog.engine import Condition, Match, Payload, Schema
from catalog.field_types import FieldType, shortened
from catalog.keys import readable
from catalog.songs.titles import title_keys
from catalog.track import Track
from polymuse.errors import UserError


@dataclass(frozen=True, kw_only=True)
class Songs(FieldType):
    """The title of a song, without what it says of guests and versions, however it is spelt."""

    key: str  # payload field with the keys; another name if the same title would have others, so that all get them

    def index(self) -> Schema:
        return Schema(keywords=(self.key,))

    def parse(self, text: str) -> str:
        return " ".join(text.split())

    def check(self, value: str, attribute: str) -> None:  # noqa: ARG002
        if not title_keys(value):
            raise UserError(f'"{shortened(readable(value))}" is not a title for {self.name}', "Write a title.")

    def conditions(self, values: Sequence[str]) -> list[Condition]:
        return [Match(self.key, tuple(dict.fromkeys(key for value in values for key in title_keys(value))))]

    def payload(self, track: Track) -> dict[str, Any]:
        return {self.key: list(title_keys(track.title, whole=bool(track.artist)))}

    def restore(self, payload: Payload) -> dict[str, Any]:  # noqa: ARG002
        return {}
