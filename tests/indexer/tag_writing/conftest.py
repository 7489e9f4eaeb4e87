"""Short files of every kind that can be written, and a catalog that knows them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from catalog.catalog import Catalog
from catalog.track import Entry, FileRef, Track
from indexer.file_tags import read_tags
from indexer.identity import track_id
from indexer.tag_writing.run_journal import RunJournal
from polymuse.music import Measurements, Tag
from tests.helpers.tagged_files import audio

MEASURED = Measurements(123.6, 0.9, None, 0.1, "F#m", 0.9, -11.0, 5.0, -1.0, 0.5, 1)
TAGS = (Tag("calm", "mood", 0.9), Tag("happy", "mood", 0.7), Tag("sad", "mood", 0.5), Tag("jazz", "genre", 0.8))
SUFFIXES = ("mp3", "flac", "ogg", "opus", "m4a", "wav", "aiff")

AddTrack = Callable[[Path], Track]


@pytest.fixture
def journal(tmp_path: Path) -> RunJournal:
    return RunJournal(tmp_path / "home" / "written-tags.jsonl")


@pytest.fixture
def add_track(catalog: Catalog) -> AddTrack:
    """Stores a file as a track that was tagged and measured, with the tags that are in the file."""

    def add(path: Path) -> Track:
        if not path.exists():
            audio(path)
        status = path.stat()
        file = FileRef(str(path), status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_dev)
        tags = read_tags(path).attributes
        track = Track(track_id(path), (file,), duration=0.1, format="", tags=TAGS, measured=MEASURED, **tags)
        catalog.upsert([Entry(track, {"mix": np.array([0.6, 0.8, 0, 0], np.float32)})])
        return track

    return add
