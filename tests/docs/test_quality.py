"""The tables of docs/quality.md have the form that benchmarks/quality.py writes."""

import re
from collections.abc import Sequence

import pytest

from benchmarks.quality import END, PAGE, block, blocks, replaced
from cli.evaluation import names, parsing, situations, tag_truth
from cli.evaluation.figures import Figure, FigureTable
from cli.evaluation.tasks import NEED_PROFILE, TASKS, Measured

TEXT = PAGE.read_text("utf-8")
BLOCKS = blocks(TEXT)
FORMS: dict[str, list[tuple[str, Sequence[str]]]] = {
    "names": [("kind", names.COLUMNS), ("language", names.COLUMNS)],
    "parsing": [("language", parsing.COLUMNS), ("kind", parsing.KIND_COLUMNS)],
    "situations": [("language", situations.COLUMNS)],
    "tags": [("tag", tag_truth.COLUMNS)],
}


def figure(cell: str) -> Figure:
    """A cell as it was before it was printed. Raises ValueError for what is no figure."""
    if cell == "–":
        return None
    return float(cell) if "." in cell else int(cell)


def table_of(text: str) -> FigureTable:
    header, _, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines())
    return FigureTable(header[0], tuple(header[1:]), {row[0]: tuple(map(figure, row[1:])) for row in rows})


def test_every_task_has_a_place() -> None:
    assert {name.split()[0] for name in BLOCKS} == set(TASKS) == set(FORMS)
    assert all((name.split()[0] in NEED_PROFILE) == (" " in name) for name in BLOCKS)
    assert TEXT.count("<!-- figures: ") == TEXT.count(END) == len(BLOCKS)


@pytest.mark.parametrize("name", BLOCKS)
def test_its_tables_are_those_of_the_command(name: str) -> None:
    remark, *tables = BLOCKS[name].split("\n\n")
    read = [table_of(table) for table in tables]
    assert [(table.by, table.columns) for table in read] == FORMS[name.split()[0]]
    assert block(Measured(read, remark=remark.removesuffix(":"))) == BLOCKS[name]


@pytest.mark.parametrize("name", BLOCKS)
def test_shares_are_shares(name: str) -> None:
    for table in map(table_of, BLOCKS[name].split("\n\n")[1:]):
        figures = [figure for row in table.rows.values() for figure in row]
        assert all(0 <= figure <= 1 for figure in figures if isinstance(figure, float))
        assert any(isinstance(figure, float) for figure in figures)


def test_writing_replaces_what_is_between_the_markers_and_nothing_else() -> None:
    name = next(iter(BLOCKS))
    other = replaced(TEXT, name, "1 sentence:\n\n| a |\n| --- |")
    assert blocks(other) == BLOCKS | {name: "1 sentence:\n\n| a |\n| --- |"}
    assert replaced(other, name, BLOCKS[name]) == TEXT
    with pytest.raises(ValueError, match=re.escape("substring not found")):
        replaced(TEXT, "nothing", "")


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^)#:]+)[^)]*\)", TEXT))))
def test_links_are_valid(link: str) -> None:
    assert (PAGE.parent / link).exists()
