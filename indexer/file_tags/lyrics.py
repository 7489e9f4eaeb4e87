"""Lyrics in a file beside the audio: the name of the audio with the extension .lrc."""

import codecs
from pathlib import Path

from indexer.file_tags.values import Value

MAX_FILE = 2**18  # bytes
MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


def read_lrc(path: Path) -> list[Value]:
    """The text beside an audio file; bytes without a byte order mark; nothing if there is no such file."""
    beside = path.with_suffix(".lrc")
    try:
        if not beside.is_file():
            return []
        with beside.open("rb") as file:
            content = file.read(MAX_FILE)
    except OSError:
        return []
    for mark, encoding in MARKS.items():
        if content.startswith(mark):
            return [content[len(mark) :].decode(encoding, "replace")]
    return [content] if content.strip() else []
