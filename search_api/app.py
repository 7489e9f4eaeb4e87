"""The ASGI application. `create_app` is the factory for any ASGI server; `python -m search_api` runs its own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from typing import TYPE_CHECKING

from fastapi import Depends, FastAPI, Request, Response
from starlette.middleware.gzip import GZipMiddleware

from catalog.description import DamagedError
from catalog.playlists.places import parse_mapping
from polymuse import __version__
from polymuse.api_keys import Scope
from polymuse.settings import Settings, load_settings
from search_api import problems
from search_api.access import AccessControl
from search_api.agents.extra import check_installed
from search_api.indexing import Indexing
from search_api.learning import Learning
from search_api.metrics import Metrics
from search_api.middleware.admission import AGENTS, PUBLIC, AdmissionMiddleware
from search_api.middleware.audiomuse import AudioMuseMiddleware
from search_api.middleware.conditional import ConditionalMiddleware
from search_api.middleware.forwarded import ForwardedMiddleware
from search_api.middleware.framing import FramingMiddleware
from search_api.middleware.hosts import LOOPBACK, HostMiddleware, is_loopback
from search_api.middleware.limits import Allowance, LimitsMiddleware
from search_api.middleware.observation import ObservationMiddleware
from search_api.middleware.other_sites import OtherSitesMiddleware
from search_api.middleware.places import Places
from search_api.middleware.request_id import RequestIdMiddleware
from search_api.open_files import max_connections
from search_api.routes import (
    audiomuse,
    caption,
    clusters,
    descriptors,
    docs,
    facets,
    failures,
    folders,
    jobs,
    journeys,
    library_map,
    marks,
    media,
    navidrome,
    page,
    playlist_files,
    playlists,
    radio,
    search,
    search_audio,
    session,
    similar,
    status,
    tracks,
)
from search_api.same_site import check_json
from search_api.security import Guard, check_exposure
from search_api.service import ServiceLoader

if TYPE_CHECKING:
    from search_api.agents.http import AgentRoute

DESCRIPTION = """Semantic music search: by text in many languages, by audio file, by track and by stem.

