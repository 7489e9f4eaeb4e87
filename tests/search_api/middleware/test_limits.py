"""Limits on requests: number, time and size."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from polymuse.settings import load_settings
from search_api.app import create_app
from search_api.middleware import limits
from search_api.middleware.limits import Allowance
from tests.search_api.test_problems import check_problem


class Gate:
    """A route that responds when the test opens the gate."""

    def __init__(self, home: Path, **flags: object) -> None:
        self.app: FastAPI = create_app(load_settings(home=home, **flags))
        self.entered = threading.Semaphore(0)
        self.open = threading.Event()
        self.app.add_api_route("/gate", self._wait)

    def _wait(self) -> str:
        self.entered.release()
        assert self.open.wait(60)
        return "through"


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    gate = Gate(tmp_path, max_requests=2)
    yield gate
    gate.open.set()


class Asking(threading.Thread):
    """A request from another thread."""

    def __init__(self, client: TestClient, path: str) -> None:
        super().__init__()
        self._client, self._path = client, path
        self.response: httpx2.Response
        self.start()

    def run(self) -> None:
        self.response = self._client.get(self._path)


def test_more_requests_than_allowed_are_rejected(gate: Gate) -> None:
    with TestClient(gate.app, base_url="http://127.0.0.1") as client:  # one event loop for all requests
        first = [Asking(client, "/gate") for _ in range(2)]
        for _ in first:
            assert gate.entered.acquire(timeout=60)
        refused = client.get("/gate")
        check_problem(refused, 429, "busy")
        assert refused.headers["retry-after"] == "1"
        assert client.get("/healthz").status_code == 200  # monitoring is not limited
        assert client.get("/web/0/app.js").status_code == 200  # nor are the parts of the page
        assert client.get("/metrics").status_code == 200
        gate.open.set()
        for each in first:
            each.join()
            assert each.response.json() == "through"
        assert client.get("/gate").status_code == 200


def test_a_request_that_times_out_is_answered_and_still_counts(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "Allowance", lambda: Allowance(seconds=0.05))
    with TestClient(gate.app, base_url="http://127.0.0.1") as client:
        late = client.get("/gate")
        check_problem(late, 503, "timeout")
        assert late.headers["retry-after"] == "5"
        check_problem(client.get("/gate"), 503, "timeout")
        check_problem(client.get("/gate"), 429, "busy")  # both threads are still busy
        gate.open.set()
        while client.get("/gate").status_code == 429:
            time.sleep(0.01)
