"""A library in memory that is nothing but names, for what is measured without music and without networks."""

import uuid
import zlib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from catalog.catalog import Catalog, Space
from catalog.query import Query, Text
from catalog.track import Entry, FileRef, Track
from catalog.understanding.asking import understood_query
from catalog.understanding.understood import Understood
from cli.evaluation.names_file import NamedTrack
from cli.evaluation.parsing_file import Name
from polymuse.errors import UserError
from polymuse.music import MIX

DIM = 16  # of vectors that mean nothing


class MadeLibrary:
    """Tracks with names, whose vectors are random and the same in every run."""

    def __init__(self, tracks: Sequence[Track]) -> None:
        self.catalog = Catalog.in_memory(Space(name="names", dim=DIM, fingerprint="0" * 64, profile="none"))
        self.catalog.upsert(Entry(track, {MIX: vector_of(track.id)}) for track in tracks)

    @staticmethod
    def of_tracks(tracks: Sequence[NamedTrack]) -> "MadeLibrary":
        """A library of these tracks."""
        return MadeLibrary([_track(number, each) for number, each in enumerate(tracks, start=1)])

    @staticmethod
    def of_names(names: Sequence[Name]) -> "MadeLibrary":
        """A library with a track for each of these names, which has no other."""
        return MadeLibrary([_named(number, each) for number, each in enumerate(names, start=1)])

    def understand(self, text: str, folders: Sequence[str] = ()) -> Understood:
        """The text, read with the names of this library and with absolute paths of folders that it may name."""
        _, [read] = understood_query(self.catalog, Query(texts=(Text(text),)), folders)
        return read.understood

    def search(self, text: str, limit: int) -> list[Track]:
        """The first tracks that a search for the text finds; none for a text that is refused."""
        query, _ = understood_query(self.catalog, Query(texts=(Text(text),), limit=limit))
        try:
            return [hit.track for hit in self.catalog.search(query, self.embed_text)]
        except UserError:
            return []

    def embed_text(self, texts: Sequence[str]) -> np.ndarray:
        """[n, DIM] float32, L2-normalised: texts that differ have vectors that have nothing to do with each other."""
        return np.stack([vector_of(text) for text in texts])


def vector_of(text: str) -> np.ndarray:
    """[DIM] float32 of norm 1, random but always the same for a text."""
    vector = np.random.default_rng(zlib.crc32(text.encode())).standard_normal(DIM)
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def _track(number: int, names: NamedTrack) -> Track:
    return replace(
        _blank(number),
        title=names.title,
        artist=names.artist,
        artists=(names.artist,) if names.artist else (),
        album=names.album,
        genres=names.genres,
        composers=names.composers,
    )


def _named(number: int, name: Name) -> Track:
    track = _blank(number)
    match name.field:
        case "title":
            return replace(track, title=name.value)
        case "artist":
            return replace(track, artist=name.value, artists=(name.value,))
        case "album":
            return replace(track, album=name.value)
        case "genre":
            return replace(track, genres=(name.value,))
        case "composer":
            return replace(track, composers=(name.value,))


def _blank(number: int) -> Track:
    """A track without names, of three minutes."""
    return Track(str(uuid.UUID(int=number)), (FileRef(f"/{number}.flac", 1, 1),), "", 180.0, "flac")
