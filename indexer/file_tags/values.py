"""The common form of all tag systems: fields with values in file order, and how two systems are combined.

Every reader returns `Values`. Its fields are those of `names.FIELDS`. A value is text, or bytes where the system
declares an encoding that programs often ignore; `encodings` turns bytes into text.
"""

from collections.abc import Iterable, Mapping, Sequence

Value = str | bytes
Values = Mapping[str, Sequence[Value]]

MAX_VALUES = 100  # of a field; the rest is ignored
MAX_FIELD = 100_000  # characters or bytes of all its values; lyrics may be long
# Fields that are taken from one system together, so that the artists of one never meet the ids of another
GROUPS = (
    {"artist", "artists"},
    {"recording", "track", "release", "release_group", "artist_id", "album_artist_id", "work"},
)


def collect(found: Iterable[tuple[str, int, Value]]) -> Values:
    """Triples of field, rank and value as `Values`: the values with the lowest rank of a field, none empty.

    A rank tells names with the same meaning apart: with DATE and YEAR in a file, YEAR is ignored.
    """
    ranked: dict[str, tuple[int, list[Value]]] = {}
    for field, rank, value in found:
        best, values = ranked.get(field, (rank, []))
        if not value or rank > best:
            continue
        if rank < best:
            values = []
        room = MAX_FIELD - sum(map(len, values))
        if len(values) < MAX_VALUES and room > 0:
            ranked[field] = rank, [*values, value[:room]]
    return {field: values for field, (_, values) in ranked.items()}


def combine(systems: Iterable[Mapping[str, Sequence[str]]]) -> dict[str, Sequence[str]]:
    """Each field from the first system that has it; the fields of a group from the same system.

    A value that some program wrote without its letters, "????", counts only if no system has a better one.
    """
    combined: dict[str, Sequence[str]] = {}
    known = [*systems]
    for usable in (_is_intact, bool):
        for system in known:
            found = {field: texts for field, texts in system.items() if any(map(usable, texts))}
            for field in found:
                group = next((group for group in GROUPS if field in group), {field})
                if not group & combined.keys():
                    combined.update({name: found[name] for name in group & found.keys()})
    return combined


def _is_intact(text: str) -> bool:
    return bool(text.strip("?\ufffd ")) or 0 < len(text) < 3  # "?" is a name
