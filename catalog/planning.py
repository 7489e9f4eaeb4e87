"""How a `Query` becomes a ranking, the same over every engine.

**Query vectors.** For each asked stem s

    q_s = normalise( sum_i w_i v_i  -  sum_j w_j n_j )

over the wanted sources i and the unwanted ones j. A text gives the same vector to every stem. A track or audio gives
its vector of stem s, or that of its mix where s was never separated; a stem that was found silent is like nothing,
so that asking for it is an error. Without wanted sources q_s points away from the unwanted ones.

**Scores.** With x_s the vector of a track's stem s, and 0 for a stem that it has not,

    score_s = cos(q_s, x_s)        score = sum_s w_s score_s / sum_s w_s

A missing stem counts 0 rather than being left out of the mean: who asks for likeness in vocals does not want a track
without vocals to win by its mix alone. One stem is ranked by the engine. Of several, the tracks nearest in each stem
are united and scored exactly from their stored vectors; a track that is near in no single stem is not considered.

**Diversity** d > 0 re-ranks those candidates by maximal marginal relevance (Carbonell and Goldstein 1998): the next
hit is the candidate x with the largest

    (1 - d) score(x)  -  d max over the hits h above of sim(x, h)

where sim weighs the stems as the score does. Everything is ordered by value, ties by id.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from catalog.engine import Conditions, Engine, Point
from catalog.payload import to_conditions, to_track
from catalog.query import Audio, Hit, Query, Seed, Text
from catalog.track import MIX, Track
from catalog.validation import is_track_id, unit_vector, unit_vectors
from polymuse.errors import NotFoundError, UserError

MAX_DEPTH = 1000  # limit + offset: deeper pages cost more than they tell
POOLS = (200, 1000, 4000)  # candidates per stem; in steps, so that the pages of one search rank the same candidates
CANCELLED = 1e-6  # a query vector shorter than this is rounding noise

EmbedText = Callable[[Sequence[str]], np.ndarray]


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate: its score and what each stem has to do with it."""

    id: str
    score: float
    stem_scores: Mapping[str, float]


def check_query(query: Query, known_stems: Sequence[str]) -> None:
    """Raises UserError for a query that cannot be answered."""
    if not query.stems:
        raise UserError("The query names no stem", f"The catalog has {', '.join(known_stems)}.")
    unknown = sorted(set(query.stems) - set(known_stems))
    if unknown and known_stems:  # an empty catalog has no stems, and no hits
        raise UserError(f'No track has a stem "{unknown[0]}"', f"The catalog has {', '.join(known_stems)}.")
    sources = [*_wanted(query), *_unwanted(query)]
    if not sources:
        raise UserError("The query is empty", "Give a text, a track or audio to be near to or away from.")
    for weight in (*(source.weight for source in sources), *query.stems.values()):
        if not (math.isfinite(weight) and weight > 0):
            raise UserError(f"A weight of the query is {weight}", "Choose a number above 0.")
    _check_page(query)


def _check_page(query: Query) -> None:
    if query.limit < 1 or query.offset < 0 or query.limit + query.offset > MAX_DEPTH:
        raise UserError(
            f"Hits {query.offset + 1} to {query.offset + query.limit} cannot be asked for",
            f"Choose a limit of at least 1, and limit and offset that sum to at most {MAX_DEPTH}.",
        )
    if not 0 <= query.diversity <= 1:
        raise UserError(f"The diversity is {query.diversity}", "Choose a number from 0 to 1.")
    if query.min_score is not None and not math.isfinite(query.min_score):
        raise UserError(f"The minimum score is {query.min_score}", "Choose a number from -1 to 1.")


def search(query: Query, engine: Engine, dim: int, embed_text: EmbedText) -> list[Hit]:
    """The hits of a query that `check_query` let pass."""
    vectors = _query_vectors(query, _Sources(query, engine, dim, embed_text))
    seeds = frozenset(seed.track_id for seed in (*query.tracks, *query.not_tracks))
    where = replace(to_conditions(query.where), exclude_ids=seeds)
    ranked = _rank(query, engine, vectors, where)
    page = ranked[query.offset : query.offset + query.limit]
    points = {point.id: point for point in engine.retrieve([each.id for each in page])}
    return [_hit(each, points[each.id], query.stems) for each in page if each.id in points]


def _wanted(query: Query) -> tuple[Text | Seed | Audio, ...]:
    return (*query.texts, *query.tracks, *query.audio)


def _unwanted(query: Query) -> tuple[Text | Seed | Audio, ...]:
    return (*query.not_texts, *query.not_tracks, *query.not_audio)


class _Sources:
    """The vectors of everything a query names, fetched and embedded once."""

    def __init__(self, query: Query, engine: Engine, dim: int, embed_text: EmbedText) -> None:
        self._texts = _embedded([each.text for each in (*query.texts, *query.not_texts)], dim, embed_text)
        self._tracks = _retrieved([each.track_id for each in (*query.tracks, *query.not_tracks)], engine)
        self._dim = dim

    def vector(self, source: Text | Seed | Audio, stem: str) -> np.ndarray:
        """[dim] of norm 1. Raises UserError where the source has nothing to say about the stem."""
        if isinstance(source, Text):
            return self._texts[source.text]
        if isinstance(source, Audio):
            return _of_stem(_checked_audio(source, self._dim), stem)
        point = self._tracks[source.track_id]
        _check_audible(to_track(point.id, point.payload), stem)
        return _of_stem(point.vectors, stem)


