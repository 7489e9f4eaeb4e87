"""The service behind the routes, and its life cycle."""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from typing import Annotated, ClassVar

from fastapi import Depends, Request

from catalog.catalog import Catalog
from catalog.chance import LibraryChance
from catalog.description import DamagedError
from catalog.descriptor_upkeep import LiveDescriptors, write_bank
from catalog.opening import library_excerpts, open_catalog
from catalog.owner import InUseError
from catalog.playlists.places import parse_mapping
from catalog.store import Space
from models.embedder import Embedder, TextMeaning, all_sure, text_key
from models.profiles import CACHE, PROFILES, embedder_device, load_embedder, resolve_profile
from models.recipe import separation_of
from models.separators import separator_names
from models.tagging.descriptor_bank import BankEntry, load_bank
from models.tagging.state import TaggingFiles
from models.tagging.stored_descriptors import StoredBank
from models.weights.store import WeightStore
from players.jellyfin_ids import jellyfin_rule, jellyfin_tracks
from players.server_ids import JELLYFIN
from polymuse.errors import MissingWeightsError, UnavailableError, UserError
from polymuse.excerpts import AUTO, FULL
from polymuse.indexed_folders import IndexedFolders
from polymuse.settings import Settings
from search_api import playlist_folder
from search_api.clusters.clusters import LibraryClusters, open_clusters
from search_api.indexing import Indexing
from search_api.library_map.drawing import LibraryMap, open_map
from search_api.media.derived import Media, open_media
from search_api.problems import RetryableError
from search_api.tagging import LiveTagger
from search_api.text_encoder import CACHE_SIZE, TextEncoder
from search_api.upload_space import UploadSpace, open_upload_space
from search_api.uploads import UploadAnalyzer, UploadMemory

WEIGHTS_SECONDS = 5.0  # between looks for weights that `polymuse models pull` may have stored
DAMAGE_SECONDS = 60.0  # between looks for a store that `polymuse doctor --repair` may have saved
NO_ITEM = "0" * 32  # an id that Jellyfin gives to nothing
PROBE = "music"  # a text that every encoder can embed

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SearchService:
    """A catalog, the text encoder of its embedder, and everything else that routes use."""

    profile: str
    catalog: Catalog
    encoder: TextEncoder
    meaning_of: Callable[[str], TextMeaning | None]  # cached; None from an encoder that knows no concepts
    chance: LibraryChance
    descriptors: tuple[BankEntry, ...]  # all tags of the bank
    live_descriptors: LiveDescriptors  # those in the store, of the bank and of users
    tagger: LiveTagger
    expressible: frozenset[str]  # slugs of the tags that the profile can assign
    score_suffixes: tuple[str, ...]  # of the scores that may be uploaded
    media: Media
    folders: IndexedFolders
    map: LibraryMap
    clusters: LibraryClusters
    analyzer: UploadAnalyzer
    uploads: UploadMemory
    upload_space: UploadSpace
    separator_names: Callable[[], Mapping[str, str]]  # {fingerprint: name}, computed when it is first needed

    def are_sure(self, texts: Sequence[str]) -> bool | None:
        """Whether the encoder has understood all texts; None if it cannot tell."""
        return all_sure([self.meaning_of(text) for text in texts])

    def check(self) -> None:
        """Check that the store and the text encoder work; raises their errors."""
        self.catalog.count()
        self.encoder.probe(PROBE)


@contextmanager
def open_service(settings: Settings) -> Iterator[SearchService]:
    """Load the text encoder and open the store, together with other processes.

    Raises UserError for an invalid descriptor bank, and UnavailableError for missing weights and for a store that is
    damaged or that another process has for itself.
    """
    home = settings.layout
    weights = WeightStore(home.models)
    profile = resolve_profile(settings.profile, weights)
    excerpts = library_excerpts(settings, profile) if PROFILES[profile].has_quick else FULL
    if settings.excerpts not in (AUTO, excerpts):
        logger.warning(
            "the setting excerpts: %s has no effect, as the library has %s ones", settings.excerpts, excerpts
        )
    embedder = load_embedder(profile, weights, embedder_device(profile, separation_of(settings)), excerpts)
    space = Space.of(embedder)
    bank = load_bank(settings.bank)
    files = TaggingFiles(settings.bank, cache=home.models / CACHE, state=home.tagging)
    networks = PROFILES[embedder.profile]
    encoder = TextEncoder(embedder.embed_text)
    with (
        open_catalog(settings, space, prompt=True) as catalog,
        open_media(home.cache) as media,
        open_map(catalog, embedder.profile, home.cache / "map") as library_map,
        open_clusters(catalog, home.clusters) as clusters,
        open_upload_space(settings.max_upload_mb << 20) as upload_space,
        closing(UploadAnalyzer.of(settings, profile, excerpts)) as analyzer,
        closing(LibraryChance(catalog, encoder, text_key(embedder), home.cache)) as chance,
        ExitStack() as stack,
    ):
        live_descriptors = LiveDescriptors(catalog)
        service = SearchService(
            profile=embedder.profile,
            catalog=catalog,
            encoder=encoder,
            meaning_of=_cached_meanings(embedder),
            chance=chance,
            descriptors=bank.entries,
            live_descriptors=live_descriptors,
            tagger=LiveTagger(partial(networks.tagger, embedder, files), live_descriptors),
            expressible=networks.expressible(bank.descriptors),
            score_suffixes=embedder.score_suffixes,
            media=media,
            folders=IndexedFolders(home.indexed_folders),
            map=library_map,
            clusters=clusters,
            analyzer=analyzer,
            uploads=UploadMemory(),
            upload_space=upload_space,
            separator_names=cache(partial(separator_names, weights, separation_of(settings))),
        )
        service.check()  # triggers lazy loading now rather than in the first request
        write_bank(catalog, StoredBank(networks, embedder, files))
        stack.callback(_read_names(catalog, settings).join)
        yield service


