"""Addresses of plugins for AudioMuse-AI, and where their keys go."""

import asyncio
from typing import Any

import pytest

from search_api.middleware.audiomuse import AudioMuseMiddleware, calling_server

KEY = "schlüssel-mit-umlaut"


def seen(path: str, *, protected: bool = True, root_path: str = "", query: bytes = b"", **headers: str) -> Any:
    """The request as it is outside and inside of the middleware, which must be the same."""
    inside: list[dict[str, Any]] = []

    async def app(scope: Any, *_: Any) -> None:
        inside.append(scope)

    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope: dict[str, Any] = {"type": "http", "path": path, "raw_path": b"", "query_string": query, "headers": raw}
    middleware = AudioMuseMiddleware(app, ("jellyfin", "lyrion"), root_path, protected=protected)
    asyncio.run(middleware(scope, None, None))  # type: ignore[arg-type]
    assert inside == [scope]
    return scope


def key_of(scope: Any) -> bytes | None:
    return dict(scope["headers"]).get(b"x-api-key")


@pytest.mark.parametrize(
    ("path", "to", "server", "has_key"),
    [
        ("/api/similar_tracks", "/audiomuse/api/similar_tracks", "jellyfin", False),
        ("/chat/api/chatPlaylist", "/audiomuse/chat/api/chatPlaylist", "jellyfin", False),
        ("/audiomuse/api/health", "/audiomuse/api/health", "jellyfin", False),
        ("/audiomuse", "/audiomuse/", "jellyfin", False),
        ("/audiomuse/lyrion", "/audiomuse/", "lyrion", False),
        ("/audiomuse/lyrion/api/x", "/audiomuse/api/x", "lyrion", False),
        (f"/audiomuse/{KEY}/api/x", "/audiomuse/api/x", "jellyfin", True),
        (f"/audiomuse/lyrion/{KEY}/api/x", "/audiomuse/api/x", "lyrion", True),
        (f"/audiomuse/{KEY}/lyrion/api/x", "/audiomuse/api/x", "lyrion", True),
        (f"/audiomuse/{KEY}", "/audiomuse/", "jellyfin", True),
        (f"/audiomuse/{KEY}/nothing/else", "/audiomuse/nothing/else", "jellyfin", True),
    ],
)
def test_the_path_names_the_server_and_the_key(path: str, to: str, server: str, has_key: bool) -> None:
    scope = seen(path)
    assert (scope["path"], scope["raw_path"]) == (to, to.encode())
    assert calling_server(scope) == server
    assert key_of(scope) == (KEY.encode() if has_key else None)


@pytest.mark.parametrize("path", ["/", "/v1/search", "/apiary", "/audiomuses/api", "/v1/audiomuse/api", "/audiomuse2"])
def test_other_requests_are_left_alone(path: str) -> None:
    scope = seen(path)
    assert scope["path"] == path
    assert calling_server(scope) == ""


def test_headers_with_a_key_count_more_than_the_path() -> None:
    path = f"/audiomuse/{KEY}/api/x"
    for scope in (seen(path, authorization="another"), seen(path, x_api_key="another")):
        assert KEY.encode() not in [value for _, value in scope["headers"]]
        assert scope["path"] == "/audiomuse/api/x"


def test_without_keys_an_unknown_server_is_no_key() -> None:
    scope = seen("/audiomuse/emby/api/x", protected=False)
    assert (scope["path"], key_of(scope)) == ("/audiomuse/emby/api/x", None)


def test_below_the_prefix_of_a_proxy() -> None:
    assert seen(f"/music/audiomuse/{KEY}/api/x", root_path="/music")["path"] == "/music/audiomuse/api/x"
    assert seen(f"/audiomuse/{KEY}/api/x", root_path="/music")["path"] == "/audiomuse/api/x"  # it strips the prefix
    assert seen("/m/api/x", x_forwarded_prefix="/m/")["path"] == "/m/audiomuse/api/x"


def test_secrets_of_others_leave_the_query() -> None:
    query = b"jellyfin_user_identifier=me&jellyfin_token=s3cret&n=3"
    assert seen("/api/x", query=query)["query_string"] == b"jellyfin_user_identifier=me&n=3"
    assert seen("/v1/x", query=query)["query_string"] == query
