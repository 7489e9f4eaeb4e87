from pathlib import Path

from indexer.service.indexing_lock import IndexingLock


def test_one_at_a_time(tmp_path: Path) -> None:
    first, second = IndexingLock(tmp_path / "home" / "lock"), IndexingLock(tmp_path / "home" / "lock")
    assert first.take()
    assert first.take()
    assert not second.take()
    first.release()
    assert second.take()
    second.release()


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert not IndexingLock(tmp_path / "file" / "lock").take()
