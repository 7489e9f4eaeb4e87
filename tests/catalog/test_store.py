"""The directory of an embedded catalog: who owns it, what survives, and what is said when it is damaged."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import threading
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest

from catalog import backup
from catalog.backup import copy_data
from catalog.catalog import Catalog
from catalog.filters import parse_filter
from catalog.query import Query, Text
from catalog.store import Space
from catalog.track import Entry
from polymuse.errors import UnavailableError
from polymuse.music import Segment
from tests.helpers.disks import mounted, open_folder
from tests.helpers.ids import id_of, number_of
from tests.helpers.paths import GOLDEN, ROOT

MakeEntry = Callable[..., Entry]


WRITER = """
import sys, uuid
from pathlib import Path
import numpy as np
from catalog.catalog import Catalog
from catalog.store import Space
from catalog.track import Entry, FileRef, Track
from polymuse.music import Segment

def entry(n):
    track = Track(str(uuid.UUID(int=n)), (FileRef(f"/music/{n}.ogg", 1, 1),), f"Title {n}", 1.0, "vorbis")
    axes = np.eye(4, dtype=np.float32)
    segments = (Segment(0.0, 30.0, axes[n % 4]), Segment(15.0, 45.0, axes[0]))
    return Entry(track, {"mix": axes[n % 4], "choir": axes[0]}, segments)

store = Catalog.open(Path(sys.argv[1]), Space("test", 4, "f" * 64, "starter"))
"""


def start(script: str, store: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", WRITER + script, str(store)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def numbers(catalog: Catalog) -> list[int]:
    return [number_of(track) for track in catalog.scroll(limit=1000).tracks]


class TestReopening:
    def test_everything_is_there_again(self, folder: Path, space: Space, entry: MakeEntry) -> None:
        with Catalog.open(folder, space) as catalog:
            catalog.upsert([entry(1, vocals=[0, 1, 0, 0], artist="Bach"), entry(2, choir=[0, 0, 1, 0])])
            catalog.remove_path("/music/2.ogg")
            catalog.upsert([entry(3, choir=[0, 0, 1, 0])])
        with Catalog.open(folder, space) as catalog:
            assert numbers(catalog) == [1, 3]
            assert catalog.get([entry(1).track.id])[0].artist == "Bach"
            assert catalog.facets("stem") == {"mix": 2, "choir": 1, "vocals": 1}
            query = Query(texts=(Text("z"),), stems={"choir": 1.0})
            [hit] = catalog.search(query, lambda _: np.array([[0, 0, 1, 0]], dtype=np.float32))
            assert hit.score == pytest.approx(1.0, abs=1e-6)

    def test_close_may_be_called_again(self, folder: Path, space: Space) -> None:
        catalog = Catalog.open(folder, space)
        catalog.close()
        catalog.close()

    def test_a_killed_writer_loses_nothing_that_was_acknowledged(self, folder: Path, space: Space) -> None:
        writer = start(
            """
for batch in range(10_000):
    store.upsert([entry(n) for n in range(batch * 8 + 1, batch * 8 + 9)])
    print(batch * 8 + 8, flush=True)
