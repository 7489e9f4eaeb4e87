import json
from pathlib import Path

import numpy as np
import pytest

from models.clamp3.tokenizer import BOS, EOS, MASK, SPECIAL, XlmrTokenizer
from polymuse.errors import UnavailableError, UserError
from tests.helpers import paths

GOLDEN = paths.GOLDEN / "clamp3"
SAD, PIANO = 5, 6  # pieces of the tiny vocabulary


@pytest.fixture(scope="module")
def tokenizer() -> XlmrTokenizer:
    return XlmrTokenizer(GOLDEN)


@pytest.mark.parametrize("name", ["one_word", "sad_piano", "long"])
def test_equals_the_reference(tokenizer: XlmrTokenizer, name: str) -> None:
    text = json.loads((GOLDEN / "texts.json").read_bytes())[name]
    with np.load(GOLDEN / "end_to_end.npz") as arrays:
        assert tokenizer.encode(text) == arrays[f"ids/{name}"].tolist()


class TestLines:
    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_end_in_a_separator(self, tokenizer: XlmrTokenizer, end: str) -> None:
        assert tokenizer.encode(f"sad{end}piano") == [BOS, SAD, EOS, PIANO, EOS]

    def test_count_once_where_they_first_occur(self, tokenizer: XlmrTokenizer) -> None:
        assert tokenizer.encode("piano\nsad\n\npiano\nsad\n") == [BOS, PIANO, EOS, SAD, EOS]

    def test_differ_by_their_spaces(self, tokenizer: XlmrTokenizer) -> None:
        assert tokenizer.encode("sad\n sad") == [BOS, SAD, EOS, SAD, EOS]

    def test_of_spaces_are_kept_among_others(self, tokenizer: XlmrTokenizer) -> None:
        assert tokenizer.encode("sad\n  ") == [BOS, SAD, EOS, EOS]


@pytest.mark.parametrize("blank", ["", " ", "\n\r\n", " \t\n ", "\u3000"])
def test_blank_text_is_refused(tokenizer: XlmrTokenizer, blank: str) -> None:
    with pytest.raises(UserError, match="blank"):
        tokenizer.encode(blank)


def test_half_of_a_surrogate_pair_is_refused(tokenizer: XlmrTokenizer) -> None:
    with pytest.raises(UserError, match="Unicode"):
        tokenizer.encode("piano \ud83c")


@pytest.mark.parametrize("token", [*SPECIAL, MASK, "＜/s＞"])  # the last one is normalised to </s>
@pytest.mark.parametrize("text", ["{}", "sad {} piano", "sad{}piano"])
def test_special_tokens_that_a_user_types_are_plain_text(tokenizer: XlmrTokenizer, token: str, text: str) -> None:
    unknown = SPECIAL["<unk>"]  # as the pieces of "<" and ">" are
    inside = [piece for piece in tokenizer.encode(text.format(token))[1:-1] if piece != unknown]
    assert not {*SPECIAL.values(), tokenizer.size - 1} & set(inside)
    assert len(inside) >= len(token.strip("</>＜＞"))


class TestFile:
    @pytest.mark.parametrize("content", ["", "{", "[]", '{"model": {}}', '{"model": {"type": "BPE", "vocab": {}}}'])
    def test_that_is_no_such_tokenizer_is_refused(self, tmp_path: Path, content: str) -> None:
        path = tmp_path / "tokenizer.json"
        path.write_text(content)
        with pytest.raises(UnavailableError, match="not the tokenizer of XLM-R"):
            XlmrTokenizer(path)

    def test_without_a_vocabulary_is_refused(self, tmp_path: Path) -> None:
        """What transformers makes up where vocabulary files are missing: every word would be unknown."""
        description = json.loads((GOLDEN / "tokenizer.json").read_bytes())
        vocabulary = description["model"]["vocab"]
        description["model"]["vocab"] = [*vocabulary[:4], vocabulary[-1]]
        (tmp_path / "tokenizer.json").write_text(json.dumps(description))
        with pytest.raises(UnavailableError, match="5 pieces"):
            XlmrTokenizer(tmp_path)

    def test_with_other_special_ids_is_refused(self, tmp_path: Path) -> None:
        description = json.loads((GOLDEN / "tokenizer.json").read_bytes())
        description["model"]["vocab"].reverse()
        (tmp_path / "tokenizer.json").write_text(json.dumps(description))
        with pytest.raises(UnavailableError, match="<s> is not piece 0"):
            XlmrTokenizer(tmp_path)

    def test_that_is_missing_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(UnavailableError, match=str(tmp_path / "tokenizer.json")):
            XlmrTokenizer(tmp_path)
