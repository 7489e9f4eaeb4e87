"""`/v1/playlists`: files of other programs, in and out."""

from collections import Counter
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response
from pydantic import BaseModel, Field

from catalog.keys import pure_path, readable
from catalog.playlists.matching import How, Matched, match_lines
from catalog.playlists.places import Places, parse_mapping, parse_origins
from catalog.playlists.playlist import MAX_NAME
from catalog.playlists.present import present, to_rows
from catalog.playlists.reading import MAX_FILE, BadPlaylistFileError, read_playlist
from catalog.playlists.writing import MEDIA_TYPES, Format, write
from polymuse.errors import UserError
from polymuse.file_names import file_name
from search_api.openapi import example
from search_api.problems import declared
from search_api.queries import Strict
from search_api.routes.playlists import PLAYLIST_EXAMPLE, PlaylistAnswer, PlaylistId, current_entries, head_answer
from search_api.service import CurrentService

router = APIRouter(prefix="/playlists", tags=["playlists"])
uploads = APIRouter(prefix="/playlists", tags=["playlists"])  # changes whose body is not JSON

BODY = "application/octet-stream"  # one that no form of another site can send
IMPORT_PATH = "/v1/playlists/import"
MAX_BODY = MAX_FILE + 1  # one byte more is refused with advice

PathText = Annotated[str, Field(max_length=4096)]
Prefixes = Annotated[
    list[PathText], Field(max_length=20, description="OLD=NEW: write the folder NEW in place of OLD; may be repeated")
]


class ExportParams(Strict):
    format: Annotated[Format, Field(description="m3u8, xspf, json or csv")] = "m3u8"
    relative_to: Annotated[
        PathText, Field(description="absolute folder that paths are relative to; default: paths are absolute")
    ] = ""
    prefix: Prefixes = Field(default=[])
    bom: Annotated[bool, Field(description="begin M3U8 and CSV with a byte order mark, which some programs need")] = (
        False
    )


class ImportParams(Strict):
    file: Annotated[str, Field(max_length=1000, description="name of the file")] = ""
    name: Annotated[str, Field(max_length=MAX_NAME, description="of the playlist; default: as the file says")] = ""
    base: Annotated[PathText, Field(description="absolute folder that its paths are relative to")] = ""
    prefix: list[PathText] = Field(
        default=[], max_length=20, description="OLD=NEW: where the file says OLD the library has NEW"
    )
    keep_unknown: Annotated[
        bool, Field(description="keep lines without a track, which find it when it is indexed at that path")
    ] = True
    dry_run: Annotated[bool, Field(description="only say what would be found")] = False


class LineAnswer(BaseModel):
    line: int = Field(description="of the file, from 1")
    how: How = Field(description="what found the track; empty: it was not found")
    id: str = Field(description="of the track; empty: it was not found")
    title: str
    artist: str
    path: str = Field(description="as the file says")


class ImportAnswer(BaseModel):
    model_config = example(
        {
            "playlist": PLAYLIST_EXAMPLE,
            "name": "Sunday morning",
            "found": {"path": 1},
            "lines": [
                {"line": 3, "how": "path", "id": PLAYLIST_EXAMPLE["id"], "title": "Gymnopédie No. 1"}
                | {"artist": "Erik Satie", "path": "satie/gymnopedie-1.opus"}
            ],
        }
    )

    playlist: PlaylistAnswer | None = Field(description="null for a dry run")
    name: str
    found: dict[str, int] = Field(description="how lines were found -> how many; the empty way: not at all")
    lines: list[LineAnswer]


@router.get("/{id}/export", responses=declared(400, 404, 422), summary="A playlist as a file", response_class=Response)
def export_playlist(
    service: CurrentService,
    id: PlaylistId,  # noqa: A002  the field's own word
    params: Annotated[ExportParams, Query()],
) -> Response:
    """Scores, which no player plays, are left out of M3U8 and XSPF."""
    playlist = service.catalog.playlist(id)
    if params.relative_to and not pure_path(params.relative_to).is_absolute():
        raise UserError("`relative_to` is not an absolute folder", "Give the folder of the playlist from the root")
    places = Places(params.relative_to or None, parse_mapping(params.prefix))
    entries, tracks = current_entries(service, playlist)
    if playlist.head.smart is None:
        tracks = present(service.catalog, entries)
    rows = to_rows(entries, tracks, places, scores=params.format in ("json", "csv"))
    head = playlist.head
    data = write(params.format, head.name, rows, description=head.description, bom=params.bom)
    name = quote(file_name(head.name, f".{params.format}"))
    disposition = f"attachment; filename=\"playlist.{params.format}\"; filename*=UTF-8''{name}"
    headers = {"Content-Disposition": disposition, "Cache-Control": "no-store"}
    return Response(data, media_type=MEDIA_TYPES[params.format], headers=headers)


async def received(request: Request) -> bytes:
    """The body. Raises HTTPException 415 for one that does not claim to be bytes, as those of forms."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != BODY:
        raise HTTPException(415, f"The request body must be {BODY}")
    return await request.body()


@uploads.post(
    "/import",
    status_code=201,
    responses=declared(400, 403, 413, 415, 422),
    summary="Make a playlist of a file",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {BODY: {"schema": {"type": "string", "format": "binary", "minLength": 1}}},
        }
    },
)
def import_playlist(
    service: CurrentService, params: Annotated[ImportParams, Query()], data: Annotated[bytes, Depends(received)]
) -> ImportAnswer:
    """M3U, M3U8, PLS, XSPF, JSON or CSV in UTF-8, UTF-16 or Windows-1252, 10 MB at most.

    Tracks are found by id, by path, by the end of the path, and by artist and title. Nothing that a file names is
    opened.
    """
    read = read_playlist(data, params.file)
    if params.base and not pure_path(params.base).is_absolute():
        raise UserError("`base` is not an absolute folder", "Give the folder of the playlist from the root")
    mapped = parse_origins(params.prefix)
    matched = match_lines(read, service.catalog, base=params.base, mapped=mapped)
    kept = [each for each in matched if params.keep_unknown or each.track is not None]
    if not matched:
        raise BadPlaylistFileError("The file names no track", "Choose a playlist")
    stem = params.file.replace("\\", "/").rpartition("/")[2].rpartition(".")[0]
    name = params.name or read.name or stem or "Playlist"
    playlist = None
    if not params.dry_run:
        made = service.catalog.create_playlist(
            name[:MAX_NAME], [each.entry() for each in kept], description=read.description
        )
        playlist = head_answer(made.head)
    return ImportAnswer(
        playlist=playlist,
        name=name[:MAX_NAME],
        found=dict(Counter(each.how for each in matched)),
        lines=[_line(each) for each in matched],
    )


def _line(matched: Matched) -> LineAnswer:
    line, track = matched.line, matched.track
    return LineAnswer(
        line=line.number,
        how=matched.how,
        id="" if track is None else track.id,
        title=line.title if track is None else track.title,
        artist=line.artist if track is None else track.credit,
        path=readable(next(iter(line.locations), "")),
    )
