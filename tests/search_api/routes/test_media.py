"""Covers, waveforms and playable copies, on a real port with real files."""

import http.client
import io
import time
import wave
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from models.audio.decode import decode
from tests.helpers.audio_files import encode, sweep
from tests.search_api.shelf import Shelf

PNG = b"\x89PNG\r\n\x1a\n"
RATE = 44_100


def get(shelf: Shelf, id_: str, what: str, **headers: str) -> httpx.Response:
    return shelf.client.get(f"/v1/tracks/{id_}/{what}", headers={k.replace("_", "-"): v for k, v in headers.items()})


def check_problem(response: httpx.Response, status: int, kind: str, *parts: str) -> None:
    assert response.status_code == status
    problem = response.json()
    assert problem["type"] == f"urn:poly-muse:error:{kind}"
    for part in parts:
        assert part in problem["detail"]


@pytest.mark.parametrize("what", ["audio", "audio?format=wav", "waveform", "cover"])
def test_a_score_has_nothing_to_play_or_show(shelf: Shelf, what: str) -> None:
    """Whatever its file has: that of an imported track may be any."""
    path = encode(shelf.folder / "tune.mid", "flac", sweep(0.3, RATE), cover=True, container="flac")
    id_ = shelf.add(path, kind="score", duration=0.0, format="midi")
    check_problem(get(shelf, id_, what), 404, "not-found", f"Track {id_} is a score", "no audio, waveform or cover")
    assert shelf.client.head(f"/v1/tracks/{id_}/{what}").status_code == 404


def test_a_score_is_told_by_its_kind(shelf: Shelf) -> None:
    id_ = shelf.add(shelf.write("tune.abc", b"X:1"), kind="score", duration=0.0, format="abc", composers=("Satie",))
    track = shelf.client.get(f"/v1/tracks/{id_}").json()
    assert (track["kind"], track["composers"], track["duration"]) == ("score", ["Satie"], 0.0)
    assert (track["stems"], track["tags"]) == ({}, [])
    assert get(shelf, id_, "cover?optional=true").status_code == 204
    listed = shelf.client.get("/v1/tracks", params={"where": "kind:score composer:satie"}).json()["tracks"]
    assert [each["id"] for each in listed] == [id_]
    counted = shelf.client.get("/v1/facets", params={"field": "kind"}).json()["values"]
    assert {each["value"] for each in counted} >= {"score"}
    assert shelf.client.get("/v1/stats").json()["scores"] >= 1
    found = shelf.client.get("/v1/search", params={"q": "piano", "where": "kind:score", "moments": "locate"}).json()
    assert {hit["kind"] for hit in found["hits"]} == {"score"}
    assert shelf.client.get("/v1/tracks", params={"where": "kind:midi"}).status_code == 400


class TestCover:
    @pytest.mark.parametrize(("name", "codec"), [("c.mp3", "libmp3lame"), ("c.flac", "flac")])
    def test_the_embedded_picture(self, shelf: Shelf, name: str, codec: str) -> None:
        id_ = shelf.add(encode(shelf.folder / name, codec, sweep(0.3, RATE), cover=True))
        response = get(shelf, id_, "cover")
        assert response.status_code == 200
        assert response.headers["content-type"] == "image/png"
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.content.startswith(PNG)
        again = get(shelf, id_, "cover", If_None_Match=response.headers["etag"])
        assert (again.status_code, again.content) == (304, b"")

    def test_a_picture_in_the_same_folder(self, shelf: Shelf) -> None:
        folder = shelf.folder / "album"
        folder.mkdir()
        id_ = shelf.add(encode(folder / "plain.flac", "flac", sweep(0.3, RATE)))
        check_problem(get(shelf, id_, "cover"), 404, "not-found", "no cover")
        empty = get(shelf, id_, "cover?optional=true")
        assert (empty.status_code, empty.content) == (204, b"")
        (folder / "cover.jpg").write_bytes(b"<svg onload=alert(1)>")  # does not start like an image
        check_problem(get(shelf, id_, "cover"), 404, "not-found")
        (folder / "folder.png").write_bytes(PNG + b"picture")
        response = get(shelf, id_, "cover")
        assert (response.status_code, response.content) == (200, PNG + b"picture")
        assert get(shelf, id_, "cover?optional=true").content == response.content

    def test_a_huge_picture_is_not_sent(self, shelf: Shelf) -> None:
        folder = shelf.folder / "scan"
        folder.mkdir()
        id_ = shelf.add(encode(folder / "plain.flac", "flac", sweep(0.3, RATE)))
        with (folder / "cover.png").open("wb") as file:
            file.write(PNG)
            file.truncate(21 * 2**20)
        assert get(shelf, id_, "cover").status_code == 404

    def test_a_video_is_not_a_cover(self, shelf: Shelf) -> None:
        id_ = shelf.add(encode(shelf.folder / "film.mp4", "aac", sweep(0.5, RATE), video=True))
        assert get(shelf, id_, "cover").status_code == 404

    @pytest.mark.slow
    def test_a_thousand_at_once(self, shelf: Shelf) -> None:
        """Over 50 connections: the service accepts 64 requests at once and rejects more."""
        covers = [encode(shelf.folder / f"{n}.mp3", "libmp3lame", sweep(0.2, RATE), cover=True) for n in range(10)]
        ids = [shelf.add(path) for path in covers]

        def ask(count: int) -> set[tuple[int, str | None, bytes]]:
            connection = http.client.HTTPConnection("127.0.0.1", shelf.port, timeout=120)
            answers = set()
            for n in range(count):
                while True:
                    connection.request("GET", f"/v1/tracks/{ids[n % 10]}/cover")
                    response = connection.getresponse()
                    content = response.read()
                    if response.status != 429:  # too many at once: a client retries
                        break
                    time.sleep(0.1)
                answers.add((response.status, response.getheader("Content-Type"), content[:8]))
            return answers

        with ThreadPoolExecutor(50) as threads:
            assert set.union(*threads.map(ask, [20] * 50)) == {(200, "image/png", PNG)}
        assert shelf.client.get("/readyz").status_code == 200


