"""`/v1/caption`: pictures as queries, with the real network in its smallest size, in the real worker process."""

from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from PIL import Image

from tests.helpers.pictures import BLIP_TINY, CAPTIONS, GRADIENT, SVG, corners, encoded
from tests.search_api.test_problems import check_problem


def send(client: TestClient, content: bytes, name: str = "picture.png", **form: Any) -> httpx2.Response:
    return client.post("/v1/caption", files={"file": (name, content)}, **form)


def test_a_picture_becomes_words(pictured: TestClient) -> None:
    for name in ("gradient.png", "disc_alpha.png"):
        response = send(pictured, (BLIP_TINY / "images" / name).read_bytes(), name)
        assert response.status_code == 200, response.text
        answer = response.json()
        assert answer["caption"] == CAPTIONS[name]
        assert answer["model"] == "blip_captioning_base"
        assert answer["took_ms"] > 0
    assert pictured.post("/v1/search", json={"texts": [answer["caption"]]}).status_code == 200


def test_a_picture_without_words(pictured: TestClient) -> None:
    problem = check_problem(send(pictured, (BLIP_TINY / "images" / "one_column.png").read_bytes()), 422, "bad-picture")
    assert problem["detail"] == "No words were found for the picture"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (SVG, "SVG"),
        (b"not a picture", "not a picture"),
        (encoded(corners(), "PNG")[:60], "damaged or incomplete"),
        (encoded(Image.new("1", (20_000, 10_000)), "PNG"), "too many pixels"),
    ],
)
def test_a_file_that_is_no_picture_is_refused(pictured: TestClient, content: bytes, words: str) -> None:
    problem = check_problem(send(pictured, content), 422, "bad-picture")
    assert words in problem["detail"]
    assert "/tmp" not in problem["detail"]
    assert problem["advice"]


def test_a_body_that_is_too_large_is_refused(pictured: TestClient) -> None:
    check_problem(send(pictured, bytes(3 << 20)), 413, "too-large")


def test_other_forms_are_refused(pictured: TestClient) -> None:
    check_problem(pictured.post("/v1/caption", json={}), 415, "unsupported-media-type")
    check_problem(pictured.post("/v1/caption", files={"picture": b"x"}), 422, "invalid-request")
    check_problem(send(pictured, b"x", data={"query": "{}"}), 400, "usage")


def test_nothing_stays_on_disk(pictured: TestClient) -> None:
    send(pictured, GRADIENT.read_bytes())
    assert isinstance(pictured.app, FastAPI)
    space = pictured.app.state.loader.service().upload_space.directory
    assert [path.name for path in space.iterdir()] == ["lock"]


def test_stats_tell_whether_pictures_can_be_described(pictured: TestClient, client: TestClient) -> None:
    assert pictured.get("/v1/stats").json()["pictures"] is True
    assert client.get("/v1/stats").json()["pictures"] is False


def test_without_weights_the_problem_says_what_to_do(client: TestClient) -> None:
    problem = check_problem(send(client, GRADIENT.read_bytes()), 503, "pictures-unavailable")
    assert problem["advice"] == "Run `polymuse models pull blip_captioning_base` (991 MB to download)"
