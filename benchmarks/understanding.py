"""Times of reading a text, without the search for names, in milliseconds of processor time.

    python benchmarks/understanding.py

Sentences of data/eval/parsing.jsonl, and texts of 1,000 characters made of one word, one phrase or one name.
"""

import json
import time
from pathlib import Path

import data
from catalog.names.found_name import FoundName
from catalog.understanding.reading import understand

SENTENCES = Path(data.__file__).with_name("eval") / "parsing.jsonl"
LENGTH = 1000  # characters
NAMES = 50  # that the library finds in a text at most
REPEATED = (
    *(
        "no",
        "drums",
        "like",
        "by",
        "but",
        "more",
        "8A",
        "120 bpm",
        "in A minor",
        "from the 80s",
        "between 1990 and 2000",
    ),
    *(
        "80年代",
        "一二三四五六七八九十",
        "なし",
        "のような",
        "没有",
        "없이",
        "के बिना",
        "olmadan",
        "١٩٩٠",
        "-",
        '"',
        '\\"',
        "(",
        "e\u0301",
    ),
)


def main() -> None:
    """Measure and print."""
    sentences = [json.loads(line)["text"] for line in SENTENCES.read_text("utf-8").splitlines()]
    start = time.process_time()
    understand(sentences[0], ())
    print(f"first text, which reads the words of all languages  {1000 * (time.process_time() - start):.0f}")
    for text in sentences:
        understand(text, ())
    report("sentences", sentences)
    report("1,000 characters of one word", [(word * LENGTH)[:LENGTH] for word in REPEATED])
    report("the same, with spaces", [(f"{word} " * LENGTH)[:LENGTH] for word in REPEATED])


def report(kind: str, texts: list[str]) -> None:
    """Print the median, the 95th percentile and the maximum over the texts; of each text the best of five."""
    times = sorted(1000 * min(timed(text) for _ in range(5)) for text in texts)
    print(f"{kind}: median {times[len(times) // 2]:.1f}, p95 {times[int(len(times) * 0.95)]:.1f}, max {times[-1]:.1f}")


def timed(text: str) -> float:
    """Seconds of processor time, with NAMES names found along the text."""
    step = max(1, len(text) // NAMES)
    names = [FoundName("artist", "Blue", at, min(at + 4, len(text)), 0, True, 1) for at in range(0, len(text), step)]
    start = time.process_time()
    understand(text, names)
    return time.process_time() - start


if __name__ == "__main__":
    main()
