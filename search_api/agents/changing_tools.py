"""The tools that change something, or read files of the computer: create_playlist, change_playlist, analyze."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints

from catalog.filters import parse_filter
from catalog.playlists.changes import Add, Change, Describe, Move, Remove
from catalog.playlists.playlist import MAX_DESCRIPTION, MAX_NAME, PlaylistEntry
from catalog.track import Track
from polymuse.errors import BadAudioError, BadScoreError, NotFoundError, UserError
from polymuse.paths import is_file, normal
from polymuse.text import for_agent
from search_api.agents.answers import Analysed, PlaylistFound, TagLine, hit_line
from search_api.agents.reading_tools import (
    MAX_REFERENCE,
    PlaylistReference,
    Reference,
    Where,
    playlist_found,
    playlist_id,
    track_id,
)
from search_api.queries import AudioTerm, SearchRequest, WeightedText
from search_api.routes.playlists import EntryNumber, NewPlaylist, create_playlist
from search_api.routes.search import answer
from search_api.security import ForbiddenError
from search_api.service import SearchService
from search_api.upload_analysis import AnalysedUpload

MAX_ADDED = 500  # tracks of one call
MAX_SIMILAR = 5

Tracks = Annotated[list[Reference], Field(max_length=MAX_ADDED, description="tracks, in order; twice is allowed")]
Name = Annotated[str, Field(min_length=1, max_length=MAX_NAME)]
Description = Annotated[str, Field(max_length=MAX_DESCRIPTION)]
Numbers = Annotated[list[EntryNumber], Field(max_length=MAX_ADDED)]


class ChangingTools:
    """`service` as for ReadingTools. `anywhere`: files may be analysed that are in no folder of the library."""

    def __init__(self, service: Callable[[], SearchService], *, anywhere: bool) -> None:
        self._service = service
        self._anywhere = anywhere

    def create_playlist(
        self,
        name: Annotated[Name, Field(description="one that no playlist has yet")],
        tracks: Tracks = [],  # noqa: B006
        text: Annotated[
            str, Field(max_length=1000, description="instead of `tracks`: all that a search for this finds")
        ] = "",
        where: Where = "",
        count: Annotated[int, Field(ge=1, le=MAX_ADDED, description="tracks at most, of a search")] = 50,
        smart: Annotated[bool, Field(description="keep the search, which renews itself, and not its results")] = False,
        description: Description = "",
    ) -> PlaylistFound:
        """Make a playlist of these tracks in this order, or of what a search by `text` and `where` finds.

        Nothing that is there is changed. Ask the user before, unless they asked for a playlist.
        """
        service = self._service()
        searched = bool(text.strip() or where.strip())
        if bool(tracks) == searched:
            raise UserError("A playlist is made of tracks, or else of a search", "Give `tracks`, or `text` or `where`")
        if any(head.name == name for head in service.catalog.playlists()):
            raise UserError(
                f"There is a playlist {for_agent(name, MAX_NAME)!r} already",
                "Use another name, or change_playlist to add to it",
            )
        search = None
        if searched:
            texts = [WeightedText(text=text)] if text.strip() else []
            search = SearchRequest(texts=texts, where=parse_filter(where), without_duplicates=bool(texts))
        ids = [track_id(service, each) for each in tracks]
        new = NewPlaylist(
            name=name, description=description, tracks=ids, search=search, count=count, smart=smart and searched
        )
        return playlist_found(service, create_playlist(service, new).id)

    def change_playlist(
        self,
        playlist: PlaylistReference,
        name: Annotated[Name | None, Field(description="the new name; null: as it is")] = None,
        description: Annotated[Description | None, Field(description="null: as it is")] = None,
        remove: Annotated[Numbers, Field(description="`number` of entries to take out; no file is deleted")] = [],  # noqa: B006
        add: Tracks = [],  # noqa: B006
        move: Annotated[Numbers, Field(description="`number` of entries to move before `before`, in this order")] = [],  # noqa: B006
        before: Annotated[
            EntryNumber | None,
            Field(description="`number` of the entry that `add` and `move` go before; null: the end"),
        ] = None,
        revision: Annotated[
            EntryNumber | None,
            Field(description="`revision` that you have seen: refused if the change cannot be meant any more"),
        ] = None,
    ) -> PlaylistFound:
        """Change a playlist: rename or describe it, take entries out, add tracks, move entries; all or nothing.

        The user can undo it on the page. Removing whole playlists is left to the user.
        """
        service = self._service()
        id_ = playlist_id(service, playlist)
        changes: list[Change] = []
        if name is not None or description is not None:
            changes.append(Describe(name, description))
        if remove:
            changes.append(Remove(tuple(remove)))
        if move:
            changes.append(Move(tuple(move), before))
        if add:
            changes.append(Add(tuple(PlaylistEntry.of_track(each) for each in _tracks(service, add)), before))
        if not changes:
            raise UserError("No change was given", "Give name, description, remove, add or move")
        service.catalog.change_playlist(id_, changes, revision)
        return playlist_found(service, id_)

    def analyze(
        self,
        path: Annotated[
            str,
            StringConstraints(min_length=1, max_length=MAX_REFERENCE),
            Field(description="absolute path of an audio file on the computer of the library"),
        ],
    ) -> Analysed:
        """Analyse an audio file that need not be in the library: tempo, key, loudness, tags, and what sounds like it.

        Takes seconds to minutes. Nothing is stored.
        """
        service = self._service()
        file = self._file(service, path)
        try:
            upload = service.analyzer.analyze(file, (), measures=True)
        except (BadAudioError, BadScoreError) as error:  # it speaks of uploads, which this is none of
            raise type(error)(error.message.replace("The upload", "The file"), error.advice) from error
        token = service.uploads.keep(upload)
        similar = answer(service, SearchRequest(audio=[AudioTerm(token=token)], limit=MAX_SIMILAR))
        known = service.catalog.find_by_path(str(file))
        return _analysed(service, file, upload, known).model_copy(update={"similar": [*map(hit_line, similar.hits)]})

    def _file(self, service: SearchService, path: str) -> Path:
        """Raises ForbiddenError outside of the folders of the library, unless files may be anywhere; NotFoundError."""
        if "\0" in path:
            raise UserError("The path has a zero byte", "Give the path of a file")
        if not self._anywhere and not service.folders.hold(path):  # before anything is looked at
            raise ForbiddenError(
                "Only files in the folders of the library can be analysed over HTTP",
                "Use `polymuse mcp` on the computer that has the file",
            )
        file = normal(os.path.expanduser(path) if self._anywhere else path)  # noqa: PTH111  Path raises for ~nobody
        if not is_file(file):
            raise NotFoundError(f"{for_agent(path, 200)!r} is no file", "Give the absolute path of an audio file")
        return file


def _tracks(service: SearchService, references: list[str]) -> list[Track]:
    ids = [track_id(service, each) for each in references]
    known = {track.id: track for track in service.catalog.known(ids)}
    return [known[each] for each in ids]


def _analysed(service: SearchService, file: Path, upload: AnalysedUpload, known: Track | None) -> Analysed:
    tags = () if upload.kind == "score" else service.tagger.current().tag(upload.vectors).tags
    measured = upload.measured
    return Analysed(
        path=for_agent(str(file)),
        seconds=round(upload.seconds, 1),
        capped=upload.capped,
        bpm=measured and measured.bpm,
        key=measured.key if measured else "",
        loudness=measured and measured.loudness,
        energy=measured and measured.energy,
        tags=[
            TagLine(slug=tag.slug, category=tag.category, confidence=round(tag.confidence, 2), tracks=None)
            for tag in sorted(tags, key=lambda tag: -tag.confidence)
        ],
        similar=[],
        in_library=known.id if known else "",
        remarks=[for_agent(each) for each in upload.remarks],
    )
