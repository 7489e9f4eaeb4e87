"""Playlist files of other programs as lists of lines, whatever their format and encoding. Nothing in them is opened."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import unquote_to_bytes
from xml.etree import ElementTree

from catalog.keys import decode_path
from catalog.playlists.playlist import MAX_ENTRIES, MAX_NAME, MAX_PATH
from catalog.playlists.writing import JSON_FORMAT, URN
from polymuse.errors import UserError
from polymuse.parse_json import parse_json
from polymuse.text import clean

MAX_FILE = 10_000_000  # bytes
MAX_LINE = 20_000  # bytes; longer ones are no paths
XSPF = "{http://xspf.org/ns/0/}"
_PLS = re.compile(r"(file|title|length)(\d{1,9})", re.IGNORECASE)
_WINDOWS = "cp1252"
_COLUMNS = {
    "location": ("path", "location", "file", "filename", "url"),
    "title": ("title", "track name", "name", "song", "track"),
    "artist": ("artist", "artist name", "artist name(s)", "creator"),
    "album": ("album", "album name"),
    "duration": ("duration", "length", "seconds", "time"),
    "track_id": ("id", "track_id"),
}


class BadPlaylistFileError(UserError):
    """A file that is no playlist, or too large a one."""

    exit_code: ClassVar[int] = 1
    kind: ClassVar[str] = "bad-playlist"
    http_status: ClassVar[int] = 422


@dataclass(frozen=True, slots=True)
class FileLine:
    """A track that a playlist file names."""

    number: int  # of its line, or its place in a file without lines, from 1
    locations: tuple[str, ...] = ()  # the path as written, in each way that its bytes can be read
    title: str = ""
    artist: str = ""
    album: str = ""
    duration: float = 0.0  # seconds; 0: not said
    track_id: str = ""


@dataclass(frozen=True, slots=True)
class ReadPlaylist:
    """What a playlist file says."""

    name: str  # "": it has none
    lines: tuple[FileLine, ...]
    description: str = ""


def read_playlist(data: bytes, file_name: str = "") -> ReadPlaylist:
    """Read a playlist: M3U, M3U8, PLS, XSPF, JSON or CSV, told apart by the content. Raises BadPlaylistFileError."""
    if len(data) > MAX_FILE:
        raise BadPlaylistFileError(f"The file has more than {MAX_FILE:,} bytes", "Split it into several.")
    data = _as_utf8(data)
    start = data.lstrip()[:512].lower()
    if not start:
        raise BadPlaylistFileError("The file is empty", "Choose a playlist.")
    if start.startswith((b"<?xml", b"<playlist", b"<!doctype", b"<!--")):
        read = _read_xspf(data)
    elif re.match(rb'\{|\[\s*["{\]]', start) or file_name.lower().endswith(".json"):
        read = _read_json(data)
    elif start.startswith(b"[playlist]"):
        read = _read_pls(data)
    elif file_name.lower().endswith(".csv") or (not start.startswith(b"#") and _columns(start)):
        read = _read_csv(data)
    else:
        read = _read_m3u(data)
    return ReadPlaylist(clean(read.name)[:MAX_NAME], read.lines, read.description)


def _as_utf8(data: bytes) -> bytes:
    """Without a byte order mark; UTF-16 as UTF-8, also without a mark if every other byte is zero."""
    if data.startswith(b"\xef\xbb\xbf"):
        return data[3:]
    encoding = ""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    elif len(data) >= 8 and not any(data[1:64:2]) and all(data[0:64:2]):
        encoding = "utf-16-le"
    elif len(data) >= 8 and not any(data[0:64:2]) and all(data[1:64:2]):
        encoding = "utf-16-be"
    if not encoding:
        if b"\0" in data[:4096]:
            raise BadPlaylistFileError("The file is not text", "Choose a playlist, such as a file .m3u8.")
        return data
    return data.decode(encoding, "replace").encode("utf-8", "replace")


def _texts(line: bytes) -> tuple[str, ...]:
    """The ways to read bytes: as UTF-8, else with the bytes kept, as paths are, and as Windows wrote them."""
    try:
        return (line.decode(),)
    except UnicodeDecodeError:
        return line.decode("utf-8", "surrogateescape"), line.decode(_WINDOWS, "replace")


def _locations(line: bytes) -> tuple[str, ...]:
    if not line or len(line) > MAX_LINE or b"\0" in line:
        return ()
    return tuple(path for text in _texts(line) if (path := _to_path(text)) and len(path) <= MAX_PATH)


def _to_path(text: str) -> str:
    """The path of a `file:` URL, or the text itself; "" for a URL of anything else."""
    if text[:5].lower() == "file:":
        rest = text[5:]
        if rest.startswith("//"):
            host, slash, path = rest[2:].partition("/")
            rest = f"{slash}{path}" if host.lower() in ("", "localhost") else f"//{host}/{path}"
        path = unquote_to_bytes(rest.encode("utf-8", "surrogateescape")).decode("utf-8", "surrogateescape")
        return path[1:] if re.match(r"/[A-Za-z]:[/\\]", path) else path
    return "" if re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", text) else text


def _read_m3u(data: bytes) -> ReadPlaylist:
    name, found = "", []
    about: tuple[float, str] = 0.0, ""
    for number, raw in enumerate(re.split(rb"\r\n|\n|\r", data), 1):
        line = raw.strip()
        if line[:8].upper() == b"#EXTINF:":
            about = _extinf(_texts(line[8 : 8 + MAX_LINE])[-1])
        elif line[:10].upper() == b"#PLAYLIST:":
            name = _texts(line[10 : 10 + MAX_LINE])[-1]
        elif line and not line.startswith(b"#"):
            artist, title = _credit(about[1])
            found.append(FileLine(number, _locations(line), clean(title), clean(artist), duration=about[0]))
            _check_count(found)
            about = 0.0, ""
    return ReadPlaylist(name, tuple(found))


def _extinf(text: str) -> tuple[float, str]:
    """Seconds, and what stands after them. Attributes in between, key="value", are skipped."""
    match = re.match(r'\s*(-?\d{1,9}(?:\.\d{1,9})?)?((?:\s+[\w-]+="[^"]*")*)\s*,?(.*)', text, re.DOTALL)
    if match is None:
        return 0.0, text
    return max(0.0, float(match.group(1) or 0)), match.group(3).strip()


def _credit(text: str) -> tuple[str, str]:
    """Artist and title of `Artist - Title`; without the sign it is all title."""
    artist, sign, title = text.partition(" - ")
    return (artist.strip(), title.strip()) if sign and title.strip() else ("", text)


def _read_pls(data: bytes) -> ReadPlaylist:
    fields: dict[int, dict[str, bytes]] = {}
    for line in data.splitlines():
        key, equals, value = line.partition(b"=")
        match = _PLS.fullmatch(key.strip().decode("ascii", "replace"))
        if equals and match:
            fields.setdefault(int(match.group(2)), {})[match.group(1).lower()] = value.strip()
            _check_count(fields)
    found = []
    for number, each in sorted(fields.items()):
        if "file" in each:
            artist, title = _credit(_texts(each.get("title", b""))[-1])
            seconds = _seconds(each.get("length", b"").decode("ascii", "replace"))
            found.append(FileLine(number, _locations(each["file"]), clean(title), clean(artist), duration=seconds))
    return ReadPlaylist("", tuple(found))


def _read_xspf(data: bytes) -> ReadPlaylist:
    if b"<!doctype" in data[:4096].lower() or b"<!entity" in data.lower():
        raise BadPlaylistFileError("The file defines XML entities", "Save it as XSPF again, without a DOCTYPE.")
    name, found = "", []
    try:
        depth = 0
        for event, element in ElementTree.iterparse(io.BytesIO(data), ("start", "end")):  # noqa: S314  no entities
            depth += 1 if event == "start" else -1
            if depth > 20:
                raise BadPlaylistFileError("The file is nested too deeply to be XSPF", "Choose another.")
            if event != "end":
                continue
            tag = element.tag.removeprefix(XSPF)
            if tag == "title" and depth == 1:
                name = element.text or ""
            elif tag == "track":
                found.append(_xspf_line(len(found) + 1, element))
                _check_count(found)
                element.clear()
    except (ElementTree.ParseError, LookupError, ValueError) as error:
        raise BadPlaylistFileError(f"The file is not valid XSPF: {error}", "Save it again.") from None
    return ReadPlaylist(name, tuple(found))


def _xspf_line(number: int, track: ElementTree.Element) -> FileLine:
    fields = {each.tag.removeprefix(XSPF): (each.text or "").strip() for each in track}
    location = fields.get("location", "")
    if location and ":" not in location.partition("/")[0]:  # relative, percent-encoded
        location = unquote_to_bytes(location.encode()).decode("utf-8", "surrogateescape")
    seconds = _seconds(fields.get("duration", "")) / 1000
    path = _to_path(location) if len(location) <= MAX_LINE and "\0" not in location else ""
    track_id = fields.get("identifier", "").removeprefix(URN)[:64]
    texts = (clean(fields.get(key, "")) for key in ("title", "creator", "album"))
    return FileLine(number, (path,) if path else (), *texts, duration=seconds, track_id=track_id)


def _read_json(data: bytes) -> ReadPlaylist:
    """One of ours, a list of such entries, or JSON Lines of tracks, as `polymuse search --json` prints them."""
    try:
        value: Any = parse_json(data)
    except ValueError:
        value = [_json_line(line, number) for number, line in enumerate(data.splitlines(), 1) if line.strip()]
    described = value if isinstance(value, dict) else {}
    rows = described.get("entries", described.get("tracks", [value] if "path" in described else None))
    rows = value if isinstance(value, list) else rows
    if not isinstance(rows, list) or not isinstance(described.get("format", JSON_FORMAT), str):
        raise BadPlaylistFileError("The JSON is not a playlist", "It needs a list `entries`.")
    _check_count(rows)
    found = [_json_row(number, row) for number, row in enumerate(rows, 1)]
    name, description = (_text(described, key) for key in ("name", "description"))
    return ReadPlaylist(name, tuple(found), description[:MAX_LINE])


def _json_line(line: bytes, number: int) -> Any:
    try:
        return parse_json(line)
    except ValueError as error:
        raise BadPlaylistFileError(f"Line {number} is not JSON: {error}", "Save the playlist again.") from None


def _json_row(number: int, row: object) -> FileLine:
    fields: dict[str, Any] = row if isinstance(row, dict) else {"path": row}
    paths = fields.get("paths")
    path = _text(fields, "path") or (_text({"path": paths[0]}, "path") if isinstance(paths, list) and paths else "")
    path = decode_path(path) if "\0" not in path and len(path) <= MAX_LINE else ""
    seconds = _seconds(str(fields.get("duration", "")))
    texts = (clean(_text(fields, key)) for key in ("title", "artist", "album"))
    return FileLine(number, (path,) if path else (), *texts, duration=seconds, track_id=_text(fields, "id")[:64])


def _text(fields: Any, key: str) -> str:
    value = fields.get(key, "")
    return value if isinstance(value, str) else ""


def _columns(first: bytes) -> dict[str, int]:
    """The columns of a header, by what they hold; none if it is no header."""
    line = first.splitlines()[0].decode("utf-8", "replace") if first else ""
    names = [cell.strip().lower() for cell in next(csv.reader([line], delimiter=_delimiter(line)), [])]
    found = {}
    for key, known in _COLUMNS.items():
        at = next((names.index(name) for name in known if name in names), None)
        if at is not None:
            found[key] = at
    return found if len(names) > 1 and found.keys() & {"location", "title", "track_id"} else {}


def _delimiter(line: str) -> str:
    return max(",;\t", key=line.count)


def _read_csv(data: bytes) -> ReadPlaylist:
    text = _texts(data)[-1]
    header = text.split("\n", 1)[0]
    columns = _columns(header.encode())
    if not columns:
        raise BadPlaylistFileError("The table has no column path, title or id", "Name its columns in the first line.")
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(header))
    found: list[FileLine] = []
    try:
        for number, row in enumerate(rows, 1):
            if number > 1 and any(row):
                found.append(_csv_line(number, row, columns))
                _check_count(found)
    except csv.Error as error:
        raise BadPlaylistFileError(f"The table cannot be read: {error}", "Save it again.") from None
    return ReadPlaylist("", tuple(found))


def _csv_line(number: int, row: Sequence[str], columns: dict[str, int]) -> FileLine:
    def cell(key: str) -> str:
        at = columns.get(key, len(row))
        text = row[at] if at < len(row) else ""
        return text[1:] if re.match(r"'\W*[=+\-@\uff1d\uff0b\uff0d\uff20]", text) else text

    location = cell("location")
    path = _to_path(location) if "\0" not in location and len(location) <= MAX_LINE else ""
    seconds = _seconds(cell("duration"))
    texts = (clean(cell(key)) for key in ("title", "artist", "album"))
    return FileLine(number, (path,) if path else (), *texts, duration=seconds, track_id=cell("track_id")[:64])


def _seconds(text: str) -> float:
    """Seconds, also of 3:25; 0 for anything else."""
    if re.fullmatch(r"\d{1,3}(:\d{1,2}){1,2}", text.strip()):
        total = 0
        for part in text.strip().split(":"):
            total = 60 * total + int(part)
        return float(total)
    return float(text) if re.fullmatch(r"\s*\d{1,9}(\.\d{1,9})?\s*", text) else 0.0


def _check_count(found: Any) -> None:
    if len(found) > MAX_ENTRIES:
        raise BadPlaylistFileError(f"The file names more than {MAX_ENTRIES:,} tracks", "Split it into several.")


def lines_of(read: ReadPlaylist) -> Iterator[FileLine]:
    """The lines that say anything about a track."""
    return (line for line in read.lines if line.locations or line.title or line.track_id)
