"""Text from outside (names of files, tags, other programs' answers), made safe to be stored and written."""

import re
import unicodedata

MAX_TEXT = 500  # characters of a line; damaged tags can hold megabytes
MAX_LYRICS = 20_000  # characters
BIDI_CONTROLS = set(range(0x202A, 0x202F)) | set(range(0x2066, 0x206A))  # can reorder a line to look different

# Control characters, separators of lines, and marks that turn the direction of all that follows
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_INVISIBLE = (
    r"\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff"
    r"\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff"
)
_HIDDEN = re.compile(rf"(?![\s\u200c\u200d])[{_INVISIBLE}]")  # but for spaces and joiners
# After characters that nobody sees; some spreadsheets take the full-width and small signs for the usual ones
_FORMULA = re.compile(rf"[{_INVISIBLE}]*[=+\-@＝＋－＠﹦﹢﹣﹫]")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")


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


def for_terminal(text: str) -> str:
    r"""One line that a terminal or log can take: control characters, and bytes that are not UTF-8, as `\x1b`."""
    return _UNSAFE.sub(_escaped, text)


def for_cell(text: str) -> str:
    """A cell of CSV: one line, as for a terminal.

    A text that a spreadsheet would take for a formula gets an apostrophe in front, as the spreadsheet writes it itself.
    """
    shown = for_terminal(text)
    return f"'{shown}" if _FORMULA.match(shown) and not _NUMBER.fullmatch(shown) else shown


def for_json(line: str) -> str:
    r"""JSON of the same meaning, in which control characters and bytes that are not UTF-8 are written `\u009b`."""
    return _UNSAFE.sub(lambda match: f"\\u{ord(match.group()):04x}", line)


def for_playlist(text: str) -> str:
    """One line of a playlist; bytes that are not UTF-8 are kept."""
    return _CONTROL.sub(" ", text)


def for_agent(text: str, most: int = MAX_TEXT) -> str:
    """One clean line for a language model, cut to `most` characters.

    Characters that nobody sees are left out: instructions could hide in them from a person who reads along. The joiners
    stay, which Persian and Indian scripts need.
    """
    return _HIDDEN.sub("", clean(text))[:most].strip()


def _escaped(match: re.Match[str]) -> str:
    code = ord(match.group())
    if 0xDC80 <= code <= 0xDCFF:  # a byte, as a surrogate escape
        code -= 0xDC00
    named = {9: r"\t", 10: r"\n", 13: r"\r"}.get(code)
    return named or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cs":
        return "\ufffd"
    if category == "Cc":
        return " "
    return "" if ord(character) in BIDI_CONTROLS or character == "\ufeff" else character
