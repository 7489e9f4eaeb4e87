"""How well names are found, also those with typos or in another script: whether the first tracks found have them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from catalog.keys import fold
from catalog.track import Track
from cli.evaluation.figures import ALL, Figure, FigureTable
from cli.evaluation.names_file import NameQuery
from cli.evaluation.parsing_file import Name

FIRST = 3
COLUMNS = ("queries", "first right", "one of three right")

Answer = Callable[[str, int], Sequence[Track]]  # the first tracks that a text finds, at most so many


@dataclass(frozen=True, slots=True)
class NameScore:
    """Whether the first track, and one of the first three, has the name."""

    first: bool
    three: bool


def score(expected: Name, found: Sequence[Track]) -> NameScore:
    """Names are compared regardless of case and Unicode form."""
    right = [fold(expected.value) in map(fold, names_of(track, expected.field)) for track in found[:FIRST]]
    return NameScore(first=right[:1] == [True], three=any(right))


def names_of(track: Track, field: str) -> tuple[str, ...]:
    """The names of a track in a field: one of artist, album, title, genre and composer."""
    found = {"title": (track.title,), "artist": (*track.artists, track.artist), "album": (track.album,)}
    return (found | {"genre": track.genres, "composer": track.composers})[field]


def evaluate(queries: Sequence[NameQuery], answer: Answer) -> tuple[FigureTable, FigureTable]:
    """Figures by kind of query and by language, each with a row over all."""
    scores = [(query, score(query.expected, answer(query.text, FIRST))) for query in queries]
    return _table("kind", scores), _table("language", scores)


def _table(by: str, scores: Sequence[tuple[NameQuery, NameScore]]) -> FigureTable:
    groups = list(dict.fromkeys(getattr(query, by) for query, _ in scores))  # kinds in the order of the file
    rows = {
        group: _row([found for query, found in scores if getattr(query, by) == group])
        for group in (groups if by == "kind" else sorted(groups))
    }
    return FigureTable(by, COLUMNS, rows | {ALL: _row([found for _, found in scores])})


def _row(scores: Sequence[NameScore]) -> Sequence[Figure]:
    shares = (sum(each.first for each in scores) / len(scores), sum(each.three for each in scores) / len(scores))
    return len(scores), *shares
