"""Indexing by a Ray cluster of two nodes on this machine: real actors, real weights, real files.

No test classes: xdist distributes classes over processes, and each process would start its own cluster.
"""

import importlib.util
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

import data
from catalog.catalog import Catalog, Space
from indexer.file_tags import TagInfo
from indexer.identity import track_id
from indexer.jobs import Identified, Job
from indexer.scan import AudioFile
from indexer.stopping import Stop
from indexer.workers.cpu_workers import CpuWorkers
from indexer.workers.identifier import Identifier
from indexer.workers.ray_machine import Machine, RunOptions, can_work, requirements
from indexer.workers.ray_workers import RayWorkers
from indexer.workers.workers import Workers
from models.analysis import Analysis
from models.profiles import load_embedder
from models.recipe import Recipe
from models.separator import SeparationSpec
from models.weights.store import WeightStore
from polymuse.errors import BadAudioError, UnavailableError, UserError
from polymuse.home import Home
from tests.helpers.audio_files import write_noise
from tests.helpers.paths import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="needs the extra [ray]"),
]
TOKEN = secrets.token_hex(32)
CLIPS = ("greensleeves.opus", "茉莉花.opus")


@dataclass(frozen=True, slots=True)
class Cluster:
    address: str
    pid: int  # of the process that has started its nodes


