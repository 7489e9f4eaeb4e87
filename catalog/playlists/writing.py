"""Playlists as text for other programs: M3U8, XSPF, JSON and CSV. No title or name can add a line or a formula."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args
from urllib.parse import quote
from xml.sax.saxutils import escape

from catalog.keys import encode_path, pure_path
from polymuse.text import clean, for_cell, for_json, for_playlist

Format: TypeAlias = Literal["m3u8", "xspf", "json", "csv"]
FORMATS: tuple[Format, ...] = get_args(Format)
MEDIA_TYPES: dict[Format, str] = {
    "m3u8": "audio/x-mpegurl; charset=utf-8",
    "xspf": "application/xspf+xml",
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
}
BOM = b"\xef\xbb\xbf"
COLUMNS = ("title", "artist", "album", "duration", "path", "id")
JSON_FORMAT, JSON_VERSION = "polymuse-playlist", 1
URN = "urn:polymuse:track:"


@dataclass(frozen=True, slots=True)
class Row:
    """An entry as it is written."""

    title: str
    artist: str
    path: str  # as the file names it, with surrogate escapes; "": nobody knows it
    file: str = ""  # absolute path, for a line that cannot hold `path`
    album: str = ""
    duration: float = 0.0  # seconds
    track_id: str = ""
    start: float | None = None  # seconds at which VLC starts; other players ignore that line of M3U as a comment


def write(kind: Format, name: str, rows: Iterable[Row], *, description: str = "", bom: bool = False) -> bytes:
    """The file; `bom` marks M3U8 and CSV as UTF-8 for programs that need it."""
    match kind:
        case "m3u8":
            data = m3u8(rows, name).encode("utf-8", "surrogateescape")  # bytes of paths as they are on disk
        case "xspf":
            data = _xspf(name, rows).encode("utf-8", "replace")
        case "json":
            return _json(name, description, rows).encode()
        case "csv":
            data = _csv(rows).encode()
    return BOM + data if bom and kind != "xspf" else data


def m3u8(rows: Iterable[Row], name: str = "") -> str:
    """Extended M3U; rows without a place are left out. Bytes of paths that are not UTF-8 are surrogates."""
    lines = ["#EXTM3U"]
    if name:
        lines.append(f"#PLAYLIST:{clean(name)}")
    for row in rows:
        if line := location_line(row.path, row.file):
            credit = f"{row.artist} - {row.title}" if row.artist else row.title
            start = [] if row.start is None else [f"#EXTVLCOPT:start-time={row.start:.1f}"]
            lines += [f"#EXTINF:{round(row.duration)},{for_playlist(credit).strip()}", *start, line]
    return "\n".join(lines) + "\n"


def location_line(path: str, file: str = "") -> str:
    """A path as a line that is read back as the same path: itself, after `./`, or as the URL of the absolute one."""
    if path == for_playlist(path).strip():
        is_relative = path and not pure_path(path).is_absolute()
        first = path.partition("/")[0]
        return f"./{path}" if is_relative and (path.startswith("#") or ":" in first) else path
    absolute = path if pure_path(path).is_absolute() else file
    return file_url(absolute) if absolute else ""


def file_url(path: str) -> str:
    """An absolute path as a URL."""
    posix = pure_path(path).as_posix()
    slash = "" if posix.startswith("/") else "/"  # before the letter of a drive
    return f"file://{slash}{quote(posix.encode('utf-8', 'surrogateescape'), safe='/:')}"


def to_dict(row: Row) -> dict[str, Any]:
    """A row as JSON."""
    fields = {"title": row.title, "artist": row.artist, "album": row.album, "duration": row.duration}
    return fields | {"path": encode_path(row.path), "id": row.track_id}


def _json(name: str, description: str, rows: Iterable[Row]) -> str:
    about = {"format": JSON_FORMAT, "version": JSON_VERSION, "name": name, "description": description}
    made = about | {"entries": [to_dict(row) for row in rows]}
    return "\n".join(map(for_json, json.dumps(made, ensure_ascii=False, indent=1).split("\n"))) + "\n"


def _csv(rows: Iterable[Row]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for row in rows:
        texts = row.title, row.artist, row.album, f"{row.duration:g}", encode_path(row.path), row.track_id
        writer.writerow([for_cell(text) for text in texts])
    return out.getvalue()


def _xspf(name: str, rows: Iterable[Row]) -> str:
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<playlist version="1" xmlns="http://xspf.org/ns/0/">']
    lines += [f"  <title>{_xml(name)}</title>", "  <trackList>"]
    for row in rows:
        parts: Sequence[tuple[str, str]] = (
            ("location", _uri(row.path)),
            ("identifier", f"{URN}{row.track_id}" if row.track_id else ""),
            ("title", row.title),
            ("creator", row.artist),
            ("album", row.album),
            ("duration", str(round(1000 * row.duration)) if row.duration else ""),
        )
        inner = "".join(f"<{tag}>{_xml(text)}</{tag}>" for tag, text in parts if text)
        lines.append(f"    <track>{inner}</track>")
    return "\n".join([*lines, "  </trackList>", "</playlist>", ""])


def _uri(path: str) -> str:
    if not path or pure_path(path).is_absolute():
        return file_url(path) if path else ""
    first, slash, rest = quote(path.encode("utf-8", "surrogateescape"), safe="/:").partition("/")
    return f"{first.replace(':', '%3A')}{slash}{rest}"  # a colon in the first part would make it a scheme


def _xml(text: str) -> str:
    return escape("".join(each for each in text if each == "\t" or (each >= " " and each not in "\ufffe\uffff")))