def _embedded(texts: list[str], dim: int, embed_text: EmbedText) -> dict[str, np.ndarray]:
    if not texts:
        return {}
    unique = list(dict.fromkeys(texts))
    vectors = embed_text(unique)
    try:
        return {text: unit_vector(vector, dim) for text, vector in zip(unique, vectors, strict=True)}
    except ValueError as error:
        raise UserError(
            f"The vector of a text cannot be searched with: {error}",
            "Search with the model that the catalog was made with.",
        ) from None


def _retrieved(ids: list[str], engine: Engine) -> dict[str, Point]:
    points = {point.id: point for point in engine.retrieve(list(filter(is_track_id, ids)), vectors=True)}
    missing = [each for each in ids if each not in points]
    if missing:
        raise NotFoundError(f"No track {missing[0]} in the catalog", "Take the id from a search or a listing.")
    return points


def _checked_audio(audio: Audio, dim: int) -> dict[str, np.ndarray]:
    if MIX not in audio.vectors:
        raise UserError(f'The audio of a query has no "{MIX}" vector', "Embed the unseparated audio too.")
    try:
        return unit_vectors(audio.vectors, dim)
    except ValueError as error:
        raise UserError(
            f"A vector of the audio cannot be searched with: {error}",
            "Embed it with the model that the catalog was made with.",
        ) from None


def _check_audible(track: Track, stem: str) -> None:
    if stem in track.stems and not track.stems[stem].present:
        raise UserError(
            f'The stem "{stem}" of "{track.title}" is silent, so nothing is like it', "Ask for one of its other stems."
        )


def _of_stem(vectors: Mapping[str, np.ndarray], stem: str) -> np.ndarray:
    return vectors.get(stem, vectors[MIX])


def _query_vectors(query: Query, sources: _Sources) -> dict[str, np.ndarray]:
    return {stem: _query_vector(query, sources, stem) for stem in query.stems}


def _query_vector(query: Query, sources: _Sources, stem: str) -> np.ndarray:
    wanted = [source.weight * sources.vector(source, stem).astype(np.float64) for source in _wanted(query)]
    unwanted = [source.weight * sources.vector(source, stem).astype(np.float64) for source in _unwanted(query)]
    total = np.sum([*wanted, *(-vector for vector in unwanted)], axis=0)
    norm = np.linalg.norm(total)
    if norm < CANCELLED:
        raise UserError("What the query wants and does not want cancel each other", "Change a weight or leave one out.")
    return (total / norm).astype(np.float32)


def _rank(query: Query, engine: Engine, vectors: dict[str, np.ndarray], where: Conditions) -> list[Ranked]:
    depth = query.offset + query.limit
    pool = next(size for size in POOLS if size >= 4 * depth)
    near = {stem: engine.nearest(stem, vector, pool, where) for stem, vector in vectors.items()}
    if len(near) == 1 and not query.diversity:
        [(stem, hits)] = near.items()
        return _above(query.min_score, [Ranked(point_id, score, {stem: score}) for point_id, score in hits])
    candidates = {point_id for hits in near.values() for point_id, _ in hits}
    points = engine.retrieve(sorted(candidates), vectors=list(vectors))
    ranked = _above(query.min_score, [_scored(point, vectors, query.stems) for point in points])
    return _diversified(ranked, points, query, depth) if query.diversity else ranked


def _above(min_score: float | None, ranked: list[Ranked]) -> list[Ranked]:
    kept = [each for each in ranked if min_score is None or each.score >= min_score]
    return sorted(kept, key=lambda each: (-each.score, each.id))


def _scored(point: Point, vectors: Mapping[str, np.ndarray], weights: Mapping[str, float]) -> Ranked:
    scores = {s: float(vectors[s] @ point.vectors[s]) for s in vectors if s in point.vectors}
    return Ranked(point.id, _weighted_mean(scores, weights), scores)


def _weighted_mean(scores: Mapping[str, float], weights: Mapping[str, float]) -> float:
    return sum(weights[stem] * score for stem, score in scores.items()) / sum(weights.values())


def _diversified(ranked: list[Ranked], points: list[Point], query: Query, depth: int) -> list[Ranked]:
    """The first `depth` of the candidates by maximal marginal relevance."""
    rows = _weighted_rows(ranked, {point.id: point for point in points}, query.stems)
    scores = np.array([each.score for each in ranked])
    redundancy = np.full(len(ranked), -np.inf)  # likeness to the likest hit so far
    open_ = np.ones(len(ranked), dtype=bool)
    order: list[int] = []
    for _ in range(min(depth, len(ranked))):
        penalty = query.diversity * redundancy if order else 0.0
        value = np.where(open_, (1 - query.diversity) * scores - penalty, -np.inf)
        best = int(np.argmax(value))  # the first of equals: the better score, then the smaller id
        order.append(best)
        open_[best] = False
        redundancy = np.maximum(redundancy, rows @ rows[best])
    return [ranked[index] for index in order]


def _weighted_rows(ranked: list[Ranked], points: Mapping[str, Point], weights: Mapping[str, float]) -> np.ndarray:
    """One row per candidate whose dot products are sum_s w_s cos(a_s, b_s) / sum_s w_s."""
    total = sum(weights.values())

    def row(point: Point) -> np.ndarray:
        blank = np.zeros_like(next(iter(point.vectors.values())))
        return np.concatenate([math.sqrt(w / total) * point.vectors.get(s, blank) for s, w in weights.items()])

    return np.stack([row(points[each.id]) for each in ranked]) if ranked else np.empty((0, 0), dtype=np.float32)


def _hit(ranked: Ranked, point: Point, weights: Mapping[str, float]) -> Hit:
    stem = max(ranked.stem_scores, key=lambda name: weights[name] * ranked.stem_scores[name])
    return Hit(to_track(point.id, point.payload), ranked.score, stem, dict(ranked.stem_scores))
