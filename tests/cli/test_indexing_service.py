"""A service that indexes by itself: real processes on real files. Most tests share one, each with its own folder."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import make_home
from tests.helpers.indexing_app import indexing_app, problem
from tests.helpers.service_process import ServiceProcess, serving, wait
from tests.helpers.tones import write_tone

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]  # workers have the lowest priority
FRUGAL = {"POLYMUSE_JOBS": "1", "POLYMUSE_STEMS": "none"}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("root")


@pytest.fixture(scope="module")
def shared(starter_weights: Path, root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    home = make_home(tmp_path_factory.mktemp("shared") / "home", starter_weights)
    settings = {"POLYMUSE_ROOTS": str(root), "XDG_CONFIG_HOME": str(home)}
    with serving(home, **FRUGAL, **settings) as service:
        yield service


@pytest.fixture
def service(shared: ServiceProcess) -> Iterator[ServiceProcess]:
    """The service without folders and jobs; earlier tests have left tracks in its library."""
    yield shared
    shared.client.put("/v1/folders", json={"folders": []})
    shared.client.patch("/v1/jobs", json={"paused": False})
    wait(shared.idle)


@pytest.fixture
def folder(root: Path, request: pytest.FixtureRequest) -> Path:
    """An empty folder below the root."""
    folder = root / request.node.name
    folder.mkdir()
    return folder


def choose(service: ServiceProcess, folder: Path) -> None:
    assert service.client.put("/v1/folders", json={"folders": [str(folder)]}).status_code == 200


def test_a_chosen_folder_becomes_searchable_and_stays_up_to_date(service: ServiceProcess, folder: Path) -> None:
    before = service.tracks()
    write_tone(folder / "low.wav", 110)
    write_tone(folder / "子" / "卡农.wav", 440)
    choose(service, folder)
    lines: list[str] = []
    for job in service.get("/v1/jobs")["jobs"]:  # that of the client and perhaps the one of the watcher
        with service.client.stream("GET", f"/v1/jobs/{job['id']}/events", timeout=600) as response:
            lines += response.iter_lines()
    events = [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]
    [done] = [each for each in events if each["state"] == "done" and each["files"]["indexed"]]
    assert (done["phase"], done["problem"]) == ("done", None)
    assert done["files"]["indexed"] == done["files"]["total"] == 2
    assert service.tracks() == before + 2
    assert len(service.get("/v1/search", q="piano")["hits"]) == before + 2
    [listed] = service.get("/v1/folders")["folders"]
    assert (listed["path"], listed["state"], listed["files"]) == (str(folder), "watched", 2)
    write_tone(folder / "new.wav", 220)
    wait(lambda: service.tracks() == before + 3)
    wait(lambda: f'indexed_files_total{{status="indexed"}} {before + 3}.0' in service.client.get("/metrics").text)
    folder.rename(folder.with_name("away"))
    kept = service.ended(service.client.post("/v1/jobs", json={"kind": "scan"}).json())
    assert any("not found, but" in note for note in kept["notes"])
    assert service.tracks() == before + 3


def test_failures_are_listed_and_tried_again(service: ServiceProcess, folder: Path) -> None:
    before = service.tracks()
    broken = folder / "a broken.wav"
    broken.write_bytes(b"no audio" * 100)
    choose(service, folder)
    [failure] = wait(lambda: service.get("/v1/failures")["failures"])
    assert (failure["path"], failure["name"]) == (str(broken), broken.name)
    assert failure["cause"]
    assert failure["advice"]
    wait(service.idle)
    again = service.client.post("/v1/failures/retry", json={"paths": [str(broken)]})
    assert again.status_code == 202
    assert service.ended(again.json())["files"]["failed"] == 1
    write_tone(broken, 330)
    service.ended(service.client.post("/v1/failures/retry", json={}).json())
    wait(lambda: service.get("/v1/failures")["total"] == 0)
    assert service.tracks() == before + 1


def test_a_stopped_job_is_done_by_the_next(service: ServiceProcess, folder: Path) -> None:
    before = service.tracks()
    write_tone(folder / "high.wav", 1760)
    service.client.patch("/v1/jobs", json={"paused": True})
    choose(service, folder)
    for job in service.get("/v1/jobs")["jobs"]:
        if not job["ended"]:
            assert service.client.delete(f"/v1/jobs/{job['id']}").json()["state"] == "stopped"
    assert service.tracks() == before
    service.client.patch("/v1/jobs", json={"paused": False})
    service.ended(service.client.post("/v1/jobs", json={"kind": "scan"}).json())
    assert service.tracks() == before + 1


def test_restarts_and_a_second_service(
    polymuse_home: Path, music: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pause is kept, a killed service goes on after its restart, and of two services one indexes at a time."""
    for name, value in {**FRUGAL, "POLYMUSE_ROOTS": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    with indexing_app(polymuse_home) as client:
        client.patch("/v1/jobs", json={"paused": True})
        client.put("/v1/folders", json={"folders": [str(music)]})
    with serving(polymuse_home) as killed:
        found = wait(lambda: (jobs := killed.get("/v1/jobs"))["jobs"] and jobs)
        assert found["paused"]
        assert {job["state"] for job in found["jobs"]} == {"waiting"}
        assert killed.tracks() == 0
        killed.client.patch("/v1/jobs", json={"paused": False})
        wait(killed.tracks)
        killed.process.kill()  # in the middle of the job
    with serving(polymuse_home) as first, serving(polymuse_home) as second:
        wait(lambda: first.tracks() == second.tracks() == 3)
        assert not second.get("/v1/folders")["editable"]
        assert problem(second.client.post("/v1/jobs", json={"kind": "scan"})) == (503, "unavailable")
        assert first.stop(signal.SIGTERM) == 0
        write_tone(music / "new.wav", 220)
        wait(lambda: second.tracks() == 4)
        assert second.get("/v1/folders")["editable"]


def test_without_weights_it_waits_for_them(tmp_path: Path) -> None:
    with serving(tmp_path / "home", "healthz is up", POLYMUSE_OFFLINE="true") as service:
        wait(lambda: problem(service.client.get("/readyz")) == (503, "weights-missing"))
        assert service.get("/v1/jobs") == {"paused": False, "jobs": [], "gone": 0}
        assert service.stop(signal.SIGTERM) == 0
