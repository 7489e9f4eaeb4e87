"""The descriptors that users have added, in exports and copies: lines between the header and the tracks.

    {"descriptor": {"slug", "category", "names", "prompts", "stems", "voice", "vector"}}

The vector is written like those of tracks. Anyone may have written the lines that are read.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from catalog.catalog import Catalog
from catalog.descriptors import OWN, check_descriptor, to_descriptor, to_payload
from catalog.export_records import decode_vector, encode_vector, part, read_line
from catalog.validation import InvalidEntryError
from polymuse.descriptors import StoredDescriptor
from polymuse.text import clean

LISTS = ("prompts", "stems")
TEXTS = ("slug", "category", "voice")


@dataclass(frozen=True, slots=True)
class TakenDescriptors:
    """What an import or copy has done."""

    stored: int = 0
    kept: tuple[str, ...] = ()  # slugs that the target has with another meaning, which stay as they are there


NO_DESCRIPTORS = TakenDescriptors()


def to_descriptor_record(descriptor: StoredDescriptor) -> dict[str, Any]:
    """A descriptor as JSON."""
    payload = {key: value for key, value in to_payload(descriptor, OWN).items() if key != "bank"}
    return {"descriptor": {**payload, "vector": encode_vector(descriptor.vector)}}


def read_descriptors(lines: Iterator[bytes], number: int, dim: int) -> list[StoredDescriptor]:
    """The descriptors of the next lines. Raises ValueError that says which line of the file is invalid, and why."""
    found = []
    for line in range(2, number + 2):
        try:
            found.append(_read(read_line(next(lines, b"")), dim))
        except ValueError as error:
            raise ValueError(f"Line {line}: {error}") from None
    return found


def take_descriptors(
    target: Catalog, descriptors: Sequence[StoredDescriptor], *, always: bool = False, dry_run: bool = False
) -> TakenDescriptors:
    """Store those that the target does not have. `always`: those of its user are replaced. Raises InvalidEntryError."""
    there = {each.slug: each for each in target.descriptors([each.slug for each in descriptors])}
    stored, kept = 0, []
    for each in descriptors:
        other = there.get(each.slug)
        if other is not None and to_payload(other, "") == to_payload(each, ""):
            continue
        if other is not None and not (always and other.own):
            kept.append(each.slug)
            continue
        if not dry_run:
            target.put_descriptor(each)
        stored += 1
    return TakenDescriptors(stored, tuple(kept))


def _read(record: dict[str, Any], dim: int) -> StoredDescriptor:
    stored = part(record, "descriptor", dict)
    payload: dict[str, Any] = {name: part(stored, name, str) for name in TEXTS}
    for name in LISTS:
        payload[name] = [_text(each, name) for each in part(stored, name, list)]
    payload["names"] = {_text(key, "names"): _text(each, "names") for key, each in part(stored, "names", dict).items()}
    vector = decode_vector(part(stored, "vector", str), dim, "of a descriptor")
    try:
        return check_descriptor(to_descriptor({**payload, "bank": OWN}, vector), dim)
    except InvalidEntryError as error:
        raise ValueError(error.message) from None


def _text(value: object, of: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{of} has something that is not a text")
    return clean(value)
