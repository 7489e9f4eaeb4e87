"""Libraries that move: between engines, into a file and back, whole or after a kill."""

import base64
import io
import json
import math
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from catalog.catalog import Catalog
from catalog.conflicts import Conflict
from catalog.exchange import (
    BadExportError,
    Taken,
    copy,
    export,
    export_file,
    read_entries,
    read_header,
    take_over,
)
from catalog.export_records import TRACK_FIELDS
from catalog.server import Server
from catalog.store import Space
from catalog.track import Entry, Track
from polymuse.errors import UserError
from polymuse.music import Segment, StemInfo, Tag
from tests.helpers.ids import id_of
from tests.helpers.measured import measured
from tests.helpers.paths import ROOT
from tests.helpers.qdrant_server import FakeQdrant, listening
from tests.helpers.signals import random_unit

MakeEntry = Callable[..., Entry]


def no_step(_: int) -> None:
    """Nobody watches."""


@pytest.fixture
def library(catalog: Catalog, entry: MakeEntry) -> Catalog:
    """70 tracks, more than a page, some with stems, segments and everything that can be said of a track."""
    segments = (Segment(0.0, 30.0, random_unit(1)), Segment(15.0, 45.0, random_unit(2)))
    full = entry(
        1,
        mix=random_unit(3),
        vocals=random_unit(4),
        choir=random_unit(5),
        segments=segments,
        paths=("/music/b\udce4ch.ogg", "/music/坂本.ogg"),
        title="戦場のメリークリスマス",
        artist="坂本 龍一",
        album="A – line",
        year=1983,
        genres=("Soundtrack",),
        artists=("坂本 龍一", "Sylvian"),
        album_artist="坂本 龍一",
        track_number=1,
        disc_number=2,
        original_year=1982,
        compilation=True,
        composers=("坂本 龍一",),
        label="London",
        isrcs=("JPK900300123",),
        musicbrainz={"artist": ("a1", "a2")},
        tag_bpm=96.5,
        tag_key="Db",
        replay_gain={"track_gain_db": -7.25},
        lyrics="[00:01.00]…\n[00:02.00]…",
        comment="M.C.",
        tags_version=1,
        missing_since="2026-11-30T00:00:00+00:00",
        stems={"vocals": StemInfo(-31.5, True), "drums": StemInfo(-math.inf, False)},
        tags=(Tag("calm", "mood", 0.75),),
        models={"embedder": "ab" * 32},
        indexed_at="2026-11-22T10:00:00+00:00",
        measured=measured(first_beat=None, key="F#m"),
    )
    catalog.upsert([full, *(entry(n, mix=random_unit(100 + n)) for n in range(2, 71))])
    return catalog


@pytest.fixture
def empty(space: Space) -> Catalog:
    return Catalog.in_memory(space)


def exported(catalog: Catalog) -> bytes:
    out = io.BytesIO()
    export(catalog, out, no_step)
    return out.getvalue()


def imported(data: bytes, catalog: Catalog, *, always: bool = False, dry_run: bool = False) -> Taken:
    lines = iter(data.splitlines(keepends=True))
    header = read_header(lines, "a.jsonl")
    entries = read_entries(lines, header, "a.jsonl", dry_run=dry_run)
    return take_over(catalog, entries, no_step, always=always, dry_run=dry_run)


def everything(catalog: Catalog) -> list[Entry]:
    return [entry for page in catalog.entries() for entry in page]


def assert_same(one: Catalog, other: Catalog) -> None:
    pairs = list(zip(everything(one), everything(other), strict=True))
    assert pairs
    for a, b in pairs:
        assert a.track == b.track
        assert a.vectors.keys() == b.vectors.keys()
        for stem in a.vectors:
            np.testing.assert_allclose(a.vectors[stem], b.vectors[stem], atol=1e-7)
        assert [(s.start, s.end) for s in a.segments] == [(s.start, s.end) for s in b.segments]
        for s, t in zip(a.segments, b.segments, strict=True):
            np.testing.assert_allclose(s.vector, t.vector, atol=1e-7)


