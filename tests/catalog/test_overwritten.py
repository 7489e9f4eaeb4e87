"""Ids in a file, as a loss of power may leave it."""

from pathlib import Path

from catalog.overwritten import Overwritten
from tests.helpers.ids import id_of


def test_ids_are_kept_until_they_are_cleared(tmp_path: Path) -> None:
    now = Overwritten(tmp_path / "overwritten")
    now.add([id_of(1), id_of(2)])
    now.add([id_of(1)])
    assert now.left() == []  # of an earlier process
    assert Overwritten(tmp_path / "overwritten").left() == [id_of(1), id_of(2)]
    now.clear()
    assert Overwritten(tmp_path / "overwritten").left() == []


def test_those_of_an_earlier_process_stay_until_they_are_settled(tmp_path: Path) -> None:
    file = tmp_path / "overwritten"
    Overwritten(file).add([id_of(1)])
    later = Overwritten(file)
    later.add([id_of(2)])
    later.clear()
    assert Overwritten(file).left() == [id_of(1)]
    later.settle()
    assert Overwritten(file).left() == []


def test_ids_can_be_left_by_this_process(tmp_path: Path) -> None:
    now = Overwritten(tmp_path / "overwritten")
    now.leave([id_of(1)])
    assert now.left() == [id_of(1)]
    now.add([id_of(2)])
    now.clear()
    assert Overwritten(tmp_path / "overwritten").left() == [id_of(1)]
    now.settle()
    assert now.left() == []


def test_a_part_of_an_id_spoils_no_other(tmp_path: Path) -> None:
    file = tmp_path / "overwritten"
    Overwritten(file).add([id_of(1), id_of(2)])
    file.write_bytes(file.read_bytes()[:-3])
    Overwritten(file).add([id_of(3)])
    assert Overwritten(file).left() == [id_of(1), id_of(3)]
    file.write_bytes(b"\0" * 40)
    assert Overwritten(file).left() == []
