"""Reciprocal rank fusion of the named tracks with those that are near (Cormack, Clarke and Büttcher 2009).

    value = w_tier v / (K + rank of the group among the named tracks)  +  1 / (K + rank among the nearest tracks)

where v is the weight of the heaviest name that the track has, and a term is 0 for a track that a ranking lacks. Named
tracks of equal value, which are further away than the ranking of the nearest reaches, are ordered by score.

K = 60 as in the paper. With NAMED = 100 no other track comes before one with a title, an artist, a composer or an
album that was asked for, and none of a later group before one of an earlier group: the second term is at most
1 / 61 = 0.0164, and 100 / (60 + g) - 100 / (61 + g) is larger than that up to group 17. A genre, which many tracks have
and some by mistake, has just the weight that brings its tracks to the front in the order of both rankings. Of 0 to 2,
`benchmarks/names.py fusion` found none better than 1 unless the text says hardly anything about the sound.
"""

from collections.abc import Sequence

from catalog.candidates import NearestTracks, Pool
from catalog.named_tracks import GENRE, Named

K = 60
NAMED = 100.0
OF_GENRE = 1.0


def fused(nearest: NearestTracks, named: Sequence[Named]) -> NearestTracks:
    """Candidates in the order of their values; all named tracks are among them."""
    lexical = {each.ranked.id: _weight(each) / (K + each.rank) for each in named}

    def both(count: int) -> Pool:
        pool = nearest(count)
        values = dict(lexical)
        for rank, each in enumerate(pool.ranked, 1):
            values[each.id] = values.get(each.id, 0.0) + 1 / (K + rank)
        found = {each.id: each for each in (*(each.ranked for each in named), *pool.ranked)}
        ranked = sorted(found.values(), key=lambda each: (-values[each.id], -each.score, each.id))
        return Pool(ranked, pool.bound)

    return both


def _weight(named: Named) -> float:
    return named.weight * (OF_GENRE if named.tier == GENRE else NAMED)
