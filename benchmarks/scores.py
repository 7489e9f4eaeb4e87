"""Reads every score in a folder: how many are read, with which remarks, why others are refused, time and patches.

    python -m benchmarks.scores FOLDER [--suffix .abc] [--most 150] [--list]

Files are taken evenly from the sorted list of all below the folder. Nothing is embedded.
"""

import argparse
import re
import statistics
import time
from collections import Counter, defaultdict
from pathlib import Path

from models.clamp3.scores.patches import PATCH, pieces
from models.clamp3.scores.reading import SUFFIXES, read
from polymuse.errors import UserError


def main() -> None:
    """Prints a table for each format."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--suffix", action="append", choices=SUFFIXES, help="only files with this suffix")
    parser.add_argument("--most", type=int, default=10**9, help="files of a suffix that are read")
    parser.add_argument("--list", action="store_true", help="prints every file with a remark, and those refused")
    options = parser.parse_args()
    files: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(options.folder.rglob("*")):
        if path.suffix.lower() in (options.suffix or SUFFIXES) and path.is_file():
            files[path.suffix.lower()].append(path)
    for suffix, paths in files.items():
        count = min(options.most, len(paths))
        _report(suffix, [paths[number * len(paths) // count] for number in range(count)], list_all=options.list)


def _report(suffix: str, paths: list[Path], *, list_all: bool) -> None:
    remarks, refusals = Counter[str](), Counter[str]()
    seconds, patches, cut = [], [], 0
    for path in paths:
        start = time.perf_counter()
        try:
            reading = read(path)
            parts = pieces(reading.text)
        except UserError as error:
            refusals[_kind(error.message.removeprefix(f"{path}: "))] += 1
            lines = [f"refused: {error.message}"]
        else:
            patches.append(len(parts) + 2)
            cut += sum(len(part) > PATCH - 2 for part in parts)
            remarks.update(map(_kind, reading.remarks))
            lines = [f"{path}: {remark}" for remark in reading.remarks]
        seconds.append(time.perf_counter() - start)
        if list_all and lines:
            print(*lines, sep="\n")
    print(f"{suffix}: {len(patches)} of {len(paths)} read ({len(patches) / len(paths):.1%})")
    print(f"  time a file: median {statistics.median(seconds) * 1000:.1f} ms, most {max(seconds) * 1000:.0f} ms")
    if patches:
        ordered = sorted(patches)
        print(
            f"  patches a file: median {statistics.median(patches):.0f}, 90 % up to {ordered[len(ordered) * 9 // 10]}, "
            f"most {ordered[-1]}; {cut / sum(patches):.2%} cut at {PATCH} characters"
        )
    for name, counter in (("remark", remarks), ("refused", refusals)):
        for text, count in counter.most_common():
            print(f"  {name}, {count} times: {text}")


def _kind(text: str) -> str:
    """A line without the numbers in it."""
    return re.sub(r"\d+(\.\d+)?", "N", text)


if __name__ == "__main__":
    main()
