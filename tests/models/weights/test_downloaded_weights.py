"""Weights of the profile clamp3: pulled from a server with files of the official layout, or imported."""

import dataclasses
import hashlib
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from models.clamp3.embedder import Clamp3Embedder
from models.importing import import_weights
from models.pictures import Captioner
from models.profiles import PROFILES, load_embedder, prepare
from models.tagging.state import TaggingFiles
from models.weights import download as download_module
from models.weights.manifest import HUB, MANIFEST, Download, RemoteFile, Weights
from models.weights.records import FileHash, Origin, known_intact
from models.weights.store import State, Step, WeightStore
from polymuse.errors import UnavailableError
from tests.helpers.file_server import FileServer, cut_after, running, status
from tests.helpers.paths import ROOT
from tests.helpers.pictures import BLIP_TINY, CAPTIONS, GRADIENT
from tests.helpers.signals import noise

CLAMP3 = ["clamp3_saas", "mert_v1_95m", "xlm_roberta_tokenizer", "bs_roformer_vocals"]
CHECKPOINT = b"parameters" * 20_000  # instead of a BS-RoFormer, which is not loaded here


@dataclasses.dataclass(frozen=True, slots=True)
class Hub:
    """A server with tiny files under the official paths, and the official manifest with their sizes and hashes."""

    server: FileServer
    manifest: tuple[Weights, ...]

    def path(self, name: str, index: int = 0) -> str:
        """The path of a file on the server."""
        url = self.file(name, index).url
        return url.removeprefix(HUB).removeprefix(self.server.url)

    def file(self, name: str, index: int = 0) -> RemoteFile:
        source = next(weights.source for weights in self.manifest if weights.name == name)
        assert isinstance(source, Download)
        return source.files[index]


@pytest.fixture
def hub(clamp3_files: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    for name in os.environ:
        if name.startswith("HF_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    contents = {
        ".pth": (clamp3_files / "clamp3.pth").read_bytes(),
        ".bin": (clamp3_files / "mert" / "pytorch_model.bin").read_bytes(),
        ".json": (clamp3_files / "tokenizer.json").read_bytes(),
        ".ckpt": CHECKPOINT,
        "4stems_ft.pth": CHECKPOINT,
        ".yaml": b"model: {}\n",
    }
    contents |= {f"blip/{file.name}": file.read_bytes() for file in BLIP_TINY.iterdir() if file.is_file()}

    monkeypatch.setattr(download_module, "FIRST_PAUSE", 0.01)
    with running() as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)

        def served(file: RemoteFile) -> RemoteFile:
            key = "4stems_ft.pth" if "4stems_ft" in file.name else Path(file.name).suffix
            content = contents[f"blip/{file.name}" if "/blip-" in file.url else key]
            path = "/" + file.url.split("/", 3)[3]
            server.files[path] = content
            sha256 = hashlib.sha256(content).hexdigest() if file.sha256 else None
            return RemoteFile(file.url if file.on_hub else server.url + path, len(content), sha256)

        manifest = []
        for weights in MANIFEST:
            source = weights.source
            if isinstance(source, Download):
                source = dataclasses.replace(source, files=tuple(map(served, source.files)))
            manifest.append(dataclasses.replace(weights, source=source))
        yield Hub(server, tuple(manifest))


@pytest.fixture
def store(hub: Hub, tmp_path: Path) -> WeightStore:
    return WeightStore(tmp_path / "models", hub.manifest)


def states(store: WeightStore) -> dict[str, State]:
    return {status.weights.name: status.state for status in store.list()}


