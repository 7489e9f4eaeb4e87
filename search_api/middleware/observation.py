"""Logs and counts every response. Queries are private and appear in neither."""

import logging
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from search_api.metrics import Metrics
from search_api.middleware.forwarded import own_path

KNOWN_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
PREFIX = "/v1"  # of most routes
UNMATCHED = "unmatched"  # in place of a path that matches no route

logger = logging.getLogger(__name__)


class ObservationMiddleware:
    """Writes a log line and updates the metrics after each response."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start = time.perf_counter()
        status = 500  # of an unhandled exception

        async def recording_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, recording_send)
        finally:
            self._record(scope, status, time.perf_counter() - start)

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        method = scope["method"] if scope["method"] in KNOWN_METHODS else "other"
        route = _template(scope)
        self._metrics.count(method, route, status, seconds)
        details = {
            "request_id": scope["state"]["request_id"],
            "method": method,
            "route": route,
            "status": status,
            "ms": round(seconds * 1000, 1),
        }
        level = logging.DEBUG if status < 400 and _is_routine(scope) else logging.INFO
        logger.log(level, "%(request_id)s %(method)s %(route)s %(status)s %(ms)s ms", details, extra=details)


def _is_routine(scope: Scope) -> bool:
    """Whether a request is for a part of the page, or a check that the service is alive."""
    path = own_path(scope)
    return path == "/healthz" or path.startswith("/web/")


def _template(scope: Scope) -> str:
    """The path template of the route, such as /v1/tracks/{id}."""
    path = getattr(scope.get("route"), "path", UNMATCHED)
    below = own_path(scope).startswith(PREFIX) and not path.startswith(PREFIX)  # newer FastAPI omits the prefix
    return f"{PREFIX}{path}" if below and path != UNMATCHED else path