def _renew_playlists(settings: Settings, service: SearchService) -> None:
    folders = service.folders.named()
    playlist_folder.renew(settings.playlists_folder, service.catalog, service.encoder, folders)


def _read_names(catalog: Catalog, settings: Settings) -> threading.Thread:
    """Reads names, orders and ids of the library before the first request needs them: seconds for 200,000 tracks."""

    def read() -> None:
        with suppress(UserError):  # the next search tries again, and says what is wrong
            catalog.find_names(PROBE)
            catalog.prepare_listing()
            if JELLYFIN in settings.audiomuse:
                jellyfin_tracks(jellyfin_rule(parse_mapping(settings.jellyfin_folders)), [NO_ITEM], catalog)

    thread = threading.Thread(target=read, name="names", daemon=True)
    thread.start()
    return thread


def _cached_meanings(embedder: Embedder) -> Callable[[str], TextMeaning | None]:
    @lru_cache(maxsize=CACHE_SIZE)
    def meaning_of(text: str) -> TextMeaning | None:
        return embedder.meanings([text])[0]

    return meaning_of


class StartingError(RetryableError):
    """The library is not open yet."""

    kind: ClassVar[str] = "starting"
    http_status: ClassVar[int] = 503


class ServiceLoader:
    """Opens the service in a thread, so that the process answers /healthz from the start."""

    def __init__(self, settings: Settings, indexing: Indexing | None = None) -> None:
        self.indexing = indexing
        self.opened: Future[SearchService] = Future()
        self.opened.set_running_or_notify_cancel()  # waiting callers cannot cancel it
        self._closing = False
        self._changed = threading.Condition()  # the service is to close, or weights were stored
        self._waiting_for: UnavailableError | None = None
        self.damage: DamagedError | None = None  # the latest that a request has met
        self._thread = threading.Thread(target=self._run, args=(settings,), name="service")

    def start(self) -> None:
        if self.indexing is not None:
            self.indexing.start(self._try_again)
        self._thread.start()

    def close(self) -> None:
        """Close the service; if it is still opening, wait for that first."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()
        if self.indexing is not None:
            self.indexing.close()

    def service(self) -> SearchService:
        """The open service. Raises StartingError before it is open, and any error from opening it.

        Raises MissingWeightsError while it waits for weights, and DamagedError while it waits for a repair.
        """
        if self._waiting_for is not None:
            raise self._waiting_for
        if not self.opened.done():
            raise StartingError("The service is still opening the library", "Try again in a few seconds", retry_after=2)
        return self.opened.result()

    def check(self) -> None:
        """Check that the service works, and that no request has found the store damaged; raises their errors."""
        service = self.service()
        if self.damage is not None:
            raise self.damage
        service.check()

    def note(self, damage: DamagedError) -> None:
        """Remember what a request has found, until the service ends: its store can only be repaired then."""
        if self.opened.done() and damage is not self._waiting_for:
            self.damage = damage

    def service_if_open(self) -> SearchService | None:
        """The service; None if it is not open."""
        return self.opened.result() if self.opened.done() and not self.opened.exception() else None

    def _run(self, settings: Settings) -> None:
        try:
            while not self._closing:
                try:
                    self._open(settings)
                except MissingWeightsError as error:
                    if self.indexing is None:
                        raise
                    self._wait(error, "%s, or fetch them on the page", WEIGHTS_SECONDS)
                except DamagedError as error:  # a restart would change nothing
                    self._wait(error, "%s; the service goes on after that", DAMAGE_SECONDS)
                except InUseError:
                    if self._waiting_for is None:
                        raise
                    self._wait(self._waiting_for, "%s", DAMAGE_SECONDS)  # it is being repaired
        except BaseException as error:
            if self.opened.done():
                raise
            self.opened.set_exception(error)

    def _open(self, settings: Settings) -> None:
        """Open the service and keep it open until the end."""
        with open_service(settings) as service:
            self._waiting_for = self.damage = None
            self.opened.set_result(service)
            if self.indexing is not None:
                self.indexing.after_each_run(lambda: _renew_playlists(settings, service))
                self.indexing.library_opened(service.catalog, service.profile)
            with self._changed:
                self._changed.wait_for(lambda: self._closing)
            if self.indexing is not None:
                self.indexing.close()  # while there is a catalog

    def _wait(self, error: UnavailableError, message: str, seconds: float) -> None:
        """Wait until it may be worth another try; meanwhile requests are answered with the error."""
        if self._waiting_for is None:
            logger.warning(message, str(error).rstrip("."))
        with self._changed:
            self._waiting_for = error
            self._changed.wait(0 if self._closing else seconds)

    def _try_again(self) -> None:
        with self._changed:
            self._changed.notify()


async def current_loader(request: Request) -> ServiceLoader:
    """The loader of the application. Raises StartingError."""
    loader: ServiceLoader | None = getattr(request.app.state, "loader", None)
    if loader is None:
        raise StartingError("The service has not started", "Try again in a few seconds")
    return loader


CurrentLoader = Annotated[ServiceLoader, Depends(current_loader)]


async def current_service(loader: CurrentLoader) -> SearchService:
    """The service of the application. Raises StartingError, or UnavailableError if it cannot be opened."""
    return loader.service()


CurrentService = Annotated[SearchService, Depends(current_service)]
