"""The layout for GPUs, run on the CPU: real processes, the smallest networks."""

import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from indexer.file_tags import TagInfo
from indexer.identity import track_id
from indexer.jobs import Identified, Job
from indexer.scan import AudioFile
from indexer.stopping import Stop
from indexer.workers.gpu_process import NetworkProcess
from indexer.workers.gpu_workers import GpuWorkers
from indexer.workers.shared_audio import Handover, hand_over, handover_directory
from indexer.workers.workers import Workers
from models.analysis import Analysis
from models.analyzer import build_analyzer
from models.audio.decode import Decoded
from models.recipe import Recipe
from models.separator import SeparationSpec
from polymuse.errors import BadAudioError, UnavailableError
from polymuse.home import Home
from tests.helpers.audio_files import write_noise

pytestmark = pytest.mark.slow


@pytest.fixture
def recipe(tiny_clamp3_home: Path) -> Recipe:
    separation = SeparationSpec(("vocals", "instrumental"))
    return Recipe(Home(tiny_clamp3_home), "clamp3", separation, 3600.0, tiny_clamp3_home / "bank.json")


def job(path: Path) -> Job:
    status = path.stat()
    file = AudioFile(path, status.st_size, status.st_mtime_ns)
    return Job(Identified(file, track_id(path), TagInfo(path.stem)), None)


def jobs(directory: Path, count: int) -> list[Job]:
    return [job(write_noise(directory / f"{n}.wav", 1.0 + n / 20, seed=n)) for n in range(count)]


def test_finds_what_whole_tracks_in_workers_find(recipe: Recipe, tmp_path: Path) -> None:
    tracks = jobs(tmp_path, 4)
    (tmp_path / "broken.wav").write_bytes(b"RIFF")
    broken = replace(tracks[0], identified=replace(tracks[0].identified, file=AudioFile(tmp_path / "broken.wav", 4, 0)))
    backend = GpuWorkers(recipe, 2, [""])
    with Workers.local(backend) as workers:
        found = {each.identified.file.path.name: result for each, result in workers.analyze([*tracks, broken])}
        directory = backend.directory
        assert not list(directory.iterdir())  # what was handed over is gone as soon as it is analysed
    assert not directory.exists()
    assert isinstance(found.pop("broken.wav"), BadAudioError)
    analyzer = build_analyzer(recipe)
    assert len(found) == len(tracks)
    for each in tracks:
        path = each.identified.file.path
        analysis = found[path.name]
        assert isinstance(analysis, Analysis)
        for name, vector in analyzer.analyze(path).vectors.items():
            np.testing.assert_allclose(analysis.vectors[name], vector, atol=2e-5)


def test_a_killed_process_with_networks_costs_nothing(recipe: Recipe, tmp_path: Path) -> None:
    others = set(multiprocessing.active_children())  # of other tests
    with Workers.local(GpuWorkers(recipe, 1, [""])) as workers:
        results = workers.analyze(jobs(tmp_path, 8))
        found = [next(results)]
        children = set(multiprocessing.active_children()) - others
        assert len(children) == 2  # the decoder and the networks
        for child in children:
            child.kill()
        found += results
    assert len(found) == 8
    assert all(isinstance(result, Analysis) for _, result in found)


def test_a_stop_leaves_out_what_is_not_begun(recipe: Recipe, tmp_path: Path) -> None:
    stop = Stop()
    taken = []

    def tracks() -> Iterator[Job]:
        for each in jobs(tmp_path, 16):
            taken.append(each)
            yield each

    with Workers.local(GpuWorkers(recipe, 1, [""]), stop) as workers:
        found = []
        for each in workers.analyze(tracks()):
            stop.signalled = True
            found.append(each)
    assert len(found) <= len(taken) < 16  # those under way
    assert all(isinstance(result, Analysis) for _, result in found)


def test_missing_weights_end_the_run(recipe: Recipe, tmp_path: Path) -> None:
    backend = GpuWorkers(replace(recipe, home=Home(tmp_path)), 1, [""])
    with Workers.local(backend) as workers, pytest.raises(UnavailableError):
        list(workers.analyze(jobs(tmp_path, 2)))