class TestWaveform:
    def test_peaks_follow_the_sound(self, shelf: Shelf) -> None:
        # one second each of silence, of a constant 0.25, and of 0.5 in the right channel only
        samples = np.zeros((2, 3 * RATE), np.float32)
        samples[:, RATE : 2 * RATE] = 0.25
        samples[1, 2 * RATE :] = -0.5
        id_ = shelf.add(encode(shelf.folder / "steps.flac", "flac", samples))
        response = get(shelf, id_, "waveform")
        assert response.headers["content-type"] == "application/json"
        content = response.json()
        assert content["seconds"] == 3.0
        peaks = content["peaks"]
        assert len(peaks) == 1000
        # Each peak stands for 3 ms; hops of 256 samples, 5.8 ms, blur the borders by two peaks.
        assert set(peaks[:331]) == {0.0}
        assert set(peaks[336:664]) == {0.25}
        assert set(peaks[670:]) == {0.5}

    def test_it_is_made_once(self, shelf: Shelf) -> None:
        path = encode(shelf.folder / "once.flac", "flac", sweep(1.0, RATE))
        id_ = shelf.add(path)
        before = set(waveforms(shelf))
        first = get(shelf, id_, "waveform")
        [made] = set(waveforms(shelf)) - before
        made.write_bytes(b"{}")  # the first result is sent
        assert get(shelf, id_, "waveform").json() == {}
        assert get(shelf, id_, "waveform", If_None_Match=first.headers["etag"]).status_code == 200
        path.touch()  # another version
        assert get(shelf, id_, "waveform").content == first.content

    def test_a_file_that_is_not_audio(self, shelf: Shelf) -> None:
        id_ = shelf.add(shelf.write("no.ogg", b"OggS but nothing else"))
        for what in ("waveform", "cover", "audio?format=wav"):
            check_problem(get(shelf, id_, what), 422, "bad-audio", "no.ogg")

    def test_a_missing_file(self, shelf: Shelf) -> None:
        path = shelf.write("gone too.ogg", b"OggS")
        id_ = shelf.add(path)
        path.unlink()
        for what in ("waveform", "cover", "audio?format=wav"):
            check_problem(get(shelf, id_, what), 404, "not-found", str(path))


def waveforms(shelf: Shelf) -> list[Path]:
    return list((shelf.home / "cache" / "waveform").iterdir())


class TestCopies:
    @pytest.mark.parametrize(
        ("name", "codec", "rate", "options"),
        [
            ("copy.wma", "wmav2", 44_100, {"bit_rate": 192_000}),
            ("copy.aiff", "pcm_s16be", 44_100, {}),
            ("copy.wv", "wavpack", 96_000, {}),
        ],
    )
    def test_formats_that_browsers_cannot_play(
        self, shelf: Shelf, name: str, codec: str, rate: int, options: dict[str, Any]
    ) -> None:
        path = encode(shelf.folder / name, codec, sweep(2.0, rate, top=4_000), rate, **options)
        response = get(shelf, shelf.add(path), "audio?format=wav")
        assert response.headers["content-type"] == "audio/wav"
        assert "copy.wav" in response.headers["content-disposition"]
        with wave.open(io.BytesIO(response.content)) as file:
            assert (file.getnchannels(), file.getsampwidth()) == (2, 2)
            assert file.getframerate() == min(rate, 48_000)
            copied = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2).T / 2**15
        expected = decode(path, sample_rate=min(rate, 48_000)).samples
        np.testing.assert_allclose(copied, expected, atol=0.51 / 2**15)  # rounded to 16 bits

    def test_ranges_of_a_copy(self, shelf: Shelf) -> None:
        id_ = shelf.add(encode(shelf.folder / "part.aiff", "pcm_s16be", sweep(0.5, RATE)))
        response = get(shelf, id_, "audio?format=wav", Range="bytes=0-3")
        assert (response.status_code, response.content) == (206, b"RIFF")

    def test_the_sample_rate_changes_within_the_file(self, shelf: Shelf) -> None:
        first = encode(shelf.folder / "1.mp3", "libmp3lame", sweep(1, 44_100), bit_rate=128_000).read_bytes()
        second = encode(shelf.folder / "2.mp3", "libmp3lame", sweep(1, 48_000, 1), 48_000, layout="mono").read_bytes()
        path = shelf.write("two rates.mp3", first + second)
        with wave.open(io.BytesIO(get(shelf, shelf.add(path), "audio?format=wav").content)) as file:
            assert file.getnframes() / file.getframerate() == pytest.approx(2, abs=0.1)  # padding at the seam

    def test_no_other_format(self, shelf: Shelf) -> None:
        assert get(shelf, "x", "audio?format=exe").status_code == 422
