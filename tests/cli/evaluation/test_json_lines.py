"""JSON Lines of a form."""

from pathlib import Path

import pytest
from pydantic import BaseModel

from cli.evaluation.json_lines import read_lines
from polymuse.errors import UserError


class Form(BaseModel):
    number: int


class TestLines:
    def test_empty_lines_are_skipped_but_counted(self, tmp_path: Path) -> None:
        file = tmp_path / "a.jsonl"
        file.write_text('\n{"number": 1}\n\n{"number": "x"}\n')
        with pytest.raises(UserError, match="line 4: number: "):
            read_lines(file, Form, "Write a number")
        file.write_text('\n{"number": 1}\n\n{"number": 2}\n')
        assert [each.number for each in read_lines(file, Form, "Write a number")] == [1, 2]

    def test_what_cannot_be_read(self, tmp_path: Path) -> None:
        with pytest.raises(UserError, match="cannot be read"):
            read_lines(tmp_path / "none.jsonl", Form, "Write a number")
        (tmp_path / "latin.jsonl").write_bytes(b"\xe9")
        with pytest.raises(UserError, match="cannot be read"):
            read_lines(tmp_path / "latin.jsonl", Form, "Write a number")

    def test_nothing_in_it(self, tmp_path: Path) -> None:
        (tmp_path / "empty.jsonl").write_text(" \n")
        with pytest.raises(UserError, match="holds no numbers"):
            read_lines(tmp_path / "empty.jsonl", Form, "Write a number", "numbers")
