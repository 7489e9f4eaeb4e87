"""The analysis of a score, with a tiny CLaMP 3."""

from pathlib import Path

import numpy as np
import pytest

from indexer.file_tags import TagInfo
from indexer.jobs import Identified, Job
from indexer.scan import AudioFile
from indexer.score_files import score_id
from indexer.workers.score_analysis import analyze_score, is_of_score
from models.embedder import Embedder, ScoreEmbedding
from models.profiles import load_embedder
from models.weights.store import WeightStore
from polymuse.errors import BadAudioError, UnavailableError, UnreadableError
from polymuse.music import SCORE
from tests.helpers.paths import GOLDEN
from tests.helpers.scanned_files import scanned

MELODY = GOLDEN / "clamp3_symbolic" / "midi" / "m01_melody.mid"


@pytest.fixture(scope="module")
def embedder(tiny_clamp3_home: Path) -> Embedder:
    return load_embedder("clamp3", WeightStore(tiny_clamp3_home / "models"))


def job_of(path: Path, track_id: str | None = None) -> Job:
    status = path.stat()
    file = AudioFile(path, status.st_size, status.st_mtime_ns, kind=SCORE)
    return Job(Identified(file, track_id or score_id(path), TagInfo(path.stem)), None)


def test_a_score_has_one_vector_and_its_title(embedder: Embedder) -> None:
    found = analyze_score(embedder, job_of(MELODY))
    assert (found.seconds, found.codec, found.title, found.composer) == (0.0, "midi", "Melody", "")
    assert (found.stems, found.tags, found.segments, found.remarks) == ({}, (), (), ())
    assert found.vectors.keys() == {"mix"}
    assert np.array_equal(found.vectors["mix"], embedder.embed_score(MELODY).vector)
    assert found.busy["embed"] > 0


def test_a_file_that_is_no_score_is_bad(embedder: Embedder, tmp_path: Path) -> None:
    path = tmp_path / "song.mid"
    path.write_bytes(b"ID3\x03" + bytes(1000))
    with pytest.raises(BadAudioError, match="not a MIDI file") as caught:
        analyze_score(embedder, job_of(path))
    assert not isinstance(caught.value, UnreadableError)  # it is remembered


def test_a_score_that_changes_meanwhile_is_not_stored(embedder: Embedder, tmp_path: Path) -> None:
    path = tmp_path / "a.mid"
    path.write_bytes(MELODY.read_bytes())
    job = job_of(path)
    path.write_bytes((MELODY.parent / "m02_band.mid").read_bytes())
    with pytest.raises(UnreadableError, match="changed while it was being read"):
        analyze_score(embedder, job)


class _WithoutPackage:
    """An embedder that lacks what reads scores of a format, as without the extra `scores`."""

    def embed_score(self, path: Path) -> ScoreEmbedding:
        raise UnavailableError(f"{path}: a package is missing", "Install it")


def test_what_is_missing_here_is_no_verdict_on_the_file() -> None:
    with pytest.raises(UnreadableError, match=r"a package is missing. Install it"):
        analyze_score(_WithoutPackage(), job_of(MELODY))  # type: ignore[arg-type]


def test_kinds_of_jobs(tmp_path: Path) -> None:
    audio = tmp_path / "a.flac"
    audio.write_bytes(b"fLaC")
    assert is_of_score(job_of(MELODY))
    assert not is_of_score(Job(Identified(scanned(audio), "id", TagInfo("a")), None))
