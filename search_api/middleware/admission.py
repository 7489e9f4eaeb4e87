"""Keys and sessions, checked before a request takes a place or a byte of its body is read."""

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from polymuse.errors import UserError
from search_api.access import AccessControl
from search_api.middleware.audiomuse import PLACE
from search_api.middleware.forwarded import own_path
from search_api.problems import respond_to
from search_api.security import admit

AGENTS = "/mcp"
PROTECTED = ("/v1", "/metrics", AGENTS, PLACE)
PUBLIC = "/v1/session"  # for signing in; nothing below it


class AdmissionMiddleware:
    """Rejects requests without a valid key or session, and notes what the others may do for the guards of the routes.

    FastAPI runs those only after it has received and parsed the body (https://github.com/fastapi/fastapi/issues/3165).
    """

    def __init__(self, app: ASGIApp, control: AccessControl) -> None:
        self._app = app
        self._control = control

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self._control.ring and needs_key(own_path(scope)):
            request = Request(scope)
            try:
                request.state.access = admit(self._control, request)
            except UserError as error:
                await respond_to(error, scope, receive, send)
                return
        await self._app(scope, receive, send)


def needs_key(path: str) -> bool:
    """Whether a path without the prefix of a proxy belongs to those who have a key."""
    return path != PUBLIC and path.startswith(PROTECTED)
