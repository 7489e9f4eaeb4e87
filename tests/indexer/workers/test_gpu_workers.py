"""The GPU backend, run on the CPU: real processes, tiny networks."""

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
from indexer.score_files import score_id
from indexer.stopping import Stop
from indexer.workers.gpu_process import NetworkProcess
from indexer.workers.gpu_workers import GpuWorkers
from indexer.workers.shared_audio import SharedAudio, audio_directory, decode_to_file
from indexer.workers.workers import Workers
from models.analysis import Analysis
from models.analyzer import build_analyzer
from models.audio.decode import Decoded
from models.recipe import Recipe
from models.separator import SeparationSpec
from polymuse.errors import BadAudioError, UnavailableError
from polymuse.home import Home
from polymuse.music import SCORE
from tests.helpers.audio_files import write_noise
from tests.helpers.paths import GOLDEN
from tests.helpers.scanned_files import scanned

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


def test_results_are_those_of_the_cpu_backend(recipe: Recipe, tmp_path: Path) -> None:
    tracks = jobs(tmp_path, 4)
    (tmp_path / "broken.wav").write_bytes(b"RIFF")
    broken = replace(tracks[0], identified=replace(tracks[0].identified, file=AudioFile(tmp_path / "broken.wav", 4, 0)))
    backend = GpuWorkers(recipe, 2, [""])
    with Workers.local(backend) as workers:
        found = {each.identified.file.path.name: result for each, result in workers.analyze([*tracks, broken])}
        directory = backend.directory
        assert not list(directory.iterdir())  # shared files are deleted as soon as they are analysed
    assert not directory.exists()
    assert isinstance(found.pop("broken.wav"), BadAudioError)
    analyzer = build_analyzer(recipe)
    assert len(found) == len(tracks)
    for each in tracks:
        path = each.identified.file.path
        analysis = found[path.name]
        assert isinstance(analysis, Analysis)
        assert analysis.measured is not None
        for name, vector in analyzer.analyze(path).vectors.items():
            np.testing.assert_allclose(analysis.vectors[name], vector, atol=2e-5)


def test_scores_go_to_the_networks_beside_audio(recipe: Recipe, tmp_path: Path) -> None:
    midi = GOLDEN / "clamp3_symbolic" / "midi"
    names = ("m01_melody.mid", "m02_band.mid", "e05_not_midi.mid")
    files = [replace(scanned(midi / name), kind=SCORE) for name in names]
    scores = [Job(Identified(file, score_id(file.path), TagInfo(file.path.stem)), None) for file in files]
    with Workers.local(GpuWorkers(recipe, 1, [""])) as workers:
        results = workers.analyze([scores[0], *jobs(tmp_path, 2), *scores[1:]])
        found = {each.identified.file.path.name: result for each, result in results}
    assert isinstance(found.pop("e05_not_midi.mid"), BadAudioError)
    assert len(found) == 4
    embedder = build_analyzer(recipe).embedder
    for name in names[:2]:
        analysis = found[name]
        assert isinstance(analysis, Analysis)
        assert analysis.vectors.keys() == {"mix"}
        np.testing.assert_allclose(analysis.vectors["mix"], embedder.embed_score(midi / name).vector, atol=2e-5)


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


def test_a_stop_drops_tracks_that_are_not_started(recipe: Recipe, tmp_path: Path) -> None:
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
    assert len(found) <= len(taken) < 16  # those in progress
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
    assert networks.poll() is None
    networks.release()
    broken = NetworkProcess(replace(recipe, home=Home(tmp_path)), "")
    broken.warm_up()
    with pytest.raises(UnavailableError):
        settled(broken)
    broken.release()


def test_networks_that_cannot_load_are_no_failure_of_a_track(recipe: Recipe, tmp_path: Path) -> None:
    [track] = jobs(tmp_path, 1)
    with audio_directory() as directory:
        networks = NetworkProcess(recipe, "", memory=1)
        networks.warm_up()
        networks.begin(track, decode_to_file(track.identified.file.path, directory, None, 3600.0))
        loading = networks.poll()
        assert loading is not None
        while not networks.pool.wait([loading]):
            pass
        assert isinstance(loading.error, BadAudioError)
        assert list(networks.collect()) == []
        assert len(networks) == 1
        [(_, result)] = settled(networks)  # the request with the track fails with the cause
    assert isinstance(result, BadAudioError)
    networks.release()


def test_a_release_while_the_networks_load(recipe: Recipe, tmp_path: Path) -> None:
    [track] = jobs(tmp_path, 1)
    networks = NetworkProcess(recipe, "")
    networks.warm_up()
    loading = networks.poll()
    assert loading is not None
    networks.pool.wait([loading])  # starts the process
    networks.release()
    assert networks.poll() is None
    with audio_directory() as directory:
        networks.begin(track, decode_to_file(track.identified.file.path, directory, None, 3600.0))
        [(_, result)] = settled(networks)
    assert isinstance(result, Analysis)
    networks.release()


def settled(networks: NetworkProcess) -> list[tuple[Job, Analysis | BadAudioError]]:
    found = []
    while (task := networks.poll()) is not None:
        if networks.pool.wait([task]):
            found += networks.collect()
    return found


def test_decoders_do_not_import_torch() -> None:
    code = "import sys, indexer.workers.gpu_workers; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


@dataclass(frozen=True, slots=True)
class Deadly(SharedAudio):
    """A track that kills whatever process opens it."""

    def open(self) -> Decoded:
        os.abort()


@dataclass(frozen=True, slots=True)
class Endless(SharedAudio):
    """A track that fills the memory."""

    def open(self) -> Decoded:
        filled = np.ones(2**28)  # 2 GiB
        time.sleep(600)
        raise AssertionError(len(filled))


@pytest.mark.skipif(sys.platform != "linux", reason="memory is only measured on Linux")
def test_a_process_that_exceeds_its_memory_limit_is_ended(recipe: Recipe, tmp_path: Path) -> None:
    [track] = jobs(tmp_path, 1)
    with audio_directory() as directory:
        audio = decode_to_file(track.identified.file.path, directory, None, 3600.0)
        fields = {name: getattr(audio, name) for name in SharedAudio.__dataclass_fields__}
        networks = NetworkProcess(recipe, "", memory=2**30)
        networks.begin(track, Endless(**fields))
        found = settled(networks)
        networks.pool.close()
    [(each, result)] = found
    assert each == track
    assert isinstance(result, BadAudioError)
    assert "more than 1.0 GiB of memory" in result.message


def test_the_track_that_kills_its_process_is_found(recipe: Recipe, tmp_path: Path) -> None:
    tracks = jobs(tmp_path, 3)
    with audio_directory() as directory:
        shared = [decode_to_file(each.identified.file.path, directory, None, 3600.0) for each in tracks]
        fields = {name: getattr(shared[1], name) for name in SharedAudio.__dataclass_fields__}
        shared[1] = Deadly(**fields)
        networks = NetworkProcess(recipe, "")
        for each, audio in zip(tracks, shared, strict=True):
            networks.begin(each, audio)
        found = {each.identified.file.path.name: result for each, result in settled(networks)}
        networks.pool.close()
        assert not list(directory.iterdir())
    assert isinstance(found["0.wav"], Analysis)
    assert isinstance(found["2.wav"], Analysis)
    assert isinstance(found["1.wav"], BadAudioError)
    assert "crashed" in found["1.wav"].message
