"""A service that indexes by itself: a real process on real files."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from polymuse.api_keys import Scope, new_key, stored_form
from tests.helpers.service_process import ServiceProcess, serving, wait
from tests.helpers.tones import write_tone

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]  # workers have the lowest priority


@pytest.fixture
def home(polymuse_home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("POLYMUSE_JOBS", "1")
    monkeypatch.setenv("POLYMUSE_STEMS", "none")
    monkeypatch.setenv("POLYMUSE_ROOTS", str(tmp_path))
    return polymuse_home


@pytest.fixture
def service(home: Path) -> Iterator[ServiceProcess]:
    with serving(home) as service:
        yield service


def problem(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["type"].removeprefix("urn:poly-muse:error:")


def test_a_chosen_folder_becomes_searchable_and_stays_up_to_date(
    service: ServiceProcess, music: Path, tmp_path: Path
) -> None:
    assert service.get("/v1/folders") == {
        "folders": [],
        "roots": [str(tmp_path)],
        "editable": True,
        "watch": True,
    }
    chosen = service.client.put("/v1/folders", json={"folders": [str(music), str(music / "子")]}).json()
    assert [(each["path"], each["origin"], each["state"]) for each in chosen["folders"]] == [
        (str(music), "page", "watched")
    ]
    [job] = [job for job in service.get("/v1/jobs")["jobs"] if not job["ended"]][:1]
    done = service.ended(job)
    assert (done["state"], done["phase"], done["problem"]) == ("done", "done", None)
    assert done["files"]["indexed"] == done["files"]["total"] == 3
    assert service.tracks() == 3
    assert len(service.get("/v1/search", q="piano")["hits"]) == 3
    assert [each["files"] for each in service.get("/v1/folders")["folders"]] == [3]
    write_tone(music / "new.wav", 220)
    wait(lambda: service.tracks() == 4)
    wait(lambda: 'polymuse_indexed_files_total{status="indexed"} 4.0' in service.client.get("/metrics").text)
    music.rename(music.with_name("away"))
    kept = service.ended(service.client.post("/v1/jobs", json={"kind": "scan"}).json())
    assert any("not found, but" in note for note in kept["notes"])
    assert service.tracks() == 4


def test_events_tell_the_progress_until_the_end(service: ServiceProcess, music: Path) -> None:
    service.client.put("/v1/folders", json={"folders": [str(music)]})
    job = service.get("/v1/jobs")["jobs"][0]
    with service.client.stream("GET", f"/v1/jobs/{job['id']}/events", timeout=600) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        lines = list(response.iter_lines())
    events = [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]
    assert lines.count("event: job") == len(events)
    assert events[-1]["state"] == "done"
    assert events[-1]["files"]["done"] == 3


def test_failures_are_listed_and_tried_again(service: ServiceProcess, music: Path) -> None:
    broken = music / "a broken.wav"
    broken.write_bytes(b"no audio" * 100)
    service.client.put("/v1/folders", json={"folders": [str(music)]})
    wait(lambda: service.tracks() == 3 and service.idle())
    listed = service.get("/v1/failures")
    assert (listed["total"], listed["cursor"]) == (1, None)
    [failure] = listed["failures"]
    assert (failure["path"], failure["name"]) == (str(broken), broken.name)
    assert failure["cause"]
    assert failure["advice"]
    assert problem(service.client.post("/v1/failures/retry", json={"paths": ["/etc/passwd"]})) == (404, "not-found")
    again = service.client.post("/v1/failures/retry", json={"paths": [str(broken)]})
    assert again.status_code == 202
    assert service.ended(again.json())["files"]["failed"] == 1
    write_tone(broken, 330)
    service.ended(service.client.post("/v1/failures/retry", json={}).json())
    wait(lambda: service.get("/v1/failures")["total"] == 0)
    assert service.tracks() == 4


def test_a_pause_is_kept_and_a_restart_goes_on(home: Path, music: Path) -> None:
    with serving(home) as service:
        assert service.client.patch("/v1/jobs", json={"paused": True}).json()["paused"]
        service.client.put("/v1/folders", json={"folders": [str(music)]})
        assert service.stop(signal.SIGTERM) == 0
    with serving(home) as service:
        found = wait(lambda: (jobs := service.get("/v1/jobs"))["jobs"] and jobs)
        assert found["paused"]
        assert {job["state"] for job in found["jobs"]} == {"waiting"}
        assert service.tracks() == 0
        service.client.patch("/v1/jobs", json={"paused": False})
        wait(service.tracks)
        service.process.kill()  # in the middle of the job
    with serving(home) as service:
        wait(lambda: service.tracks() == 3)


def test_a_stopped_job_is_done_by_the_next(service: ServiceProcess, music: Path) -> None:
    service.client.patch("/v1/jobs", json={"paused": True})
    service.client.put("/v1/folders", json={"folders": [str(music)]})
    for job in service.get("/v1/jobs")["jobs"]:
        assert service.client.delete(f"/v1/jobs/{job['id']}").json()["state"] == "stopped"
    service.client.patch("/v1/jobs", json={"paused": False})
    scan = service.client.post("/v1/jobs", json={"kind": "scan"})
    assert scan.status_code == 202
    service.ended(scan.json())
    assert service.tracks() == 3


def test_forbidden_folders(service: ServiceProcess, music: Path, tmp_path: Path) -> None:
    (music / "out").symlink_to("/usr")
    (music / "text.mp3").touch()
    for folder, expected in (
        ("/usr", (403, "forbidden")),
        (str(music / "out"), (403, "forbidden")),
        (f"{music}/../..", (422, "not-a-folder")),
        ("music", (422, "not-a-folder")),
        (str(music / "text.mp3"), (422, "not-a-folder")),
        (str(music / "gone"), (404, "not-found")),
        ("x" * 5000, (422, "invalid-request")),
    ):
        assert problem(service.client.put("/v1/folders", json={"folders": [folder]})) == expected
        assert problem(service.client.get("/v1/folders/browse", params={"path": folder})) == expected
    assert service.get("/v1/folders")["folders"] == []
    assert problem(service.client.post("/v1/jobs", json={"kind": "scan", "paths": ["/usr"]})) == (404, "not-found")


def test_other_sites_and_read_keys_change_nothing(home: Path, tmp_path: Path) -> None:
    read, admin = new_key(Scope.READ), new_key(Scope.ADMIN)
    with serving(home) as service:
        for site in ("cross-site", "same-site"):
            answer = service.client.post("/v1/jobs", json={"kind": "scan"}, headers={"sec-fetch-site": site})
            assert problem(answer) == (403, "forbidden")
        untyped = service.client.post("/v1/jobs", content=b'{"kind": "scan"}')
        assert problem(untyped) == (415, "unsupported-media-type")
    keys = ",".join([stored_form(read, Scope.READ), stored_form(admin, Scope.ADMIN)])
    with serving(home, POLYMUSE_API_KEYS=keys) as service:
        client = service.client
        assert problem(client.get("/v1/folders")) == (401, "unauthorized")
        assert client.get("/v1/folders", headers={"x-api-key": read}).status_code == 200
        for method, path, body in (
            ("PUT", "/v1/folders", {"folders": [str(tmp_path)]}),
            ("POST", "/v1/jobs", {"kind": "scan"}),
            ("PATCH", "/v1/jobs", {"paused": True}),
            ("DELETE", "/v1/jobs/x", None),
            ("POST", "/v1/failures/retry", {}),
        ):
            refused = client.request(method, path, json=body, headers={"x-api-key": read})
            assert problem(refused) == (403, "forbidden"), path
        assert client.post("/v1/jobs", json={"kind": "scan"}, headers={"x-api-key": admin}).status_code == 202


def test_the_settings_name_folders(home: Path, music: Path) -> None:
    folders = f"{music},{music / '子'},/nowhere/at/all"
    with serving(home, POLYMUSE_MUSIC=folders, POLYMUSE_WATCH="false") as service:
        wait(lambda: service.tracks() == 3)
        listed = service.get("/v1/folders")["folders"]
    assert [(each["path"], each["origin"], each["state"]) for each in listed] == [
        (str(music), "settings", "off"),
        ("/nowhere/at/all", "settings", "missing"),
    ]
    assert "not there" in listed[1]["problem"]["message"]


def test_of_two_services_one_indexes_and_the_other_takes_over(home: Path, music: Path) -> None:
    with serving(home, POLYMUSE_MUSIC=str(music)) as first:
        wait(lambda: first.tracks() == 3)
        with serving(home, POLYMUSE_MUSIC=str(music)) as second:
            assert second.tracks() == 3
            assert not second.get("/v1/folders")["editable"]
            assert problem(second.client.post("/v1/jobs", json={"kind": "scan"})) == (503, "unavailable")
            assert first.stop(signal.SIGTERM) == 0
            write_tone(music / "new.wav", 220)
            wait(lambda: second.tracks() == 4)
            assert second.get("/v1/folders")["editable"]


def test_without_weights_it_waits_for_them(tmp_path: Path) -> None:
    """Offline nothing can be downloaded; the service says so and goes on."""
    with serving(tmp_path / "home", "healthz is up", POLYMUSE_OFFLINE="true") as service:
        wait(lambda: problem(service.client.get("/readyz")) == (503, "weights-missing"))
        failed = service.ended(service.client.post("/v1/jobs", json={"kind": "weights"}).json())
        assert failed["state"] == "failed"
        assert "Offline" in failed["problem"]["message"]
        assert service.stop(signal.SIGTERM) == 0
