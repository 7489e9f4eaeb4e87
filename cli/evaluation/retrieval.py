"""Retrieval evaluation: how well the texts of a query file find their tracks in the library."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from catalog.catalog import MAX_PAGE
from cli.evaluation.metrics import Metrics, best_rank, cosines, metrics
from cli.evaluation.query_file import LabelledText
from cli.session import Library
from polymuse.music import MIX

BATCH = 64  # queries compared at once: 64 x 1 million tracks are 256 MB


def rank_queries(
    library: Library, queries: Sequence[LabelledText], folder: Path
) -> tuple[list[tuple[str, int]], list[LabelledText]]:
    """(language, rank) of each query, and the queries without relevant tracks in the library.

    Queries are ranked against all tracks by exact comparison. Paths in queries are relative to `folder`.
    """
    ids, vectors = _all_vectors(library)
    position = {track_id: row for row, track_id in enumerate(ids)}
    answers = [_positions(library, query.relevant, folder, position) for query in queries]
    answerable = [(query, rows) for query, rows in zip(queries, answers, strict=True) if rows]
    ranked = []
    for start in range(0, len(answerable), BATCH):
        batch = answerable[start : start + BATCH]
        similarities = cosines(library.embedder.embed_text([query.text for query, _ in batch]), vectors)
        ranked += [
            (query.language, best_rank(row, rows)) for (query, rows), row in zip(batch, similarities, strict=True)
        ]
    return ranked, [query for query, rows in zip(queries, answers, strict=True) if not rows]


def by_language(ranked: Sequence[tuple[str, int]]) -> dict[str | None, Metrics]:
    """Metrics per language, and over all queries under None, which comes last."""
    languages = sorted({language for language, _ in ranked})
    figures: dict[str | None, Metrics] = {
        language: metrics(rank for other, rank in ranked if other == language) for language in languages
    }
    return figures | {None: metrics(rank for _, rank in ranked)}


def _all_vectors(library: Library) -> tuple[list[str], np.ndarray]:
    """Ids and mix vectors [tracks, dim] of the whole library."""
    found = dict(_vectors(library))
    stacked = np.stack(list(found.values())) if found else np.empty((0, library.embedder.dim), np.float32)
    return list(found), stacked


def _vectors(library: Library) -> Iterator[tuple[str, np.ndarray]]:
    tracks = library.catalog.tracks()
    while page := list(islice(tracks, MAX_PAGE)):
        for track_id, vectors in library.catalog.vectors([track.id for track in page]).items():
            yield track_id, vectors[MIX]


def _positions(library: Library, relevant: Sequence[str], folder: Path, position: dict[str, int]) -> list[int]:
    """The rows of the tracks given by id or path; unknown ones are skipped."""
    found = set()
    for name in relevant:
        if name in position:
            found.add(position[name])
        elif track := library.catalog.find_by_path(str((folder / name).absolute())):
            found.add(position[track.id])
    return sorted(found)
