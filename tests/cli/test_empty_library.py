"""What is said about an empty library."""

from pathlib import Path

from cli.empty_library import how_to_fill
from indexer.run_lock import RunLock
from indexer.service.indexing_lock import IndexingLock
from polymuse.settings import Settings


def test_the_main_one_is_named_by_its_place(tmp_path: Path) -> None:
    line = how_to_fill(Settings(home=tmp_path))
    assert str(tmp_path) in line
    assert "polymuse index ~/Music" in line


def test_one_with_a_name_names_the_others(tmp_path: Path) -> None:
    (tmp_path / "libraries" / "demo").mkdir(parents=True)
    line = how_to_fill(Settings(home=tmp_path, library="dmeo"))
    assert 'The library "dmeo" is empty. There are also: demo.' in line
    assert "polymuse --library dmeo index ~/Music" in line


def test_one_that_a_run_or_a_service_fills_says_so(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    run = RunLock(settings.layout.journal)
    run.hold()
    assert "It is being filled" in how_to_fill(settings)
    run.release()
    service = IndexingLock(settings.layout.indexing_lock)
    assert service.take()
    assert "A service that runs now fills it" in how_to_fill(settings)
    service.release()
    assert "Fill it: polymuse index" in how_to_fill(settings)