@pytest.fixture(scope="module", autouse=True)
def ray_settings() -> Iterator[None]:
    """Set the environment. A process reads mode and token only once: when it imports Ray and when it first connects."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PYTHONPATH", str(ROOT))  # where actors import this project from
        environment.setenv("RAY_AUTH_MODE", "token")  # without a token anyone who can connect may run code
        environment.setenv("RAY_AUTH_TOKEN", TOKEN)
        environment.setenv("RAY_USAGE_STATS_ENABLED", "0")
        environment.setenv("RAY_worker_niceness", "0")  # not 15, with which actors starve on a busy machine
        yield


@pytest.fixture(scope="module")
def cluster(ray_settings: None) -> Iterator[Cluster]:
    command = [sys.executable, Path(__file__).with_name("ray_cluster.py")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield Cluster(process.stdout.readline().strip(), process.pid)


def processes() -> list[tuple[int, int, str]]:
    """(id, id of the parent, command) of all processes."""
    listed = subprocess.run(["ps", "-eww", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
    return [(int(pid), int(parent), args) for pid, parent, args in map(_fields, listed.splitlines())]


def _fields(line: str) -> list[str]:
    return line.split(None, 2)


def actors(cluster: Cluster) -> list[int]:
    """The process ids of the actors, without their child processes."""
    raylets = {pid for pid, parent, _ in processes() if parent == cluster.pid}
    return [pid for pid, parent, args in processes() if parent in raylets and args.startswith("ray::_Actor")]


def analysing(cluster: Cluster) -> list[int]:
    """The process ids of the workers that its actors have started."""
    parents = actors(cluster)
    return [pid for pid, parent, args in processes() if parent in parents and "spawn_main" in args]


def all_end(running: Callable[[Cluster], list[int]], cluster: Cluster) -> bool:
    """Whether these processes end within a minute."""
    deadline = time.monotonic() + 60
    while running(cluster) and time.monotonic() < deadline:
        time.sleep(0.1)
    return not running(cluster)


@pytest.fixture
def recipe(polymuse_home: Path) -> Recipe:
    return Recipe(Home(polymuse_home), "starter", SeparationSpec(), 3600.0)


def ray_workers(cluster: Cluster, recipe: Recipe, stop: Stop | None = None) -> Workers:
    embedder = load_embedder("starter", WeightStore(recipe.home.models))
    options = RunOptions(recipe, jobs=None, todo=100, probe=None)
    backend = RayWorkers(options, cluster.address, requirements(recipe, {"embedder": embedder.fingerprint}), stop)
    return Workers(Identifier.standalone(1), backend, stop)


def job(path: Path) -> Job:
    status = path.stat()
    return Job(
        Identified(AudioFile(path, status.st_size, status.st_mtime_ns), track_id(path), TagInfo(path.stem)), None
    )


def jobs(directory: Path, count: int) -> list[Job]:
    return [job(write_noise(directory / f"{n}.wav", 4.0 + n, seed=n)) for n in range(count)]


def same(found: Mapping[str, np.ndarray], expected: Mapping[str, np.ndarray]) -> bool:
    return found.keys() == expected.keys() and all(
        np.allclose(found[name], vector, atol=2e-5) for name, vector in expected.items()
    )


def test_the_catalog_is_the_one_that_local_workers_fill(cluster: Cluster, recipe: Recipe, tmp_path: Path) -> None:
    music = tmp_path / "music"
    music.mkdir()
    for name in CLIPS:
        (music / name).symlink_to(Path(data.__file__).parent / "demo" / name)
    (music / "broken.wav").write_bytes(b"RIFF")
    command = [sys.executable, "-m", "indexer", "index", music, "--engine", "ray", "--address", cluster.address]
    run = subprocess.run([*command, "--stems", "none"], capture_output=True, text=True, timeout=540)
    assert run.returncode == 1, run.stderr  # for the broken file
    assert "on 2 machines" in run.stderr  # where the bottleneck is
    assert all_end(actors, cluster)

    embedder = load_embedder("starter", WeightStore(recipe.home.models))
    space = Space.of(embedder)
    catalog = Catalog.open(recipe.home.store, space)
    stored = {Path(entry.track.files[0].path).name: entry for page in catalog.entries() for entry in page}
    catalog.close()
    assert set(stored) == set(CLIPS)
    with Workers.local(CpuWorkers(recipe, 1)) as workers:
        for each, analysis in workers.analyze(job(music / name) for name in CLIPS):
            assert isinstance(analysis, Analysis)
            entry = stored[each.identified.file.path.name]
            assert entry.track.id == each.identified.track_id
            assert entry.track.models == {"embedder": embedder.fingerprint}
            assert [tag.slug for tag in entry.track.tags] == [tag.slug for tag in analysis.tags]
            assert same(entry.vectors, analysis.vectors)
            assert len(entry.segments) == len(analysis.segments)


def test_a_killed_actor_costs_nothing(cluster: Cluster, recipe: Recipe, tmp_path: Path) -> None:
    with ray_workers(cluster, recipe) as workers:
        results = workers.analyze(jobs(tmp_path, 5))
        found = [next(results)]
        before = actors(cluster)
        os.kill(before[0], signal.SIGKILL)
        found += results
        after = actors(cluster)
    assert sorted(each.identified.file.path.name for each, _ in found) == [f"{n}.wav" for n in range(5)]
    assert all(isinstance(result, Analysis) for _, result in found)
    assert before[0] not in after


class Deadly:
    """Kills the process that it is sent to."""

    def __reduce__(self):
        return os._exit, (1,)


def test_the_track_that_kills_its_actor_is_found(cluster: Cluster, recipe: Recipe, tmp_path: Path) -> None:
    tracks = jobs(tmp_path, 4)
    tracks[1] = replace(tracks[1], save_stems=Deadly())  # type: ignore[arg-type]
    tracks[2].identified.file.path.unlink()
    with ray_workers(cluster, recipe) as workers:
        found = {each.identified.file.path.name: result for each, result in workers.analyze(tracks)}
    assert len(found) == 4
    assert isinstance(found["0.wav"], Analysis)
    assert isinstance(found["3.wav"], Analysis)
    assert isinstance(found["1.wav"], BadAudioError)
    assert "a Ray actor on" in found["1.wav"].message
    assert isinstance(found["2.wav"], BadAudioError)
    assert f"{socket.gethostname()} " in found["2.wav"].message
    assert "cannot access this file" in found["2.wav"].message


def test_a_stop_drops_tracks_that_are_not_started(cluster: Cluster, recipe: Recipe, tmp_path: Path) -> None:
    stop, taken = Stop(), []

    def tracks() -> Iterator[Job]:
        for each in jobs(tmp_path, 9):
            taken.append(each)
            yield each

    handler = signal.getsignal(signal.SIGTERM)
    with ray_workers(cluster, recipe, stop) as workers:
        assert signal.getsignal(signal.SIGTERM) is handler  # the handler that requests a stop
        found = []
        for each in workers.analyze(tracks()):
            stop.signalled = True
            found.append(each)
        assert analysing(cluster)
        workers.release()
        assert all_end(analysing, cluster)
    assert 1 <= len(found) <= 5  # at most two tracks per machine, and the first one
    assert len(taken) <= 5
    assert all(isinstance(result, Analysis) for _, result in found)


def test_other_weights_are_refused(cluster: Cluster, recipe: Recipe) -> None:
    workers = RayWorkers(RunOptions(recipe, None, 1, None), cluster.address, {"embedder": "0" * 64})
    with (
        pytest.raises(UnavailableError, match=r"Machine \S+ \(.*\) has a different embedder .* not 000000000000\."),
        workers,
    ):
        pass
    assert all_end(actors, cluster)


def test_a_machine_whose_actors_die_at_once_is_not_used(
    cluster: Cluster, recipe: Recipe, caplog: pytest.LogCaptureFixture
) -> None:
    options = RunOptions(recipe, None, 1, probe=Deadly())  # type: ignore[arg-type]
    with (
        pytest.raises(UnavailableError, match="No machine of the Ray cluster can be used"),
        RayWorkers(options, cluster.address, {}),
    ):
        pass
    assert [record.message.count("is not used") for record in caplog.records] == [1, 1]


def test_learned_tagging_is_among_the_requirements(recipe: Recipe) -> None:
    before = requirements(recipe, {})
    recipe.home.tagging.mkdir()
    (recipe.home.tagging / "calibration-1.json").write_text("{}")
    assert requirements(recipe, {})["tagging"] != before["tagging"]


def test_missing_weights_and_music_are_named(cluster: Cluster, recipe: Recipe, tmp_path: Path) -> None:
    elsewhere = replace(recipe, home=Home(tmp_path / "nothing"))
    with (
        pytest.raises(UnavailableError, match=r"Machine .*nothing"),
        RayWorkers(RunOptions(elsewhere, None, 1, None), cluster.address, {}),
    ):
        pass
    with (
        pytest.raises(UnavailableError, match=r"Machine .* cannot access /music/a.flac\. Mount"),
        RayWorkers(RunOptions(recipe, None, 1, Path("/music/a.flac")), cluster.address, {}),
    ):
        pass


@pytest.mark.parametrize(("profile", "left"), [("clamp3", 0), ("starter", 2)])
def test_an_actor_takes_the_gpus_that_its_networks_use(
    cluster: Cluster, recipe: Recipe, profile: str, left: int
) -> None:
    import ray

    def idle() -> dict[str, float]:
        return {name: ray.available_resources().get(name, 0) for name in ("CPU", "GPU")}

    ray.init(cluster.address, log_to_driver=False, configure_logging=False)
    try:
        [node] = [node for node in ray.nodes() if "GPU" in node["Resources"]]
        machine = Machine(node, RunOptions(replace(recipe, profile=profile), None, 1, None))
        ray.wait([machine.poll(halted=False)], timeout=120)
        deadline = time.monotonic() + 60
        while idle() != {"CPU": 1, "GPU": left} and time.monotonic() < deadline:
            time.sleep(0.1)  # the head is notified a moment later
        assert idle() == {"CPU": 1, "GPU": left}  # the CPU is that of the other node
        machine.kill()
    finally:
        ray.shutdown()


def test_a_node_needs_the_processors_of_the_device(recipe: Recipe) -> None:
    def node(**resources: float) -> dict:
        return {"Alive": True, "Resources": resources}

    clamp3 = replace(recipe, profile="clamp3")
    assert can_work(node(CPU=4), clamp3)
    assert can_work(node(GPU=1), clamp3)
    assert not can_work(node(memory=1), clamp3)  # a head without processors
    assert not can_work(node(GPU=1), recipe)  # the profile starter knows no GPUs
    assert not can_work(node(CPU=4), replace(clamp3, separation=SeparationSpec(device="cuda")))
    assert not can_work(node(GPU=1), replace(clamp3, separation=SeparationSpec(device="cpu")))
    assert not can_work({**node(CPU=4), "Alive": False}, clamp3)


def test_an_address_without_a_cluster_is_named(polymuse_home: Path, tmp_path: Path) -> None:
    write_noise(tmp_path / "a.wav", 2.0, seed=0)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{listener.getsockname()[1]}"  # where nobody answers
        command = [sys.executable, "-m", "indexer", "index", tmp_path, "--engine", "ray", "--address", address]
        run = subprocess.run([*command, "--stems", "none"], capture_output=True, text=True, timeout=540)
    assert run.returncode == 3
    assert f"polymuse: No Ray cluster at '{address}': " in run.stderr.splitlines()[-1]
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--address", "127.0.0.1:6379"], "add --engine ray"),
        (["--engine", "ray", "--low-impact"], "--low-impact"),
    ],
)
def test_wrong_use_is_named(polymuse_home: Path, tmp_path: Path, options: list[str], said: str) -> None:
    command = [sys.executable, "-m", "indexer", "index", tmp_path, "--stems", "none", *options]
    run = subprocess.run(command, capture_output=True, text=True, timeout=540)
    assert run.returncode == 2
    assert said in run.stderr.splitlines()[-1]


def test_an_address_is_a_host_and_a_port(recipe: Recipe) -> None:
    for address in ("head", "ray://head:10001", "head:port", ":6379"):
        with pytest.raises(UserError, match="HOST:PORT"), RayWorkers(RunOptions(recipe, 1, 1, None), address, {}):
            pass


def test_without_ray_the_extra_is_named(recipe: Recipe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)  # how Python marks a module that cannot be imported
    with (
        pytest.raises(UnavailableError, match=r"poly-muse\[ray\]"),
        RayWorkers(RunOptions(recipe, 1, 1, None), "auto", {}),
    ):
        pass
