"""Terms of the filter language, as text and as filters."""

from catalog.fields import Filter
from catalog.filters import parse_filter
from polymuse.errors import UserError


def term(field: str, value: str) -> str:
    """A term of the filter language; the value is put in quotes if it needs them."""
    if value and not value.startswith('"') and not any(each.isspace() for each in value):
        return f"{field}:{value}"
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'{field}:"{escaped}"'


def to_filter(text: str) -> Filter | None:
    """The filter of terms; None if this version of the filter language does not have them."""
    try:
        return parse_filter(text)
    except UserError:
        return None
