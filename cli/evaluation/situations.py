"""How well situations are understood: the best three concepts that an encoder makes of a sentence."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import comb
from statistics import fmean

from cli.evaluation.figures import ALL, Figure, FigureTable
from cli.evaluation.situations_file import LabelledSituation
from models.embedder import TextMeaning
from polymuse.errors import UserError

BEST = 3
COLUMNS = ("sentences", "best right", "one of three right", "one of three wrong", "sure")
CHANCE = "by chance"

Meanings = Callable[[Sequence[str]], Sequence[TextMeaning | None]]


@dataclass(frozen=True, slots=True)
class SituationScore:
    """Each a share of 1: of one sentence 0 or 1, or what is to be expected."""

    best: float
    three: float
    wrong: float
    sure: float | None = None


def score(situation: LabelledSituation, meaning: TextMeaning | None) -> SituationScore:
    """None, or a meaning without any wanted concept, is never right and never wrong."""
    concepts = [slug for slug, weight in meaning.concepts if weight > 0][:BEST] if meaning else []
    return SituationScore(
        best=float(concepts[:1] != [] and concepts[0] in situation.right),
        three=float(not situation.right.isdisjoint(concepts)),
        wrong=float(not situation.wrong.isdisjoint(concepts)),
        sure=float(meaning is not None and meaning.sure),
    )


def by_chance(situation: LabelledSituation, concepts: int) -> SituationScore:
    """What three different concepts, drawn at random out of `concepts`, are expected to reach."""

    def at_least_one(marked: int) -> float:
        return 1 - comb(concepts - marked, BEST) / comb(concepts, BEST)

    right, wrong = len(situation.right), len(situation.wrong)
    return SituationScore(right / concepts, at_least_one(right), at_least_one(wrong))


def evaluate(situations: Sequence[LabelledSituation], meanings: Meanings, concepts: int) -> FigureTable:
    """A row for each language, one over all, and what chance would reach."""
    scores = [(each.language, score(each, _meaning(meanings, each.text))) for each in situations]
    rows = {
        language: _row([each for other, each in scores if other == language])
        for language in sorted({language for language, _ in scores})
    }
    rows[ALL] = _row([each for _, each in scores])
    rows[CHANCE] = _row([by_chance(each, concepts) for each in situations])
    return FigureTable("language", COLUMNS, rows)


def _meaning(meanings: Meanings, text: str) -> TextMeaning | None:
    try:
        return meanings([text])[0]
    except UserError:  # a text that the encoder refuses
        return None


def _row(scores: Sequence[SituationScore]) -> Sequence[Figure]:
    sure = [each.sure for each in scores if each.sure is not None]
    return (
        len(scores),
        fmean(each.best for each in scores),
        fmean(each.three for each in scores),
        fmean(each.wrong for each in scores),
        fmean(sure) if sure else None,
    )
