"""How well sentences are read into parts: the parts found against those expected."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from catalog.keys import fold
from catalog.understanding.understood import Understood, UnderstoodPart
from cli.evaluation.figures import ALL, Figure, FigureTable
from cli.evaluation.parsing_file import ExpectedPart, LabelledSentence, Meaning

OVERLAP = 0.5  # least intersection over union of two spans that count as the same
ALIKE = 50.0  # per cent: least similarity of the words of two sounds in such spans
KINDS = ("sound", "name", "like", "limit")
COLUMNS = ("sentences", "F1", "F1 exact", "all right", "sound kept")
KIND_COLUMNS = ("parts", "precision", "recall", "F1")

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class SentenceScore:
    """What was found of one sentence."""

    expected: tuple[str, ...]  # kind of each part
    found: tuple[str, ...]  # kind of each part; that of the expected part where it is right
    right: tuple[str, ...]  # kind of each expected part that was found: same meaning, spans that overlap
    exact: int  # of these, how many have the same span and value
    sound_kept: bool | None  # of a sentence that is nothing but wanted sound: whether it was read so; None for others

    @property
    def all_right(self) -> bool:
        return len(self.expected) == len(self.found) == len(self.right)


def score(sentence: LabelledSentence, found: Sequence[UnderstoodPart]) -> SentenceScore:
    """Compare the parts found with those expected; each counts once, with the one it overlaps most."""
    expected = list(zip(sentence.parts, sentence.spans(), strict=True))
    pairs = sorted(
        (
            (overlap(span, (other.start, other.end)), wanted, index)
            for wanted, (_, span) in enumerate(expected)
            for index, other in enumerate(found)
        ),
        key=lambda pair: (-pair[0], pair[1:]),
    )
    partner: dict[int, int] = {}  # expected -> found
    for shared, wanted, index in pairs:
        free = wanted not in partner and index not in partner.values()
        if free and shared >= OVERLAP and _agree(expected[wanted][0], found[index], exact=False):
            partner[wanted] = index
    kinds = [part.kind for part in found]
    for wanted, index in partner.items():
        kinds[index] = expected[wanted][0].kind
    exact = sum(
        expected[wanted][1] == (found[index].start, found[index].end)
        and _agree(expected[wanted][0], found[index], exact=True)
        for wanted, index in partner.items()
    )
    only_sound = all(part.kind == "sound" and part.wanted for part in sentence.parts)
    return SentenceScore(
        expected=tuple(part.kind for part in sentence.parts),
        found=tuple(kinds),
        right=tuple(expected[wanted][0].kind for wanted in partner),
        exact=exact,
        sound_kept=all(part.kind == "sound" and part.wanted for part in found) if only_sound else None,
    )


def overlap(a: Span, b: Span) -> float:
    """Intersection over union of two spans, 0 to 1."""
    shared = min(a[1], b[1]) - max(a[0], b[0])
    return max(shared, 0) / (max(a[1], b[1]) - min(a[0], b[0]))


def f1(right: int, expected: int, found: int) -> float | None:
    """2 right / (expected + found): the harmonic mean of precision and recall; None if there is nothing to find."""
    return 2 * right / (expected + found) if expected + found else None


def evaluate(
    sentences: Sequence[LabelledSentence], read: Callable[[LabelledSentence], Understood]
) -> tuple[FigureTable, FigureTable]:
    """Figures by language and by kind of part, of what `read` makes of the sentences."""
    scores = [(sentence.language, score(sentence, read(sentence).parts)) for sentence in sentences]
    return by_language(scores), by_kind([each for _, each in scores])


def by_language(scores: Sequence[tuple[str, SentenceScore]]) -> FigureTable:
    """A row for each language, and one over all."""
    rows = {
        language: _row([each for other, each in scores if other == language])
        for language in sorted({language for language, _ in scores})
    }
    return FigureTable("language", COLUMNS, rows | {ALL: _row([each for _, each in scores])})


def by_kind(scores: Sequence[SentenceScore]) -> FigureTable:
    """Precision, recall and F1 of each kind of part. Spans that overlap count."""
    rows: dict[str, Sequence[Figure]] = {}
    for kind in (*KINDS, ALL):
        expected, found, right = (
            sum(kind in (ALL, each) for one in scores for each in getattr(one, counted))
            for counted in ("expected", "found", "right")
        )
        precision, recall = (right / total if total else None for total in (found, expected))
        rows[kind] = expected, precision, recall, f1(right, expected, found)
    return FigureTable("kind", KIND_COLUMNS, rows)


def _row(scores: Sequence[SentenceScore]) -> Sequence[Figure]:
    expected, found, right = (
        sum(len(getattr(each, counted)) for each in scores) for counted in ("expected", "found", "right")
    )
    exact = sum(each.exact for each in scores)
    kept = [each.sound_kept for each in scores if each.sound_kept is not None]
    return (
        len(scores),
        f1(right, expected, found),
        f1(exact, expected, found),
        _share(each.all_right for each in scores),
        _share(kept),
    )


def _share(values: Iterable[bool]) -> float | None:
    found = list(values)
    return sum(found) / len(found) if found else None


def _agree(expected: ExpectedPart, found: UnderstoodPart, *, exact: bool) -> bool:
    return any(_means(meaning, found, exact=exact) for meaning in expected.meanings)


def _means(meaning: Meaning, found: UnderstoodPart, *, exact: bool) -> bool:
    if meaning.kind != found.kind:
        return False
    if meaning.kind == "limit":
        return _term(meaning) == _term(found)
    if meaning.wanted != found.wanted or meaning.field != found.field:
        return False
    if meaning.kind == "sound" and not exact:
        return fuzz.ratio(fold(meaning.value), fold(found.value)) >= ALIKE
    return fold(meaning.value) == fold(found.value)


def _term(meaning: Meaning | UnderstoodPart) -> tuple[str, bool]:
    """The term of a limit without quotes or minus, and whether it is wanted: "-year:1999" is a year not wanted."""
    excludes = meaning.value.startswith("-")
    return fold(meaning.value.removeprefix("-").replace('"', "")), meaning.wanted != excludes
