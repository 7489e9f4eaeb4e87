"""Which playlists on servers are ours."""

from pathlib import Path

import pytest

from players.pushed import Pushed, PushedLists
from polymuse.errors import UnavailableError

PUSHED = Pushed("7", "http://nas", "Träume", ("1", "ü"))


def test_what_is_put_is_there(tmp_path: Path) -> None:
    lists = PushedLists(tmp_path / "new" / "pushed.json")
    assert lists.get("nas", "a") is None
    lists.put("nas", "a", PUSHED)
    lists.put("nas", "b", Pushed("8", "http://nas", "", ()))
    again = PushedLists(tmp_path / "new" / "pushed.json")
    assert (again.get("nas", "a"), again.get("other", "a")) == (PUSHED, None)


@pytest.mark.parametrize("content", ["", "[]", '{"nas": {"a": {"id": "7"}}}', '{"nas": {"a": 3}}', '{"nas": [1]}'])
def test_a_damaged_file_is_not_taken_for_an_empty_one(tmp_path: Path, content: str) -> None:
    (tmp_path / "pushed.json").write_text(content)
    lists = PushedLists(tmp_path / "pushed.json")
    with pytest.raises(UnavailableError, match=r"pushed\.json cannot be read"):
        lists.put("nas", "a", PUSHED)
    assert (tmp_path / "pushed.json").read_text() == content