class TestPull:
    def test_whole_profile(self, hub: Hub, store: WeightStore, clamp3_files: Path) -> None:
        steps: list[Step] = []
        fetched = store.pull("clamp3", steps.append)
        assert [weights.name for weights in fetched] == CLAMP3
        texts = list(dict.fromkeys(step.text.split(",")[0] for step in steps))
        names = [hub.file(name).name for name in CLAMP3] + [hub.file("bs_roformer_vocals", 1).name]
        assert texts == [f"downloading {name}" for name in names]
        assert {step.total for step in steps} == {5}
        last = [step for step in steps if step.number == 1][-1]
        assert last.received == last.size == (clamp3_files / "clamp3.pth").stat().st_size
        assert {name for name, state in states(store).items() if state is State.PRESENT} >= set(CLAMP3)
        checkpoint, config = store.paths("bs_roformer_vocals")
        assert checkpoint.read_bytes() == CHECKPOINT
        assert config.suffix == ".yaml"

    def test_what_was_pulled_loads_and_equals_the_originals(self, store: WeightStore, clamp3_files: Path) -> None:
        store.pull("clamp3")
        prepare(store)
        embedder = load_embedder("auto", store)
        assert embedder.profile == "clamp3"
        original = Clamp3Embedder.load(
            clamp3_files / "clamp3.pth", clamp3_files / "mert", clamp3_files / "tokenizer.json"
        )
        assert embedder.fingerprint == original.fingerprint
        texts = ["sad piano", "brass"]
        np.testing.assert_array_equal(embedder.embed_text(texts), original.embed_text(texts))
        sound = noise(1, 48_000, seed=0)
        vector, expected = (each.embed_audio([sound], 24_000)[0].vector for each in (embedder, original))
        np.testing.assert_array_equal(vector, expected)
        assert PROFILES["clamp3"].tagger(embedder, TaggingFiles()).cosines({"mix": vector})["mix"].shape == (160,)

    def test_prepares_once(self, store: WeightStore) -> None:
        store.pull("clamp3")
        steps: list[Step] = []
        prepare(store, steps.append)
        prepare(store, steps.append)
        assert [step.text for step in steps] == ["converting clamp3"]

    def test_a_second_pull_asks_for_nothing(self, hub: Hub, store: WeightStore) -> None:
        store.pull("clamp3")
        hub.server.requests.clear()
        assert store.pull("clamp3") == ()
        assert hub.server.requests == []

    def test_single_weights(self, hub: Hub, store: WeightStore) -> None:
        assert [weights.name for weights in store.pull("bs_roformer_4stems")] == ["bs_roformer_4stems"]
        present = [name for name, state in states(store).items() if state is State.PRESENT]
        assert present == ["bs_roformer_4stems", "use_multilingual_v3"]  # the latter is an installed package
        assert [request.path for request in hub.server.requests] == [
            hub.path("bs_roformer_4stems", 0),
            hub.path("bs_roformer_4stems", 1),
        ]

    def test_pictures_are_described_by_what_was_pulled(self, store: WeightStore) -> None:
        assert [weights.name for weights in store.pull("blip_captioning_base")] == ["blip_captioning_base"]
        captioner = Captioner.load(store.path("blip_captioning_base").parent)
        assert captioner.caption(GRADIENT) == CAPTIONS["gradient.png"]

    def test_resumes_an_interrupted_pull(self, hub: Hub, store: WeightStore) -> None:
        path = hub.path("mert_v1_95m")
        mert = hub.server.files.pop(path)
        with pytest.raises(UnavailableError, match="404"):
            store.pull("clamp3")
        assert states(store)["clamp3_saas"] is State.PRESENT
        assert states(store)["mert_v1_95m"] is State.MISSING
        hub.server.files[path] = mert
        hub.server.requests.clear()
        fetched = store.pull("clamp3")
        assert [weights.name for weights in fetched] == CLAMP3[1:]
        assert hub.path("clamp3_saas") not in [request.path for request in hub.server.requests]

    def test_a_broken_connection_is_resumed(self, hub: Hub, store: WeightStore) -> None:
        hub.server.script = [cut_after(1_000_000)]
        store.pull("clamp3_saas")
        first, second = hub.server.ranges_asked()
        assert first is None
        assert second is not None
        assert second != "bytes=0-"

    def test_only_the_damaged_file_of_several_is_fetched(self, hub: Hub, store: WeightStore) -> None:
        store.pull("bs_roformer_vocals")
        store.paths("bs_roformer_vocals")[1].write_text("changed")
        hub.server.requests.clear()
        store.pull("bs_roformer_vocals")
        assert [request.path for request in hub.server.requests] == [hub.path("bs_roformer_vocals", 1)]

    def test_another_revision_is_fetched_anew(self, hub: Hub, store: WeightStore) -> None:
        store.pull("mert_v1_95m")
        moved = dataclasses.replace(hub.file("mert_v1_95m"), url=f"{HUB}/m-a-p/MERT-v1-95M/resolve/other/model.bin")
        entry = next(weights for weights in hub.manifest if weights.name == "mert_v1_95m")
        newer = dataclasses.replace(entry, source=Download("clamp3/mert", (moved,)))
        assert states(WeightStore(store.root, (newer,))) == {"mert_v1_95m": State.MISSING}