Errors are problem documents (RFC 9457, `application/problem+json`) with a stable `type`."""

# Mounted at /v1 and protected by the guard.
ROUTERS = (
    search.router,
    search_audio.router,
    caption.router,
    tracks.router,
    playlist_files.router,
    playlists.router,
    similar.router,
    journeys.router,
    radio.router,
    navidrome.router,
    facets.router,
    descriptors.router,
    media.router,
    library_map.router,
    clusters.router,
    session.router,
    status.router,
    folders.router,
    jobs.router,
    failures.router,
)
# Mounted at /v1 too, for admin keys: they change something, or show folders of the machine.
CHANGES = (folders.changes, jobs.changes, failures.changes, descriptors.changes, playlists.changes, marks.changes)
UPLOADS = (playlist_files.uploads,)  # the same, of which each looks at the type of its body itself
UPLOAD_PATHS = ("/v1/search/audio", "/v1/caption")
UPLOAD_SECONDS = 300.0  # includes the time in the queue
SIGN_IN_BODY = 8 << 10  # bytes
MAX_WAITING = 128  # requests whose body or answer is on its way; each may hold a body of 1 MB


def create_app(settings: Settings | None = None, indexing: Indexing | None = None) -> FastAPI:
    """Create the application for the library of `settings`, by default read from the environment and config.yaml.

    `indexing` keeps the library up to date; without it, the service only searches.
    The library is opened in the background when the application starts. Raises UserError for settings that would
    expose the library without a key.
    """
    settings = settings or load_settings()
    check_exposure(settings)
    loader = ServiceLoader(settings, indexing)
    agents = _agents(settings, loader)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        loader.start()
        app.state.loader = loader
        try:
            async with agents.running() if agents else nullcontext():
                yield
        finally:
            await asyncio.to_thread(app.state.learning.close)
            await asyncio.to_thread(loader.close)

    app = FastAPI(
        title="Poly-Muse",
        version=__version__,
        description=DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,  # method names in generated clients
    )
    app.state.access = AccessControl(settings)
    app.state.jellyfin_folders = parse_mapping(settings.jellyfin_folders)
    app.state.indexing = indexing
    app.state.learning = Learning()
    app.state.metrics = Metrics(loader.service_if_open, indexing)
    _add_middleware(app, settings)
    problems.install(app)

    @app.exception_handler(DamagedError)
    async def note_damage(request: Request, error: DamagedError) -> Response:
        loader.note(error)
        return await problems.respond(request, error)

    _add_routes(app, settings)
    if agents:
        agents.add_to(app)
    return app


def _agents(settings: Settings, loader: ServiceLoader) -> "AgentRoute | None":
    """Raises UserError if agents are to be answered and the package for that is not installed."""
    if not settings.mcp:
        return None
    check_installed()
    from search_api.agents.http import AgentRoute

    return AgentRoute(loader)


def _add_middleware(app: FastAPI, settings: Settings) -> None:
    """The middleware added last sees a request first."""
    app.add_middleware(ConditionalMiddleware)
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=5)
    control: AccessControl = app.state.access
    total, waiting = settings.max_requests, min(MAX_WAITING, max_connections() // 4)
    app.add_middleware(
        LimitsMiddleware,
        places=Places(total, waiting),
        keyless=Places(max(1, total // 4), waiting) if control.ring else None,
        allowances={
            **dict.fromkeys(UPLOAD_PATHS, Allowance(body=settings.max_upload_mb << 20, seconds=UPLOAD_SECONDS)),
            playlist_files.IMPORT_PATH: Allowance(body=playlist_files.MAX_BODY, seconds=UPLOAD_SECONDS),
            PUBLIC: Allowance(body=SIGN_IN_BODY),
            AGENTS: Allowance(seconds=UPLOAD_SECONDS),  # which may have files analysed
        },
    )
    app.add_middleware(AdmissionMiddleware, control=control)
    app.add_middleware(OtherSitesMiddleware)
    if is_loopback(settings.host):
        local = {*LOOPBACK, settings.host}
        app.add_middleware(
            HostMiddleware, names=settings.allowed_hosts, local_names=local, protected=bool(control.ring)
        )
    app.add_middleware(FramingMiddleware)
    app.add_middleware(ObservationMiddleware, metrics=app.state.metrics)
    app.add_middleware(RequestIdMiddleware)
    app.add_middleware(ForwardedMiddleware, trusted=settings.trusted_proxies, root_path=settings.root_path)
    if settings.audiomuse:
        app.add_middleware(
            AudioMuseMiddleware,
            servers=settings.audiomuse,
            root_path=settings.root_path,
            protected=bool(control.ring),
        )


def _add_routes(app: FastAPI, settings: Settings) -> None:
    access: AccessControl = app.state.access
    common = problems.declared(400, 401, 408, 429, 500, 503)
    guards = [Depends(Guard())] if access.ring else []
    for router in ROUTERS:
        app.include_router(router, prefix="/v1", dependencies=guards, responses=common)
    app.include_router(session.public, prefix="/v1", responses=problems.declared(400, 408, 429, 500, 503))
    guards = [Depends(Guard(Scope.ADMIN))] if access.ring else []
    for router in CHANGES:
        app.include_router(router, prefix="/v1", dependencies=[*guards, Depends(check_json)], responses=common)
    for router in UPLOADS:
        app.include_router(router, prefix="/v1", dependencies=guards, responses=common)
    guards = [Depends(Guard(Scope.ADMIN, cookie=False))] if access.ring else []
    app.include_router(status.figures, dependencies=guards, responses=problems.declared(400, 401, 403, 429))
    if settings.audiomuse:
        for router, scope in ((audiomuse.changes, Scope.ADMIN), (audiomuse.router, Scope.READ)):
            guards = [Depends(Guard(scope, cookie=False))] if access.ring else []
            app.include_router(router, dependencies=guards, include_in_schema=False)
    app.include_router(status.probes)
    app.include_router(page.router)
    app.include_router(docs.router)
