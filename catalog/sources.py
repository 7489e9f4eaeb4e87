"""The sources of a query (texts, descriptors, tracks and audio) as vectors, and their sum for each stem."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TypeAlias

import numpy as np

from catalog.engine import Engine, Point
from catalog.payload import to_track
from catalog.query import Audio, DescriptorTerm, Part, PartKind, Query, Seed, Text
from catalog.track import Track
from catalog.validation import is_track_id, unit_vector, unit_vectors
from polymuse.errors import NotFoundError, UserError
from polymuse.music import MIX

CANCELLED = 1e-6  # a query vector shorter than this is rounding noise

Source: TypeAlias = Text | DescriptorTerm | Seed | Audio
EmbedText = Callable[[Sequence[str]], np.ndarray]


def no_texts(texts: Sequence[str]) -> np.ndarray:
    """An EmbedText for queries without texts."""
    raise AssertionError(f"nothing embeds these texts: {texts}")


@dataclass(frozen=True, slots=True)
class Addend:
    """One part of the query in one stem."""

    kind: PartKind
    label: str
    weight: float  # as given
    signed: float  # negative for unwanted parts
    vector: np.ndarray  # [dim] of norm 1


@dataclass(frozen=True, slots=True)
class Direction:
    """The query vector of one stem: the normalised sum of its addends."""

    vector: np.ndarray  # [dim] float32, of norm 1
    norm: float  # of the sum
    addends: tuple[Addend, ...]

    def parts(self, stem: str, vector: np.ndarray, share: float) -> Iterator[Part]:
        """The contribution of each addend to a hit with this vector [dim]; `share` is the weight of the stem."""
        for each in self.addends:
            similarity = float(each.vector @ vector)
            contribution = share * each.signed * similarity / self.norm
            yield Part(each.kind, each.label, stem, each.weight, similarity, contribution)


class Sources:
    """The sources of a query, fetched and embedded once."""

    def __init__(self, query: Query, engine: Engine, dim: int, embed_text: EmbedText) -> None:
        """Raises NotFoundError for an unknown track or descriptor, UserError for a vector of another space."""
        self._query = query
        self._texts = _embedded([each.text for each in (*query.texts, *query.not_texts)], dim, embed_text)
        self._descriptors = _found((*query.descriptors, *query.not_descriptors), dim)
        self._tracks = _retrieved([each.track_id for each in (*query.tracks, *query.not_tracks)], engine)
        self._audio = {id(each): _checked_audio(each, dim) for each in (*query.audio, *query.not_audio)}

    def direction(self, stem: str) -> Direction:
        """The query vector of a stem. Raises UserError if a source lacks the stem, or if all sources cancel."""
        addends = tuple(self._addends(stem))
        total = np.sum([each.signed * each.vector.astype(np.float64) for each in addends], axis=0)
        norm = float(np.linalg.norm(total))
        if norm < CANCELLED:
            raise UserError(
                "The wanted and unwanted parts of the query cancel each other", "Change a weight or leave one out."
            )
        return Direction((total / norm).astype(np.float32), norm, addends)

    def wanted_tracks(self) -> list[Track]:
        """The tracks that the query searches for."""
        return [_track(self._tracks[seed.track_id]) for seed in self._query.tracks]

    def wanted_mixes(self) -> list[np.ndarray]:
        """The mix [dim] of each wanted track and audio."""
        tracks = [self._tracks[seed.track_id].vectors[MIX] for seed in self._query.tracks]
        return tracks + [self._audio[id(audio)][MIX] for audio in self._query.audio]

    def _addends(self, stem: str) -> Iterator[Addend]:
        query = self._query
        for text in query.texts:
            yield Addend("text", text.text, text.weight, text.weight, self._texts[text.text])
        for text in query.not_texts:
            yield Addend("not_text", text.text, text.weight, -text.weight, self._texts[text.text])
        for term in query.descriptors:
            yield Addend("descriptor", term.slug, term.weight, term.weight, self._descriptors[term.slug])
        for term in query.not_descriptors:
            yield Addend("not_descriptor", term.slug, term.weight, -term.weight, self._descriptors[term.slug])
        for seed in query.tracks:
            yield Addend("track", self._label(seed), seed.weight, seed.weight, self._of_seed(seed, stem))
        for seed in query.not_tracks:
            yield Addend("not_track", self._label(seed), seed.weight, -seed.weight, self._of_seed(seed, stem))
        for audio in query.audio:
            yield Addend("audio", "", audio.weight, audio.weight, self._of_audio(audio, stem))
        for audio in query.not_audio:
            yield Addend("not_audio", "", audio.weight, -audio.weight, self._of_audio(audio, stem))

    def _label(self, seed: Seed) -> str:
        return _track(self._tracks[seed.track_id]).title or seed.track_id

    def _of_seed(self, seed: Seed, stem: str) -> np.ndarray:
        point = self._tracks[seed.track_id]
        track = _track(point)
        _check_not_silent(track, seed.stem or stem)
        if seed.stem is None:
            return point.vectors.get(stem, point.vectors[MIX])
        if seed.stem not in point.vectors:
            raise UserError(f'"{track.title}" has no stem "{seed.stem}"', f"It has {', '.join(sorted(point.vectors))}.")
        return point.vectors[seed.stem]

    def _of_audio(self, audio: Audio, stem: str) -> np.ndarray:
        vectors = self._audio[id(audio)]
        return vectors.get(stem, vectors[MIX])


def wanted(query: Query) -> Iterator[Source]:
    """The sources to search for."""
    return chain(query.texts, query.descriptors, query.tracks, query.audio)


def unwanted(query: Query) -> Iterator[Source]:
    """The sources to search away from."""
    return chain(query.not_texts, query.not_descriptors, query.not_tracks, query.not_audio)


def _track(point: Point) -> Track:
    return to_track(point.id, point.payload)


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


def _found(terms: Sequence[DescriptorTerm], dim: int) -> dict[str, np.ndarray]:
    found = {}
    for term in terms:
        if term.vector is None:
            raise NotFoundError(f"No descriptor {term.slug} in the catalog", "`polymuse descriptors list` shows them.")
        found[term.slug] = unit_vector(term.vector, dim)
    return found


def _retrieved(ids: list[str], engine: Engine) -> dict[str, Point]:
    points = {point.id: point for point in engine.retrieve(list(filter(is_track_id, ids)), vectors=True)}
    missing = [each for each in ids if each not in points]
    if missing:
        raise NotFoundError(f"No track {missing[0]} in the catalog", "Take the id from a search or a listing.")
    return points


def _checked_audio(audio: Audio, dim: int) -> Mapping[str, np.ndarray]:
    if MIX not in audio.vectors:
        raise UserError(f'The audio of a query has no "{MIX}" vector', "Embed the unseparated audio too.")
    try:
        return unit_vectors(audio.vectors, dim)
    except ValueError as error:
        raise UserError(
            f"A vector of the audio cannot be searched with: {error}",
            "Embed it with the model that the catalog was made with.",
        ) from None


def _check_not_silent(track: Track, stem: str) -> None:
    if stem in track.stems and not track.stems[stem].present:
        raise UserError(
            f'The stem "{stem}" of "{track.title}" is silent, so nothing is like it', "Ask for one of its other stems."
        )
