"""From a `Query` to its hits, identically for every engine.

**Query vectors.** For each stem s of the query

    q_s = t_s / |t_s|        t_s = sum_i w_i v_i  -  sum_j w_j n_j

over the wanted sources i and the unwanted ones j, all of norm 1. A text or a descriptor has the same vector for every
stem. A track or audio has its vector of stem s, or the one of its mix if s was never separated; using a silent stem is
an error. A track given with one of its stems uses the vector of that stem for every stem: for example its vocals
against other mixes. Without wanted sources q_s points away from the unwanted ones. If all sources cancel, t_s is zero,
which is an error.

**Scores.** With x_s the vector of stem s of a track, or 0 for a missing stem,

    score_s = cos(q_s, x_s)        score = sum_s w_s score_s / sum_s w_s

A missing stem scores 0 instead of being left out of the mean: in a search by vocals, a track without vocals must not
win by its mix alone. A single stem is ranked by the engine. For several stems, the union of the nearest tracks per stem
is scored in all stems; a track that is near in no single stem is not considered.

**Moments.** "locate" keeps the ranking and adds to each hit the segment nearest to q_mix. "rank" scores a track by that
segment instead of its mix,

    score = max over the segments x of cos(q_mix, x)

and skips tracks without segments.

**Explanation.** A source i with weight w_i (unwanted: -w_i) contributes, in stem s,

    w_s / sum_s w_s  *  w_i cos(v_i, x_s) / |t_s|

and these contributions sum to the score. When ranked by moments, x_s is the vector of that moment.

**Exclusion.** The tracks of a query are never hits. `without_same` also excludes tracks with an artist or the album of
a wanted track. `without_duplicates` excludes tracks whose mix has a cosine of at least NEAR_DUPLICATE with the mix of a
wanted track or audio, or of a higher-ranked hit.

**Diversity** d > 0 re-ranks the candidates by maximal marginal relevance (Carbonell and Goldstein 1998): the next hit
is the candidate x with the largest

    (1 - d) score(x)  -  d max over the hits h so far of sim(x, h)

where sim is the mean of the cosines in the stems of the query, weighted as in the score.

**Names** bring the tracks that have them to the front: `catalog.named_tracks` ranks those, and `catalog.fusion` joins
that ranking with the one above. Scores stay cosines. Names alone take their best tracks as wanted sources, which are
hits as well. With diversity, the scores of the candidates are dealt out anew in the order of the fusion.

Everything is ordered by value, ties by id. `catalog.ranking` explains why that order is the same for every page.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from catalog.candidates import NearestTracks, Ranked, by_moments, by_stems
from catalog.engine import ANYTHING, AllOf, Condition, Conditions, Engine, Match, Point
from catalog.fusion import fused
from catalog.keys import fold
from catalog.moments import locate, to_moment
from catalog.named_tracks import NameTerms
from catalog.payload import to_conditions_in, to_track
from catalog.query import Hit, Part, Query, Seed
from catalog.ranking import rank
from catalog.search_options import MAX_DEPTH
from catalog.sources import Direction, EmbedText, Sources, no_texts, unwanted, wanted
from catalog.track import Track
from polymuse.errors import UserError
from polymuse.music import MIX

__all__ = ["EmbedText", "check_query", "no_texts", "search"]

VARIOUS_ARTISTS = {"various artists", "various"}  # folded; they are nobody's name


def check_query(query: Query, known_stems: Sequence[str]) -> None:
    """Raises UserError for a query that cannot be answered."""
    if not query.stems:
        raise UserError("The query names no stem", f"The catalog has {', '.join(known_stems)}.")
    sources = [*wanted(query), *unwanted(query)]
    if not sources and not query.names:
        raise UserError(
            "The query is empty",
            "Give a text, a name, a tag, a track or audio that the results should be like or unlike.",
        )
    for weight in (*(source.weight for source in (*sources, *query.names)), *query.stems.values()):
        if not (math.isfinite(weight) and weight > 0):
            raise UserError(f"A weight of the query is {weight}", "Choose a number above 0.")
    _check_stems(query, known_stems)
    _check_page(query)


def _check_stems(query: Query, known_stems: Sequence[str]) -> None:
    of_seeds = {seed.stem for seed in (*query.tracks, *query.not_tracks) if seed.stem is not None}
    unknown = sorted((set(query.stems) | of_seeds) - set(known_stems))
    if unknown and known_stems:  # an empty catalog has no stems, and no hits
        raise UserError(f'No track has a stem "{unknown[0]}"', f"The catalog has {', '.join(known_stems)}.")
    if query.moments == "rank" and set(query.stems) != {MIX}:
        raise UserError(
            f"Moments are of the mix, and cannot be ranked by {', '.join(query.stems)}",
            "Use the stem mix alone, or do not rank by moments.",
        )


def _check_page(query: Query) -> None:
    if query.limit < 1 or query.offset < 0 or query.limit + query.offset > MAX_DEPTH:
        raise UserError(
            f"Hits {query.offset + 1} to {query.offset + query.limit} cannot be requested",
            f"Choose a limit of at least 1, and limit and offset that sum to at most {MAX_DEPTH}.",
        )
    if not 0 <= query.diversity <= 1:
        raise UserError(f"The diversity is {query.diversity}", "Choose a number from 0 to 1.")
    if query.min_score is not None and not math.isfinite(query.min_score):
        raise UserError(f"The minimum score is {query.min_score}", "Choose a number from -1 to 1.")


def search(query: Query, tracks: Engine, segments: Engine, dim: int, embed_text: EmbedText) -> list[Hit]:
    """The hits of a query that `check_query` accepts."""
    asked = query
    if query.names and not any(True for _ in (*wanted(query), *unwanted(query))):
        where = to_conditions_in(tracks, query.where)
        named = NameTerms(query.names).seeds(tracks, list(query.stems), where)
        if not named:
            return []
        asked = replace(query, tracks=tuple(map(Seed, named)))
    return _Plan(query, tracks, segments, Sources(asked, tracks, dim, embed_text)).hits()


class _Plan:
    """A query with its vectors."""

    def __init__(self, query: Query, tracks: Engine, segments: Engine, sources: Sources) -> None:
        self._query = query
        self._tracks = tracks
        self._segments = segments
        self._sources = sources
        self._names = NameTerms(query.names)
        stems = [*query.stems, MIX] if query.moments else list(query.stems)
        self._directions: dict[str, Direction] = {stem: sources.direction(stem) for stem in stems}

    def hits(self) -> list[Hit]:
        query = self._query
        liked = query.without_duplicates and (query.tracks or query.audio)
        seeds = self._sources.wanted_mixes() if liked else []
        ranked = rank(query, self._nearest(), self._tracks, seeds)[query.offset :]
        vectors = list(query.stems) if query.explain else False
        points = {point.id: point for point in self._tracks.retrieve([each.id for each in ranked], vectors)}
        ranked = [each for each in ranked if each.id in points]  # others were deleted meanwhile
        moments = self._moments(ranked, list(points.values()))
        return [self._hit(each, points[each.id], moments.get(each.id)) for each in ranked]

    def _nearest(self) -> NearestTracks:
        if self._query.moments == "rank" and not self._segments.count(ANYTHING):
            raise UserError(
                "No track of the catalog has moments to rank by", "Index the music again, with moments switched on."
            )
        where = self._conditions()
        nearest = self._nearest_in(where)
        if not self._query.names:
            return nearest
        return fused(nearest, self._names.ranked(self._tracks, self._nearest_in, where))

    def _nearest_in(self, where: Conditions) -> NearestTracks:
        vectors = {stem: self._directions[stem].vector for stem in self._query.stems}
        if self._query.moments == "rank":
            return by_moments(self._tracks, self._segments, vectors[MIX], where)
        return by_stems(self._tracks, vectors, self._query.stems, where)

    def _conditions(self) -> Conditions:
        query = self._query
        where = to_conditions_in(self._tracks, query.where)
        seeds = frozenset(seed.track_id for seed in (*query.tracks, *query.not_tracks))
        return replace(where, must_not=(*where.must_not, *self._shared()), exclude_ids=seeds)

    def _shared(self) -> Iterator[Condition]:
        """Conditions that match tracks with an artist or the album of a wanted track."""
        shared = {"artist": _same_artist, "album": _same_album}
        for name in sorted(self._query.without_same) if self._query.tracks else ():
            for track in self._sources.wanted_tracks():
                yield from shared[name](track)

    def _moments(self, ranked: Sequence[Ranked], points: Sequence[Point]) -> dict[str, tuple[Point, float]]:
        """{track: (segment, score)} if moments are requested, for tracks with segments."""
        if self._query.moments is None:
            return {}
        best = {each.id: (each.segment, each.score) for each in ranked if each.segment is not None}
        if self._query.moments == "locate":
            best = locate(self._segments, self._directions[MIX].vector, points)
        stored = self._segments.retrieve([segment for segment, _ in best.values()], vectors=self._query.explain)
        found = {point.id: point for point in stored}
        return {track: (found[segment], score) for track, (segment, score) in best.items() if segment in found}

    def _hit(self, ranked: Ranked, point: Point, best: tuple[Point, float] | None) -> Hit:
        weights = self._query.stems
        stem = max(ranked.stem_scores, key=lambda name: weights[name] * ranked.stem_scores[name])
        vectors = best[0].vectors if best is not None and self._query.moments == "rank" else point.vectors
        return Hit(
            to_track(point.id, point.payload),
            ranked.score,
            stem,
            dict(ranked.stem_scores),
            moment=None if best is None else to_moment(*best),
            parts=tuple(self._parts(vectors)) if self._query.explain else (),
            matched=self._names.matched(point.payload),
        )

    def _parts(self, vectors: Mapping[str, np.ndarray]) -> Iterator[Part]:
        total = sum(self._query.stems.values())
        for stem, weight in self._query.stems.items():
            if stem in vectors:
                yield from self._directions[stem].parts(stem, vectors[stem], weight / total)


def _same_artist(track: Track) -> Iterator[Condition]:
    names = {fold(name) for name in (track.artist, *track.artists)} - {"", *VARIOUS_ARTISTS}
    if names:
        yield Match("artist_key", tuple(sorted(names)))


def _same_album(track: Track) -> Iterator[Condition]:
    """The same title, and the same album artist if the track has one: many albums are called "Greatest Hits"."""
    if title := fold(track.album):
        album = Match("album_key", (title,))
        album_artist = fold(track.album_artist)
        yield AllOf((album, Match("album_artist_key", (album_artist,)))) if album_artist else album
