"""The figures of docs/quality.md: names, parsing, situations and tags, profile by profile.

    python benchmarks/quality.py [--tasks names,parsing,situations,tags] [--profiles starter] [--write]

Prints the tables; `--write` puts them into docs/quality.md, each between its markers. Names and parsing need neither
networks nor music. Situations need the weights of the profile, and tags a library with the tracks that docs/quality.md
names. What a profile cannot answer, or lacks, is a line on stderr and keeps the table that the page has.
"""

import argparse
import re
import sys
from pathlib import Path

from cli.evaluation.tasks import NEED_PROFILE, TASKS, Measured, measure
from polymuse.errors import UserError

PAGE = Path(__file__).resolve().parents[1] / "docs" / "quality.md"
END = "<!-- end -->"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", default=",".join(TASKS), metavar="NAMES")
    parser.add_argument("--profiles", default="starter", metavar="NAMES")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/quality.md")
    options = parser.parse_args()

    page = PAGE.read_text("utf-8")
    for task in options.tasks.split(","):
        for profile in options.profiles.split(",") if task in NEED_PROFILE else [None]:
            name = " ".join(filter(None, [task, profile]))
            try:
                text = block(measure(task, profile=profile))
            except UserError as error:
                print(f"{name}: {error}", file=sys.stderr)
                continue
            print(f"{begin(name)}\n\n{text}\n\n{END}\n")
            page = replaced(page, name, text)
    if options.write:
        PAGE.write_text(page, "utf-8")


def begin(name: str) -> str:
    """The marker before the tables of a task, and of a profile where the task needs one."""
    return f"<!-- figures: {name} -->"


def block(measured: Measured) -> str:
    """The tables of a task, with what they are over."""
    return "\n\n".join([f"{measured.remark}:", *(table.markdown() for table in measured.tables)])


def replaced(page: str, name: str, text: str) -> str:
    """The page with other tables. Raises ValueError if it has no place for them."""
    start = page.index(f"{begin(name)}\n")
    return f"{page[:start]}{begin(name)}\n\n{text}\n\n{page[page.index(END, start) :]}"


def blocks(page: str) -> dict[str, str]:
    """{name of the figures: text between the markers} of the page."""
    return dict(re.findall(rf"<!-- figures: ([\w ]+) -->\n\n(.*?)\n\n{END}", page, re.DOTALL))


if __name__ == "__main__":
    main()