""",
            folder,
        )
        with writer:
            assert writer.stdout is not None
            acknowledged = [int(writer.stdout.readline()) for _ in range(12)][-1]
            writer.send_signal(signal.SIGKILL)
        with Catalog.open(folder, space) as catalog:
            found = numbers(catalog)
            assert found == list(range(1, len(found) + 1))
            assert len(found) >= acknowledged == 96
            vectors = catalog.vectors([id_of(n) for n in found])
            for n in found:
                np.testing.assert_allclose(vectors[id_of(n)]["mix"], np.eye(4)[n % 4], atol=1e-6)
                assert [each.start for each in catalog.segments(id_of(n))] == [0.0, 15.0]
            assert catalog.count(parse_filter("has:choir path:/music")) == len(found)

    def test_a_process_killed_while_it_made_the_store_leaves_nothing_in_the_way(
        self, folder: Path, space: Space
    ) -> None:
        unfinished = folder / "tracks__test" / "shard.part"
        (unfinished / "segments").mkdir(parents=True)
        with Catalog.open(folder, space) as catalog:
            assert catalog.count() == 0
            assert not unfinished.exists()

    def test_leftovers_of_a_killed_optimization_are_cleared(self, folder: Path, space: Space) -> None:
        with Catalog.open(folder, space):
            pass
        leftover = folder / "tracks__test" / "shard" / "temp_segments" / "abc"
        leftover.mkdir(parents=True)
        (leftover / "data").write_bytes(b"x")
        with Catalog.open(folder, space):
            assert not leftover.exists()

    def test_threads_may_share_a_catalog(self, folder: Path, space: Space, entry: MakeEntry) -> None:
        with Catalog.open(folder, space) as catalog:
            threads = [
                threading.Thread(target=lambda start=start: [catalog.upsert([entry(start + i)]) for i in range(5)])
                for start in (100, 200, 300)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert len(numbers(catalog)) == 15


class TestOwnership:
    def test_a_second_process_is_told_who_has_the_store(self, folder: Path, space: Space) -> None:
        owner = start("print('open', flush=True); sys.stdin.readline(); store.close()", folder)
        with owner:
            assert owner.stdout is not None
            assert owner.stdin is not None
            assert owner.stdout.readline() == "open\n"
            with pytest.raises(UnavailableError) as caught:
                Catalog.open(folder, space)
            assert f"in use by process {owner.pid} (-c {folder}), since 20" in str(caught.value)
            assert str(folder / "tracks__test") in str(caught.value)
            assert caught.value.advice
            owner.stdin.write("\n")
        with Catalog.open(folder, space):  # the owner has gone
            pass

    def test_the_same_process_cannot_open_it_twice(self, folder: Path, space: Space) -> None:
        with Catalog.open(folder, space), pytest.raises(UnavailableError, match=f"in use by process {os.getpid()}"):
            Catalog.open(folder, space)

    def test_a_killed_owner_leaves_the_store_free(self, folder: Path, space: Space) -> None:
        with start("print('open', flush=True); sys.stdin.readline()", folder) as owner:
            assert owner.stdout is not None
            owner.stdout.readline()
            owner.kill()
        with Catalog.open(folder, space) as catalog:
            assert catalog.count() == 0

    def test_two_spaces_live_side_by_side(self, folder: Path, space: Space, entry: MakeEntry) -> None:
        other = replace(space, name="other", fingerprint="0" * 64)
        with Catalog.open(folder, space) as one, Catalog.open(folder, other) as two:
            one.upsert([entry(1)])
            assert (one.count(), two.count()) == (1, 0)


class TestPeek:
    def test_what_there_is(self, folder: Path, space: Space, entry: MakeEntry) -> None:
        with Catalog.open(folder, space) as catalog:
            catalog.upsert([entry(1), entry(2), entry(3)])
            catalog.flush()
            catalog.delete([entry(2).track.id])
            [info] = Catalog.peek(folder)  # while it is open
            assert (info.space, info.tracks, info.path) == (space, 2, folder / "tracks__test")
            assert info.bytes_on_disk == catalog.stats().bytes_on_disk > 10_000
            assert info.created.startswith("20")

    def test_nothing(self, folder: Path) -> None:
        assert Catalog.peek(folder / "nowhere") == []


class TestOtherModels:
    def test_vectors_of_another_model_are_refused(self, folder: Path, space: Space, entry: MakeEntry) -> None:
        with Catalog.open(folder, space) as catalog:
            catalog.upsert([entry(1)])
        for other in (replace(space, fingerprint="0" * 64), replace(space, dim=5)):
            with pytest.raises(UnavailableError, match="another version of the starter model") as caught:
                Catalog.open(folder, other)
            assert "index again" in caught.value.advice
        with Catalog.open(folder, space) as catalog:
            assert numbers(catalog) == [1]

    def test_a_store_of_a_newer_polymuse_is_refused(self, folder: Path, space: Space) -> None:
        with Catalog.open(folder, space):
            pass
        file = folder / "tracks__test" / "store.json"
        file.write_text(json.dumps({**json.loads(file.read_text()), "format": 3}))
        for look in (lambda: Catalog.open(folder, space), lambda: Catalog.peek(folder)):
            with pytest.raises(UnavailableError, match=r"format 3.*up to 2.*Update polymuse"):
                look()


class TestUpgrade:
    @pytest.fixture
    def format1(self, folder: Path) -> Path:
        """The store that tests/golden/store/README.md describes."""
        with tarfile.open(GOLDEN / "store" / "format1.tar.xz") as archive:
            archive.extractall(folder, filter="data")
        return folder / "store"

    def test_a_store_of_format_1_is_copied_and_brought_up(self, format1: Path, space: Space, entry: MakeEntry) -> None:
        assert Catalog.peek(format1)[0].tracks == 3
        with Catalog.open(format1, space) as catalog:
            assert numbers(catalog) == [1, 2, 3]
            stored = catalog.vectors([id_of(2)])[id_of(2)]
            np.testing.assert_allclose(stored["mix"], [0, 0, 1, 0], atol=1e-6)
            segment = Segment(0.0, 1.0, np.eye(4, dtype=np.float32)[0])
            catalog.upsert([replace(entry(4), segments=(segment,))])
        about = json.loads((format1 / "tracks__test" / "store.json").read_text())
        assert (about["format"], about["tracks"]) == (2, 4)
        with Catalog.open(format1, space) as catalog:
            assert len(catalog.segments(id_of(4))) == 1
        copy = format1 / "format1--tracks__test"
        assert json.loads((copy / "store.json").read_text())["format"] == 1
        assert [store.path.name for store in Catalog.peek(format1)] == ["tracks__test"]  # the copy is not one more

        shutil.rmtree(format1 / "tracks__test")
        copy.rename(format1 / "tracks__test")  # the way back
        with Catalog.open(format1, space) as catalog:
            assert numbers(catalog) == [1, 2, 3]

    def test_a_copy_cut_short_by_a_kill_is_made_again(self, format1: Path, space: Space) -> None:
        unfinished = format1 / "format1--tracks__test.part" / "shard"
        unfinished.mkdir(parents=True)
        with Catalog.open(format1, space) as catalog:
            assert numbers(catalog) == [1, 2, 3]
        assert not unfinished.parent.exists()
        assert (format1 / "format1--tracks__test" / "shard").is_dir()

    def test_without_room_for_the_copy_nothing_is_changed(
        self, format1: Path, space: Space, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(backup, "MARGIN", 2**60)
        with pytest.raises(UnavailableError, match="MiB are needed"):
            Catalog.open(format1, space)
        assert json.loads((format1 / "tracks__test" / "store.json").read_text())["format"] == 1
        assert [path.name for path in format1.iterdir()] == ["tracks__test"]


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 3)


def garble(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(bytes(range(128, 256)) * 32)


def vanish(path: Path) -> None:
    shutil.rmtree(path) if path.is_dir() else path.unlink()


@pytest.fixture(scope="module")
def intact(make_folder: Callable[[], Path]) -> Path:
    """A closed store with 40 tracks."""
    store = make_folder()
    with start("store.upsert([entry(n) for n in range(1, 41)]); store.close()", store) as writer:
        assert writer.wait() == 0
    return store


class TestEngine:
    def test_another_version_of_the_engine_finds_a_copy_made(self, intact: Path, folder: Path, space: Space) -> None:
        store = folder / "store"
        shutil.copytree(intact, store, copy_function=copy_data)
        for name in ("store.json", "store.copy.json"):
            file = store / "tracks__test" / name
            file.write_text(json.dumps(json.loads(file.read_text()) | {"engine": "0.8/1"}))
        with Catalog.open(store, space) as catalog:
            assert len(numbers(catalog)) == 40
        described = json.loads((store / "tracks__test" / "store.json").read_text())
        assert described["engine"] == version("qdrant-edge-py")
        copy = store / "engine0.8_1--tracks__test"
        assert (copy / "shard").is_dir()
        assert json.loads((copy / "store.json").read_text())["engine"] == "0.8/1"
        assert [info.path.name for info in Catalog.peek(store)] == ["tracks__test"]

    def test_a_store_from_before_versions_were_recorded(self, intact: Path, folder: Path, space: Space) -> None:
        store = folder / "store"
        shutil.copytree(intact, store, copy_function=copy_data)
        file = store / "tracks__test" / "store.json"
        old = json.loads(file.read_text())
        for name in ("engine", "lost"):
            del old[name]
        file.write_text(json.dumps(old))
        (store / "tracks__test" / "store.copy.json").unlink()
        with Catalog.open(store, space) as catalog:
            assert len(numbers(catalog)) == 40


class TestDamage:
    @pytest.mark.parametrize(
        ("damage", "pattern"),
        [
            (vanish, "shard"),
            (garble, "shard/edge_config.json"),
            (cut, "shard/edge_config.json"),
            (garble, "shard/wal/open-1"),
            (cut, "shard/wal/first-index"),
            (garble, "shard/segments/*/segment.json"),
            (vanish, "shard/segments/*/segment.json"),
            (garble, "shard/segments/*/mutable_id_tracker.mappings"),
            (garble, "shard/segments/*/payload_storage/config.json"),
            (cut, "shard/segments/*/payload_storage/bitmask.dat"),
            (vanish, "shard/segments/*/payload_storage/page_0.dat"),
            (cut, "shard/segments/*/vector_storage-mix/vectors/status.dat"),  # makes the engine panic
            (vanish, "shard/segments/*/vector_storage-mix/quantized.meta.json"),
        ],
    )
    def test_one_line_says_what_is_wrong(
        self, intact: Path, folder: Path, space: Space, damage: Callable[[Path], None], pattern: str
    ) -> None:
        store = folder / "store"
        shutil.copytree(intact, store, copy_function=copy_data)
        [target] = (store / "tracks__test").glob(pattern)
        damage(target)
        with pytest.raises(UnavailableError) as caught:
            Catalog.open(store, space)
        message = str(caught.value)
        assert str(store / "tracks__test") in message
        assert "\n" not in message
        assert ("index" if pattern == "shard" else "polymuse doctor --repair") in caught.value.advice

    @pytest.mark.parametrize("damage", [garble, cut, vanish])
    def test_a_description_has_a_copy(
        self, intact: Path, folder: Path, space: Space, damage: Callable[[Path], None]
    ) -> None:
        store = folder / "store"
        shutil.copytree(intact, store, copy_function=copy_data)
        damage(store / "tracks__test" / "store.json")
        assert [info.space for info in Catalog.peek(store)] == [space]
        with Catalog.open(store, space) as catalog:
            assert len(numbers(catalog)) == 40
        assert json.loads((store / "tracks__test" / "store.json").read_text())["tracks"] == 40

    @pytest.mark.parametrize("damage", [garble, cut, vanish])
    def test_without_both_one_line_says_so(
        self, intact: Path, folder: Path, space: Space, damage: Callable[[Path], None]
    ) -> None:
        store = folder / "store"
        shutil.copytree(intact, store, copy_function=copy_data)
        for name in ("store.json", "store.copy.json"):
            damage(store / "tracks__test" / name)
        with pytest.raises(UnavailableError, match=r"damaged: store\.json is (invalid|missing)"):
            Catalog.open(store, space)

    def test_a_store_that_lacks_tracks_is_used_with_the_others(
        self, intact: Path, folder: Path, space: Space, caplog: pytest.LogCaptureFixture
    ) -> None:
        """A power cut can bring back an earlier number."""
        store = folder / "store"
        shutil.copytree(intact, store, copy_function=copy_data)
        file = store / "tracks__test" / "store.json"
        file.write_text(json.dumps(json.loads(file.read_text()) | {"tracks": 43}))
        with Catalog.open(store, space) as catalog:
            assert len(numbers(catalog)) == 40
            assert "3 of 43 tracks of the store" in caplog.text
            assert "polymuse doctor --repair" in caplog.text
            catalog.delete([id_of(1)])
        [info] = Catalog.peek(store)
        assert (info.tracks, info.lost) == (39, 3)
        with Catalog.open(store, space) as catalog:
            catalog.delete_orphans()
        assert Catalog.peek(store)[0].lost == 0

    def test_a_store_that_lacks_its_segments_is_used_without(
        self, intact: Path, folder: Path, space: Space, caplog: pytest.LogCaptureFixture
    ) -> None:
        store = folder / "store"
        shutil.copytree(intact, store, copy_function=copy_data)
        vanish(store / "tracks__test" / "segments")
        for expected in (True, False):
            caplog.clear()
            with Catalog.open(store, space) as catalog:
                assert ("the moments of 40 tracks" in caplog.text) == expected
                assert len(numbers(catalog)) == 40
                assert catalog.segments(id_of(1)) == []
                assert len(next(iter(catalog.entries()))) == 40

    def test_after_moving_it_away_the_same_process_can_start_anew(
        self, intact: Path, folder: Path, space: Space
    ) -> None:
        store = folder / "store"
        shutil.copytree(intact, store, copy_function=copy_data)
        garble(store / "tracks__test" / "shard" / "edge_config.json")
        with pytest.raises(UnavailableError):
            Catalog.open(store, space)
        (store / "tracks__test").rename(folder / "away")
        with Catalog.open(store, space) as catalog:
            assert catalog.count() == 0

    def test_tracks_that_vanished_are_noticed(self, intact: Path, folder: Path, space: Space) -> None:
        store = folder / "store"
        shutil.copytree(intact, store, copy_function=copy_data)
        for pattern in ("segments/*/mutable_id_tracker.*", "wal/open-*", "wal/closed-*", "wal/first-index"):
            for path in (store / "tracks__test" / "shard").glob(pattern):
                path.unlink()
        with pytest.raises(UnavailableError, match="ids of tracks are missing"):
            Catalog.open(store, space)

    def test_a_damaged_store_is_reported_without_opening_it(self, folder: Path) -> None:
        (folder / "tracks__test").mkdir()
        (folder / "tracks__test" / "store.json").write_text("[]")
        with pytest.raises(UnavailableError, match=r"store\.json is invalid"):
            Catalog.peek(folder)

    @pytest.mark.parametrize(
        "change", [{"name": "x/../../../pwn"}, {"fingerprint": "/../../x"}, {"dim": 0}, {"profile": ""}]
    )
    def test_names_that_would_lead_elsewhere(self, folder: Path, space: Space, change: dict[str, object]) -> None:
        with Catalog.open(folder, space):
            pass
        for name in ("store.json", "store.copy.json"):
            file = folder / "tracks__test" / name
            file.write_text(json.dumps(json.loads(file.read_text()) | change))
        with pytest.raises(UnavailableError, match=r"store\.json is invalid"):
            Catalog.peek(folder)
        with pytest.raises(UnavailableError, match=r"store\.json is invalid"):
            Catalog.open(folder, space)


class TestUnwritable:
    def test_a_file_where_the_folder_should_be(self, folder: Path, space: Space) -> None:
        (folder / "store").write_text("")
        with pytest.raises(UnavailableError, match="cannot be written: Not a directory"):
            Catalog.open(folder / "store", space)


class TestHoles:
    """A file system in memory gives holes their space when they are read; without it the system kills the process."""

    def test_a_store_without_room_to_be_opened_says_so(self, space: Space, entry: MakeEntry) -> None:
        with open_folder() as folder, mounted(folder, megabytes=700):
            with Catalog.open(folder, space) as catalog:
                catalog.upsert([entry(1)])
            made = folder / "tracks__test"
            kept = folder / "kept"  # with holes again
            subprocess.run(["cp", "-r", "--sparse=always", made, kept], check=True)
            shutil.rmtree(made)
            kept.rename(made)
            filler = folder / "filler"
            filler.write_bytes(bytes(440 * 2**20))
            with pytest.raises(UnavailableError, match=r"is full: \d+ MiB are free, \d+ MiB are needed"):
                Catalog.open(folder, space)
            filler.unlink()
            with Catalog.open(folder, space) as catalog:
                assert catalog.count() == 1


class TestFullDisk:
    def test_reading_needs_no_space(self, intact: Path, folder: Path, space: Space) -> None:
        """The system refuses every byte that a process of its own writes to a file."""
        store = folder / "store"
        shutil.copytree(intact, store, copy_function=copy_data)
        script = """
import resource, signal
from pathlib import Path
from catalog.catalog import Catalog
from catalog.store import Space
from polymuse import files

def fsync(_):
    raise OSError(28, "No space left on device")

files.os.fsync = fsync  # a file that is written does not reach the disk
with Catalog.share(Path(sys.argv[1]), Space("test", 4, "f" * 64, "starter")) as catalog:
    print(catalog.count(), sum(map(len, catalog.entries())))
"""
        run = subprocess.run(
            [sys.executable, "-c", "import sys" + script, str(store)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.stdout == "40 40\n", run.stderr
        assert "is full, so other processes cannot use the store" in run.stderr
