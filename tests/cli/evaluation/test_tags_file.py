"""Files of tracks and their tags."""

from pathlib import Path

import pytest

from cli.evaluation.tags_file import read_tagged
from polymuse.errors import UserError


def test_a_tag_is_not_right_and_wrong(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text('{"track": "a.ogg", "right": ["calm", "sad"], "wrong": ["sad"]}')
    with pytest.raises(UserError, match=r"line 1: .*sad: right and wrong"):
        read_tagged(tmp_path / "t.jsonl")
