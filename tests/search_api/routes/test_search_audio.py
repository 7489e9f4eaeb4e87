"""`/v1/search/audio`: audio files and scores as queries, with the real decoder and the real networks."""

import io
import json
import logging
import socket
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import pytest
from fastapi.testclient import TestClient

from models.audio.write import write_wav
from polymuse.settings import Settings
from search_api.app import create_app
from tests.helpers.paths import ROOT
from tests.helpers.score_library import MELODY, MIDI, TYPE2, make_score_library
from tests.helpers.service_process import wait
from tests.search_api.conftest import await_ready
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
    analysed = answer["analysed"]
    assert analysed.pop("seconds") > 10
    assert analysed == {"kind": "audio", "capped": False, "stems": ["mix"], "title": "", "composer": "", "remarks": []}


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


def bomb() -> bytes:
    """A compressed MusicXML of 100 kB that is 100 MB unpacked."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        container = '<container><rootfiles><rootfile full-path="a.xml"/></rootfiles></container>'
        archive.writestr("META-INF/container.xml", container)
        archive.writestr("a.xml", b"<score-partwise>" + bytes(100_000_000))
    return content.getvalue()


LAUGHS = "".join(f'<!ENTITY a{n} "{10 * f"&a{n - 1};"}">' for n in range(1, 12))
LAUGHTER = f'<?xml version="1.0"?><!DOCTYPE score-partwise [<!ENTITY a0 "ha">{LAUGHS}]>'
BAD_SCORES = {  # name -> content
    "large.mid": MELODY.read_bytes() + bytes(20_000_000),
    "bomb.mxl": bomb(),
    "laughs.xml": f"{LAUGHTER}<score-partwise><part><measure>&a11;</measure></part></score-partwise>".encode(),
    "cut.mid": MELODY.read_bytes()[:30],
    "empty.mid": b"",
    "words.abc": b"there is no tune in here",
    "page.xml": b"<html></html>",
    "silent.mp3": (MIDI / "m05_empty.mid").read_bytes(),
}


@pytest.fixture(scope="module")
def scores(
    settings: Settings, tiny_clamp3_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient]:
    """A service with CLaMP 3 and a library of three tracks; the vector of the first is that of the melody."""
    home = make_score_library(tmp_path_factory.mktemp("scores"), tiny_clamp3_home)
    of_home = {"home": home, "profile": "clamp3", "bank": tiny_clamp3_home / "bank.json"}
    with TestClient(create_app(settings.model_copy(update=of_home)), base_url="http://127.0.0.1") as client:
        await_ready(client)
        yield client


class TestScores:
    def test_a_score_is_a_query(self, scores: TestClient) -> None:
        answer = send(scores, MELODY.read_bytes(), MELODY.name, limit=2).json()
        assert answer["hits"][0]["title"] == "No. 0"
        assert answer["hits"][0]["score"] == pytest.approx(1.0, abs=1e-5)
        analysed = {key: answer["analysed"][key] for key in ("kind", "seconds", "capped", "stems", "remarks")}
        assert analysed == {"kind": "score", "seconds": 0.0, "capped": False, "stems": ["mix"], "remarks": []}
        again = scores.post("/v1/search", json=answer["query"]).json()
        assert again["hits"] == answer["hits"]

    def test_its_vector_is_compared_with_every_stem(self, scores: TestClient) -> None:
        answer = send(scores, MELODY.read_bytes(), MELODY.name, stems=["vocals"], limit=1).json()
        assert answer["analysed"]["stems"] == ["mix"]
        assert answer["hits"][0]["stem_scores"] == {"vocals": pytest.approx(1.0, abs=1e-5)}

    def test_what_was_read_leniently_is_said(self, scores: TestClient) -> None:
        answer = send(scores, TYPE2.read_bytes(), "type2.mid").json()
        assert any("type 2" in remark for remark in answer["analysed"]["remarks"])

    def test_a_million_bars_are_read_in_part(self, scores: TestClient) -> None:
        answer = send(scores, b"X:1\nL:1/8\nK:C\n" + b"CDEF|" * 1_000_000, "bars.abc").json()
        assert any("only the first" in remark for remark in answer["analysed"]["remarks"])
        assert "polymuse_upload_worker_losses_total 0.0" in scores.get("/metrics").text

    def test_content_goes_before_the_name(self, scores: TestClient) -> None:
        score = send(scores, MELODY.read_bytes(), "song.mp3")
        assert score.json()["analysed"]["kind"] == "score"
        audio = send(scores, CLIP.read_bytes(), "song.mid")
        assert audio.json()["analysed"]["kind"] == "audio"

    @pytest.mark.parametrize("name", BAD_SCORES)
    def test_a_bad_score_is_refused_and_the_process_lives_on(self, scores: TestClient, name: str) -> None:
        problem = check_problem(send(scores, BAD_SCORES[name], name), 422, "bad-score")
        assert "/tmp" not in problem["detail"] + problem["advice"]
        assert problem["advice"]
        assert "polymuse_upload_worker_losses_total 0.0" in scores.get("/metrics").text

    def test_which_scores_are_taken(self, scores: TestClient, client: TestClient) -> None:
        assert ".mid" in scores.get("/v1/stats").json()["score_suffixes"]
        assert client.get("/v1/stats").json()["score_suffixes"] == []

    def test_a_profile_without_scores_says_which_reads_them(self, client: TestClient) -> None:
        problem = check_problem(send(client, MELODY.read_bytes(), MELODY.name), 422, "bad-score")
        assert "starter reads no scores" in problem["detail"]
        assert "clamp3" in problem["advice"]
