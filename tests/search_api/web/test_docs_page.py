"""The API documentation in a browser that can reach only the service."""

from typing import Any

import pytest

from tests.search_api.web.conftest import Open, Site

pytestmark = pytest.mark.slow


sync_api = pytest.importorskip("playwright.sync_api", reason="needs the package playwright")
expect = sync_api.expect


def test_calls_are_documented_and_tried_without_other_hosts(open_page: Open, site: Site) -> None:
    page = open_page("about:blank")
    elsewhere: list[str] = []

    def let_in(route: Any) -> None:
        if route.request.url.startswith(f"{site.address}/"):
            route.continue_()
        else:
            elsewhere.append(route.request.url)
            route.abort()

    page.route("**/*", let_in)
    page.goto(f"{site.address}/docs")
    call = page.locator("#operations-search-search_text")
    call.locator("button").first.click()
    call.get_by_role("button", name="Try it out").click()
    call.locator("tr[data-param-name=q] input").fill("calm piano")
    call.get_by_role("button", name="Execute").click()
    expect(call.locator(".live-responses-table")).to_contain_text("Gymnopédie No. 1")
    assert elsewhere == []