def test_the_networks_are_loaded_before_a_track_is_decoded(recipe: Recipe, tmp_path: Path) -> None:
    networks = NetworkProcess(recipe, "")
    networks.warm_up()
    assert settled(networks) == []
    assert networks.pool.starts == 1
    networks.warm_up()  # it is warm
    assert networks.ask() is None
    networks.rest()
    broken = NetworkProcess(replace(recipe, home=Home(tmp_path)), "")
    broken.warm_up()
    with pytest.raises(UnavailableError):
        settled(broken)
    broken.rest()


def test_networks_that_never_load_are_blamed_on_no_track(recipe: Recipe, tmp_path: Path) -> None:
    [track] = jobs(tmp_path, 1)
    with handover_directory() as directory:
        networks = NetworkProcess(recipe, "", memory=1)
        networks.warm_up()
        networks.begin(track, hand_over(track.identified.file.path, directory, None, 3600.0))
        loading = networks.ask()
        assert loading is not None
        while not networks.pool.wait([loading]):
            pass
        assert isinstance(loading.error, BadAudioError)
        assert list(networks.collect()) == []
        assert len(networks) == 1
        [(_, result)] = settled(networks)  # the question about the track tells it
    assert isinstance(result, BadAudioError)
    networks.rest()


def test_a_rest_while_the_networks_load(recipe: Recipe, tmp_path: Path) -> None:
    [track] = jobs(tmp_path, 1)
    networks = NetworkProcess(recipe, "")
    networks.warm_up()
    loading = networks.ask()
    assert loading is not None
    networks.pool.wait([loading])  # which starts the process
    networks.rest()
    assert networks.ask() is None
    with handover_directory() as directory:
        networks.begin(track, hand_over(track.identified.file.path, directory, None, 3600.0))
        [(_, result)] = settled(networks)
    assert isinstance(result, Analysis)
    networks.rest()


def settled(networks: NetworkProcess) -> list[tuple[Job, Analysis | BadAudioError]]:
    found = []
    while (task := networks.ask()) is not None:
        if networks.pool.wait([task]):
            found += networks.collect()
    return found


def test_decoders_bring_no_torch() -> None:
    code = "import sys, indexer.workers.gpu_workers; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


@dataclass(frozen=True, slots=True)
class Deadly(Handover):
    """A track that kills whatever process opens it."""

    def open(self) -> Decoded:
        os.abort()


@dataclass(frozen=True, slots=True)
class Endless(Handover):
    """A track that fills the memory."""

    def open(self) -> Decoded:
        filled = np.ones(2**28)  # 2 GiB
        time.sleep(600)
        raise AssertionError(len(filled))


@pytest.mark.skipif(sys.platform != "linux", reason="no other system tells")
def test_a_process_with_networks_that_swells_is_ended(recipe: Recipe, tmp_path: Path) -> None:
    [track] = jobs(tmp_path, 1)
    with handover_directory() as directory:
        handover = hand_over(track.identified.file.path, directory, None, 3600.0)
        fields = {name: getattr(handover, name) for name in Handover.__dataclass_fields__}
        networks = NetworkProcess(recipe, "", memory=2**30)
        networks.begin(track, Endless(**fields))
        found = settled(networks)
        networks.pool.close()
    [(each, result)] = found
    assert each == track
    assert isinstance(result, BadAudioError)
    assert "more than 1.0 GiB of memory" in result.message


def test_of_the_tracks_in_a_dying_process_the_guilty_one_is_found(recipe: Recipe, tmp_path: Path) -> None:
    tracks = jobs(tmp_path, 3)
    with handover_directory() as directory:
        handovers = [hand_over(each.identified.file.path, directory, None, 3600.0) for each in tracks]
        fields = {name: getattr(handovers[1], name) for name in Handover.__dataclass_fields__}
        handovers[1] = Deadly(**fields)
        networks = NetworkProcess(recipe, "")
        for each, handover in zip(tracks, handovers, strict=True):
            networks.begin(each, handover)
        found = {each.identified.file.path.name: result for each, result in settled(networks)}
        networks.pool.close()
        assert not list(directory.iterdir())
    assert isinstance(found["0.wav"], Analysis)
    assert isinstance(found["2.wav"], Analysis)
    assert isinstance(found["1.wav"], BadAudioError)
    assert "crashed" in found["1.wav"].message
