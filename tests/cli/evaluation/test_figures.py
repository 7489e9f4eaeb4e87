"""Tables of figures."""

import pytest

from cli.evaluation.figures import Figure, FigureTable, printed

TABLE = FigureTable("language", ("sentences", "F1"), {"en": (12, 0.93333), "all": (12, None)})


@pytest.mark.parametrize(
    ("figure", "text"), [(0.925001, ".93"), (0.0, ".00"), (1.0, "1.00"), (1, "1"), (300, "300"), (None, "–")]
)
def test_a_share_has_two_places_and_a_count_none(figure: Figure, text: str) -> None:
    assert printed(figure) == text


def test_markdown() -> None:
    assert TABLE.markdown() == (
        "| language | sentences | F1 |\n| --- | --: | --: |\n| en | 12 | .93 |\n| all | 12 | – |"
    )


def test_objects() -> None:
    first, last = TABLE.objects("parsing")
    assert first == {"task": "parsing", "by": "language", "language": "en", "sentences": 12, "F1": 0.9333}
    assert last["F1"] is None
