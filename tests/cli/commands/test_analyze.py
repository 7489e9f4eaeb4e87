"""`polymuse analyze` as a user runs it: real processes, real weights, real files."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import av
import jsonschema_rs
import numpy as np
import pytest

from catalog.catalog import Catalog
from cli.commands.analyze import _directory
from cli.report.track_report import SCHEMA_FILE
from models.profiles import CACHE
from tests.conftest import CACHE as TEST_CACHE
from tests.helpers.audio_files import encode
from tests.helpers.paths import ROOT

RATE = 44_100  # Hz
SECONDS = 40.0

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
]  # the first test creates the index and the report for the others

Run = Callable[..., subprocess.CompletedProcess[str]]


def plucked(frequency: float, seconds: float = SECONDS) -> np.ndarray:
    """[2, N]: a tone with two attacks per second, and silence in the last quarter."""
    t = np.arange(round(seconds * RATE)) / RATE
    wave = 0.4 * np.exp(-4 * (t % 0.5)) * np.sin(2 * np.pi * frequency * t) * (t < 0.75 * seconds)
    return np.stack([wave, wave]).astype(np.float32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("analyze")


@pytest.fixture(scope="module")
def run(folder: Path, starter_weights: Path) -> Run:
    """Runs the command line in `folder`, with a home there that has the starter weights."""
    models = folder / "home" / "models"
    (models / "starter").mkdir(parents=True)
    for path in starter_weights.iterdir():
        (models / "starter" / path.name).symlink_to(path)
    (TEST_CACHE / "vectors").mkdir(parents=True, exist_ok=True)
    (models / CACHE).symlink_to(TEST_CACHE / "vectors")
    environment = {key: value for key, value in os.environ.items() if not key.startswith("POLYMUSE_")}
    environment |= {"POLYMUSE_HOME": str(folder / "home"), "POLYMUSE_JOBS": "1", "XDG_CONFIG_HOME": str(folder)}
    environment |= {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "indexer", *map(os.fspath, arguments)]  # type: ignore[arg-type]
        return subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=240, check=False
        )

    return run


@pytest.fixture(scope="module")
def canon(folder: Path) -> Path:
    tags = {"title": "<script>alert(1)</script>", "artist": "帕赫贝尔"}
    return encode(folder / "卡农.mp3", "libmp3lame", plucked(440), bit_rate=128_000, tags=tags)


@pytest.fixture(scope="module")
def analysed(run: Run, folder: Path, canon: Path) -> subprocess.CompletedProcess[str]:
    """The report of the canon, made with a library that contains it and one other track."""
    (folder / "music").mkdir()
    encode(folder / "music" / "low.flac", "flac", plucked(110, 12), tags={"title": "Low"})
    (folder / "music" / "copy.mp3").write_bytes(canon.read_bytes())
    indexed = run("index", "music")
    assert indexed.returncode == 0, indexed.stderr
    result = run("analyze", canon.name)
    assert result.returncode == 0, result.stderr
    return result


@pytest.fixture(scope="module")
def report(folder: Path, analysed: subprocess.CompletedProcess[str]) -> dict:
    return json.loads((folder / "output" / "卡农" / "report.json").read_text(encoding="utf-8"))


class TestReport:
    def test_the_path_goes_to_stdout_and_progress_to_stderr(
        self, folder: Path, analysed: subprocess.CompletedProcess[str]
    ) -> None:
        assert analysed.stdout == f"{Path('output/卡农/report.html')}\n"
        assert "Separating 40 s into vocals, instrumental" in analysed.stderr
        files = {path.name for path in (folder / "output" / "卡农").rglob("*") if path.is_file()}
        assert files == {"report.json", "report.md", "report.html", "vocals.wav", "instrumental.wav"}

    def test_it_follows_the_schema(self, report: dict) -> None:
        schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
        assert [str(error) for error in jsonschema_rs.validator_for(schema).iter_errors(report)] == []

    def test_the_same_tags_as_indexing_gives(self, report: dict, run: Run) -> None:
        shown = json.loads(run("tags", "music/copy.mp3", "--json").stdout)
        assert shown["track"] == report["track"]["id"]
        by_slug = {tag["slug"]: tag["confidence"] for tag in shown["tags"]}
        assert {tag["slug"]: tag["confidence"] for tag in report["tags"]} == pytest.approx(by_slug, abs=0.05)

    def test_moments_cover_all_but_silence(self, report: dict) -> None:
        # windows at 3, 15 and 27 s, and the gaps between them; 30 s to 40 s is silent, so 36 s to 40 s has none
        spans = [(round(moment["start"], 1), round(moment["end"], 1)) for moment in report["moments"]]
        assert spans == [(0, 3), (3, 12), (12, 15), (15, 24), (24, 27), (27, 36)]
        assert all(set(moment["confidences"]) == {t["slug"] for t in report["tags"]} for moment in report["moments"])

    def test_levels_are_of_the_whole_track(self, report: dict, folder: Path) -> None:
        mix = report["sounds"][0]
        # 0.4 e^-4t sin: mean square over half a second 0.08 (1 - e^-4) / 4 = 0.01963, over the track three quarters of
        # it; the encoder, LAME, turns everything down to 0.95
        assert mix["level_db"] == pytest.approx(10 * np.log10(0.75 * 0.01963 * 0.95**2), abs=0.1)
        for sound in report["sounds"][1:]:
            stem = read_wav(folder / "output" / "卡农" / sound["file"])
            assert stem.shape[1] == pytest.approx(SECONDS * RATE, abs=3000)  # what the encoder pads
            power = max(float(np.mean(np.square(stem, dtype=np.float64))), 1e-12)
            assert sound["level_db"] == pytest.approx(10 * np.log10(power), abs=0.06)
            assert max(sound["outline"]["peak"]) == pytest.approx(float(np.abs(stem).max()), abs=6e-4)

    def test_similar_tracks_are_from_the_library_without_the_track_itself(self, report: dict) -> None:
        assert report["similar"]["library"] == "searched"
        [hit] = report["similar"]["by"]["mix"]
        assert hit["title"] == "Low"
        assert -1 <= hit["score"] <= 1

    def test_metadata_is_text_on_the_page(self, folder: Path, analysed: subprocess.CompletedProcess[str]) -> None:
        page = (folder / "output" / "卡农" / "report.html").read_text(encoding="utf-8")
        assert "<script" not in page
        assert "帕赫贝尔" in page


class TestEnvironment:
    def test_a_library_in_use_is_reported_and_does_not_stop_it(
        self, run: Run, folder: Path, analysed: subprocess.CompletedProcess[str]
    ) -> None:
        store = folder / "home" / "store"
        [stored] = Catalog.peek(store)
        with Catalog.open(store, stored.space):
            result = run("analyze", "music/low.flac", "--stems", "none", "--out", "busy")
        assert result.returncode == 0, result.stderr
        assert str(os.getpid()) in result.stderr
        similar = json.loads((folder / "busy" / "low" / "report.json").read_text(encoding="utf-8"))["similar"]
        assert similar["library"] == "unavailable"
        assert similar["note"] in result.stderr
        assert similar["note"].split()[0] in (folder / "busy" / "low" / "report.html").read_text(encoding="utf-8")
        assert not (folder / "busy" / "low" / "stems").exists()

    @pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
    def test_no_library_and_a_name_that_is_not_utf8(self, run: Run, folder: Path, tmp_path: Path) -> None:
        name = os.fsdecode(b"caf\xe9.flac")
        encode(folder / "cafe.flac", "flac", plucked(220, 9)).rename(folder / name)
        other = tmp_path / "home"  # the same weights, no store
        other.mkdir()
        (other / "models").symlink_to(folder / "home" / "models")
        environment = os.environ | {"POLYMUSE_HOME": str(other), "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "indexer", "analyze", name, "--stems", "vocals", "--json"]
        result = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=240, check=False
        )
        assert result.returncode == 0, result.stderr
        [line] = result.stdout.splitlines()
        printed = json.loads(line)
        assert printed["reports"]["html"] == str(Path("output/caf_/report.html"))
        assert list(printed["stems"]) == ["vocals"]
        report = json.loads((folder / printed["reports"]["json"]).read_text(encoding="utf-8"))
        assert report["similar"]["library"] == "none"
        assert report["similar"]["note"] in result.stderr
        assert not (other / "store").exists()

    def test_a_missing_file(self, run: Run) -> None:
        result = run("analyze", "nowhere.mp3")
        assert result.returncode == 2
        assert result.stderr == "polymuse: nowhere.mp3: there is no such file. Check the path\n"

    def test_a_file_without_music(self, run: Run, folder: Path) -> None:
        (folder / "notes.mp3").write_text("This is no music.\n" * 50)
        result = run("analyze", "notes.mp3", "--out", "failed")
        assert result.returncode == 1
        assert "notes.mp3" in result.stderr.splitlines()[-1]
        assert result.stdout == ""
        assert "Traceback" not in result.stderr
        assert not (folder / "failed" / "notes").exists()

    def test_a_directory_that_cannot_be_written(self, run: Run, folder: Path, canon: Path) -> None:
        (folder / "taken").touch()
        result = run("analyze", canon.name, "--out", "taken")
        assert result.returncode == 2
        assert "taken" in result.stderr
        assert "--out" in result.stderr
        assert "Traceback" not in result.stderr


class TestDirectory:
    def test_files_of_one_name_do_not_share_a_report(self, tmp_path: Path) -> None:
        taken = _directory(tmp_path, tmp_path / "a" / "song.mp3")
        assert taken == tmp_path / "song"
        taken.mkdir()
        about = {"track": {"path": str(tmp_path / "a" / "song.mp3")}}
        (taken / "report.json").write_text(json.dumps(about))
        assert _directory(tmp_path, tmp_path / "a" / "song.mp3") == taken
        assert _directory(tmp_path, tmp_path / "b" / "song.mp3") == tmp_path / "song (2)"

    def test_a_foreign_report_is_not_overwritten(self, tmp_path: Path) -> None:
        (tmp_path / "song").mkdir()
        (tmp_path / "song" / "report.json").write_text("[]")
        assert _directory(tmp_path, tmp_path / "song.mp3") == tmp_path / "song (2)"


def read_wav(path: Path) -> np.ndarray:
    """[2, N] float32, by FFmpeg."""
    with av.open(str(path)) as container:
        blocks = [frame.to_ndarray().reshape(-1, 2).T for frame in container.decode(audio=0)]
    return np.concatenate(blocks, axis=1)


def test_the_report_stays_below_the_folder_whatever_the_file_is_called(run: Run, folder: Path, canon: Path) -> None:
    hostile = folder / "...mp3"
    hostile.write_bytes(canon.read_bytes())
    result = run("analyze", hostile.name, "--out", "below/reports", "--stems", "none")
    assert result.returncode == 0, result.stderr
    assert result.stdout == "below/reports/__/report.html\n"
    assert [path.name for path in (folder / "below").iterdir()] == ["reports"]
