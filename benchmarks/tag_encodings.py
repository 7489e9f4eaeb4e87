"""How well file tags in undeclared encodings are read, and whether Western text stays as it is.

    pip install babel
    python benchmarks/tag_encodings.py [--files 1500] [--seed 0] [--compare]

Names of territories, languages, scripts, currencies and cities in each language (CLDR, through Babel) stand in for
titles, artists and albums: a file has one or three of them, at least one beyond ASCII, written in the encoding that
programs of its region use. For Western languages the share of files that stay as they are is printed, for the others
the share that is read correctly in all its texts. `--compare` also asks charset-normalizer, which must be installed,
among the same encodings.
"""

import argparse
import random
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from indexer.file_tags.encodings import decoded
from indexer.file_tags.scripts import MODELS

WESTERN = {
    "cp1252": "ca da de es et fi fr ga is it nb nl pt sv",
    "cp1250": "cs hr hu pl ro sk sl",
    "cp1254": "tr",
    "cp1257": "lt lv",
}
OTHERS = {
    "cp1251": "bg ru sr uk",
    "koi8-r": "ru",
    "cp1253": "el",
    "cp1255": "he",
    "cp1256": "ar",
    "cp874": "th",
    "gbk": "zh_Hans zh_Hant",
    "big5": "zh_Hant",
    "cp932": "ja",
    "euc-jp": "ja",
    "cp949": "ko",
}
MAX_NAME = 60  # characters


def main() -> None:
    parser = argparse.ArgumentParser(description="Read tags in undeclared encodings.")
    parser.add_argument("--files", type=int, default=1500, help="of each language and encoding")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--compare", action="store_true")
    arguments = parser.parse_args()
    print("language  encoding  one text  three texts")
    for encodings, read in ((WESTERN, unchanged), (OTHERS, ours)):
        totals = [0, 0]
        for encoding, languages in encodings.items():
            for language in languages.split():
                shares, line = [], f"{language:9} {encoding:9}"
                for texts in (1, 3):
                    files = make_files(language, encoding, texts, arguments)
                    right = sum(read(file, encoding) for file in files)
                    totals = [totals[0] + right, totals[1] + len(files)]
                    shares.append(f"{right / len(files):.4f}")
                    if arguments.compare and read is ours:
                        others = sum(charset_normalizer(file, encoding) for file in files)
                        shares[-1] += f" (charset-normalizer {others / len(files):.4f})"
                print(line, "   ".join(shares))
        kind = "unchanged" if read is unchanged else "read correctly"
        print(f"{totals[0]} of {totals[1]} files {kind}: {totals[0] / totals[1]:.4f}")


def make_files(language: str, encoding: str, texts: int, arguments: argparse.Namespace) -> list[list[bytes]]:
    """Files with `texts` different texts as bytes, at least one of them beyond ASCII."""
    names = []
    for name in names_in(language):
        try:
            names.append(name.encode(encoding))
        except UnicodeEncodeError:
            continue
    chance = random.Random(arguments.seed)
    drawn = (chance.choices(names, k=texts) for _ in range(arguments.files))
    return [file for file in drawn if not all(text.isascii() for text in file)]


def names_in(language: str) -> list[str]:
    from babel import Locale  # type: ignore[import-not-found]

    locale = Locale.parse(language)
    cities = {zone.get("city", "") for zone in locale.time_zones.values()}
    names = cities.union(
        *(table.values() for table in (locale.territories, locale.languages, locale.scripts, locale.currencies))
    )
    return sorted(name for name in names if 0 < len(name) <= MAX_NAME)


def unchanged(file: Sequence[bytes], encoding: str) -> bool:
    """Whether the texts are as declared; an encoding that is not Latin-1 may also be recognised."""
    [read] = decoded([{"title": file}])
    right = [text.decode(encoding) for text in file]
    declared = [text.decode("cp1252", "replace") for text in file]
    pairs = zip(read["title"], right, declared, strict=True)
    return all(text in (good, same) or "\ufffd" in same for text, good, same in pairs)


def ours(file: Sequence[bytes], encoding: str) -> bool:
    [read] = decoded([{"title": file}])
    return read["title"] == [text.decode(encoding) for text in file]


def charset_normalizer(file: Sequence[bytes], encoding: str) -> bool:
    from charset_normalizer import from_bytes

    joined = b"\n".join(file)
    best = from_bytes(joined, cp_isolation=["gb18030" if name == "gbk" else name for name in MODELS]).best()
    return best is not None and str(best) == joined.decode(encoding)


if __name__ == "__main__":
    main()
