"""Which separators made the stems that a search compares. Stems of several are less alike than those of one."""

from collections import Counter
from collections.abc import Iterable, Sequence

from catalog.query import Hit, Query
from catalog.track import Track
from polymuse.music import MIX


def compares_stems(query: Query) -> bool:
    """Whether a query compares anything that a separator has made."""
    seeds = (*query.tracks, *query.not_tracks)
    return any(stem != MIX for stem in query.stems) or any(seed.stem not in (None, MIX) for seed in seeds)


def unlike_separators(hits: Sequence[Hit], seeds: Iterable[Track], audio: Iterable[str] = ()) -> dict[str, int]:
    """{fingerprint: hits with stems by it} if the stems of hits, seeds and `audio` are of several separators, else {}.

    `audio`: the fingerprints of the separators of audio from outside the catalog. The most frequent comes first.
    """
    compared = (hit.track for hit in hits if hit.stem_scores.keys() - {MIX})
    counts = Counter(track.models["separator"] for track in compared if "separator" in track.models)
    others = [track.models["separator"] for track in seeds if "separator" in track.models]
    for made in (*others, *audio):
        counts.setdefault(made, 0)
    return dict(counts.most_common()) if len(counts) > 1 else {}