class TestFile:
    def test_everything_comes_back(self, library: Catalog, empty: Catalog) -> None:
        assert imported(exported(library), empty) == Taken(stored=70, there=0)
        assert_same(library, empty)

    def test_vectors_are_exact_to_the_bit(self, folder: Path, space: Space, entry: MakeEntry) -> None:
        with Catalog.open(folder / "a", space) as one, Catalog.open(folder / "b", space) as two:
            one.upsert(
                [
                    entry(n, mix=random_unit(n), segments=(Segment(0.0, 30.0, random_unit(50 + n)),))
                    for n in range(1, 40)
                ]
            )
            imported(exported(one), two)
            for a, b in zip(everything(one), everything(two), strict=True):
                assert a.vectors["mix"].tobytes() == b.vectors["mix"].tobytes()
                assert a.segments[0].vector.tobytes() == b.segments[0].vector.tobytes()

    def test_the_layout(self, empty: Catalog, space: Space, entry: MakeEntry) -> None:
        """0, 0.5, -0.5 and 1 / sqrt(2) as float32, little-endian: 00000000, 0000003f, 000000bf and f304353f."""
        vector = [0, 0.5, -0.5, math.sqrt(0.5)]
        empty.upsert([entry(7, mix=vector, artist="Bach")])
        header, record, end = map(json.loads, exported(empty).splitlines())
        assert (header["format"], header["version"], header["tracks"]) == ("polymuse-export", 1, 1)
        assert header["space"] == {"name": "test", "dim": 4, "fingerprint": "f" * 64, "profile": "starter"}
        assert record["id"] == id_of(7)
        assert record["track"]["artist"] == "Bach"
        assert "artist_key" not in record["track"]
        assert base64.b64decode(record["vectors"]["mix"]).hex() == "000000000000003f000000bff304353f"
        assert end == {"end": {"tracks": 1}}

    def test_no_field_of_a_track_is_forgotten(self) -> None:
        assert {field.name for field in fields(Track)} == {"id", *TRACK_FIELDS}

    def test_a_file_of_a_version_that_read_fewer_tags(self, empty: Catalog, space: Space, entry: MakeEntry) -> None:
        empty.upsert([entry(7, artist="Bach", album_artist="Gould", tags_version=1)])
        header, record, end = exported(empty).splitlines(keepends=True)
        old = json.loads(record)
        for name in ("artists", "album_artist", "tags_version"):
            del old["track"][name]
        target = Catalog.in_memory(space)
        assert imported(header + json.dumps(old).encode() + b"\n" + end, target).stored == 1
        [track] = target.tracks()
        assert (track.artists, track.album_artist, track.tags_version) == (("Bach",), "", 0)

    def test_an_empty_library(self, empty: Catalog, space: Space) -> None:
        assert imported(exported(empty), Catalog.in_memory(space)) == Taken(0, 0)

    def test_a_second_import_stores_nothing(self, library: Catalog, empty: Catalog) -> None:
        data = exported(library)
        imported(data, empty)
        assert imported(data, empty) == Taken(stored=0, there=70)

    def test_what_has_changed_meanwhile_is_kept(self, library: Catalog, empty: Catalog) -> None:
        data = exported(library)
        imported(data, empty)
        [track] = empty.get([id_of(9)])
        empty.update(replace(track, title="Another"))
        bare = next(e for e in everything(empty) if e.track.id == id_of(1))
        empty.upsert([replace(bare, segments=())])
        kept = Conflict("/music/9.ogg", taken=False)
        assert imported(data, empty, dry_run=True) == Taken(stored=1, there=68, conflicts=(kept,))
        assert len(empty.segments(id_of(1))) == 0
        assert imported(data, empty) == Taken(stored=1, there=68, conflicts=(kept,))
        assert len(empty.segments(id_of(1))) == 2
        assert empty.get([id_of(9)])[0].title == "Another"
        taken = Conflict("/music/9.ogg", taken=True)
        assert imported(data, empty, always=True) == Taken(stored=1, there=69, conflicts=(taken,))
        assert_same(library, empty)

    def test_an_old_export_takes_nothing_from_newer_tracks(self, empty: Catalog, entry: MakeEntry) -> None:
        """Both files were replaced by other recordings and indexed again."""
        empty.upsert([entry(n, paths=(f"/music/{n}.ogg",), indexed_at="2026-01-01T00:00:00+00:00") for n in (1, 2)])
        old = exported(empty)
        for n in (1, 2):
            empty.upsert([entry(10 + n, paths=(f"/music/{n}.ogg",), indexed_at="2026-02-01T00:00:00+00:00")])
        before = [track.id for track in empty.tracks()]
        assert before == [id_of(11), id_of(12)]
        taken = imported(old, empty)
        assert (taken.stored, taken.kept) == (0, 2)
        assert [track.id for track in empty.tracks()] == before
        taken = imported(old, empty, always=True)
        assert (taken.stored, taken.kept) == (2, 0)
        assert [track.id for track in empty.tracks()] == [id_of(1), id_of(2)]

    @pytest.mark.parametrize("seed", range(20))
    def test_round_trips_keep_the_newest(self, seed: int, space: Space, entry: MakeEntry) -> None:
        """Tracks and files at random; each file belongs to the newest track that claims it, in any order of imports."""
        random = np.random.default_rng(seed)
        libraries = [Catalog.in_memory(space) for _ in range(3)]
        newest: dict[str, tuple[str, str]] = {}  # path -> time and track
        for number in range(40):
            path, moment = f"/music/{random.integers(12)}.ogg", f"2026-01-01T00:{number:02}:00+00:00"
            made = entry(number + 1, paths=(path,), indexed_at=moment)
            libraries[random.integers(3)].upsert([made])
            newest[path] = (moment, made.track.id)
        files = [exported(library) for library in libraries]
        for library in libraries:
            for index in random.permutation(3):
                imported(files[index], library)
            assert {track.files[0].path: track.id for track in library.tracks()} == {
                path: id_ for path, (_, id_) in newest.items()
            }

    @pytest.mark.parametrize("keep", [1, 2, 40, 66, 70])
    def test_a_file_that_is_cut_off(self, library: Catalog, empty: Catalog, keep: int) -> None:
        """Header, `keep` - 1 tracks, and not the rest."""
        lines = exported(library).splitlines(keepends=True)
        with pytest.raises(BadExportError, match=f"truncated: it contains {keep - 1} of about 70 tracks"):
            imported(b"".join(lines[:keep]), empty)
        assert len(everything(empty)) == keep - 1

    def test_a_file_with_a_track_missing(self, library: Catalog, empty: Catalog) -> None:
        lines = exported(library).splitlines(keepends=True)
        with pytest.raises(BadExportError, match="incomplete: the last line says 70 tracks, the file has 69"):
            imported(b"".join([*lines[:5], *lines[6:]]), empty)
        assert len(everything(empty)) == 69

    @pytest.mark.parametrize("change", [{"title": 7}, {"duration": math.nan}, {"year": 10**30}])
    def test_the_tracks_before_a_bad_line_are_stored(
        self, library: Catalog, empty: Catalog, change: dict[str, object]
    ) -> None:
        lines = exported(library).splitlines(keepends=True)
        record = json.loads(lines[3])
        record["track"] |= change
        lines[3] = json.dumps(record).encode() + b"\n"
        with pytest.raises(BadExportError, match=r"Line 2 of a\.jsonl is invalid: .*\. No tracks were"):
            imported(b"".join([lines[0], *lines[3:]]), empty)
        with pytest.raises(
            BadExportError, match=r"Line 4 of a\.jsonl is invalid: .*\. The tracks before it were"
        ) as caught:
            imported(b"".join(lines), empty)
        assert len(everything(empty)) == 2
        assert "\n" not in str(caught.value)

    @pytest.mark.parametrize(
        "damage",
        [
            lambda line: line[: len(line) // 2] + b"\n",
            lambda line: b"\xff\xfe\n",
            lambda line: b"[]\n",
            lambda line: b'"id"\n',
            lambda line: line.replace(b'"vectors"', b'"vector"'),
            lambda line: line.replace(b'"mix":"', b'"mix":"!'),
            lambda line: line.replace(b'"mix":"', b'"mix":"AAAA'),
            lambda line: line.replace(b'"duration"', b'"length"'),
        ],
    )
    def test_a_line_that_makes_no_sense_is_named(
        self, empty: Catalog, space: Space, entry: MakeEntry, damage: Callable[[bytes], bytes]
    ) -> None:
        empty.upsert([entry(n) for n in (1, 2, 3)])
        lines = exported(empty).splitlines(keepends=True)
        lines[2] = damage(lines[2])
        with pytest.raises(BadExportError, match=r"Line 3 of a\.jsonl is invalid") as caught:
            imported(b"".join(lines), Catalog.in_memory(space))
        assert caught.value.advice

    def test_a_dry_run_says_what_would_be(self, library: Catalog, empty: Catalog) -> None:
        lines = exported(library).splitlines(keepends=True)
        for rest, complaint in (
            ([b"{}\n"], "invalid: .* The tracks before it would be imported"),
            ([], "truncated: .* These tracks would be imported"),
            ([lines[-1]], "incomplete: .* These tracks would be imported"),
        ):
            with pytest.raises(BadExportError, match=complaint):
                imported(b"".join([*lines[:67], *rest]), empty, dry_run=True)
        assert everything(empty) == []

    def test_tracks_that_claim_one_file(self, empty: Catalog, space: Space, entry: MakeEntry) -> None:
        """One rule for two tracks of a file, near each other or not."""
        lines: list[bytes] = []
        for n in (1, 2):
            source = Catalog.in_memory(space)
            source.upsert([entry(n, paths=("/music/a.ogg",), indexed_at=f"2026-01-0{n}T00:00:00+00:00")])
            lines += exported(source).splitlines(keepends=True)[:2]
        assert imported(b"".join([*lines[:2], lines[3], b'{"end":{"tracks":2}}\n']), empty).stored == 2
        assert [track.id for track in empty.tracks()] == [id_of(2)]

    @pytest.mark.parametrize("data", [b"", b"{}\n", b"\x00\xff", b'{"format": "another"}\n', b"[1]\n"])
    def test_something_else(self, empty: Catalog, data: bytes) -> None:
        with pytest.raises(BadExportError, match=r"a\.jsonl is not an export"):
            imported(data, empty)

    @pytest.mark.parametrize(
        ("part", "value"),
        [
            *(("name", name) for name in ("x/../../../pwn", "..", "", "a\\b", "a\0", "a" * 200, 7, None, "Ä")),
            *(("fingerprint", text) for text in ("/../../../etc", "f/f", "", 0, "a b\n")),
            *(("profile", profile) for profile in ("../starter", ["starter"], "\x1b]0;x")),
            *(("dim", dim) for dim in (0, -4, 4.0, "4", True, None, 1 << 40)),
        ],
    )
    def test_a_space_that_no_embedder_has(self, empty: Catalog, part: str, value: object) -> None:
        header, *rest = exported(empty).splitlines(keepends=True)
        about = json.loads(header)
        about["space"][part] = value
        with pytest.raises(BadExportError, match=rf"Line 1 of a\.jsonl is invalid: .*{part}"):
            imported(b"".join([json.dumps(about).encode() + b"\n", *rest]), empty)

    @pytest.mark.parametrize("tracks", [10**18, -1, "70", None, True])
    def test_a_number_of_tracks_that_nobody_has(self, empty: Catalog, tracks: object) -> None:
        header, *rest = exported(empty).splitlines(keepends=True)
        changed = json.dumps(json.loads(header) | {"tracks": tracks}).encode() + b"\n"
        with pytest.raises(BadExportError, match=r"Line 1 of a\.jsonl is invalid: tracks is not a number of tracks"):
            imported(b"".join([changed, *rest]), empty)

    @pytest.mark.parametrize("header", [b"[" * 100_000 + b"\n", b'{"format":"polymuse-export","version":"1"}\n'])
    def test_a_header_that_is_no_object_of_ours(self, empty: Catalog, header: bytes) -> None:
        with pytest.raises(BadExportError, match=r"a\.jsonl is not an export"):
            imported(header, empty)

    def test_texts_are_cleaned_and_bounded(self, empty: Catalog, entry: MakeEntry) -> None:
        changes = {
            "title": "\x1b]0;pwned\x07Title\r\nnext",
            "artist": "x" * 100_000,
            "genres": tuple(f"genre {n}" for n in range(1000)),
            "lyrics": "one\n\x1b[2Jtwo\n" + "la\n" * 100_000,
        }
        source = Catalog.in_memory(empty.space)
        source.upsert([entry(1, **changes)])
        for take in (lambda: imported(exported(source), empty), lambda: copy(source, empty, no_step)):
            take()
            [track] = empty.tracks()
            assert (track.title, len(track.artist), len(track.genres)) == ("]0;pwned Title next", 500, 100)
            assert track.lyrics.startswith("one\n[2Jtwo\nla\n")
            assert len(track.lyrics) <= 20_000
            empty.delete([track.id])

    def test_a_version_of_the_future(self, empty: Catalog) -> None:
        data = exported(empty).replace(b'"version":1', b'"version":4')
        with pytest.raises(BadExportError, match=r"version 4.*up to 3.*Update"):
            imported(data, empty)

    def test_the_file_appears_whole_or_not_at_all(self, library: Catalog, tmp_path: Path) -> None:
        path = tmp_path / "library.jsonl"
        path.write_text("of yesterday")

        def full(_: int) -> None:
            raise OSError(28, "No space left on device")

        with pytest.raises(UserError, match=r"library\.jsonl: No space left on device"):
            export_file(library, path, full)
        assert path.read_text() == "of yesterday"
        assert export_file(library, path, no_step) == 70
        assert [file.name for file in tmp_path.iterdir()] == ["library.jsonl"]

    def test_progress_counts_every_track(self, library: Catalog) -> None:
        steps: list[int] = []
        export(library, io.BytesIO(), steps.append)
        assert (sum(steps), len(steps)) == (70, 2)


class TestCopy:
    def test_to_a_server_and_back(self, library: Catalog, space: Space, folder: Path) -> None:
        server = Server("http://qdrant:6333", transport=FakeQdrant().transport)
        with Catalog.connect(server, space) as there:
            assert copy(library, there, no_step) == Taken(stored=70, there=0)
            assert_same(library, there)
            assert copy(library, there, no_step) == Taken(stored=0, there=70)
            with Catalog.open(folder, space) as back:
                copy(there, back, no_step)
                assert_same(library, back)

    def test_what_the_target_has_besides_stays(self, library: Catalog, empty: Catalog, entry: MakeEntry) -> None:
        empty.upsert([entry(500)])
        copy(library, empty, no_step)
        assert len(everything(empty)) == 71

    def test_vectors_of_another_model_are_refused(self, library: Catalog, space: Space) -> None:
        other = Catalog.in_memory(replace(space, fingerprint="0" * 64))
        with pytest.raises(UserError, match="holds vectors of another model"):
            copy(library, other, no_step)
        assert other.count() == 0

    @pytest.mark.slow
    def test_a_copy_that_is_killed_goes_on(self, folder: Path, space: Space, entry: MakeEntry) -> None:
        fake = FakeQdrant()
        segments = (Segment(0.0, 30.0, random_unit(1)),)
        with Catalog.open(folder, space) as source:
            source.upsert([entry(n, mix=random_unit(n), segments=segments) for n in range(1, 301)])
        with listening(fake) as url:
            with start_copy(folder, url) as process:
                assert process.stdout is not None
                assert [process.stdout.readline() for _ in range(2)] == ["64\n", "64\n"]
                process.send_signal(signal.SIGKILL)
            with Catalog.connect(Server(url), space) as target, Catalog.open(folder, space) as source:
                before = target.count()
                assert 128 <= before < 300
                taken = copy(source, target, no_step)
                assert taken.there >= 128
                assert taken.stored + taken.there == 300
                assert_same(source, target)


def start_copy(store: Path, url: str) -> "subprocess.Popen[str]":
    """Copies the store to the server, and prints each step."""
    script = """
import sys, time
from pathlib import Path
from catalog.catalog import Catalog
from catalog.exchange import copy
from catalog.server import Server
from catalog.store import Space

def step(tracks):
    print(tracks, flush=True)
    time.sleep(0.2)  # for the kill to arrive

space = Space("test", 4, "f" * 64, "starter")
copy(Catalog.open(Path(sys.argv[1]), space), Catalog.connect(Server(sys.argv[2]), space), step)
"""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", script, str(store), url]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
