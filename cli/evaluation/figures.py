"""Tables of figures, for people, for programs and for the documentation."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

Figure = float | int | None  # a share or another measure from 0 to 1, a count, or nothing to say

ALL = "all"  # the row over everything


@dataclass(frozen=True, slots=True)
class FigureTable:
    """Figures by group, such as a language; every row has as many as there are columns."""

    by: str  # what the groups are
    columns: tuple[str, ...]
    rows: Mapping[str, Sequence[Figure]]

    def objects(self, task: str) -> Iterator[dict[str, object]]:
        """One object a row, with the figures to four places."""
        for group, figures in self.rows.items():
            values = [round(each, 4) if isinstance(each, float) else each for each in figures]
            named = dict(zip(self.columns, values, strict=True))
            yield {"task": task, "by": self.by, self.by: group, **named}

    def cells(self) -> list[list[str]]:
        """The rows as they are printed."""
        return [[group, *map(printed, figures)] for group, figures in self.rows.items()]

    def markdown(self) -> str:
        """A table of Markdown, with numbers to the right."""
        return "\n".join(map(line, [[self.by, *self.columns], ["---", *["--:"] * len(self.columns)], *self.cells()]))


def printed(figure: Figure) -> str:
    """A float as `.93` or `1.00`, an int as it is; a dash for nothing to say."""
    if figure is None:
        return "–"
    return f"{figure:.2f}".removeprefix("0") if isinstance(figure, float) else str(figure)


def line(cells: Sequence[str]) -> str:
    """A row of a Markdown table."""
    return f"| {' | '.join(cells)} |"
