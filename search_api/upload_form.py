"""Multipart forms with one file, which is kept on disk as long as the request lasts."""

import re
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from fastapi import HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import UploadFile

from search_api.middleware.limits import MAX_BODY
from search_api.service import SearchService

FILE = "file"  # the part with the file
SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,5}")  # of a file name; a hint for FFmpeg's format detection


@dataclass(frozen=True, slots=True)
class UploadForm:
    """A file on disk, and the other parts of its form as they were sent."""

    path: Path
    fields: Mapping[str, str]


@asynccontextmanager
async def receiving(request: Request, service: SearchService, *fields: str) -> AsyncIterator[UploadForm]:
    """The form of a request, with a file and perhaps these fields; the file is deleted afterwards.

    Read here and not by FastAPI, which would receive the whole body before it looks whether there is room for it.
    Raises HTTPException 415 and RequestValidationError for another form, BusyError and NoSpaceError.
    """
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise HTTPException(415, f"An upload must be multipart/form-data, with the file as the part `{FILE}`")
    service.analyzer.worker.check_room()
    length = request.headers.get("content-length", "")
    with service.upload_space.reserve(int(length) if length.isdecimal() else None) as directory:
        yield await _read_form(request, directory, fields)


async def _read_form(request: Request, directory: Path, fields: tuple[str, ...]) -> UploadForm:
    async with request.form(max_files=1, max_fields=len(fields), max_part_size=MAX_BODY) as form:
        if unknown := sorted(set(form) - {FILE, *fields}):
            raise _invalid(unknown[0], f"There is no such part; expected: {', '.join((FILE, *fields))}")
        file = form.get(FILE)
        if not isinstance(file, UploadFile):
            raise _invalid(FILE, "The file is missing")
        texts = {name: form[name] for name in fields if name in form}
        if files := [name for name, text in texts.items() if not isinstance(text, str)]:
            raise _invalid(files[0], "A text is expected, not a file")
        suffix = PurePosixPath(file.filename or "").suffix
        path = directory / f"upload{suffix if SUFFIX.fullmatch(suffix) else ''}"
        await run_in_threadpool(_write, file, path)
        return UploadForm(path, {name: str(text) for name, text in texts.items()})


def form_body(file: str, **properties: dict[str, Any]) -> dict[str, Any]:
    """The body of such a form for the API description; `file` describes the file, the properties are JSON."""
    schema = {
        "type": "object",
        "required": [FILE],
        "additionalProperties": False,
        "properties": {FILE: {"type": "string", "format": "binary", "description": file}, **properties},
    }
    encoding = {name: {"contentType": "application/json"} for name in properties}
    return {"required": True, "content": {"multipart/form-data": {"schema": schema, "encoding": encoding}}}


def _invalid(part: str, message: str) -> RequestValidationError:
    return RequestValidationError([{"type": "value_error", "loc": ("body", part), "msg": message}])


def _write(file: UploadFile, path: Path) -> None:
    with path.open("wb") as copy:
        shutil.copyfileobj(file.file, copy, 1 << 20)
