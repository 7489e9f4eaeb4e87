"""The addresses below which plugins for AudioMuse-AI find this service.

    /audiomuse/[SERVER/][KEY/]api/...       whatever comes first, the name of a server or the key
    /api/...                                for plugins that allow no path in their setting, as Jellyfin's

Both become /audiomuse/api/..., with the key in a header. A key in a path must be in no log, so the request itself is
changed, before anything has seen it.
"""

from collections.abc import Sequence
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

PLACE = "/audiomuse"
BRANCHES = ("api", "chat")  # of AudioMuse-AI; no server is called so
SECRETS = (b"jellyfin_token",)  # of others, which callers put into the query and nobody needs here
SERVER = "audiomuse"  # name in the state of a request; its value is the server that calls


class AudioMuseMiddleware:
    """Must be the outermost: it changes `scope` in place, so that what is outside of it logs no key either."""

    def __init__(self, app: ASGIApp, servers: Sequence[str], root_path: str, *, protected: bool) -> None:
        """`servers` are not empty; the first is meant by addresses that name none. `protected`: there are keys."""
        self._app = app
        self._servers = servers
        self._root_path = root_path
        self._protected = protected

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self._rewrite(scope)
        await self._app(scope, receive, send)

    def _rewrite(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        prefix = self._root_path or headers.get("x-forwarded-prefix", "").rstrip("/")
        path: str = scope["path"]
        prefix = prefix if prefix and path.startswith(f"{prefix}/") else ""
        first, *words = path.removeprefix(prefix).removeprefix("/").split("/")
        if first in BRANCHES:
            words = [first, *words]
        elif first != PLACE[1:]:
            return
        server, key, rest = self._read(words)
        scope["path"] = f"{prefix}{PLACE}/{'/'.join(rest)}"
        scope["raw_path"] = quote(scope["path"]).encode()
        scope["query_string"] = b"&".join(
            each for each in scope["query_string"].split(b"&") if each.partition(b"=")[0] not in SECRETS
        )
        if key and "x-api-key" not in headers and "authorization" not in headers:
            scope["headers"] = [*scope["headers"], (b"x-api-key", key.encode("utf-8", "surrogateescape"))]
        scope.setdefault("state", {})[SERVER] = server

    def _read(self, words: list[str]) -> tuple[str, str, list[str]]:
        """The server, the key and the rest of the path."""
        server = key = ""
        while words and words[0] and words[0] not in BRANCHES:
            if not server and words[0] in self._servers:
                server = words[0]
            elif not key and self._protected:
                key = words[0]
            else:
                break
            words = words[1:]
        return server or self._servers[0], key, words


def calling_server(scope: Scope) -> str:
    """The server whose plugin has sent a request; "" for any other request."""
    return scope.get("state", {}).get(SERVER, "")
