"""What the routes work with, and its life cycle."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from catalog.catalog import Catalog
from catalog.opening import open_catalog
from catalog.store import Space
from models.profiles import load_embedder
from models.weights import WeightStore
from polymuse.errors import UnavailableError
from polymuse.settings import Settings
from search_api.library import Library, open_library
from search_api.text_encoder import TextEncoder

PROBE = "music"  # a text that every encoder can embed


@dataclass(frozen=True, slots=True)
class SearchService:
    """A catalog, and the text encoder of the embedder that its vectors come from."""

    profile: str
    catalog: Catalog
    encoder: TextEncoder
    library: Library

    def check(self) -> None:
        """Ask the store and the text encoder for a sign of life; raises what they raise."""
        self.catalog.count()
        self.encoder.probe(PROBE)


@contextmanager
def open_service(settings: Settings) -> Iterator[SearchService]:
    """Load the text encoder and own the store until the end.

    Raises UnavailableError for missing weights, and for a store that another process owns or that is damaged.
    """
    embedder = load_embedder(settings.profile, WeightStore(settings.home / "models"))
    space = Space(embedder.name, embedder.dim, embedder.fingerprint, embedder.profile)
    with (
        open_catalog(settings, space) as catalog,
        open_library(settings, embedder.profile) as library,
    ):
        service = SearchService(embedder.profile, catalog, TextEncoder(embedder.embed_text), library)
        service.check()  # loads what encoders load lazily: better now than in the first request
        yield service


async def current_service(request: Request) -> SearchService:
    """The service of the application that answers. Raises UnavailableError before it has started."""
    service = getattr(request.app.state, "service", None)
    if service is None:
        raise UnavailableError("The service has not opened its store", "Try again in a few seconds")
    return service


CurrentService = Annotated[SearchService, Depends(current_service)]
