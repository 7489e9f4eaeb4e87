"""The tracks that have the names of a query, as the lexical ranking that `catalog.fusion` joins with the vectors.

A name of the query has a tier, by what it names:

    0  a title, as it was typed      1  a title typed with an error or in part
    2  an artist or a composer       3  an album       4  a genre

The tier of a track is the lowest of the names that it has. Within a tier, tracks that have more of the names come
first: the weights of those that they have are added, half of it for names that were not typed exactly. Tracks that are
equal in both share a rank. So the ranks count groups of tracks: all tracks of an artist have the same one, and their
vectors tell them apart.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from catalog.candidates import NearestTracks, Ranked
from catalog.engine import AnyOf, Condition, Conditions, Engine, Match, Payload, walk
from catalog.keys import fold
from catalog.names.found_name import NAME_FIELDS, NameField
from catalog.query import NameTerm
from catalog.search_options import MAX_DEPTH
from polymuse.music import MIX

TIERS: Mapping[tuple[NameField, bool], int] = {
    ("title", True): 0,
    ("title", False): 1,
    **{(field, exact): 2 for field in ("artist", "composer") for exact in (True, False)},
    **{("album", exact): 3 for exact in (True, False)},
    **{("genre", exact): 4 for exact in (True, False)},
}
GENRE = 4
INEXACT = 0.5  # share of the weight of a name that was not typed exactly
SEEDS = 32  # named tracks that others are compared with, if nothing else is asked for
_KEYS = {"artist": "artist_key", "composer": "composer_keys", "album": "album_key", "genre": "genre_keys"}


@dataclass(frozen=True, slots=True)
class Named:
    """A track that has a name of the query."""

    ranked: Ranked
    rank: int  # of its group, from 1
    tier: int
    weight: float  # of its heaviest name


class NameTerms:
    """The names of a query by tier."""

    def __init__(self, names: Sequence[NameTerm]) -> None:
        self._tiers: dict[int, list[NameTerm]] = defaultdict(list)
        for term in dict.fromkeys(names):
            self._tiers[TIERS[term.field, term.exact]].append(term)

    def ranked(self, engine: Engine, nearest: Callable[[Conditions], NearestTracks], where: Conditions) -> list[Named]:
        """The tracks that have one of the names, best first, up to MAX_DEPTH; in a group by their vectors.

        Where more tracks share a tier, those nearest to the query vectors are taken.
        """
        found: dict[str, tuple[int, float, float, Ranked]] = {}
        for tier, conditions in self._by_tier(where):
            left = MAX_DEPTH - len(found)
            if left <= 0:
                break
            near = {each.id: each for each in nearest(conditions)(left).ranked[:left]}
            for point in walk(engine, Conditions(only_ids=frozenset(near)), _FIELDS):
                heaviest = max((term.weight for term in self._tiers[tier] if _has(point.payload, term)), default=0.0)
                found[point.id] = (tier, -self._total(point.payload), heaviest, near[point.id])
        ordered = sorted(found.values(), key=lambda each: (each[0], each[1], -each[3].score, each[3].id))
        ranks = {group: n for n, group in enumerate(dict.fromkeys((tier, total) for tier, total, _, _ in ordered), 1)}
        return [Named(ranked, ranks[tier, total], tier, weight) for tier, total, weight, ranked in ordered]

    def seeds(self, engine: Engine, stems: Sequence[str], where: Conditions) -> list[str]:
        """Tracks of the best group that have all these stems: what a query of names alone resembles."""
        audible = tuple(Match("has", (stem,)) for stem in stems if stem != MIX)
        for _, conditions in self._by_tier(replace(where, must=(*where.must, *audible))):
            points, _ = engine.scroll(conditions, MAX_DEPTH, None, _FIELDS)
            totals = {point.id: self._total(point.payload) for point in points}
            if totals:
                best = max(totals.values())
                return [id_ for id_, total in totals.items() if total == best][:SEEDS]
        return []

    def matched(self, payload: Payload) -> tuple[NameField, ...]:
        """The fields of the names that a track has."""
        terms = [term for terms in self._tiers.values() for term in terms]
        fields = {term.field for term in terms if _has(payload, term)}
        return tuple(field for field in NAME_FIELDS if field in fields)

    def _total(self, payload: Payload) -> float:
        """The weights of all names that a track has."""
        terms = [term for terms in self._tiers.values() for term in terms if _has(payload, term)]
        return sum(term.weight * (1.0 if term.exact else INEXACT) for term in terms)

    def _by_tier(self, where: Conditions) -> Iterator[tuple[int, Conditions]]:
        """Conditions for the tracks of each tier."""
        earlier: list[Condition] = []
        for tier, terms in sorted(self._tiers.items()):
            one = AnyOf(tuple(map(_condition, terms)))
            yield tier, replace(where, must=(*where.must, one), must_not=(*where.must_not, *earlier))
            earlier.append(one)


_FIELDS = ("title", *_KEYS.values())


def _condition(term: NameTerm) -> Condition:
    spellings = term.spellings or (term.value,)
    if term.field == "title":
        return Match("title", spellings)
    return Match(_KEYS[term.field], tuple(dict.fromkeys(map(fold, spellings))))


def _has(payload: Payload, term: NameTerm) -> bool:
    condition = _condition(term)
    assert isinstance(condition, Match)  # noqa: S101  # for the type checker
    stored = payload.get(condition.key, ())
    return bool(set([stored] if isinstance(stored, str) else stored) & {*condition.values})
