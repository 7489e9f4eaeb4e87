"""The page while the service is away: its service worker opens it, and it never keeps an old version."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI

from search_api.routes.page import FOLDER, WebPage, page_router
from search_api.serve import listen
from tests.search_api.web.conftest import Open, await_true, serving

pytestmark = pytest.mark.slow

sync_api = pytest.importorskip("playwright.sync_api", reason="needs the package playwright")
expect = sync_api.expect

VERSION = "document.querySelector('script[type=module]').src.split('/').at(-2)"
KEPT = "caches.keys().then(async names => (await Promise.all(names.map(async name => " + (
    "(await (await caches.open(name)).keys()).map(request => new URL(request.url).pathname)))).flat())"
)


def await_kept(page: Any) -> None:
    """Wait until the newest version of the page is kept, and no other."""
    await_true(page, f"{KEPT}.then(paths => paths.some(path => path.endsWith('/offline.js')))")
    await_true(page, f"{KEPT}.then(paths => paths.every(path => !path.includes('/web/') || path.includes({VERSION})))")


def test_it_opens_and_goes_on_when_the_service_is_back(open_page: Open, starter_weights: Path, tmp_path: Path) -> None:
    (tmp_path / "models").symlink_to(starter_weights.parent)
    with serving(tmp_path, XDG_CONFIG_HOME=str(tmp_path)) as address:
        page = open_page(f"{address}/?q=secret")
        expect(page.get_by_role("heading", name="Your library is empty")).to_be_hidden()
        await_kept(page)
        paths = page.evaluate(KEPT)
        assert [path for path in paths if path != "/" and not path.startswith("/web/")] == []
    page.reload()
    alert = page.get_by_role("alert")
    expect(alert.get_by_role("heading")).to_have_text("The service does not respond")
    await_true(page, "document.querySelector('#activity p') !== null")
    expect(page.locator("#activity p")).to_be_hidden()  # it is said in one place
    with serving(tmp_path, XDG_CONFIG_HOME=str(tmp_path), POLYMUSE_PORT=address.rpartition(":")[2]):
        expect(alert).to_have_count(0)


@contextmanager
def page_server(folder: Path, port: int = 0) -> Iterator[int]:
    """Serves the page as the files in the folder are now; yields the port."""
    app = FastAPI()
    app.include_router(page_router(WebPage.read(folder)), prefix="/music")
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    with listen("127.0.0.1", port) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


def test_after_an_update_the_old_version_is_gone(open_page: Open, tmp_path: Path) -> None:
    web = tmp_path / "web"
    shutil.copytree(FOLDER, web)
    with page_server(web) as port:
        page = open_page(f"http://127.0.0.1:{port}/music/")
        await_kept(page)
        first = page.evaluate(VERSION)
    (web / "page.css").write_text((web / "page.css").read_text() + "/* new */")
    with page_server(web, port):
        page.reload()
        second = page.evaluate(VERSION)
        assert first != second
        await_kept(page)
    page.reload()  # without the service
    assert page.evaluate(VERSION) == second
    expect(page.get_by_role("button", name="Search").first).to_be_visible()
