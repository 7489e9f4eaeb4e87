"""What is said about an empty library."""

from pathlib import Path

from cli.empty_library import how_to_fill
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
