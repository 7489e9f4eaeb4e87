"""The folders that a service keeps up to date."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from polymuse.api_keys import Scope, new_key, stored_form
from tests.helpers.indexing_app import indexing_app, problem


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with jazz, jazz/live, a link that leads out and a file."""
    root = tmp_path / "root"
    (root / "jazz" / "live").mkdir(parents=True)
    (root / "jazz" / "song.mp3").touch()
    (root / "out").symlink_to("/usr")
    return root


@pytest.fixture
def client(tmp_path: Path, root: Path) -> Iterator[TestClient]:
    with indexing_app(tmp_path / "home", roots=str(root)) as client:
        yield client


def test_no_folder_is_kept_up_to_date_at_first(client: TestClient, root: Path) -> None:
    assert client.get("/v1/folders").json() == {
        "folders": [],
        "roots": [str(root)],
        "editable": True,
        "watch": True,
    }


def test_chosen_folders_are_merged_scanned_and_kept(client: TestClient, tmp_path: Path, root: Path) -> None:
    jazz = str(root / "jazz")
    chosen = client.put("/v1/folders", json={"folders": [jazz, f"{jazz}/live"]}).json()
    assert [(each["path"], each["origin"], each["problem"]) for each in chosen["folders"]] == [(jazz, "page", None)]
    [job] = client.get("/v1/jobs").json()["jobs"]
    assert (job["kind"], job["state"], job["phase"]) == ("scan", "waiting", "scanning")
    with indexing_app(tmp_path / "home", roots=str(root)) as later:
        assert [each["path"] for each in later.get("/v1/folders").json()["folders"]] == [jazz]
    assert client.put("/v1/folders", json={"folders": []}).json()["folders"] == []


def test_the_settings_name_folders(tmp_path: Path, root: Path) -> None:
    """Those may lie anywhere; one inside another is left out."""
    folders = f"{root},{root / 'jazz'},/nowhere/at/all"
    with indexing_app(tmp_path / "home", music=folders, watch=False, roots=str(tmp_path)) as client:
        listed = client.get("/v1/folders").json()["folders"]
    assert [(each["path"], each["origin"], each["state"]) for each in listed] == [
        (str(root), "settings", "off"),
        ("/nowhere/at/all", "settings", "missing"),
    ]
    assert "not there" in listed[1]["problem"]["message"]


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("/usr", (403, "forbidden")),
        ("{}/out", (403, "forbidden")),
        ("{}/../..", (422, "not-a-folder")),
        ("jazz", (422, "not-a-folder")),
        ("{}/jazz/song.mp3", (422, "not-a-folder")),
        ("{}/gone", (404, "not-found")),
        ("x" * 5000, (422, "invalid-request")),
    ],
)
def test_forbidden_folders(client: TestClient, root: Path, folder: str, expected: tuple[int, str]) -> None:
    path = folder.format(root)
    assert problem(client.put("/v1/folders", json={"folders": [path]})) == expected
    assert problem(client.get("/v1/folders/browse", params={"path": path})) == expected
    assert client.get("/v1/folders").json()["folders"] == []


def test_one_looks_into_folders(client: TestClient, root: Path) -> None:
    assert client.get("/v1/folders/browse").json()["folders"] == [{"name": str(root), "path": str(root)}]
    jazz = client.get("/v1/folders/browse", params={"path": str(root / "jazz")}).json()
    assert jazz == {
        "path": str(root / "jazz"),
        "parent": str(root),
        "folders": [{"name": "live", "path": str(root / "jazz" / "live")}],
        "audio_files": 1,
    }


def test_read_keys_see_no_other_folders_of_the_machine(tmp_path: Path, root: Path) -> None:
    keys = {scope: new_key(scope) for scope in Scope}
    stored = ",".join(stored_form(key, scope) for scope, key in keys.items())
    with indexing_app(tmp_path / "home", roots=str(root), api_keys=stored) as client:
        read, admin = ({"X-API-Key": keys[scope]} for scope in (Scope.READ, Scope.ADMIN))
        for path in ("/v1/folders/browse", f"/v1/folders/browse?path={root}"):
            assert problem(client.get(path, headers=read)) == (403, "forbidden")
            assert client.get(path, headers=admin).status_code == 200
        assert client.get("/v1/folders", headers=read).json()["roots"] == []
        assert client.get("/v1/folders", headers=admin).json()["roots"] == [str(root)]
