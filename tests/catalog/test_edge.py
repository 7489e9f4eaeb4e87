"""Writes that the disk refuses: a clear message, and what was stored before stays."""

import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from catalog.catalog import Catalog
from catalog.edge import AT_ONCE, RESERVE, EdgeEngine
from catalog.engine import Point
from catalog.segments import SEGMENTS
from catalog.store import Space
from catalog.track import Entry
from polymuse.errors import UnavailableError
from tests.helpers.ids import id_of
from tests.helpers.paths import ROOT

MakeEntry = Callable[..., Entry]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """An ext4 file system of its own, a little larger than what the engine wants to keep free."""
    if not shutil.which("mkfs.ext4") or not shutil.which("mount") or os.geteuid() != 0:
        pytest.skip("making a file system needs mkfs.ext4 and root")
    image, folder = tmp_path / "image", tmp_path / "disk"
    with image.open("wb") as file:
        file.truncate(RESERVE + 64 * 2**20)
    subprocess.run(["mkfs.ext4", "-q", "-m", "0", image], check=True)
    folder.mkdir()
    if subprocess.run(["mount", "-o", "loop", image, folder]).returncode:
        pytest.skip("this system lets nobody mount a file system")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_full_disk_is_noticed_before_anything_is_written(small_disk: Path, space: Space, entry: MakeEntry) -> None:
    store = small_disk / "store"
    with Catalog.open(store, space) as catalog:
        catalog.upsert([entry(1), entry(2)])
        (small_disk / "film.mkv").write_bytes(bytes(shutil.disk_usage(small_disk).free - 2**20))
        for write in (
            lambda: catalog.upsert([entry(3)]),
            lambda: catalog.update(entry(1, title="New").track),
            lambda: catalog.delete([entry(1).track.id]),
        ):
            with pytest.raises(UnavailableError, match=r"is full: [01] MiB are free, 128 MiB are needed"):
                write()
        assert catalog.count() == 2
    with Catalog.open(store, space) as catalog:  # reading needs no room
        assert catalog.get([entry(1).track.id, entry(2).track.id]) == [entry(1).track, entry(2).track]
    with pytest.raises(UnavailableError, match="is full"):
        Catalog.open(small_disk / "another", space)
    (small_disk / "film.mkv").unlink()
    with Catalog.open(store, space) as catalog:
        catalog.upsert([entry(3)])
        assert catalog.count() == 3


def test_a_write_that_the_system_refuses(folder: Path, space: Space, entry: MakeEntry) -> None:
    """The size of files is limited, so that the engine cannot make the files of a new stem."""
    resource = pytest.importorskip("resource", reason="limits of processes are of POSIX")
    with Catalog.open(folder, space) as catalog:
        catalog.upsert([entry(1), entry(2)])
    script = textwrap.dedent(
        f"""
        import resource, sys, uuid
        from pathlib import Path
        import numpy as np
        from catalog.catalog import Catalog
        from catalog.store import Space
        from catalog.track import Entry, FileRef, Track
        from polymuse.errors import UnavailableError

        catalog = Catalog.open(Path(sys.argv[1]), {space!r})
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, {resource.RLIM_INFINITY}))
        track = Track(str(uuid.UUID(int=3)), (FileRef("/music/3.ogg", 1, 1),), "Title 3", 1.0, "vorbis")
        vector = np.array([1, 0, 0, 0], dtype=np.float32)
        try:
            catalog.upsert([Entry(track, {{"mix": vector, "theremin": vector}})])
        except UnavailableError as error:
            print(error)
        """
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", script, str(folder)], env=environment, capture_output=True, text=True, check=True
    )
    assert f"The store {folder / 'tracks__test' / 'shard'} cannot be used" in done.stdout
    assert "File too large" in done.stdout
    assert done.stdout.count("\n") == 1
    with Catalog.open(folder, space) as catalog:
        assert catalog.get([entry(1).track.id, entry(2).track.id]) == [entry(1).track, entry(2).track]


def test_a_large_batch_is_written_in_parts(folder: Path, space: Space, entry: MakeEntry) -> None:
    with Catalog.open(folder, space) as catalog:
        catalog.upsert([entry(n) for n in range(2 * AT_ONCE + 1)])
        assert catalog.count() == 2 * AT_ONCE + 1


def test_a_chunk_whose_length_a_loss_of_power_took_is_made_again(folder: Path) -> None:
    EdgeEngine(folder / "shard", 4, SEGMENTS).close()
    [vectors] = (folder / "shard").glob("segments/*/vector_storage-mix/vectors")
    (vectors / "chunk_0.mmap").touch()
    engine = EdgeEngine(folder / "shard", 4, SEGMENTS)
    engine.upsert([Point(id_of(1), {"track": "a"}, {"mix": np.array([1, 0, 0, 0], dtype=np.float32)})])
    engine.close()
    engine = EdgeEngine(folder / "shard", 4, SEGMENTS)
    [found] = engine.retrieve([id_of(1)], vectors=True)
    engine.close()
    assert found.vectors["mix"].tolist() == [1, 0, 0, 0]


def test_a_disk_that_cannot_be_synced_is_an_error_with_advice(folder: Path) -> None:
    engine = EdgeEngine(folder / "shard", 4, SEGMENTS)
    engine.upsert([Point(id_of(1), {"track": "a"}, {"mix": np.array([1, 0, 0, 0], dtype=np.float32)})])
    (folder / "shard").rename(folder / "elsewhere")
    with pytest.raises(UnavailableError, match="cannot be used"):
        engine.flush()
    (folder / "elsewhere").rename(folder / "shard")
    engine.close()
