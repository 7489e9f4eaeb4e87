"""Tags from stored vectors: recompute them for a library, and compare them with labels."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from itertools import islice
from pathlib import Path

import numpy as np

from catalog.catalog import Catalog
from catalog.fields import WITH_HIDDEN, with_hidden
from catalog.filters import Filter
from catalog.track import Track
from models.tagging.calibration import Pairs
from models.tagging.levels import levels_db
from models.tagging.tagger import Statistics, Tagger, library_statistics
from polymuse.errors import NotFoundError, UserError
from polymuse.music import AUDIO, SCORE, Tag
from polymuse.parse_json import parse_json

PAGE = 256  # tracks whose vectors are read, or whose tags are written, at once

Step = Callable[[int], None]  # takes the number of tracks finished since the last call


@dataclass(frozen=True, slots=True)
class Change:
    """The new and the previous tags of one track."""

    track: Track  # with its new tags
    read: Track  # as it was before

    @property
    def before(self) -> tuple[Tag, ...]:
        return self.read.tags

    @property
    def tags_differ(self) -> bool:
        return self.track.tags != self.before


@dataclass(slots=True)
class LibraryCosines:
    """The cosines of all vectors of a library with the descriptors: 4 bytes per vector and descriptor."""

    cosines: dict[str, dict[str, np.ndarray]] = field(default_factory=dict)  # track id -> stem -> [descriptors]

    def statistics(self, tagger: Tagger) -> Statistics | None:
        """Baseline statistics of the library; None if it is too small."""
        rows: dict[str, list[np.ndarray]] = defaultdict(list)
        for by_stem in self.cosines.values():
            for stem, row in by_stem.items():
                rows[stem].append(row)
        return library_statistics(tagger.descriptors, {stem: np.stack(of_stem) for stem, of_stem in rows.items()})


def library_cosines(catalog: Catalog, tagger: Tagger, step: Step) -> LibraryCosines:
    """Compare every stored vector of audio with the descriptors, in one pass; scores have no tags."""
    result = LibraryCosines()
    tracks = catalog.tracks(WITH_HIDDEN)
    while page := list(islice(tracks, PAGE)):
        vectors = catalog.vectors([track.id for track in page if track.kind == AUDIO])
        result.cosines |= {id_: tagger.cosines(by_stem) for id_, by_stem in vectors.items()}
        step(len(page))
    return result


def retag(catalog: Catalog, tagger: Tagger, library: LibraryCosines, where: Filter) -> Iterator[list[Change]]:
    """The tracks that pass the filter, with their new tags, one page at a time. Nothing is written."""
    chosen = [track.id for track in catalog.tracks(with_hidden(where)) if track.id in library.cosines]
    for start in range(0, len(chosen), PAGE):
        tracks = catalog.get(chosen[start : start + PAGE])
        yield [_retagged(track, tagger, library.cosines[track.id]) for track in tracks]


def store(catalog: Catalog, changes: Sequence[Change]) -> int:
    """Write the tags that differ, and flush. Returns the number of changed tracks."""
    changed = [change for change in changes if change.tags_differ]
    for change in changed:
        with suppress(NotFoundError):  # deleted meanwhile
            catalog.update(change.track, before=change.read)
    if changed:
        catalog.flush()
    return len(changed)


def read_labels(path: Path) -> list[tuple[int, str, str, bool]]:
    """(line, track, slug, applies) of a file with one JSON object a line. Raises UserError with the line."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise UserError(f"Cannot read {path}: {error}", "Give a file of labels, see docs/tags.md") from error
    return [_label(path, number, line) for number, line in enumerate(lines, 1) if line.strip()]


def labels_of_marks(catalog: Catalog, tagger: Tagger) -> list[tuple[int, str, str, bool]]:
    """The tags that people have said are wrong, as labels that do not apply; tags of other profiles are left out."""
    known = {descriptor.slug for descriptor in tagger.descriptors}
    return [
        (0, track.id, slug, False)
        for track in catalog.tracks(WITH_HIDDEN)
        if track.kind == AUDIO
        for slug in track.marks.wrong_tags
        if slug in known
    ]


def labelled_pairs(
    labels: Sequence[tuple[int, str, str, bool]], find: Callable[[str], Track | None], catalog: Catalog, tagger: Tagger
) -> dict[str, Pairs]:
    """The labels as pairs by category, with their scores. Raises UserError for an unknown track or slug."""
    positions = {descriptor.slug: index for index, descriptor in enumerate(tagger.descriptors)}
    scored: dict[str, tuple[int, np.ndarray, np.ndarray]] = {}
    rows: dict[str, list[tuple[float, float, bool, int]]] = defaultdict(list)
    for line, reference, slug, applies in labels:
        if slug not in positions:
            close = get_close_matches(slug, positions, n=3) or sorted(positions)[:3]
            raise UserError(
                f"Line {line}: {slug!r} is not a descriptor of this profile", f"Similar: {', '.join(close)}"
            )
        if reference not in scored:
            scored[reference] = (len(scored), *_scores(line, find(reference), reference, catalog, tagger))
        number, scores, offsets = scored[reference]
        at = positions[slug]
        rows[tagger.descriptors[at].category].append((scores[at], offsets[at], applies, number))
    return {category: _as_pairs(of_category) for category, of_category in rows.items()}


def _scores(
    line: int, track: Track | None, reference: str, catalog: Catalog, tagger: Tagger
) -> tuple[np.ndarray, np.ndarray]:
    """Scores and offsets of all descriptors, [descriptors] each."""
    if track is None:
        raise NotFoundError(f"Line {line}: {reference!r} is not in the library", "Index it, or remove the line")
    if track.kind == SCORE:
        raise UserError(f"Line {line}: {reference!r} is a score, and only audio is tagged", "Remove the line")
    cosines = tagger.cosines(catalog.vectors([track.id])[track.id])
    return tagger.scores(cosines), tagger.offsets(levels_db(track.stems))


def _as_pairs(rows: Sequence[tuple[float, float, bool, int]]) -> Pairs:
    score, offset, hit, track = zip(*rows, strict=True)
    return Pairs(np.array(score), np.array(offset), np.array(hit), np.array(track))


def _retagged(track: Track, tagger: Tagger, cosines: Mapping[str, np.ndarray]) -> Change:
    tags = tagger.tag_cosines(cosines, levels_db(track.stems)).tags
    return Change(replace(track, tags=tags), track)


def _label(path: Path, number: int, line: str) -> tuple[int, str, str, bool]:
    form = '{"track": id or path, "slug": name of a descriptor, "applies": true or false}'
    try:
        entry = parse_json(line)
        label = number, entry["track"], entry["slug"], entry["applies"]
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path}, line {number} is not a label: {error}", f"Write {form}") from error
    if not (isinstance(label[1], str) and isinstance(label[2], str) and isinstance(label[3], bool)):
        raise UserError(f"{path}, line {number} is not a label: a value has the wrong type", f"Write {form}")
    return label
