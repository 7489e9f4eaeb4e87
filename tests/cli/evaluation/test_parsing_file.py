"""Files of sentences and their parts."""

import json
from pathlib import Path

import pytest

from cli.evaluation.parsing_file import read_sentences
from polymuse.errors import UserError

SOUND = {"kind": "sound", "text": "no no", "value": "no"}


def write(path: Path, *parts: dict, text: str = "no no no no!") -> Path:
    path.write_text(json.dumps({"text": text, "parts": parts}), "utf-8")
    return path


class TestSentences:
    def test_a_part_is_found_after_the_part_before(self, tmp_path: Path) -> None:
        [sentence] = read_sentences(write(tmp_path / "s.jsonl", SOUND, SOUND))
        assert list(sentence.spans()) == [(0, 5), (6, 11)]

    def test_spans_count_code_points(self, tmp_path: Path) -> None:
        [sentence] = read_sentences(write(tmp_path / "s.jsonl", {**SOUND, "text": "海"}, text="😀 海"))
        assert list(sentence.spans()) == [(2, 3)]

    def test_a_part_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(UserError, match=r"line 1: .*'no no' does not stand in the text"):
            read_sentences(write(tmp_path / "s.jsonl", SOUND, SOUND, SOUND))

    def test_other_meanings_count_too(self, tmp_path: Path) -> None:
        also = [{"kind": "limit", "value": "has:vocals", "wanted": False, "field": "has"}]
        [sentence] = read_sentences(write(tmp_path / "s.jsonl", {**SOUND, "also": also}))
        assert [each.kind for each in sentence.parts[0].meanings] == ["sound", "limit"]
