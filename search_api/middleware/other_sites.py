"""Protection against pages of other sites: they can neither send requests nor embed answers."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from search_api.middleware.admission import AGENTS
from search_api.middleware.audiomuse import PLACE
from search_api.middleware.forwarded import own_path
from search_api.problems import PROTECTION, respond_to
from search_api.same_site import is_foreign
from search_api.security import ForbiddenError

CLOSED = ("/v1", AGENTS, PLACE)  # links of other sites may lead to the page, but not here


class OtherSitesMiddleware:
    """Rejects requests of other sites below CLOSED, and all their changes; adds PROTECTION to answers.

    Without it, a page could tell by an image that loads or does not which tracks exist.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def own_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(PROTECTION)
            await send(message)

        if _is_refused(scope):
            error = ForbiddenError(
                "This is not allowed to pages of other sites",
                "Use the page of this service; behind a proxy, make it pass the header Host on",
            )
            await respond_to(error, scope, receive, own_send)
            return
        await self._app(scope, receive, own_send)


def _is_refused(scope: Scope) -> bool:
    closed = own_path(scope).startswith(CLOSED) or scope["method"] not in ("GET", "HEAD")
    return closed and is_foreign(scope["method"], Headers(scope=scope))
