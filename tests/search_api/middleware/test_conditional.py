"""Responses that a client already has are not sent again, and long ones are compressed."""

import httpx2
import pytest
from fastapi.testclient import TestClient


def get(client: TestClient, path: str, **headers: str) -> httpx2.Response:
    return client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})


@pytest.mark.parametrize("path", ["/v1/tracks", "/v1/stats", "/v1/facets?field=artist", "/v1/descriptors"])
def test_an_unchanged_response_is_not_sent_again(client: TestClient, path: str) -> None:
    first = get(client, path)
    assert first.headers["etag"].startswith('W/"')
    assert first.headers["cache-control"] == "private, no-cache"
    again = get(client, path, If_None_Match=f'"other", {first.headers["etag"]}')
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert "content-length" not in again.headers
    assert get(client, path, If_None_Match='"other"').content == first.content


def test_other_content_has_another_tag(client: TestClient) -> None:
    tags = {get(client, f"/v1/tracks?limit={limit}").headers["etag"] for limit in (1, 2, 3)}
    assert len(tags) == 3


def test_searches_are_timed_and_never_the_same(client: TestClient, ids: dict[str, str]) -> None:
    for path in ("/v1/search?q=piano", f"/v1/tracks/{ids['Aria']}/similar"):
        answer = get(client, path)
        assert answer.headers["cache-control"] == "no-store"
        assert "etag" not in answer.headers


def test_errors_have_no_tag(client: TestClient) -> None:
    assert "etag" not in get(client, "/v1/tracks/unknown").headers


def test_the_tag_does_not_depend_on_the_encoding(client: TestClient) -> None:
    plain = get(client, "/v1/tracks", Accept_Encoding="identity")
    packed = get(client, "/v1/tracks", Accept_Encoding="gzip")
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["vary"]
    assert packed.headers["etag"] == plain.headers["etag"]
    assert packed.content == plain.content
    assert int(packed.headers["content-length"]) < len(plain.content)
