"""A store that an earlier version made."""

import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from catalog.catalog import Catalog
from catalog.edge import EdgeEngine
from catalog.engine import Point
from catalog.filters import parse_filter
from catalog.payload import TRACKS, to_payload
from catalog.query import Query, Text
from catalog.store import Space
from catalog.track import Entry
from polymuse.music import Tag
from tests.helpers.ids import id_of, number_of
from tests.helpers.paths import GOLDEN, ROOT
from tests.helpers.signals import random_unit

MakeEntry = Callable[..., Entry]

NEW = ("tag_levels", "seconds", "kind", "bpm", "bpm_band", "key", "camelot")
OPENING = """
import sys, logging
from pathlib import Path
from catalog.catalog import Catalog
from catalog.store import Space

logging.basicConfig()
Catalog.open(Path(sys.argv[1]), Space("test", 4, "f" * 64, "starter")).close()
"""


def make_old(folder: Path, space: Space, entries: Sequence[Entry], **more: Any) -> None:
    """A store from before there were levels of tags, whole seconds and kinds, and with `more` in every payload."""
    with Catalog.open(folder, space):
        pass
    shard = folder / "tracks__test" / "shard"
    shutil.rmtree(shard)
    keywords = tuple(name for name in TRACKS.keywords if name not in NEW)
    engine = EdgeEngine(shard, space.dim, replace(TRACKS, keywords=keywords, numbers={"year": int, "duration": float}))
    engine.upsert([Point(entry.track.id, _old_payload(entry) | more, entry.vectors) for entry in entries])
    engine.flush()
    engine.close()


def _old_payload(entry: Entry) -> dict[str, Any]:
    payload = to_payload(entry.track, frozenset(entry.vectors), 0)
    return {name: value for name, value in payload.items() if name not in NEW}


def test_tempo_and_key_of_its_file_tags_are_found(
    make_folder: Callable[[], Path], space: Space, entry: MakeEntry
) -> None:
    folder = make_folder()
    make_old(folder, space, [entry(1, tag_bpm=96.0, tag_key="4A"), entry(2)])
    with Catalog.open(folder, space) as catalog:
        found = list(catalog.tracks(parse_filter("bpm:~48 compatible:Fm")))
        assert [track.id for track in found] == [id_of(1)]
        assert found[0].measured is None
        assert catalog.facets("key") == {"Fm": 1}


@pytest.mark.parametrize("more", [{}, {"forgotten": 1}])
def test_its_tracks_are_laid_out_anew(
    folder: Path, space: Space, entry: MakeEntry, caplog: pytest.LogCaptureFixture, more: dict[str, int]
) -> None:
    stored = entry(1, vocals=[0, 1, 0, 0], duration=1800.0, tags=(Tag("calm", "mood", 0.3),))
    make_old(folder, space, [stored], **more)
    for expected_warnings in (1, 0):
        caplog.clear()
        with Catalog.open(folder, space) as catalog:
            assert len(caplog.records) == expected_warnings
            assert catalog.get([stored.track.id]) == [stored.track]
            assert catalog.stored_alike([stored]) == {stored.track.id}
            assert sorted(catalog.vectors([stored.track.id])[stored.track.id]) == ["mix", "vocals"]
            assert catalog.count(parse_filter("tag:calm>0.28")) == 1
            assert catalog.count(parse_filter("tag:calm>0.32")) == 0
            assert catalog.stats().hours == 0.5
            assert catalog.facets("kind") == {"audio": 1}


def test_a_store_without_artists_one_by_one(folder: Path, space: Space, caplog: pytest.LogCaptureFixture) -> None:
    with tarfile.open(GOLDEN / "store" / "format2.tar.xz") as archive:
        archive.extractall(folder, filter="data")
    for expected_warnings in (1, 0):
        caplog.clear()
        with Catalog.open(folder / "store", space) as catalog:
            assert len(caplog.records) == expected_warnings
            tracks = list(catalog.tracks())
            assert [(number_of(track), track.artists, track.tags_version) for track in tracks] == [
                (1, ("Queen & David Bowie",), 0),
                (2, ("Can",), 0),
                (3, (), 0),
            ]
            assert catalog.facets("artist") == {"Can": 1, "Queen & David Bowie": 1}
            assert [number_of(track) for track in catalog.tracks(parse_filter("artist:can"))] == [2]
            assert catalog.count(parse_filter("-compilation:yes path:/music")) == 3
            [hit] = catalog.search(Query(texts=(Text("x"),), limit=1), lambda _: random_unit(3)[None])
            assert (number_of(hit.track), hit.score) == (3, pytest.approx(1.0, abs=1e-6))
            for number, vectors in enumerate(catalog.vectors([id_of(n) for n in (1, 2, 3)]).values(), 1):
                assert vectors["mix"].tobytes() == random_unit(number).tobytes()
                assert vectors["vocals"].tobytes() == random_unit(10 + number).tobytes()
                [segment] = catalog.segments(id_of(number))
                assert segment.vector.tobytes() == random_unit(20 + number).tobytes()


def test_tracks_that_were_being_overwritten_need_analysis(folder: Path, space: Space, entry: MakeEntry) -> None:
    first, again = entry(1, models={"embedder": "e"}), entry(1, mix=[0, 1, 0, 0], models={"embedder": "f"})
    other = entry(2, models={"embedder": "e"})
    directory = folder / "tracks__test"
    with Catalog.open(folder, space) as catalog:
        catalog.upsert([first, other])
        assert not (directory / "overwritten").exists()
        catalog.upsert([again])
        shutil.copytree(directory, folder / "before the flush")
        catalog.flush()
        assert (directory / "overwritten").read_bytes() == b""
        assert catalog.get([id_of(1)]) == [again.track]
    shutil.rmtree(directory)
    (folder / "before the flush").rename(directory)
    for _ in range(2):
        with Catalog.open(folder, space) as catalog:
            assert catalog.get([id_of(1), id_of(2)]) == [replace(again.track, models={}), other.track]
            assert catalog.vectors([id_of(1)])[id_of(1)]["mix"].tolist() == [0, 1, 0, 0]
        assert (directory / "overwritten").read_bytes() == b""


def test_a_kill_meanwhile_costs_nothing(folder: Path, space: Space, entry: MakeEntry) -> None:
    entries = [entry(n, duration=1800.0, tags=(Tag("calm", "mood", 0.3),)) for n in range(1, 1001)]
    make_old(folder, space, entries)
    with subprocess.Popen(
        [sys.executable, "-c", OPENING, str(folder)], cwd=ROOT, stderr=subprocess.PIPE, text=True
    ) as opening:
        assert opening.stderr is not None
        assert "upgrading the store" in opening.stderr.readline()
        opening.kill()
    with Catalog.open(folder, space) as catalog:
        assert catalog.count() == 1000
        assert catalog.count(parse_filter("tag:calm>0.28")) == 1000
        assert catalog.stats().hours == 500
