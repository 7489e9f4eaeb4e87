"""How well the confidence of a tag tells the tracks that have it from those that do not."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from statistics import fmean
from typing import TYPE_CHECKING

import numpy as np

from catalog.catalog import MAX_PAGE
from cli.evaluation.figures import Figure, FigureTable
from cli.evaluation.tags_file import TaggedTrack
from models.tagging.levels import levels_db

if TYPE_CHECKING:
    from catalog.track import Track
    from cli.session import Library

FEWEST = 4  # tracks that have a tag, and that do not, for a figure
MEAN = "mean"
COLUMNS = ("with", "without", "AUC", "AP")

Confidences = Mapping[str, float]  # slug -> 0 to 1


def auc(right: np.ndarray, wrong: np.ndarray) -> float:
    """The chance that a track that has the tag is more confident than one that has not; ties count half."""
    above = (right[:, None] > wrong).sum() + 0.5 * (right[:, None] == wrong).sum()
    return float(above / (len(right) * len(wrong)))


def average_precision(right: np.ndarray, wrong: np.ndarray) -> float:
    """Mean over the tracks that have the tag of the precision at their confidence; ties are taken together."""
    return fmean(float((right >= at).sum() / ((right >= at).sum() + (wrong >= at).sum())) for at in right)


def evaluate(labelled: Sequence[tuple[TaggedTrack, Confidences]]) -> FigureTable:
    """A row for each tag with at least FEWEST tracks of either kind, in alphabetical order, and their mean."""
    rows: dict[str, Sequence[Figure]] = {}
    areas, precisions = [], []
    for tag in sorted({slug for track, _ in labelled for slug in track.right}):
        right = np.array([found[tag] for track, found in labelled if tag in track.right and tag in found])
        wrong = np.array([found[tag] for track, found in labelled if tag in track.wrong and tag in found])
        if min(len(right), len(wrong)) >= FEWEST:
            areas.append(auc(right, wrong))
            precisions.append(average_precision(right, wrong))
            rows[tag] = len(right), len(wrong), areas[-1], precisions[-1]
    if rows:
        rows[MEAN] = None, None, fmean(areas), fmean(precisions)
    return FigureTable("tag", COLUMNS, rows)


def confidences(library: "Library", tagged: Sequence[TaggedTrack]) -> list[tuple[TaggedTrack, Confidences]]:
    """Those of the labelled tracks that the library has, with the confidence of all tags from the stored vectors."""
    found = {track.id: labels for track, labels in _located(library, tagged)}
    pairs = []
    ids = iter(found)
    while page := list(islice(ids, MAX_PAGE)):
        vectors = library.catalog.vectors(page)
        for track in library.catalog.get(page):
            of_tags = library.tagger.confidences(vectors[track.id], levels_db(track.stems))
            pairs.append((found[track.id], of_tags))
    return pairs


def _located(library: "Library", tagged: Sequence[TaggedTrack]) -> "Iterator[tuple[Track, TaggedTrack]]":
    by_id = {name: labels for labels in tagged for name in (labels.track, labels.id) if name}
    by_name: dict[str, list[TaggedTrack]] = {}
    for labels in tagged:
        by_name.setdefault(labels.track.rpartition("/")[2], []).append(labels)
    for track in library.catalog.tracks():
        if track.id in by_id:
            yield track, by_id[track.id]
            continue
        for file in track.files:
            ends = by_name.get(file.path.rpartition("/")[2], ())
            match = next((each for each in ends if f"/{file.path}".endswith(f"/{each.track}")), None)
            if match is not None:
                yield track, match
                break
