from pathlib import Path

import pytest

from indexer.service.state import ServiceState
from polymuse.errors import UnavailableError


def test_what_was_chosen_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "home" / "service.json"
    assert ServiceState.read(path) == ServiceState()
    state = ServiceState(("/music/\udcff", "/music/音楽"), paused=True)
    state.write(path)
    assert ServiceState.read(path) == state


@pytest.mark.parametrize("content", ["", "{", "[]", '{"folders": 3, "paused": false}', '{"paused": true}'])
def test_a_damaged_file_counts_as_none(tmp_path: Path, content: str) -> None:
    path = tmp_path / "service.json"
    path.write_text(content)
    assert ServiceState.read(path) == ServiceState()


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UnavailableError, match="cannot be written"):
        ServiceState().write(tmp_path / "file" / "service.json")
