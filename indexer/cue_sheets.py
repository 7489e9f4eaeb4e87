"""Finds out whether an audio file holds a whole album that a cue sheet cuts into tracks.

Such a file is one entry of the library. The sheet lies beside it or in its CUESHEET tag.
"""

import os
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

MAX_SHEET_BYTES = 256_000
MAX_SHEETS = 20  # in a folder
EMBEDDING = {".flac", ".wv", ".ape", ".tak", ".tta", ".ogg", ".oga", ".opus", ".mka"}  # where sheets are embedded
MAX_TAG_BYTES = 1_000_000  # at each end of a file
_CUESHEET = re.compile(rb"cuesheet[=\0]", re.IGNORECASE)
_FILE = re.compile(rb'^[ \t]*FILE[ \t]+(?:"([^"\r\n]*)"|(\S+))', re.IGNORECASE | re.MULTILINE)
_TRACK = re.compile(rb"^[ \t]*TRACK[ \t]+\d+[ \t]+AUDIO", re.IGNORECASE | re.MULTILINE)


def cue_tracks(path: Path) -> int:
    """Number of tracks into which a cue sheet cuts this file; 0 without a sheet. Never raises for a damaged one."""
    for sheet in _sheets_beside(path):
        if tracks := _tracks_of(sheet, path):
            return tracks
    return _embedded_tracks(path) if path.suffix.lower() in EMBEDDING else 0


def remark(path: Path) -> tuple[str, ...]:
    """A line about the sheet, if there is one of several tracks."""
    tracks = cue_tracks(path)
    return (f"has a cue sheet with {tracks} tracks, but stays one entry",) if tracks > 1 else ()


def _sheets_beside(path: Path) -> Iterator[bytes]:
    try:
        sheets = sorted(each for each in path.parent.iterdir() if each.suffix.lower() == ".cue" and each.is_file())
    except OSError:
        return
    sheets.sort(key=lambda sheet: not sheet.stem.startswith(path.stem))  # the likeliest first
    for sheet in islice(sheets, MAX_SHEETS):
        try:
            with sheet.open("rb") as file:
                yield file.read(MAX_SHEET_BYTES)
        except OSError:
            continue


def _tracks_of(sheet: bytes, path: Path) -> int:
    """Number of tracks of the sheet in this file; the sheet may name it with the extension that it was ripped with."""
    if sheet.startswith((b"\xff\xfe", b"\xfe\xff")):
        sheet = sheet.decode("utf-16", "replace").encode()
    files = list(_FILE.finditer(sheet))
    ends = [*(file.start() for file in files[1:]), len(sheet)]
    for file, end in zip(files, ends, strict=False):
        name = _file_name(file[1] or file[2] or b"")
        if path.name in name or (len(files) == 1 and path.stem in {Path(each).stem for each in name}):
            return len(_TRACK.findall(sheet[file.end() : end]))
    return 0


def _file_name(name: bytes) -> set[str]:
    """The name in the encodings that sheets come in; some hold a whole path."""
    last = re.split(rb"[/\\]", name)[-1]
    return {last.decode(encoding, "surrogateescape") for encoding in ("utf-8", "cp1252", "gb18030", "shift_jis")}


def _embedded_tracks(path: Path) -> int:
    """Tracks of a CUESHEET in the tags. They are searched as bytes, as parsers of tags have no limit of time."""
    try:
        with path.open("rb") as file:
            head = file.read(MAX_TAG_BYTES)
            file.seek(max(0, file.seek(0, os.SEEK_END) - MAX_TAG_BYTES))
            tail = file.read(MAX_TAG_BYTES)  # where APEv2 is
    except OSError:
        return 0
    sheets = (part[found.end() :][:MAX_SHEET_BYTES] for part in (head, tail) if (found := _CUESHEET.search(part)))
    return max((len(_TRACK.findall(sheet)) for sheet in sheets), default=0)
