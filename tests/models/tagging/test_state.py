import sys
from pathlib import Path

import pytest

from models.tagging.state import Fit, TaggingState
from polymuse.errors import UserError
from tests.helpers.full_disk import full_disk

FIT = Fit({"mood": (1.5, -0.5)}, "library")


def test_a_fit_is_read_back(tmp_path: Path) -> None:
    TaggingState(tmp_path / "tagging", "key").save_fit(FIT)
    assert TaggingState(tmp_path / "tagging", "key").fit() == FIT


def test_a_full_disk_is_reported_and_leaves_nothing(tmp_path: Path) -> None:
    with full_disk(10), pytest.raises(UserError, match="Cannot write"):
        TaggingState(tmp_path, "key").save_fit(FIT)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="files have no such mode there")
def test_others_may_read_it_as_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "any").touch()
    TaggingState(tmp_path, "key").save_fit(FIT)
    [path] = tmp_path.glob("*.json")
    assert path.stat().st_mode == (tmp_path / "any").stat().st_mode
