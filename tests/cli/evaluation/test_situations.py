"""Figures of situations, worked out by hand."""

from collections.abc import Sequence

import pytest

from cli.evaluation.situations import SituationScore, by_chance, evaluate, score
from cli.evaluation.situations_file import LabelledSituation
from models.embedder import TextMeaning
from polymuse.errors import UserError

SITUATION = LabelledSituation(text="x", right=frozenset({"calm", "piano"}), wrong=frozenset({"metal"}))


def meaning(*slugs: str, sure: bool = True) -> TextMeaning:
    return TextMeaning(tuple((slug, 1.0 - place / 10) for place, slug in enumerate(slugs)), sure)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (meaning("calm", "piano", "slow"), SituationScore(1, 1, 0, 1)),
        (meaning("slow", "metal", "calm"), SituationScore(0, 1, 1, 1)),
        (meaning("slow", "fast", "loud", "calm", "metal"), SituationScore(0, 0, 0, 1)),  # beyond three
        (TextMeaning((("slow", 0.5), ("calm", -1.0), ("metal", -1.0)), sure=False), SituationScore(0, 0, 0, 0)),
        (TextMeaning((), sure=False), SituationScore(0, 0, 0, 0)),
        (None, SituationScore(0, 0, 0, 0)),
    ],
)
def test_the_best_three_that_are_wanted_count(found: TextMeaning | None, expected: SituationScore) -> None:
    assert score(SITUATION, found) == expected


def test_chance() -> None:
    # of 5 concepts, 3 are drawn: none of the 2 right ones in C(3, 3) / C(5, 3) = 1 of 10; not the wrong one in 4 of 10
    expected = by_chance(SITUATION, 5)
    assert (expected.best, expected.three, expected.wrong) == pytest.approx((0.4, 0.9, 0.6))


def test_by_language() -> None:
    def meanings(texts: Sequence[str]) -> list[TextMeaning | None]:
        if texts == ["refused"]:
            raise UserError("No", "Do not")
        return [meaning("calm", "metal") if texts == ["x"] else meaning("metal", sure=False)]

    situations = [SITUATION.model_copy(update={"text": text, "language": code}) for text, code in LINES]
    rows = evaluate(situations, meanings, concepts=5).rows
    assert list(rows) == ["de", "en", "all", "by chance"]
    assert rows["en"] == (2, 0.5, 0.5, 1.0, 0.5)
    assert rows["de"] == (1, 0.0, 0.0, 0.0, 0.0)
    assert rows["all"] == (3, *(pytest.approx(figure / 3) for figure in (1, 1, 2, 1)))
    assert rows["by chance"] == (3, *(pytest.approx(figure) for figure in (0.4, 0.9, 0.6)), None)


LINES = [("x", "en"), ("y", "en"), ("refused", "de")]
