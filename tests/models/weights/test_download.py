"""Files over HTTP, from a real server on the loopback interface."""

import dataclasses
import hashlib
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.weights import download as download_module
from models.weights.download import MismatchError, download, url_of
from models.weights.manifest import HUB, RemoteFile
from polymuse.errors import UnavailableError
from tests.helpers.file_server import FileServer, cut_after, other_body, running, status
from tests.helpers.paths import ROOT

CONTENT = bytes(range(256)) * 16_000  # 4 MB: several chunks, and more than a socket takes at once
SHA256 = hashlib.sha256(CONTENT).hexdigest()
PATH = "/team/net/resolve/abc/weights.bin"


@pytest.fixture(autouse=True)
def _quick_and_isolated(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the settings of the user and long pauses."""
    monkeypatch.setattr(download_module, "FIRST_PAUSE", 0.01)
    for name in os.environ:
        if name.startswith("HF_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.fixture
def server() -> Iterator[FileServer]:
    with running() as server:
        server.files[PATH] = CONTENT
        yield server


@pytest.fixture
def other_host() -> Iterator[FileServer]:
    with running() as server:
        server.files["/elsewhere"] = CONTENT
        yield server


@pytest.fixture
def file(server: FileServer) -> RemoteFile:
    return RemoteFile(server.url + PATH, len(CONTENT), SHA256)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "models" / "weights.bin"


def left(target: Path) -> set[str]:
    return {path.name for path in target.parent.iterdir()}


class TestWhole:
    def test_arrives_and_leaves_nothing_else(self, file: RemoteFile, target: Path) -> None:
        steps: list[tuple[int, int]] = []
        assert download(file, target, SHA256, lambda *step: steps.append(step)) == SHA256
        assert target.read_bytes() == CONTENT
        assert left(target) == {"weights.bin"}
        assert steps[0] == (0, len(CONTENT))
        assert steps[-1] == (len(CONTENT), len(CONTENT))
        assert steps == sorted(steps)

    def test_replaces_what_was_there(self, file: RemoteFile, target: Path) -> None:
        target.parent.mkdir()
        target.write_bytes(b"damaged")
        download(file, target, SHA256)
        assert target.read_bytes() == CONTENT

    def test_unknown_size_and_hash(self, server: FileServer, target: Path) -> None:
        assert download(RemoteFile(server.url + PATH, 0, None), target) == SHA256

    def test_redirect(self, server: FileServer, other_host: FileServer, file: RemoteFile, target: Path) -> None:
        server.script = [status(302, Location=f"{other_host.url}/elsewhere")]
        download(file, target, SHA256)
        assert target.read_bytes() == CONTENT


class TestResume:
    def test_resumes_a_broken_connection(self, server: FileServer, file: RemoteFile, target: Path) -> None:
        server.script = [cut_after(1_500_000), cut_after(1_000_000)]
        assert download(file, target, SHA256) == SHA256
        # The client decides how much of a broken transfer it keeps; each request begins where the previous one ended.
        first, second, third = server.ranges_asked()
        assert first is None
        assert second is not None
        assert third is not None
        starts = [int(asked.removeprefix("bytes=").removesuffix("-")) for asked in (second, third)]
        assert 0 < starts[0] <= 1_500_000
        assert starts[0] < starts[1] <= 2_500_000

    def part(self, target: Path, content: bytes, url: str, etag: str | None) -> None:
        """The leftovers of a killed download."""
        target.parent.mkdir()
        target.with_name("weights.bin.part").write_bytes(content)
        if etag:
            target.with_name("weights.bin.part.json").write_text(f'{{"url": "{url}", "validator": "{etag}"}}')

    def test_completes_the_part_of_an_earlier_call(self, server: FileServer, file: RemoteFile, target: Path) -> None:
        etag = '\\"' + hashlib.md5(CONTENT).hexdigest() + '\\"'
        self.part(target, CONTENT[:1000], file.url, etag)
        download(dataclasses.replace(file, sha256=None), target)
        assert target.read_bytes() == CONTENT
        assert server.ranges_asked() == ["bytes=1000-"]
        assert server.requests[0].headers["If-Range"] == etag.replace("\\", "")

    def test_restarts_if_the_file_has_changed(self, server: FileServer, file: RemoteFile, target: Path) -> None:
        self.part(target, b"old" * 100, file.url, '\\"of another version\\"')
        assert download(dataclasses.replace(file, sha256=None), target) == SHA256
        assert len(server.requests) == 1

    def test_a_part_of_unknown_origin_counts_only_with_a_known_hash(
        self, server: FileServer, file: RemoteFile, target: Path
    ) -> None:
        self.part(target, b"old" * 100, file.url, etag=None)
        assert download(dataclasses.replace(file, sha256=None), target) == SHA256
        assert server.ranges_asked() == [None]

    def test_a_wrong_part_is_cleared_once_the_hash_shows_it(
        self, server: FileServer, file: RemoteFile, target: Path
    ) -> None:
        self.part(target, b"old" * 100, file.url, etag=None)
        assert download(file, target, SHA256) == SHA256
        assert server.ranges_asked() == ["bytes=300-", None]

    def test_a_complete_part_needs_only_the_check(self, server: FileServer, file: RemoteFile, target: Path) -> None:
        self.part(target, CONTENT, file.url, etag=None)
        assert download(file, target, SHA256) == SHA256
        assert [path.path for path in server.requests] == [PATH]  # answered with 416

    def test_a_part_that_is_too_long_is_cleared(self, file: RemoteFile, target: Path) -> None:
        self.part(target, CONTENT + b"more", file.url, etag=None)
        assert download(file, target, SHA256) == SHA256

    def test_server_without_ranges(self, server: FileServer, file: RemoteFile, target: Path) -> None:
        server.ranges = False
        server.script = [cut_after(1_500_000)]
        download(file, target, SHA256)
        assert target.read_bytes() == CONTENT

    def test_server_without_etags(self, server: FileServer, target: Path) -> None:
        server.etags = False
        server.script = [cut_after(1_500_000)]
        assert download(RemoteFile(server.url + PATH, 0, None), target) == SHA256
        assert server.ranges_asked() == [None, None]

    def test_killed_half_way(self, server: FileServer, file: RemoteFile, target: Path) -> None:
        program = f"""
            import os
            from pathlib import Path
            from models.weights.download import download
            from models.weights.manifest import RemoteFile
            kill = lambda received, size: received > 1_500_000 and os._exit(9)
            download({file!r}, Path({str(target)!r}), None, kill)
        """
        assert subprocess.run([sys.executable, "-c", textwrap.dedent(program)], cwd=ROOT).returncode == 9
        assert not target.exists()
        download(file, target, SHA256)
        assert target.read_bytes() == CONTENT
        assert server.ranges_asked()[1] not in (None, "bytes=0-")


class TestFails:
    """Each failure is one line with advice, and never leaves a file that looks finished."""

    def failure(self, file: RemoteFile, target: Path, sha256: str | None = None) -> UnavailableError:
        with pytest.raises(UnavailableError) as caught:
            download(file, target, sha256)
        assert "\n" not in str(caught.value)
        assert caught.value.advice
        assert caught.value.exit_code == 3
        assert not target.exists()
        return caught.value

    def test_wrong_hash_after_one_retry(self, server: FileServer, file: RemoteFile, target: Path) -> None:
        error = self.failure(file, target, "0" * 64)
        assert isinstance(error, MismatchError)
        assert f"arrived twice with the sha256 {SHA256}, expected 0000" in error.message
        assert "models import" in error.advice
        assert len(server.requests) == 2
        assert left(target) == set()

    def test_a_damaged_copy_is_fetched_again(self, server: FileServer, file: RemoteFile, target: Path) -> None:
        server.script = [other_body(CONTENT[:-1] + b"?")]
        assert download(file, target, SHA256) == SHA256
        assert len(server.requests) == 2

    def test_another_size_is_refused_before_the_download(self, server: FileServer, target: Path) -> None:
        error = self.failure(RemoteFile(server.url + PATH, 77, None), target)
        assert f"has {len(CONTENT)} bytes, expected 77" in error.message

    def test_not_found(self, server: FileServer, target: Path) -> None:
        error = self.failure(RemoteFile(f"{server.url}/none.bin", 0, None), target)
        assert error.message == f"{server.url}/none.bin cannot be downloaded: HTTP 404 Not Found"
        assert "moved" in error.advice
        assert len(server.requests) == 1

    def test_forbidden_on_the_hub(self, server: FileServer, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        server.script = [status(401)]
        error = self.failure(RemoteFile(HUB + PATH, 0, None), target)
        assert "401" in error.message
        assert "HF_TOKEN" in error.advice

    def test_no_network(self, target: Path) -> None:
        error = self.failure(RemoteFile("http://127.0.0.1:9/weights.bin", 0, None), target)  # the discard port
        assert error.message.startswith("http://127.0.0.1:9/weights.bin cannot be downloaded: ")
        assert "Check the network" in error.advice

    def test_endless_redirects(self, server: FileServer, file: RemoteFile, target: Path) -> None:
        server.script = [status(302, Location=PATH) for _ in range(30)]
        assert "redirects" in self.failure(file, target).message

    def test_endpoint_that_is_no_url(self, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HF_ENDPOINT", "hub.example.org")
        assert "hub.example.org" in self.failure(RemoteFile(HUB + PATH, 0, None), target).message

    def test_repeated_interruptions(
        self, server: FileServer, file: RemoteFile, target: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(download_module, "MAX_ATTEMPTS", 2)
        server.script = [cut_after(1_500_000), cut_after(0), cut_after(0)]
        error = self.failure(file, target)
        assert "are kept" in error.message
        assert "weights.bin.part" in left(target)

    @pytest.mark.skipif(sys.platform == "win32", reason="needs resource limits")
    def test_full_disk_keeps_what_has_arrived(self, file: RemoteFile, target: Path) -> None:
        program = f"""
            import resource
            from pathlib import Path
            from models.weights.download import download
            from models.weights.manifest import RemoteFile
            resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000))
            try:
                download({file!r}, Path({str(target)!r}))
            except OSError as error:
                raise SystemExit(f"errno {{error.errno}}")
        """
        result = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(program)], cwd=ROOT, capture_output=True, text=True
        )
        assert result.stderr == "errno 27\n"  # EFBIG; what the store makes of it is tested there
        assert left(target) == {"weights.bin.part", "weights.bin.part.json"}
        assert download(file, target, SHA256) == SHA256

    def test_too_little_space_is_reported_at_once(self, server: FileServer, target: Path) -> None:
        size = 10**15  # a petabyte
        server.script = [lambda handler: handler.answer_size(size)]
        error = self.failure(RemoteFile(server.url + PATH, size, None), target)
        assert "weights.bin needs 1000000.0 GB more" in error.message


class TestBusyServer:
    @pytest.mark.parametrize("code", [429, 503])
    def test_waits_as_long_as_requested(
        self, server: FileServer, file: RemoteFile, target: Path, code: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        waits: list[float] = []
        monkeypatch.setattr(download_module.time, "sleep", waits.append)
        server.script = [status(code, Retry_After="7"), status(code)]
        assert download(file, target, SHA256) == SHA256
        assert waits == [7, 0.02]  # then the backoff of a third attempt
        assert len(server.requests) == 3

    def test_does_not_wait_for_hours(self, server: FileServer, file: RemoteFile, target: Path) -> None:
        server.script = [status(429, Retry_After="3600")]
        with pytest.raises(UnavailableError, match=r"HTTP 429 Too Many Requests.*again in 60 minutes"):
            download(file, target)
        assert len(server.requests) == 1

    def test_a_date_in_the_past_is_no_reason_to_wait(
        self, server: FileServer, file: RemoteFile, target: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        waits: list[float] = []
        monkeypatch.setattr(download_module.time, "sleep", waits.append)
        server.script = [status(503, Retry_After="Wed, 21 Oct 2015 07:28:00 GMT")]
        download(file, target, SHA256)
        assert waits == [0.01]

    def test_gives_up(
        self, server: FileServer, file: RemoteFile, target: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(download_module.time, "sleep", lambda _: None)
        server.script = [status(503) for _ in range(20)]
        with pytest.raises(UnavailableError, match=r"HTTP 503 Service Unavailable.*busy"):
            download(file, target)
        assert len(server.requests) == download_module.MAX_ATTEMPTS


class TestHub:
    @pytest.fixture
    def on_hub(self) -> RemoteFile:
        return RemoteFile(HUB + PATH, len(CONTENT), SHA256)

    def test_mirror(
        self, server: FileServer, on_hub: RemoteFile, target: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HF_ENDPOINT", server.url + "/")
        assert download(on_hub, target, SHA256) == SHA256
        assert [request.path for request in server.requests] == [PATH]

    def test_the_mirror_is_only_for_the_hub(self, file: RemoteFile, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HF_ENDPOINT", "https://hub.example.org")
        assert url_of(file) == file.url
        assert url_of(RemoteFile(f"{HUB}.example.org/x", 0, None)) == f"{HUB}.example.org/x"

    def test_the_token_stays_with_the_hub(
        self,
        server: FileServer,
        other_host: FileServer,
        on_hub: RemoteFile,
        target: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        monkeypatch.setenv("HF_TOKEN", "hf_secret")
        server.script = [status(302, Location=f"{other_host.url}/elsewhere")]
        download(on_hub, target, SHA256)
        assert server.requests[0].headers["Authorization"] == "Bearer hf_secret"
        assert other_host.requests[0].headers["Authorization"] is None

    def test_other_servers_get_no_token(
        self, server: FileServer, file: RemoteFile, target: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HF_TOKEN", "hf_secret")
        download(file, target, SHA256)
        assert server.requests[0].headers["Authorization"] is None

    @pytest.mark.parametrize("value", ["1", "true", "YES"])
    def test_offline(
        self, server: FileServer, file: RemoteFile, target: Path, value: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HF_HUB_OFFLINE", value)
        with pytest.raises(UnavailableError, match="HF_HUB_OFFLINE is set"):
            download(file, target, SHA256)
        assert server.requests == []
