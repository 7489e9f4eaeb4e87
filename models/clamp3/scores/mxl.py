"""Compressed MusicXML, .mxl: a ZIP archive whose META-INF/container.xml names the score.

https://www.w3.org/2021/06/musicxml40/tutorial/compressed-mxl-files/
"""

import zipfile
import zlib
from io import BytesIO
from xml.parsers import expat

from models.clamp3.scores.score import MEGABYTE
from polymuse.errors import BadScoreError

SIGNATURE = b"PK\x03\x04"
CONTAINER = "META-INF/container.xml"
MAX_CONTAINER = MEGABYTE // 10
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # those that the format allows; unpacking others takes memory
DAMAGE = (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, LookupError, RuntimeError, NotImplementedError)
ADVICE = "Export it again."


def unpack(content: bytes, limit: int, remarks: list[str]) -> bytes:
    """The score in an archive, at most `limit` bytes. Raises BadScoreError."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            return _member(archive, _score_name(archive, remarks), limit)
    except DAMAGE as error:
        raise BadScoreError("the archive is damaged", ADVICE) from error


def _score_name(archive: zipfile.ZipFile, remarks: list[str]) -> str:
    """The name that the container says; without a container, the first file that can be a score."""
    names = archive.namelist()
    if CONTAINER in names:
        named = _root_file(_member(archive, CONTAINER, MAX_CONTAINER))
        if named in names:
            return named
    remarks.append("the archive does not say which of its files is the score")
    for name in names:
        if name.lower().endswith((".musicxml", ".xml")) and not name.startswith(("META-INF/", "__MACOSX/")):
            return name
    raise BadScoreError("there is no score in the archive", ADVICE)


def _root_file(container: bytes) -> str:
    """The path of the first root file; "" if there is none."""
    paths: list[str] = []
    parser = expat.ParserCreate()

    def start(name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(":")[2] == "rootfile":
            paths.append(attributes.get("full-path", ""))

    def refuse(*_: object) -> None:
        raise BadScoreError("the archive declares entities", ADVICE)

    parser.StartElementHandler = start
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(container, True)
    except expat.ExpatError:
        return ""
    return paths[0] if paths else ""


def _member(archive: zipfile.ZipFile, name: str, limit: int) -> bytes:
    if archive.getinfo(name).compress_type not in METHODS:
        raise BadScoreError("the archive is compressed in a way that MusicXML does not know", ADVICE)
    with archive.open(name) as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise BadScoreError(f"the score in the archive has more than {limit / MEGABYTE:g} MB", "Give a part of it.")
    return content
