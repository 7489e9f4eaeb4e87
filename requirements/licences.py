"""Writes the table of docs/licences.md from what the installed packages say: `make licences`."""

import re
from collections.abc import Iterator
from importlib.metadata import metadata
from pathlib import Path

FOLDER = Path(__file__).parent
PAGE = FOLDER.parent / "docs" / "licences.md"
TABLE = re.compile(r"\| licence \| packages \|\n(\|.*\n)+")
SPDX = re.compile(r"[\w.+-]+( (AND|OR|WITH) [\w.+-]+)*")
OTHER_SPELLINGS = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache Software License": "Apache-2.0",
    "BSD 3-Clause License": "BSD-3-Clause",
    "BSD License": "BSD",
    "ISC License": "ISC",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Artistic License": "Artistic-1.0-Perl",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "The MIT License (MIT)": "MIT",
}


def packages() -> list[str]:
    """The packages that an image without CUDA contains: all that are locked for Linux and Python 3.11."""
    from packaging.requirements import Requirement

    lines = [
        line for name in ("base", "torch-cpu") for line in (FOLDER / f"{name}.txt").read_text("utf-8").splitlines()
    ]
    pins = [Requirement(line.rstrip("\\")) for line in lines if re.match(r"\w", line)]
    image = {"sys_platform": "linux", "python_version": "3.11", "python_full_version": "3.11.0"}
    return [pin.name for pin in pins if pin.marker is None or pin.marker.evaluate(image)]


def licence(package: str) -> str:
    """The licence of an installed package, as an SPDX expression if it says so. Raises PackageNotFoundError."""
    for text in _statements(package):
        if text in OTHER_SPELLINGS or SPDX.fullmatch(text):
            return OTHER_SPELLINGS.get(text, text)
    return "unknown"


def table() -> str:
    """The table. Raises PackageNotFoundError."""
    of: dict[str, list[str]] = {}
    for package in packages():
        of.setdefault(licence(package), []).append(package)
    rows = [f"| {name} | {', '.join(sorted(of[name]))} |\n" for name in sorted(of)]
    return "| licence | packages |\n|---|---|\n" + "".join(rows)


def _statements(package: str) -> Iterator[str]:
    about = metadata(package)
    classifiers = [each for each in about.get_all("Classifier") or () if each.startswith("License ::")]
    yield from (about[key] for key in ("License-Expression", "License") if about[key])
    yield from (each.rpartition(" :: ")[2] for each in classifiers)


if __name__ == "__main__":
    PAGE.write_text(TABLE.sub(lambda _: table(), PAGE.read_text("utf-8")), "utf-8")
