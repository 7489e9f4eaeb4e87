"""The filter language in words for a language model, made of the table of its fields."""

from catalog.fields import FIELDS

WHERE = (
    "terms `field:value`, all of which must hold; values of one field are alternatives; a leading - excludes; "
    'names with spaces are quoted: `artist:"Erik Satie" year:..1920 tag:calm>0.6 -tag:piano`. Common fields: artist, '
    "album, genre, year, duration (seconds), bpm, key, energy, tag, has (a stem), favourite:yes, added:30d. "
    "The resource polymuse://filters explains all"
)


def filter_help() -> str:
    """All fields, as Markdown."""
    rows = [f"- `{each.syntax}`: {each.matches}" for each in FIELDS.values()]
    return "\n".join(
        ("# Filters", "", f"The parameter `where` is a text of {WHERE.partition(' Common')[0]}", "", *rows, "")
    )
