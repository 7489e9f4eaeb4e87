"""The session of a command: settings, networks and the catalog, each loaded on first use."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from catalog.catalog import Space
from catalog.descriptor_upkeep import own_descriptors, write_bank
from catalog.fields import WITH_HIDDEN
from catalog.opening import check_excerpts, library_excerpts, open_catalog, open_staged
from catalog.query import Audio, Hit, Query, Seed
from catalog.track import Track
from catalog.unlike_stems import compares_stems, unlike_separators
from indexer.failures import FailureList
from indexer.jobs import fingerprints
from indexer.journal import Journal
from indexer.score_files import score_id
from models.analysis import Analysis
from models.audio.formats import AudioFormat
from models.embedder import Embedder, ScoreEmbedding
from models.profiles import (
    PROFILES,
    choose_scores,
    embedder_device,
    load_embedder,
    load_separator,
    resolve_profile,
)
from models.recipe import Recipe, separation_of
from models.score_suffix import score_suffix
from models.separators import separator_name, separator_names
from models.tagging.tagger import Tagger
from models.weights.store import WeightStore
from polymuse.descriptors import StoredDescriptor
from polymuse.errors import BadAudioError, BadScoreError, NotFoundError, UnavailableError, UserError
from polymuse.excerpts import FULL, QUICK
from polymuse.indexed_folders import IndexedFolders
from polymuse.music import MIX
from polymuse.paths import is_absent, is_file, normal, printable
from polymuse.permissions import protect
from polymuse.settings import Settings, load_settings

if TYPE_CHECKING:
    from cli.audio_process import AudioProcess
    from indexer.updating import Target
    from models.analyzer import Analyzer
    from models.audio.write import StemFile
    from models.separator import Separator
    from models.tagging.state import TaggingState


class Networks:
    """The networks selected by the settings."""

    def __init__(self, settings: Settings, *, staged: bool = False) -> None:
        """`staged`: for another library that takes the place of the present one, and may have other excerpts."""
        self._staged = staged
        protect(settings.layout)
        self.settings = settings
        self.weights = WeightStore(settings.layout.models)
        self.profile = resolve_profile(settings.profile, self.weights)
        self.read_scores: dict[Path, ScoreEmbedding] = {}  # in the order in which they were read

    def close(self) -> None:
        """End the process that decodes files."""
        if "audio" in vars(self):
            self.audio.close()

    @cached_property
    def audio(self) -> "AudioProcess":
        from cli.audio_process import AudioProcess

        return AudioProcess()

    @cached_property
    def recipe(self) -> Recipe:
        return Recipe.of(self.settings, self.profile, self.excerpts)

    @cached_property
    def excerpts(self) -> str:
        """Those of the library, or of the settings if there is none, or none that can be read."""
        if not PROFILES[self.profile].has_quick:
            return FULL
        try:
            return library_excerpts(self.settings, self.profile, staged=self._staged)
        except UnavailableError:  # opening the library says so
            return QUICK if self.settings.excerpts == QUICK else FULL

    @property
    def scores(self) -> tuple[str, ...]:
        """The suffixes of the scores that a scan takes in. Raises UserError if they are wanted of a profile without."""
        return choose_scores(self.profile, wanted=self.settings.scores)

    @cached_property
    def embedder(self) -> Embedder:
        device = embedder_device(self.profile, separation_of(self.settings))
        return load_embedder(self.profile, self.weights, device, self.excerpts)

    @cached_property
    def tagger(self) -> Tagger:
        tagger = PROFILES[self.profile].tagger(self.embedder, self.recipe.tagging_files)
        return tagger.with_own(self.own_descriptors)

    @property
    def own_descriptors(self) -> Sequence[StoredDescriptor]:
        """Those that users have added to the bank; none without a library."""
        return ()

    @cached_property
    def tagging_state(self) -> "TaggingState":
        """Statistics and calibration that tagging has learned from the library."""
        from models.tagging.descriptor_bank import bank_hash
        from models.tagging.state import TaggingState, state_key

        key = state_key(bank_hash(self.tagger.descriptors), self.embedder.fingerprint)
        return TaggingState(self.recipe.home.tagging, key)

    @cached_property
    def analyzer(self) -> "Analyzer":
        from models.analyzer import Analyzer

        recipe = self.recipe
        separator = self.separator if recipe.stems else None
        return Analyzer(
            self.embedder, self.tagger, separator, recipe.stems, recipe.max_seconds, decode=self.audio.decode
        )

    @cached_property
    def separator(self) -> "Separator":
        return load_separator(self.profile, self.weights, self.recipe.separation)

    def score(self, path: Path) -> ScoreEmbedding | None:
        """A file that is a score, embedded; None for any other, also one that cannot be opened.

        Raises BadScoreError, also for a score that is not called so, and UnavailableError.
        """
        if path in self.read_scores:
            return self.read_scores[path]
        suffix = self._score_suffix(path)
        if suffix is None:
            return None
        if self.embedder.score_suffixes and path.suffix.lower() != suffix:
            message = f"{printable(path)}: this is a score, but it is not called so"
            raise BadScoreError(message, f"Give it a name that ends in {suffix}")
        return self.read_scores.setdefault(path, self.embedder.embed_score(path))

    def _score_suffix(self, path: Path) -> str | None:
        try:
            return score_suffix(path, self.embedder.score_suffixes) if is_file(path) else None
        except OSError:
            return None

    def separate(self, path: Path, directory: Path, audio_format: AudioFormat) -> "dict[str, StemFile]":
        """Separate a whole file and write the stems of the recipe below `directory`. Raises BadAudioError."""
        import torch

        from models.audio.decode import decode
        from models.audio.write import write_stems

        rate = self.separator.sample_rate
        decoded = self.audio.decode(path, self.recipe.max_seconds, partial(decode, sample_rate=rate))
        stems = self.separator.separate(torch.from_numpy(decoded.samples))
        return write_stems({name: stems[name] for name in self.recipe.stems}, directory, rate, audio_format)

    @cached_property
    def fingerprints(self) -> dict[str, str]:
        """{role: fingerprint} of the models that an up-to-date track is made with."""
        return fingerprints(self.recipe, self.embedder, self.weights)


class Library(Networks):
    """The networks and the catalog that they fill and search."""

    def __init__(self, settings: Settings, *, staged: bool = False) -> None:
        super().__init__(settings, staged=staged)
        embedder = self.embedder
        space = Space.of(embedder)
        self.catalog = open_staged(settings, space) if staged else open_catalog(settings, space)

    @property
    def own_descriptors(self) -> Sequence[StoredDescriptor]:
        own = own_descriptors(self.catalog)
        if own and self._other_texts():
            self.write_bank()  # renews them
            return own_descriptors(self.catalog)
        return own

    def write_bank(self) -> None:
        """Store the descriptors of the bank in the catalog. After tagging their vectors are at hand."""
        from models.tagging.stored_descriptors import StoredBank

        write_bank(self.catalog, StoredBank(PROFILES[self.profile], self.embedder, self.recipe.tagging_files))

    def ensure_bank(self) -> None:
        """Store them if the catalog has none at all, or vectors of other texts, as one of an earlier version."""
        if not self.catalog.descriptors_version().bank or self._other_texts():
            self.write_bank()

    def _other_texts(self) -> bool:
        """Whether the stored vectors of descriptors are those of another version of the texts."""
        return self.catalog.descriptors_version().text_version != self.embedder.text_version

    @cached_property
    def failures(self) -> FailureList:
        return FailureList(self.settings.layout.failures)

    @cached_property
    def journal(self) -> Journal:
        return Journal(self.settings.layout.journal)

    @property
    def target(self) -> "Target":
        """The library as `indexer.updating` takes it. If another process answers for it, that one goes first."""
        from indexer.tag_writing.run_journal import RunJournal
        from indexer.updating import Target

        settings = self.settings
        parts = self.catalog, self.failures, self.journal, self.recipe, self.fingerprints
        return Target(
            *parts,
            moments=settings.moments,
            jobs=settings.jobs,
            background=self.catalog.attached,
            tag_encoding=settings.tag_encoding,
            keep_missing_days=settings.keep_missing_days,
            folders=IndexedFolders(settings.layout.indexed_folders),
            written=RunJournal(settings.layout.written_tags),
        )

    def search(self, query: Query) -> list[Hit]:
        """Hits for a query, best first; texts are embedded with the embedder of the library."""
        if query.descriptors or query.not_descriptors:
            self.ensure_bank()
        return self.catalog.search(query, self.embedder.embed_text)

    def separators(self) -> dict[str, int]:
        """{name of a separator: tracks with stems by it}, the most frequent first. Reads all tracks."""
        made = Counter(
            track.models["separator"] for track in self.catalog.tracks(WITH_HIDDEN) if "separator" in track.models
        )
        return self._named(dict(made.most_common()))

    def unlike_separators(self, query: Query, hits: Sequence[Hit]) -> dict[str, int]:
        """{name: hits with stems by it} if a search has compared stems by several separators, else {}."""
        if not compares_stems(query):
            return {}
        seeds = self.catalog.get([seed.track_id for seed in (*query.tracks, *query.not_tracks)])
        separated = any(each.vectors.keys() - {MIX} for each in (*query.audio, *query.not_audio))
        audio = [self.fingerprints["separator"]] if separated else []
        return self._named(unlike_separators(hits, seeds, audio))

    def _named(self, counts: Mapping[str, int]) -> dict[str, int]:
        names = separator_names(self.weights, separation_of(self.settings)) if counts else {}
        return {separator_name(made, names): count for made, count in counts.items()}

    def find(self, reference: str) -> Track | None:
        """The track with this id, with a file at this path, or with the same audio as this file; None if there is none.

        A score is the same if its bytes are.

        Another path leads to the same file where links or other names of a folder are in it.
        """
        path = normal(reference)
        by_path = self.catalog.find_by_path(str(path))
        return by_path or self._get(reference) or (self._get(self._id_of(path)) if is_file(path) else None)

    def track(self, reference: str) -> Track:
        """The track as `find` finds it. Raises NotFoundError."""
        track = self.find(reference)
        if track is None:
            check_is_file(reference)
            raise NotFoundError(f"{printable(reference)} is not in the library", "`polymuse index` adds it.")
        return track

    def _id_of(self, path: Path) -> str:
        """The id of the track in a file; "" if it cannot be read, which its analysis then reports."""
        try:
            return self.audio.track_id(path) if self._score_suffix(path) is None else score_id(path)
        except BadAudioError:
            return ""

    def _get(self, track_id: str) -> Track | None:
        try:
            return self.catalog.get([track_id])[0]
        except NotFoundError:
            return None

    def seed(self, reference: str, stem: str | None = None) -> Seed | Audio:
        """A track of the library, or any audio file or score, as part of a query; with `stem`, only that stem.

        A score has no stems: its one vector is compared with all stems of the query. Raises NotFoundError.
        """
        track = self.find(reference)
        if track is not None:
            return Seed(track.id, stem=stem)
        vectors = self.file_vectors(reference)
        return Audio(vectors if stem is None else {MIX: _vector(reference, vectors, stem)})

    def file_vectors(self, reference: str) -> Mapping[str, np.ndarray]:
        """The vectors [dim] of an audio file by stem, or that of a score as "mix". Raises as `analyze` and `score`."""
        check_is_file(reference)
        score = self.score(Path(reference))
        return self.analyze(reference, measures=False).vectors if score is None else {MIX: score.vector}

    def analyze(self, reference: str, *, measures: bool = True) -> Analysis:
        """Analyse any audio file. Raises NotFoundError, and BadAudioError if it cannot be analysed, as a score."""
        check_is_file(reference)
        if self._score_suffix(Path(reference)) is not None:
            message = f"{printable(reference)} is a score, and only audio has tags and stems"
            raise BadAudioError(message, f"`polymuse search --like {printable(reference)}` finds music like it")
        return self.analyzer.analyze(Path(reference), measures=measures)

    def vector(self, reference: str, stem: str) -> np.ndarray:
        """The stored or computed vector [dim] of a track or file. Raises NotFoundError for a missing stem."""
        track = self.find(reference)
        vectors = self.catalog.vectors([track.id])[track.id] if track else self.file_vectors(reference)
        return _vector(reference, vectors, stem)


def check_is_file(reference: str) -> None:
    """Raises NotFoundError for a reference to what is not in the library either."""
    if is_absent(Path(reference)):
        message = f"{reference!r} is neither a track of the library nor a file"
        raise NotFoundError(message, "Give the path of an audio file, or an id that `polymuse search --json` prints")


def _vector(reference: str, vectors: Mapping[str, np.ndarray], stem: str) -> np.ndarray:
    if stem not in vectors:
        raise NotFoundError(f"{reference!r} has no vector of {stem!r}", f"It has: {', '.join(sorted(vectors))}")
    return vectors[stem]


def check_exists(settings: Settings) -> None:
    """Raises UserError if the settings name a library that does not exist: a typo must not create one."""
    layout = settings.layout
    if not settings.library or layout.state.is_dir():
        return
    others = layout.named
    there = f"There are: {', '.join(others)}" if others else "There is none with a name yet"
    raise UserError(
        f"There is no library {settings.library}",
        f"{there}; `polymuse --library {settings.library} index PATH` creates it",
    )


def _check_excerpts(settings: Settings, flags: Mapping[str, object], *, staged: bool) -> None:
    """Raises UserError if a library cannot be filled with the excerpts of the settings."""
    weights = WeightStore(settings.layout.models)
    profile = PROFILES[resolve_profile(settings.profile, weights)]
    if not profile.has_quick and settings.excerpts == QUICK:
        profile.quick_embedder(weights, settings.device)  # says why there is none
    if profile.has_quick and not staged:
        with suppress(UnavailableError):  # opening the library says so
            check_excerpts(settings, profile.name, **flags)


@contextmanager
def open_library(*, staged: bool = False, create: bool = False, **flags: object) -> Iterator[Library]:
    """Open the library of the settings, and close it at the end. Flags that are None are not set.

    With `staged` the catalog is that of the current embedder, even if the catalog of another model is still in use.
    Raises UserError for a library with a name that does not exist, unless with `create`. What only reads a library
    takes its excerpts as they are; what fills it is refused other ones.
    """
    settings = load_settings(**flags)
    if not create:
        check_exists(settings)
    if create or staged:
        _check_excerpts(settings, flags, staged=staged)
    library = Library(settings, staged=staged)
    try:
        yield library
    finally:
        library.close()
        library.catalog.close()
