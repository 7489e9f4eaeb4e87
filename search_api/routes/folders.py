"""`/v1/folders`: the folders of music that the service keeps up to date."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from catalog.keys import readable
from polymuse.library_jobs import FolderListing, FolderState, MusicFolders
from search_api.indexing import CurrentIndexing
from search_api.openapi import example
from search_api.problems import declared
from search_api.queries import Strict
from search_api.security import may_change

router = APIRouter(prefix="/folders", tags=["library"])
changes = APIRouter(prefix="/folders", tags=["library"])

MAX_FOLDERS = 100
MAX_PATH = 4096  # characters

PathText = Annotated[str, StringConstraints(min_length=1, max_length=MAX_PATH)]


class ProblemAnswer(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    message: str
    advice: str


class FolderAnswer(BaseModel):
    path: str
    origin: Literal["settings", "page"] = Field(description="the setting `music`, or PUT /v1/folders")
    state: FolderState = Field(description="polled: changes are found by regular scans; off: only by a new job")
    files: int | None = Field(description="audio files found by the last scan; null before it")
    problem: ProblemAnswer | None


class FoldersAnswer(BaseModel):
    model_config = example(
        {
            "folders": [{"path": "/music", "origin": "settings", "state": "watched", "files": 5120, "problem": None}],
            "roots": ["/home/ann", "/mnt"],
            "editable": True,
            "watch": True,
        }
    )

    folders: list[FolderAnswer]
    roots: list[str] = Field(description="the folders below which others may be chosen; none for read keys")
    editable: bool = Field(description="false if another process indexes this library")
    watch: bool = Field(description="the setting `watch`")


class ChosenFolders(Strict):
    folders: Annotated[list[PathText], Field(max_length=MAX_FOLDERS, examples=[["/home/ann/Music"]])]


class BrowseParams(Strict):
    path: Annotated[PathText | None, Field(description="a folder below a root; default: the roots")] = None


class EntryAnswer(BaseModel):
    name: str
    path: str


class ListingAnswer(BaseModel):
    model_config = example(
        {
            "path": "/home/ann",
            "parent": None,
            "folders": [{"name": "Music", "path": "/home/ann/Music"}],
            "audio_files": 0,
        }
    )

    path: str | None
    parent: str | None = Field(description="null for a root, whose parent cannot be read")
    folders: list[EntryAnswer]
    audio_files: int = Field(description="files in this folder itself")


@router.get("", responses=declared(404), summary="The folders that are kept up to date")
def list_folders(indexing: CurrentIndexing, request: Request, response: Response) -> FoldersAnswer:
    response.headers["Cache-Control"] = "no-store"
    answer = _answer(indexing.folders())
    return answer if may_change(request) else answer.model_copy(update={"roots": []})


@changes.get("/browse", responses=declared(403, 404, 422), summary="The folders in a folder, to choose one")
def browse(indexing: CurrentIndexing, response: Response, params: Annotated[BrowseParams, Query()]) -> ListingAnswer:
    response.headers["Cache-Control"] = "no-store"
    return _listing(indexing.browse(params.path))


@changes.put("", responses=declared(400, 403, 404, 413, 415, 422), summary="Replace the folders that were chosen here")
def choose_folders(indexing: CurrentIndexing, chosen: ChosenFolders) -> FoldersAnswer:
    """Folders of the setting `music` stay. A folder inside another one is left out. Indexing begins at once."""
    return _answer(indexing.choose_folders(chosen.folders))


def _answer(found: MusicFolders) -> FoldersAnswer:
    folders = [
        FolderAnswer(
            path=readable(each.path),
            origin=each.origin,
            state=each.state,
            files=each.files,
            problem=None if each.problem is None else ProblemAnswer.model_validate(each.problem),
        )
        for each in found.folders
    ]
    return FoldersAnswer(folders=folders, roots=[*found.roots], editable=found.editable, watch=found.watch)


def _listing(found: FolderListing) -> ListingAnswer:
    return ListingAnswer(
        path=found.path,
        parent=found.parent,
        folders=[EntryAnswer(name=each.name, path=each.path) for each in found.folders],
        audio_files=found.audio_files,
    )
