"""The file tags of a track, for people and for programs."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from catalog.track import Track
from indexer.file_tags import TagInfo

NAMES = tuple(each.name for each in fields(TagInfo))


def as_dict(source: Track | TagInfo) -> dict[str, Any]:
    """The file tags that there are, by the names of the attributes."""
    values = {name: getattr(source, name) for name in NAMES}
    return {name: _plain(value) for name, value in values.items() if value}


def rows(source: Track | TagInfo) -> Iterator[tuple[str, str]]:
    """(name, value) of the file tags that there are; of lyrics only the number of lines."""
    for name, value in as_dict(source).items():
        match value:
            case Mapping():
                yield from ((f"{name} {kind}".replace("_", " "), _joined(each)) for kind, each in value.items())
            case True:
                yield name, "yes"
            case str() if name == "lyrics":
                yield name, f"{len(value.splitlines())} lines"
            case _:
                yield name.replace("_", " "), _joined(value)


def _plain(value: Any) -> Any:
    match value:
        case tuple():
            return list(value)
        case Mapping():
            return {kind: _plain(each) for kind, each in value.items()}
        case _:
            return value


def _joined(value: Any) -> str:
    return "; ".join(value) if isinstance(value, list) else str(value)
