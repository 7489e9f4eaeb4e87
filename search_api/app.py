"""The ASGI application. `create_app` is the factory for any ASGI server; `python -m search_api` brings its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI

from polymuse import __version__
from polymuse.settings import Settings, load_settings
from search_api import (
    library_routes,
    media_routes,
    problems,
    search_routes,
    status_routes,
    track_routes,
    web_routes,
)
from search_api.body_limit import BodyLimitMiddleware
from search_api.hosts import LOOPBACK, HostMiddleware, is_loopback
from search_api.request_id import RequestIdMiddleware
from search_api.security import ApiKeyGuard, check_exposure
from search_api.service import open_service

DESCRIPTION = """Semantic music search: by text in many languages, by track and by stem.

Errors are problem documents (RFC 9457, `application/problem+json`) with a stable `type`."""

# Below /v1, behind the guard.
ROUTERS = (search_routes.router, track_routes.router, library_routes.router, media_routes.router, status_routes.router)


def create_app(settings: Settings | None = None) -> FastAPI:
    """The service over the library of `settings`, by default those of the environment and config.yaml.

    Nothing is opened before the application starts. Raises UserError for settings that must not be served.
    """
    settings = settings or load_settings()
    check_exposure(settings.host, settings.api_key)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with open_service(settings) as service:
            app.state.service = service
            yield
            del app.state.service

    app = FastAPI(
        title="Poly-Muse",
        version=__version__,
        description=DESCRIPTION,
        lifespan=lifespan,
        generate_unique_id_function=lambda route: route.name,  # names for generated clients
    )
    app.add_middleware(BodyLimitMiddleware)
    if is_loopback(settings.host):
        app.add_middleware(HostMiddleware, names=(*LOOPBACK, settings.host, *settings.allowed_hosts))
    app.add_middleware(RequestIdMiddleware)
    problems.install(app)
    guards = [Depends(ApiKeyGuard(settings.api_key))] if settings.api_key else []
    common = problems.declared(401, 500, 503)
    for router in ROUTERS:
        app.include_router(router, prefix="/v1", dependencies=guards, responses=common)
    app.include_router(status_routes.probes)
    app.include_router(web_routes.router)
    return app
