"""Files of situations."""

from pathlib import Path

import pytest

from cli.evaluation.situations_file import read_situations
from polymuse.errors import UserError


def test_a_concept_is_not_right_and_wrong(tmp_path: Path) -> None:
    (tmp_path / "s.jsonl").write_text('{"text": "x", "right": ["calm", "sad"], "wrong": ["sad"]}')
    with pytest.raises(UserError, match=r"line 1: .*sad: right and wrong"):
        read_situations(tmp_path / "s.jsonl")


def test_something_is_right(tmp_path: Path) -> None:
    (tmp_path / "s.jsonl").write_text('{"text": "x", "right": []}')
    with pytest.raises(UserError, match="line 1: right"):
        read_situations(tmp_path / "s.jsonl")
