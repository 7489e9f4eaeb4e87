"""`/v1/search/audio`: audio files as queries, with the real decoder and the real networks."""

import json
import logging
import socket
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import pytest
from fastapi.testclient import TestClient

from models.audio.write import write_wav
from tests.helpers.paths import ROOT
from tests.helpers.service_process import wait
from tests.search_api.shelf import Shelf
from tests.search_api.test_problems import check_problem

CLIP = ROOT / "data" / "demo" / "bach_toccata_d_minor.opus"  # an organ


def send(client: TestClient, content: bytes, name: str = "upload.bin", **query: Any) -> httpx2.Response:
    data = {"query": json.dumps(query)} if query else {}
    return client.post("/v1/search/audio", files={"file": (name, content)}, data=data)


@pytest.fixture(scope="module")
def answer(client: TestClient) -> dict[str, Any]:
    response = send(client, CLIP.read_bytes(), CLIP.name, limit=5)
    assert response.status_code == 200, response.text
    return response.json()


def test_an_upload_finds_similar_tracks(answer: dict[str, Any]) -> None:
    """Bach is more similar to violin, piano and harpsichord than to techno, metal and hip hop."""
    found = [hit["title"] for hit in answer["hits"]]
    assert set(found[:2]) <= {"Partita", "Nocturne", "Prelude", "Etude", "Salon", "Cathedral"}
    assert not {"Warehouse", "Strobe", "Anvil", "Block"}.intersection(found)
    assert len(found) == 5
    assert answer["profile"] == "starter"
    assert answer["analysed"]["stems"] == ["mix"]
    assert answer["analysed"]["capped"] is False
    assert answer["analysed"]["seconds"] > 10


def test_the_token_repeats_the_search(client: TestClient, answer: dict[str, Any]) -> None:
    assert answer["query"]["audio"] == [{"token": answer["audio_token"], "weight": 1.0}]
    again = client.post("/v1/search", json=answer["query"]).json()
    assert again["hits"] == answer["hits"]


def test_the_token_mixes_with_other_terms(client: TestClient, answer: dict[str, Any]) -> None:
    body = {"texts": [{"text": "techno", "weight": 20}], "audio": [answer["audio_token"]], "limit": 2}
    body["audio"] = [{"token": answer["audio_token"], "weight": 0.1}]
    mixed = client.post("/v1/search", json=body).json()
    assert {hit["title"] for hit in mixed["hits"]} == {"Warehouse", "Strobe"}
    away = client.post("/v1/search", json={"not_audio": [{"token": answer["audio_token"]}], "limit": 1000}).json()
    near = client.post("/v1/search", json={"audio": [{"token": answer["audio_token"]}], "limit": 1000}).json()
    assert away["hits"][0]["score"] == pytest.approx(-near["hits"][-1]["score"], abs=1e-5)


def test_forged_tokens_are_not_found(client: TestClient) -> None:
    response = client.post("/v1/search", json={"audio": [{"token": "made-up"}]})
    check_problem(response, 404, "not-found")


@pytest.mark.parametrize(
    ("content", "name", "word"),
    [
        (b"", "empty.mp3", "empty"),
        (b"\x00" * 5000, "zeros.wav", "not audio"),
        (b"not a song", "text.mp3", "not audio"),
        (CLIP.read_bytes()[:60], "cut.opus", "could not be analysed"),
    ],
)
def test_a_file_that_is_not_audio_is_rejected(client: TestClient, content: bytes, name: str, word: str) -> None:
    problem = check_problem(send(client, content, name), 422, "bad-audio")
    assert word in problem["detail"]
    assert "/tmp" not in problem["detail"]
    assert problem["advice"]


def test_silence_is_rejected(client: TestClient, tmp_path: Path) -> None:
    write_wav(tmp_path / "silence.wav", np.zeros((2, 88_200), np.float32), 44_100)
    problem = check_problem(send(client, (tmp_path / "silence.wav").read_bytes()), 422, "bad-audio")
    assert "silence" in problem["detail"]


def test_stems_that_the_profile_does_not_support(client: TestClient) -> None:
    check_problem(send(client, CLIP.read_bytes(), stems=["kazoo"]), 400, "usage")


FORM = "multipart/form-data; boundary=b"


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("application/json", b"{}", 415),
        ("application/x-www-form-urlencoded", b"file=x", 415),
        ("multipart/form-data", b"", 400),  # no boundary
        (FORM, b"", 422),
        (FORM, b"--b--\r\n", 422),
        (FORM, b"garbage", 400),
        (FORM, b"--b\r\n\r\nno headers\r\n--b--\r\n", 400),
        (FORM, b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\nnot a file\r\n--b--\r\n', 422),
        (FORM, b'--b\r\nContent-Disposition: form-data; name="query"\r\n\r\n{}\r\n--b--\r\n', 422),
        (FORM, b'--b\r\nContent-Disposition: form-data; name="x"; filename="x"\r\n\r\nx\r\n--b--\r\n', 422),
        (FORM, b'--b\r\nContent-Disposition: form-data; name="\xff\x00"; filename="\x00"\r\n\r\nx\r\n--b--\r\n', 422),
        (FORM, 3 * b'--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\nx\r\n' + b"--b--", 400),
        (FORM, b'--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\nnever ends', 422),
    ],
)
def test_malformed_forms_are_rejected(client: TestClient, content_type: str, body: bytes, status: int) -> None:
    response = client.post("/v1/search/audio", content=body, headers={"Content-Type": content_type})
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("query", ["[", "[]", '{"limit": 0}', '{"texts": [""]}', '{"unknown": 1}', "\x00"])
def test_an_invalid_query_is_reported_before_the_audio_is_analysed(client: TestClient, query: str) -> None:
    response = client.post("/v1/search/audio", files={"file": ("x", b"not audio")}, data={"query": query})
    problem = check_problem(response, 422, "invalid-request")
    assert problem["errors"][0]["field"].startswith("body.query")


def test_an_upload_that_breaks_off_is_no_internal_error(shelf: Shelf, caplog: pytest.LogCaptureFixture) -> None:
    head = "POST /v1/search/audio HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=b\r\n"
    with caplog.at_level(logging.INFO):
        with socket.create_connection(("127.0.0.1", shelf.port), timeout=60) as connection:
            connection.sendall(f"{head}Content-Length: 1000\r\n\r\n--b\r\n".encode())
        wait(lambda: "POST /v1/search/audio" in caplog.text)
    assert "POST /v1/search/audio 400" in caplog.text
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
