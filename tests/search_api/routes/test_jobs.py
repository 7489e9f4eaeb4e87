"""The jobs of a service, as far as they need no weights."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient

from indexer.service.keeper import LibraryKeeper
from polymuse.api_keys import Scope, new_key, stored_form
from polymuse.settings import load_settings
from search_api.app import create_app
from tests.helpers.indexing_app import indexing_app, problem
from tests.helpers.service_process import wait
from tests.search_api.shelf import listening

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    with indexing_app(tmp_path / "home", offline=True, roots=str(tmp_path)) as client:
        yield client


def test_a_scan_that_waits_is_not_doubled(client: TestClient) -> None:
    first = client.post("/v1/jobs", json={"kind": "scan"})
    assert first.status_code == 202
    assert client.post("/v1/jobs", json={"kind": "scan"}).json()["id"] == first.json()["id"]
    assert [job["state"] for job in client.get("/v1/jobs").json()["jobs"]] == ["waiting"]


def test_a_stopped_job_and_its_events(client: TestClient) -> None:
    path = f"/v1/jobs/{client.post('/v1/jobs', json={'kind': 'scan'}).json()['id']}"
    assert client.delete(path).json()["state"] == "stopped"
    assert client.get(path).json()["ended"]
    events = client.get(f"{path}/events")
    assert events.headers["content-type"].startswith("text/event-stream")
    assert events.headers["cache-control"] == "no-store"
    assert events.text.startswith("event: job\ndata: {")
    assert events.text.count("event: job") == 1


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"kind": "scan", "forget": -1}, (422, "invalid-request")),
        ({"kind": "scan", "forget": 10**400}, (422, "invalid-request")),
        ({"kind": "retry", "forget": 1}, (400, "usage")),
        ({"kind": "scan", "paths": [], "forget": 1}, (400, "usage")),
    ],
)
def test_only_a_scan_of_everything_forgets_much(
    client: TestClient, wanted: dict[str, object], expected: tuple[int, str]
) -> None:
    assert problem(client.post("/v1/jobs", content=json.dumps(wanted), headers=JSON)) == expected
    assert client.get("/v1/jobs").json() == {"paused": False, "gone": 0, "jobs": []}


@pytest.mark.parametrize("end", ["signed out", "key removed"])
def test_events_end_with_what_permitted_them(tmp_path: Path, end: str) -> None:
    key, file = new_key(Scope.READ), tmp_path / "key"
    file.write_text(key)
    settings = load_settings(home=tmp_path / "home", offline=True, roots=str(tmp_path), api_key_file=file)
    app = create_app(settings, LibraryKeeper(settings))
    with listening(app) as port, httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
        job = client.post("/v1/jobs", json={"kind": "scan"}, headers={"X-API-Key": key}).json()
        assert client.post("/v1/session", json={"key": key}).status_code == 200
        headers = {"Sec-Fetch-Site": "same-origin"} if end == "signed out" else {"X-API-Key": key}
        with client.stream("GET", f"/v1/jobs/{job['id']}/events", headers=headers) as events:
            lines = events.iter_lines()
            assert next(lines) == "event: job"
            if end == "signed out":
                httpx.delete(f"{client.base_url}/v1/session", cookies=client.cookies, headers=headers)
            else:
                file.write_text(new_key(Scope.READ))
            assert [line for line in lines if line.startswith("event")] == []


def test_a_job_that_does_not_exist(client: TestClient) -> None:
    for method, path in (("GET", "/v1/jobs/x"), ("DELETE", "/v1/jobs/x"), ("GET", "/v1/jobs/x/events")):
        assert problem(client.request(method, path)) == (404, "not-found")
    assert problem(client.post("/v1/jobs", json={"kind": "scan", "paths": ["/usr"]})) == (404, "not-found")


def test_a_pause_is_kept_across_restarts(tmp_path: Path) -> None:
    for paused in (True, False):
        with indexing_app(tmp_path / "home") as client:
            assert client.patch("/v1/jobs", json={"paused": paused}).json()["paused"] == paused
        with indexing_app(tmp_path / "home") as client:
            assert client.get("/v1/jobs").json()["paused"] == paused


def test_offline_the_weights_stay_missing(client: TestClient) -> None:
    job = client.post("/v1/jobs", json={"kind": "weights"}).json()
    failed = wait(lambda: (found := client.get(f"/v1/jobs/{job['id']}").json())["ended"] and found)
    assert (failed["state"], failed["phase"]) == ("failed", "weights")
    assert "Offline" in failed["problem"]["message"]
    wait(lambda: problem(client.get("/readyz")) == (503, "weights-missing"))


def test_other_sites_change_nothing(client: TestClient) -> None:
    for site in ("cross-site", "same-site"):
        answer = client.post("/v1/jobs", json={"kind": "scan"}, headers={"sec-fetch-site": site})
        assert problem(answer) == (403, "forbidden")
    assert problem(client.post("/v1/jobs", content=b'{"kind": "scan"}')) == (415, "unsupported-media-type")


def test_a_read_key_changes_nothing(tmp_path: Path) -> None:
    read, admin = new_key(Scope.READ), new_key(Scope.ADMIN)
    keys = ",".join([stored_form(read, Scope.READ), stored_form(admin, Scope.ADMIN)])
    with indexing_app(tmp_path / "home", api_keys=keys) as client:
        assert problem(client.get("/v1/folders")) == (401, "unauthorized")
        assert client.get("/v1/folders", headers={"x-api-key": read}).status_code == 200
        for method, path, body in (
            ("PUT", "/v1/folders", {"folders": [str(tmp_path)]}),
            ("POST", "/v1/jobs", {"kind": "scan"}),
            ("PATCH", "/v1/jobs", {"paused": True}),
            ("DELETE", "/v1/jobs/x", None),
            ("POST", "/v1/failures/retry", {}),
            ("PUT", "/v1/descriptors/rain", {}),
            ("DELETE", "/v1/descriptors/rain", None),
        ):
            refused = client.request(method, path, json=body, headers={"x-api-key": read})
            assert problem(refused) == (403, "forbidden"), path
        assert client.post("/v1/jobs", json={"kind": "scan"}, headers={"x-api-key": admin}).status_code == 202
