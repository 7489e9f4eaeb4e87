"""Language negotiation: Accept-Language (RFC 9110, 12.5.4) and the lookup of RFC 4647, 3.4."""

from collections.abc import Iterable, Iterator, Mapping

MAX_LANGUAGES = 20  # per header; browsers send a handful


def accepted_languages(header: str) -> list[str]:
    """The language tags of an Accept-Language header, the most preferred first; invalid items are ignored."""
    weighed = []
    for item in header.split(",")[:MAX_LANGUAGES]:
        tag, _, parameter = (part.strip() for part in item.partition(";"))
        weight = _weight(parameter)
        if tag.replace("-", "").isalnum() and weight > 0:  # "*" names no language
            weighed.append((tag, weight))
    return [tag for tag, _ in sorted(weighed, key=lambda each: -each[1])]  # stable: ties keep their order


def look_up(names: Mapping[str, str], wanted: Iterable[str]) -> tuple[str, str] | None:
    """(language, name) of the first wanted language that has a name; zh-Hant-TW falls back to zh-Hant, then zh."""
    by_tag = {language.casefold(): language for language in names}
    for tag in wanted:
        for candidate in _truncated(tag.casefold()):
            if candidate in by_tag:
                return by_tag[candidate], names[by_tag[candidate]]
    return None


def _truncated(tag: str) -> Iterator[str]:
    """The tag, then the tag with one subtag after another removed from its end."""
    parts = tag.split("-")
    while parts:
        yield "-".join(parts)
        parts.pop()


def _weight(parameter: str) -> float:
    """The weight in `q=0.5`: 1 if there is none, 0 if it is invalid."""
    if not parameter:
        return 1.0
    name, _, value = parameter.partition("=")
    try:
        weight = float(value)
    except ValueError:
        return 0.0
    return weight if name.strip().lower() == "q" and 0 <= weight <= 1 else 0.0
