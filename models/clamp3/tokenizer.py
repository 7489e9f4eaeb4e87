"""The tokenizer of XLM-R: SentencePiece Unigram, read directly from the `tokenizer.json` of the hub."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from polymuse.errors import UnavailableError, UserError
from polymuse.parse_json import parse_json

if TYPE_CHECKING:  # a Rust extension that only text needs
    from tokenizers import Tokenizer

FILE = "tokenizer.json"
VOCABULARY = 250_002  # pieces of the published tokenizer
BOS, PAD, EOS, UNK = range(4)
SPECIAL = {"<s>": BOS, "<pad>": PAD, "</s>": EOS, "<unk>": UNK}
MASK = "<mask>"  # the last piece


class XlmrTokenizer:
    """Lines of text -> `<s>` line `</s>` line `</s>` …

    Special tokens come only from the structure: the user's text is always plain text.
    """

    def __init__(self, path: Path) -> None:
        """Reads `tokenizer.json` or its folder. Raises UnavailableError if it is missing or not XLM-R's."""
        self.path = path / FILE if path.is_dir() else path
        self._tokenizer = _build(self.path)
        self.size: int = self._tokenizer.get_vocab_size()

    def encode(self, text: str) -> list[int]:
        """Token ids, at least three, not truncated.

        Repeated lines count once, where they first occur; empty ones are skipped. Raises UserError for text that is
        blank or cannot be encoded in UTF-8.
        """
        lines = [line for line in dict.fromkeys(_split(text)) if line]
        try:
            pieces = [self._tokenizer.encode(line, add_special_tokens=False).ids for line in lines]
        except (UnicodeEncodeError, TypeError) as error:  # half of a surrogate pair
            raise UserError("The text is not valid Unicode", "Type it again") from error
        if not any(pieces):
            raise UserError("The text is blank", "Describe the music in a few words.")
        ids = [BOS]
        for piece in pieces:
            ids += [*piece, EOS]
        return ids


def _split(text: str) -> list[str]:
    """Lines by universal newlines, which are fewer than `str.splitlines` splits at."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _build(path: Path) -> "Tokenizer":
    from tokenizers import Tokenizer

    if not path.is_file():
        raise UnavailableError(
            f"There is no file {path}", f"The tokenizer is read from {FILE}, not from sentencepiece.bpe.model"
        )
    try:
        description = parse_json(path.read_bytes())
        kind, vocabulary = description["model"]["type"], description["model"]["vocab"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _not_xlmr(path, f"{type(error).__name__} {error}") from error
    if kind != "Unigram" or len(vocabulary) <= len(SPECIAL) + 1:  # loaders invent five pieces if there is no vocabulary
        raise _not_xlmr(path, f"it is a {kind} of {len(vocabulary)} pieces")
    _disable_special_tokens(vocabulary, path)
    description |= {"added_tokens": [], "post_processor": None}
    try:
        return Tokenizer.from_str(json.dumps(description, ensure_ascii=False))
    except Exception as error:  # the only kind that tokenizers raises
        raise _not_xlmr(path, str(error)) from error


def _disable_special_tokens(vocabulary: list[list], path: Path) -> None:
    """Keeps text from becoming a special token: their pieces in the vocabulary get a space, which no word has."""
    for piece, index in SPECIAL.items():
        if vocabulary[index][0] != piece:
            raise _not_xlmr(path, f"{piece} is not piece {index}")
        vocabulary[index][0] = f"{piece} "
    if vocabulary[-1][0] == MASK:
        vocabulary[-1][0] = f"{MASK} "


def _not_xlmr(path: Path, why: str) -> UnavailableError:
    return UnavailableError(f"{path} is not the tokenizer of XLM-R: {why}", "Take it from FacebookAI/xlm-roberta-base")
