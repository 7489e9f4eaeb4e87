"""Requests of other sites are told by what browsers say about them."""

import pytest
from starlette.datastructures import Headers

from search_api.same_site import is_foreign, is_of_the_page

HOST = {"host": "music.example:8765"}
OWN_ORIGIN = {"origin": "http://music.example:8765"}


@pytest.mark.parametrize(
    ("method", "headers", "foreign"),
    [
        ("GET", {}, False),
        ("POST", {}, False),  # not a browser
        ("GET", {"sec-fetch-site": "cross-site"}, True),
        ("GET", {"sec-fetch-site": "same-site"}, False),
        ("POST", {"sec-fetch-site": "same-site"}, True),  # another port of this host
        ("POST", {"sec-fetch-site": "same-origin"}, False),
        ("POST", {"sec-fetch-site": "none"}, False),
        ("POST", {"sec-fetch-site": "none", "origin": "http://evil.example"}, True),
        ("POST", {"sec-fetch-site": "same-origin, cross-site"}, True),
        (
            "POST",
            {"sec-fetch-site": "same-origin", "origin": "https://music.example"},
            False,
        ),  # a proxy with its own Host
        ("DELETE", {"sec-fetch-site": "cross-site", **OWN_ORIGIN}, True),
        ("POST", OWN_ORIGIN, False),
        ("POST", {"origin": "http://music.example"}, True),
        ("POST", {"origin": "http://evil.example"}, True),
        ("POST", {"origin": "null"}, True),
        ("POST", {"origin": "http://[bad"}, True),
        ("GET", {"origin": "http://evil.example"}, False),  # reads nothing: there are no CORS headers
    ],
)
def test_foreign_requests(method: str, headers: dict[str, str], *, foreign: bool) -> None:
    assert is_foreign(method, Headers({**HOST, **headers})) is foreign


@pytest.mark.parametrize(
    ("headers", "own"),
    [
        ({}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"sec-fetch-site": "same-origin"}, True),
        (OWN_ORIGIN, True),
        ({**OWN_ORIGIN, "sec-fetch-site": "same-site"}, False),
    ],
)
def test_requests_of_the_page(headers: dict[str, str], *, own: bool) -> None:
    assert is_of_the_page(Headers({**HOST, **headers})) is own
