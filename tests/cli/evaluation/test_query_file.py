"""Query files."""

from pathlib import Path

import pytest

from cli.evaluation.query_file import LabelledText, read_queries
from polymuse.errors import UserError


class TestQueryFile:
    def test_language_is_optional_and_a_byte_order_mark_is_skipped(self, tmp_path: Path) -> None:
        file = tmp_path / "q.jsonl"
        file.write_bytes(b'\xef\xbb\xbf{"text": "\xe5\x8d\xa1\xe5\x86\x9c", "relevant": ["a"]}\r\n')
        assert read_queries(file) == [LabelledText(text="卡农", language="und", relevant=("a",))]

    @pytest.mark.parametrize(
        ("line", "cause"),
        [
            ("{", "line 2: .*EOF"),
            ('{"text": "a"}', "line 2: relevant: Field required"),
            ('{"text": "", "relevant": ["a"]}', "line 2: text: "),
            ('{"text": "a", "relevant": []}', "line 2: relevant: "),
            ('{"text": "a", "relevant": ["a"], "lang": "en"}', "line 2: lang: "),
        ],
    )
    def test_errors_give_the_line_number(self, line: str, cause: str, tmp_path: Path) -> None:
        file = tmp_path / "q.jsonl"
        file.write_text('{"text": "a", "relevant": ["a"]}\n' + line)
        with pytest.raises(UserError, match=cause):
            read_queries(file)

    def test_an_empty_file(self, tmp_path: Path) -> None:
        (tmp_path / "q.jsonl").write_text("\n")
        with pytest.raises(UserError, match="holds no queries"):
            read_queries(tmp_path / "q.jsonl")