class TestHashes:
    def test_only_the_files_of_one_network_have_no_known_hash(self) -> None:
        sources = [weights.source for weights in MANIFEST if isinstance(weights.source, Download)]
        unknown = [file.name for source in sources for file in source.files if file.sha256 is None]
        assert unknown == ["bs_roformer_4stems_ft.pth", "config.yaml"]

    @pytest.mark.parametrize("changed", [CHECKPOINT[:-1] + b"?", CHECKPOINT + b"?"])
    def test_the_first_download_is_enforced_if_no_hash_is_known(
        self, hub: Hub, store: WeightStore, changed: bytes
    ) -> None:
        name = "bs_roformer_4stems_ft"
        [entry] = store.select(name)
        assert store.hashes(entry) == ()
        store.pull(name)
        first = FileHash("bs_roformer_4stems_ft.pth", hashlib.sha256(CHECKPOINT).hexdigest(), Origin.FIRST_DOWNLOAD)
        assert store.hashes(entry)[0] == first
        store.path(name).unlink()
        hub.server.files[hub.path(name)] = changed
        with pytest.raises(UnavailableError) as caught:
            store.pull(name)
        assert "\n" not in str(caught.value)
        assert f"`polymuse models pull {name} --accept-changed`" in caught.value.advice
        assert states(store)[name] is State.MISSING
        assert store.hashes(entry)[0] == first

        hub.server.script = [status(404)]
        with pytest.raises(UnavailableError, match="404"):
            store.pull(name, accept_changed=True)
        assert store.hashes(entry)[0] == first

        store.pull(name, accept_changed=True)
        assert store.path(name).read_bytes() == changed
        assert store.hashes(entry)[0].sha256 == hashlib.sha256(changed).hexdigest()

    def test_nothing_else_may_change(self, hub: Hub, store: WeightStore) -> None:
        hub.server.files[hub.path("bs_roformer_vocals")] = CHECKPOINT[:-1] + b"?"
        with pytest.raises(UnavailableError, match="arrived twice"):
            store.pull("bs_roformer_vocals", accept_changed=True)

    def test_an_import_tells_its_hash(self, hub: Hub, store: WeightStore, tmp_path: Path) -> None:
        (tmp_path / "own").write_bytes(b"own")
        store.import_files("mert_v1_95m", [tmp_path / "own"])
        [entry] = store.select("mert_v1_95m")
        found = FileHash("pytorch_model.bin", hashlib.sha256(b"own").hexdigest(), Origin.IMPORTED)
        assert store.hashes(entry) == (found,)

    def test_a_published_one_is_enforced_from_the_start(self, hub: Hub, store: WeightStore) -> None:
        path = hub.path("mert_v1_95m")
        hub.server.files[path] = b"?" + hub.server.files[path][1:]
        with pytest.raises(UnavailableError, match=r"pytorch_model\.bin arrived twice with the sha256"):
            store.pull("mert_v1_95m")
        assert states(store)["mert_v1_95m"] is State.MISSING

    def test_a_changed_file_is_not_used(self, store: WeightStore) -> None:
        store.pull("mert_v1_95m")
        path = store.path("mert_v1_95m")
        path.write_bytes(b"?" + path.read_bytes()[1:])
        with pytest.raises(UnavailableError, match=r"mert_v1_95m are damaged.*models pull clamp3"):
            WeightStore(store.root, store.manifest).path("mert_v1_95m")

    def test_an_unchanged_file_is_read_once_only(self, store: WeightStore) -> None:
        """Damage that keeps the modification time is found by `verify`, and then by every call."""
        store.pull("mert_v1_95m")
        path = store.path("mert_v1_95m")
        before = path.stat()
        path.write_bytes(b"?" + path.read_bytes()[1:])
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns - 10**9))
        assert known_intact(path)
        assert WeightStore(store.root, store.manifest).path("mert_v1_95m") == path
        assert [status.state for status in store.verify("mert_v1_95m")] == [State.DAMAGED]
        with pytest.raises(UnavailableError, match="damaged"):
            WeightStore(store.root, store.manifest).path("mert_v1_95m")


class TestFails:
    def test_offline(self, hub: Hub, store: WeightStore) -> None:
        with pytest.raises(UnavailableError, match=r"Offline mode is on, and clamp3_saas .*models import"):
            store.pull("clamp3", offline=True)
        assert hub.server.requests == []

    def test_offline_with_everything_in_place(self, store: WeightStore) -> None:
        store.pull("clamp3")
        assert store.pull("clamp3", offline=True) == ()

    @pytest.mark.skipif(sys.platform == "win32", reason="needs resource limits")
    def test_full_disk(self, hub: Hub, store: WeightStore) -> None:
        program = f"""
            import resource, sys
            from pathlib import Path
            from models.weights.manifest import *
            from models.weights.store import WeightStore
            from polymuse.errors import UserError
            resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
            try:
                WeightStore(Path({str(store.root)!r}), {hub.manifest!r}).pull("clamp3")
            except UserError as error:
                sys.exit(print(error, file=sys.stderr) or error.exit_code)
        """
        command = [sys.executable, "-c", textwrap.dedent(program)]
        result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        assert result.returncode == 3, result.stderr
        assert "cannot be stored in" in result.stderr
        assert "File too large" in result.stderr
        assert set(states(store).values()) == {State.MISSING, State.PRESENT}  # the latter: an installed package
        store.pull("clamp3")
        assert states(store)["clamp3_saas"] is State.PRESENT


class TestImport:
    @pytest.fixture
    def files(self, clamp3_files: Path) -> dict[str, list[Path]]:
        return {
            "clamp3_saas": [clamp3_files / "clamp3.pth"],
            "mert_v1_95m": [clamp3_files / "mert"],
            "xlm_roberta_tokenizer": [clamp3_files / "tokenizer.json"],
        }

    def test_tells_the_published_file(self, files: dict[str, list[Path]], store: WeightStore) -> None:
        assert {report for _, report in import_weights(store, files)} >= {"imported; it is the published file"}

    def test_a_pull_keeps_what_was_imported(self, hub: Hub, store: WeightStore, files: dict[str, list[Path]]) -> None:
        import_weights(store, {"clamp3_saas": files["clamp3_saas"]})
        store.pull("clamp3")
        assert hub.path("clamp3_saas") not in [request.path for request in hub.server.requests]
