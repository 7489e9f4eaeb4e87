"""Cleaning of text from files for display and storage."""

import unicodedata

MAX_TEXT = 500  # characters of a line; damaged tags can hold megabytes
MAX_LYRICS = 20_000  # characters
BIDI_CONTROLS = set(range(0x202A, 0x202F)) | set(range(0x2066, 0x206A))  # can reorder a line to look different


def clean(text: str) -> str:
    """One line of NFC text: no control characters, no lone surrogates, no runs of spaces."""
    if text.isascii() and text.isprintable():  # most texts
        return " ".join(text.split())[:MAX_TEXT]
    kept = (_visible(character) for character in unicodedata.normalize("NFC", text[: 2 * MAX_TEXT]))
    return " ".join("".join(kept).split())[:MAX_TEXT]


def clean_lines(text: str) -> str:
    """Several lines, each as `clean` returns it; empty lines stay between others. At most MAX_LYRICS characters."""
    lines = [clean(line) for line in text[: 2 * MAX_LYRICS].splitlines()]
    return "\n".join(lines).strip()[:MAX_LYRICS].rstrip()


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cs":
        return "\ufffd"
    if category == "Cc":
        return " "
    return "" if ord(character) in BIDI_CONTROLS or character == "\ufeff" else character
