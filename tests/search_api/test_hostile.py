"""A real process under attack: bad requests get a clear error, the process survives, its memory does not grow."""

import io
import json
import os
import socket
import struct
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import httpx
import numpy as np
import pytest

from tests.helpers.service_process import serving
from tests.search_api.test_connections import answer_to

pytestmark = pytest.mark.slow


SECONDS = 15  # seconds of an upload
GROWTH = 150 << 20  # bytes that the service may grow by during an attack; leaked bodies would exceed it
CHILD = 1_500 << 20  # bytes of the process that analyses uploads: 0.8 GB of networks and libraries, and the audio


@dataclass(frozen=True)
class Target:
    pid: int
    port: int
    client: httpx.Client

    def memory(self) -> int:
        """Resident memory of the process in bytes."""
        return resident(self.pid)

    def send(self, content: bytes, name: str = "song.bin") -> httpx.Response:
        return self.client.post("/v1/search/audio", files={"file": (name, content)})


def resident(pid: int) -> int:
    fields = Path(f"/proc/{pid}/status").read_text().split("VmRSS:")[1:]
    return int(fields[0].split()[0]) * 1024 if fields else 0


@pytest.fixture(scope="module")
def target(starter_weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    if sys.platform != "linux":
        pytest.skip("reads the memory of processes from /proc")
    home = tmp_path_factory.mktemp("hostile")
    (home / "models").symlink_to(starter_weights.parent)
    flags = {"POLYMUSE_MAX_UPLOAD_SECONDS": str(SECONDS), "POLYMUSE_MAX_UPLOAD_MB": "8", "XDG_CONFIG_HOME": str(home)}
    with serving(home, **flags) as service, httpx.Client(base_url=service.client.base_url, timeout=300) as client:
        client.get("/v1/search", params={"q": "piano"})
        assert client.base_url.port is not None
        yield Target(service.process.pid, client.base_url.port, client)


@pytest.fixture(autouse=True)
def _unharmed(target: Target) -> Iterator[None]:
    before = target.memory()
    yield
    assert target.client.get("/readyz").status_code == 200
    assert target.memory() - before < GROWTH


def check_refused(response: httpx.Response, *statuses: int) -> str:
    assert response.status_code in statuses, response.text
    assert response.headers["content-type"] == "application/problem+json"
    return response.json()["detail"]


class TestRequests:
    @pytest.mark.parametrize(
        "path",
        [
            "/v1/tracks/../../../../etc/passwd",
            "/v1/tracks/..%2f..%2f..%2f..%2fetc%2fpasswd",
            "/v1/tracks/..%2f..%2fetc%2fpasswd/audio",
            "/v1/tracks/%2fetc%2fpasswd/audio",
            "/v1/tracks/....//....//etc/passwd/cover",
            "/web/../../../../etc/passwd",
            "/web/x/..%2f..%2f..%2f..%2fetc%2fpasswd",
            "/web/x/%2e%2e/serve.py",
            "//etc/passwd",
            "/%00",
            "/v1/tracks/%00/audio",
            "/v1/tracks/%ff%fe",
        ],
    )
    def test_paths_cannot_escape(self, target: Target, path: str) -> None:
        """Sent over a socket: clients normalise such paths."""
        said = answer_to(target.port, f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        assert said.startswith((b"HTTP/1.1 404", b"HTTP/1.1 422"))
        assert b"root:" not in said
        assert b"import" not in said

    @pytest.mark.parametrize(
        "request_",
        [
            b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: " + b"a" * 1_000_000 + b"\r\n\r\n",
            b"GET /" + b"a" * 1_000_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X-Many: a\r\n" * 100_000 + b"\r\n",
            b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Nul: \x00\r\n\r\n",
            b"GET / HTTP/1.1\r\n\r\n",  # no Host
            b"POST /v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
            b"POST /v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
            b"POST /v1/search HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # TLS
            os.urandom(1000) + b"\r\n\r\n",
        ],
        ids=["header", "line", "headers", "nul", "no host", "negative", "two lengths", "chunks", "tls", "noise"],
    )
    def test_malformed_requests_end_the_connection(self, target: Target, request_: bytes) -> None:
        """If the server closes while the client is still sending, its response may be lost: then there is none."""
        said = answer_to(target.port, request_)
        assert not said or said.startswith(b"HTTP/1.1 400")

    def test_a_body_that_declares_too_much_is_not_read(self, target: Target) -> None:
        head = b"POST /v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        said = answer_to(target.port, head + b"Content-Length: 10000000000\r\nConnection: close\r\n\r\n")
        assert said.startswith(b"HTTP/1.1 413")

    @pytest.mark.parametrize("path", ["/v1/search", "/v1/search/audio"])
    def test_an_endless_body_is_cut_off(self, target: Target, path: str) -> None:
        def endless() -> Iterator[bytes]:
            yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n'
            while True:
                yield bytes(1 << 20)

        form = {"Content-Type": "multipart/form-data; boundary=b"}
        with suppress(httpx.WriteError, httpx.ReadError):  # closed while the client was still sending
            response = target.client.post(path, content=endless(), headers=form)
            check_refused(response, 413)

    @pytest.mark.parametrize(
        "body",
        [
            json.dumps({"texts": ["word"] * 10_000}),
            json.dumps({"texts": ["word " * 10_000]}),
            json.dumps({"texts": ["a"], "where": "artist:x " * 10_000}),
            json.dumps({"texts": ["a"], "stems": {f"s{n}": 1 for n in range(10_000)}}),
            "[" * 500_000,
            '{"texts":' * 100_000,
            '{"texts": ["' + "\\ud800" * 100 + '"]}',
            '{"limit": ' + "9" * 100_000 + "}",
            '{"texts": ["a"], "min_score": NaN}',
        ],
        ids=["terms", "text", "filter", "stems", "nested", "nested objects", "surrogates", "number", "nan"],
    )
    def test_oversized_queries(self, target: Target, body: str) -> None:
        check_refused(
            target.client.post("/v1/search", content=body, headers={"Content-Type": "application/json"}), 400, 422
        )

    def test_the_longest_allowed_filter_is_parsed_quickly(self, target: Target) -> None:
        where = " ".join(["-artist:x"] * 390)
        assert target.client.get("/v1/search", params={"q": "piano", "where": where}).status_code == 200

    @pytest.mark.parametrize("query", [b"q=%00", b"q=%ff%fe", b"q=a&where=%00", b"q=a&stem=%00", b"q=a&limit=1e9"])
    def test_bytes_that_are_not_text(self, target: Target, query: bytes) -> None:
        response = target.client.get(b"/v1/search?".decode() + query.decode())
        assert response.status_code in (200, 400, 422)

    def test_urls_are_not_tracks(self, target: Target) -> None:
        for id_ in ("http://127.0.0.1:1/", "file:///etc/passwd", "/etc/passwd"):
            check_refused(target.client.post("/v1/search", json={"tracks": [id_]}), 404)


class TestUploads:
    """Malicious uploads must neither crash the service nor fill its memory."""

    def test_hours_of_silence(self, target: Target) -> None:
        """1.3 MB of FLAC with 2.5 GB of samples; only the first seconds are analysed."""
        response = target.send(flac(hours=2), "silence.flac")
        assert "silence" in check_refused(response, 422)

    def test_hours_of_near_silence(self, target: Target) -> None:
        response = target.send(flac(hours=1, level=1000), "hum.flac")
        assert response.status_code == 200, response.text
        analysed = response.json()["analysed"]
        assert (analysed["seconds"], analysed["capped"], analysed["stems"]) == (SECONDS, True, ["mix"])
        assert all(resident(int(pid)) < CHILD for pid in children(target.pid))

    @pytest.mark.parametrize("rate", [8000, 44_100, 2**31 - 1])
    def test_a_header_that_claims_four_gigabytes(self, target: Target, rate: int) -> None:
        check_refused(target.send(wav_header(2**32 - 1, rate) + bytes(1000), "big.wav"), 422)

    def test_more_than_the_allowed_size(self, target: Target) -> None:
        with suppress(httpx.WriteError, httpx.ReadError):
            check_refused(target.send(bytes(9 << 20)), 413)

    @pytest.mark.parametrize(
        "name", ["../../../../tmp/x.mp3", "/etc/passwd", "a\x00b.mp3", "x" * 10_000, "a.m3u8", "\udcff.mp3", "|id.mp3"]
    )
    def test_file_names_are_not_trusted(self, target: Target, name: str) -> None:
        body = b'--b\r\nContent-Disposition: form-data; name="file"; filename="%s"\r\n\r\nx\r\n--b--\r\n'
        content = body % name.encode("utf-8", "surrogateescape")
        form = {"Content-Type": "multipart/form-data; boundary=b"}
        check_refused(target.client.post("/v1/search/audio", content=content, headers=form), 400, 422)
        assert not Path("/tmp/x.mp3").exists()

    def test_files_that_refer_to_others_open_none(self, target: Target, tmp_path: Path) -> None:
        """Playlists, session descriptions, manifests: FFmpeg would fetch the files they name."""
        with socket.create_server(("127.0.0.1", 0)) as trap:
            trap.settimeout(0.1)
            url = f"http://127.0.0.1:{trap.getsockname()[1]}/secret.mp3"
            for name, content in referring(url).items():
                check_refused(target.send(content.encode(), name), 422)
            with pytest.raises(TimeoutError):
                trap.accept()


def children(pid: int) -> list[str]:
    threads = Path(f"/proc/{pid}/task").iterdir()
    return [child for thread in threads for child in (thread / "children").read_text().split()]


def flac(hours: float, level: int = 0, rate: int = 8000) -> bytes:
    """A FLAC file with `hours` of one constant value."""
    file = io.BytesIO()
    with av.open(file, "w", format="flac") as container:
        stream = container.add_stream("flac", rate=rate, layout="mono")
        stream.time_base = Fraction(1, rate)
        frame = av.AudioFrame.from_ndarray(np.full((1, 65_535), level, np.int16), "s16", "mono")
        frame.sample_rate = rate
        for n in range(int(hours * 3600 * rate / 65_535)):
            frame.pts = n * 65_535
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()


def wav_header(size: int, rate: int) -> bytes:
    fields = struct.pack("<HHIIHH", 1, 2, rate, min(4 * rate, 2**32 - 1), 4, 16)
    return (
        b"RIFF"
        + struct.pack("<I", size)
        + b"WAVEfmt "
        + struct.pack("<I", 16)
        + fields
        + b"data"
        + struct.pack("<I", size)
    )


def referring(url: str) -> dict[str, str]:
    sdp = "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 5004 RTP/AVP 0\n"
    dash = f"""<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"
        mediaPresentationDuration="PT10S" profiles="urn:mpeg:dash:profile:isoff-on-demand:2011"><Period>
        <AdaptationSet mimeType="audio/mp4"><Representation id="1" bandwidth="1"><BaseURL>{url}</BaseURL>
        <SegmentList duration="10"><SegmentURL media="{url}"/></SegmentList></Representation></AdaptationSet>
        </Period></MPD>"""
    playlists = {
        f"{place}.{kind}": content.replace("URL", address)
        for place, address in (("net", url), ("file", "file:///etc/passwd"), ("path", "/etc/passwd"))
        for kind, content in {
            "m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nURL\n#EXT-X-ENDLIST\n",
            "mp3": '#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="URL"\n#EXTINF:10,\nURL\n#EXT-X-ENDLIST\n',
            "ffconcat": "ffconcat version 1.0\nfile 'URL'\n",
            "m3u": "#EXTM3U\nURL\n",
            "pls": "[playlist]\nFile1=URL\nNumberOfEntries=1\n",
            "asx": '<asx version="3.0"><entry><ref href="URL"/></entry></asx>',
            "ram": "URL\n",
        }.items()
    }
    return {**playlists, "a.sdp": sdp, "a.mpd": dash, "a.mp3": dash}
