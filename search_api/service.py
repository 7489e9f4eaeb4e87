"""The service behind the routes, and its life cycle."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi import Depends, Request

from catalog.catalog import Catalog
from catalog.opening import open_catalog
from catalog.store import Space
from models.profiles import PROFILES, load_embedder
from models.tagging.descriptor_bank import BankEntry, load_bank
from models.weights.store import WeightStore
from polymuse.settings import Settings
from search_api.library_map.drawing import LibraryMap, open_map
from search_api.media.derived import Media, open_media
from search_api.problems import RetryableError
from search_api.text_encoder import TextEncoder
from search_api.uploads import UploadAnalyzer, UploadMemory

PROBE = "music"  # a text that every encoder can embed


@dataclass(frozen=True, slots=True)
class SearchService:
    """A catalog, the text encoder of its embedder, and everything else that routes use."""

    profile: str
    catalog: Catalog
    encoder: TextEncoder
    descriptors: tuple[BankEntry, ...]  # all tags of the bank
    expressible: frozenset[str]  # slugs of the tags that the profile can assign
    media: Media
    map: LibraryMap
    analyzer: UploadAnalyzer
    uploads: UploadMemory

    def check(self) -> None:
        """Check that the store and the text encoder work; raises their errors."""
        self.catalog.count()
        self.encoder.probe(PROBE)


@contextmanager
def open_service(settings: Settings) -> Iterator[SearchService]:
    """Load the text encoder and open the store, whose only owner is this process.

    Raises UserError for an invalid descriptor bank, and UnavailableError for missing weights and for a store that is
    damaged or in use.
    """
    home = settings.layout
    embedder = load_embedder(settings.profile, WeightStore(home.models), settings.device)
    space = Space.of(embedder)
    bank = load_bank(settings.bank)
    with (
        open_catalog(settings, space, prompt=True) as catalog,
        open_media(home.cache) as media,
        open_map(catalog, embedder.profile, home.cache / "map") as library_map,
        closing(UploadAnalyzer.of(settings, embedder.profile)) as analyzer,
    ):
        service = SearchService(
            profile=embedder.profile,
            catalog=catalog,
            encoder=TextEncoder(embedder.embed_text),
            descriptors=bank.entries,
            expressible=PROFILES[embedder.profile].expressible(bank.descriptors),
            media=media,
            map=library_map,
            analyzer=analyzer,
            uploads=UploadMemory(),
        )
        service.check()  # triggers lazy loading now rather than in the first request
        yield service


class StartingError(RetryableError):
    """The library is not open yet."""

    kind: ClassVar[str] = "starting"
    http_status: ClassVar[int] = 503


class ServiceLoader:
    """Opens the service in a thread, so that the process answers /healthz from the start."""

    def __init__(self, settings: Settings) -> None:
        self.opened: Future[SearchService] = Future()
        self.opened.set_running_or_notify_cancel()  # waiting callers cannot cancel it
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(settings,), name="service")

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Close the service; if it is still opening, wait for that first."""
        self._closing.set()
        self._thread.join()

    def service(self) -> SearchService:
        """The open service. Raises StartingError before it is open, and any error from opening it."""
        if not self.opened.done():
            raise StartingError("The service is still opening the library", "Try again in a few seconds", retry_after=2)
        return self.opened.result()

    def service_if_open(self) -> SearchService | None:
        """The service; None if it is not open."""
        return self.opened.result() if self.opened.done() and not self.opened.exception() else None

    def _run(self, settings: Settings) -> None:
        try:
            with open_service(settings) as service:
                self.opened.set_result(service)
                self._closing.wait()
        except BaseException as error:
            if self.opened.done():
                raise
            self.opened.set_exception(error)


async def current_service(request: Request) -> SearchService:
    """The service of the application. Raises StartingError, or UnavailableError if it cannot be opened."""
    loader: ServiceLoader | None = getattr(request.app.state, "loader", None)
    if loader is None:
        raise StartingError("The service has not started", "Try again in a few seconds")
    return loader.service()


CurrentService = Annotated[SearchService, Depends(current_service)]
