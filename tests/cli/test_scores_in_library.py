"""Scores beside audio in a library, from the command line, with a tiny CLaMP 3."""

import csv
import io
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from subprocess import CompletedProcess

import numpy as np
import pytest

from catalog.catalog import Catalog
from catalog.store import Space
from catalog.track import Entry, FileRef, Track
from indexer.score_files import score_id
from indexer.service.keeper import LibraryKeeper
from models.profiles import load_embedder
from models.weights.store import WeightStore
from polymuse.settings import load_settings
from tests.helpers.audio_files import encode, sweep
from tests.helpers.command_line import lines, run_here, summary
from tests.helpers.paths import GOLDEN
from tests.helpers.service_process import wait

pytestmark = pytest.mark.slow

SYMBOLIC = GOLDEN / "clamp3_symbolic"
MELODY, BAND = (SYMBOLIC / "midi" / name for name in ("m01_melody.mid", "m02_band.mid"))
TITLED = SYMBOLIC / "score" / "x06_upbeat.mxl"  # "Jig" by "Nobody"
UNTITLED = SYMBOLIC / "midi" / "m03_changes.mid"
ON_CPU = ("--stems", "none", "--jobs", "1")

Run = Callable[..., CompletedProcess[str]]


def make_home(home: Path, weights: Path) -> Run:
    """Runs commands with a new library over these weights."""
    home.mkdir()
    (home / "models").symlink_to(weights / "models")
    environment = {
        "POLYMUSE_HOME": str(home),
        "POLYMUSE_PROFILE": "clamp3",
        "POLYMUSE_BANK": str(weights / "bank.json"),
        "POLYMUSE_DEVICE": "cpu",
    }
    return lambda *arguments, **more: run_here(*arguments, **environment | more)


@pytest.fixture
def run(tmp_path: Path, tiny_clamp3_home: Path) -> Run:
    return make_home(tmp_path / "home", tiny_clamp3_home)


@pytest.fixture
def music(tmp_path: Path) -> Path:
    folder = tmp_path / "music"
    folder.mkdir()
    return folder


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory, tiny_clamp3_home: Path) -> tuple[Run, Path]:
    """A library of a recording and three scores, which tests only read."""
    folder = tmp_path_factory.mktemp("mixed")
    run, music = make_home(folder / "home", tiny_clamp3_home), folder / "music"
    music.mkdir()
    encode(music / "tone.flac", "flac", sweep(2.0, 44_100), tags={"title": "Tone", "artist": "Me"})
    for path in (MELODY, TITLED, UNTITLED):
        shutil.copy(path, music)
    assert summary(run("index", music, "--scores", *ON_CPU, "--json"))["indexed"] == 4
    return run, music


def paths(result: CompletedProcess[str]) -> dict[str, str]:
    """{name: status} of the files of a run."""
    return {Path(line["path"]).name: line["status"] for line in lines(result) if "path" in line}


class TestShown:
    def test_what_a_score_tells_of_itself(self, mixed: tuple[Run, Path]) -> None:
        run, _ = mixed
        tracks = {track["title"]: track for track in lines(run("list", "--json"))}
        assert tracks.keys() == {"Tone", "Melody", "Jig", "m03_changes"}
        jig = tracks["Jig"]
        assert (jig["kind"], jig["format"], jig["composers"], jig["duration"]) == ("score", "musicxml", ["Nobody"], 0.0)
        assert (jig["stems"], jig["tags"], jig["titled_by_file"]) == ({}, [], False)
        assert jig["models"].keys() == {"embedder"}
        assert tracks["m03_changes"]["titled_by_file"]
        assert tracks["Tone"]["kind"] == "audio"

    def test_tables_say_which_are_scores(self, mixed: tuple[Run, Path]) -> None:
        run, _ = mixed
        rows = {line.split()[0]: line for line in run("list").stdout.splitlines()[1:]}
        assert " score " in rows["Jig"]
        assert "Nobody" in rows["Jig"]
        assert " 0:02 " in rows["Tone"]
        found = run("search", "a folk tune", "--where", "kind:score").stdout.splitlines()[1:]
        assert len(found) == 3
        assert all(" score " in line for line in found)
        alike = run("similar", music_of(mixed, "m01_melody.mid"), "--where", "kind:audio").stdout.splitlines()[1:]
        assert [line.split()[1] for line in alike] == ["Tone"]

    def test_a_copy_elsewhere_is_the_same_score(self, mixed: tuple[Run, Path], tmp_path: Path) -> None:
        run, _ = mixed
        copy = shutil.copy(MELODY, tmp_path / "elsewhere.mid")
        hits = lines(run("similar", copy, "--json"))
        assert {hit["title"] for hit in hits} == {"Tone", "Jig", "m03_changes"}

    def test_playlists_are_without_scores_and_say_so(self, mixed: tuple[Run, Path]) -> None:
        run, music = mixed
        for command in (("list",), ("search", "anything")):
            result = run(*command, "--m3u")
            assert [line for line in result.stdout.splitlines() if not line.startswith("#")] == [f"{music}/tone.flac"]
            assert "Left out: 3 scores" in result.stderr
            table = list(csv.DictReader(io.StringIO(run(*command, "--csv").stdout)))
            assert sorted(row["kind"] for row in table) == ["audio", "score", "score", "score"]
            assert {row["title"]: row["composers"] for row in table}["Jig"] == "Nobody"

    def test_they_are_counted_and_last_no_time(self, mixed: tuple[Run, Path]) -> None:
        run, _ = mixed
        status = json.loads(run("status", "--json").stdout)
        assert (status["tracks"], status["scores"], status["missing"]) == (4, 3, 0)
        assert status["hours"] == pytest.approx(2 / 3600, abs=1e-4)
        assert status["stems"] == {"mix": 4}

    def test_searches_with_every_option(self, mixed: tuple[Run, Path]) -> None:
        run, _ = mixed
        for options in (["--moments"], ["--diversity", "0.5"], ["--without-duplicates"], ["--explain"]):
            hits = lines(run("search", "a folk tune", *options, "--json"))
            assert {hit["kind"] for hit in hits} == {"audio", "score"}, options

    def test_they_are_not_tagged(self, mixed: tuple[Run, Path]) -> None:
        run, music = mixed
        shown = run("tags", music / "m01_melody.mid")
        assert "only audio is tagged" in shown.stderr
        assert "confidence" not in shown.stdout
        assert summary(run("retag", "--dry-run", "--json"))["tracks"] == 1

    def test_an_export_carries_them(self, mixed: tuple[Run, Path], tmp_path: Path, tiny_clamp3_home: Path) -> None:
        run, _ = mixed
        assert run("export", tmp_path / "all.jsonl").returncode == 0
        other = make_home(tmp_path / "other", tiny_clamp3_home)
        assert other("import", tmp_path / "all.jsonl").returncode == 0
        assert lines(other("list", "--json")) == lines(run("list", "--json"))

    def test_a_report_is_about_audio(self, mixed: tuple[Run, Path], tmp_path: Path) -> None:
        run, music = mixed
        result = run("analyze", music / "m01_melody.mid", "--out", tmp_path / "reports")
        assert result.returncode == 2
        assert "is a score, and a report is about audio" in result.stderr
        assert not list((tmp_path / "reports").glob("*"))


def music_of(mixed: tuple[Run, Path], name: str) -> Path:
    return mixed[1] / name


class TestIndexing:
    def test_files_come_change_and_go_as_audio_does(self, run: Run, music: Path) -> None:
        shutil.copy(TITLED, music / "a.mxl")
        shutil.copy(UNTITLED, music / "b.mid")
        index = ("index", music, "--scores", *ON_CPU, "--json")
        assert paths(run(*index)) == {"a.mxl": "indexed", "b.mid": "indexed"}
        before = {track["title"]: track["id"] for track in lines(run("list", "--json"))}
        assert before.keys() == {"Jig", "b"}

        (music / "a.mxl").rename(music / "z.mxl")  # has a title, which stays
        (music / "b.mid").rename(music / "c.mid")  # has none
        shutil.copy(MELODY, music / "d.mid")
        assert paths(run(*index)) == {"z.mxl": "updated", "c.mid": "updated", "d.mid": "indexed"}
        renamed = {track["title"]: track["id"] for track in lines(run("list", "--json"))}
        assert renamed.pop("Melody")
        assert renamed == {"Jig": before["Jig"], "c": before["b"]}

        shutil.copy(BAND, music / "c.mid")
        os.utime(music / "c.mid", ns=(1, 1))
        (music / "d.mid").unlink()
        assert paths(run(*index, "--prune")) == {"c.mid": "indexed"}
        assert {track["title"] for track in lines(run("list", "--json"))} == {"Jig", "Control Ünïcode"}
        assert [track["title"] for track in lines(run("list", "--where", "missing:yes", "--json"))] == ["Melody"]

        shutil.copy2(MELODY, music / "back.mid")
        assert paths(run(*index)) == {"back.mid": "updated"}
        again = summary(run(*index))
        assert (again["unchanged"], again["indexed"], again["updated"]) == (3, 0, 0)

    def test_without_scores_nothing_is_met_and_nothing_forgotten(self, run: Run, music: Path) -> None:
        shutil.copy(MELODY, music)
        plain = ("index", music, *ON_CPU, "--json")
        assert paths(run(*plain)) == {}
        assert summary(run(*plain, POLYMUSE_SCORES="true"))["indexed"] == 1
        for more in ((), ("--no-scores", "--prune", "--yes"), ("--reread-tags", "--scores")):
            outcome = summary(run(*plain, *more, POLYMUSE_SCORES="false"))
            assert (outcome["pruned"], outcome["indexed"], outcome["failed"]) == (0, 0, 0)
        assert [track["title"] for track in lines(run("list", "--json"))] == ["Melody"]

    def test_failures_have_reasons_and_are_not_repeated(self, run: Run, music: Path) -> None:
        (music / "sound.mid").write_bytes(b"ID3\x03\x00" + bytes(500))
        shutil.copy(SYMBOLIC / "midi" / "m05_empty.mid", music / "empty.mid")
        shutil.copy(MELODY, music / "notes.mp3")  # a score that is called audio
        (music / "gone.abc").symlink_to(music / "nowhere")
        for number in range(50):
            (music / f"{number}.xml").write_text("<settings/>")
        index = ("index", music, "--scores", *ON_CPU, "--json")
        first = run(*index)
        assert first.returncode == 1
        causes = {Path(line["path"]).name: (line["stage"], line["cause"]) for line in lines(first) if "cause" in line}
        assert causes.keys() == {"sound.mid", "empty.mid", "notes.mp3", "gone.abc"}
        assert causes["sound.mid"] == ("score", "this is not a MIDI file")
        assert causes["empty.mid"] == ("score", "there is no note in this score")
        assert causes["gone.abc"][0] == "scan"
        assert causes["notes.mp3"][0] in ("identify", "analyze")
        assert summary(run(*index), 1)["failed_before"] == 3
        shutil.copy(MELODY, music / "sound.mid")
        assert paths(run(*index))["sound.mid"] == "indexed"
        status = json.loads(run("status", "--failures", "--json").stdout)
        assert {Path(each["path"]).name for each in status["failed"]} == {"empty.mid", "notes.mp3"}

    def test_a_score_named_without_the_option_is_explained_and_tried_again(self, run: Run, music: Path) -> None:
        path = shutil.copy(MELODY, music / "tune.mid")
        result = run("index", path, *ON_CPU)
        assert result.returncode == 1
        assert f"{path} is a score: --scores takes scores in." in result.stderr
        assert paths(run("index", path, "--scores", *ON_CPU, "--json")) == {"tune.mid": "indexed"}

    def test_scores_in_a_folder_are_mentioned_without_the_option(
        self, run: Run, music: Path, polymuse_home: Path
    ) -> None:
        shutil.copy(MELODY, music)
        assert "\nNot looked at: 1 score (--scores takes scores in).\n" in run("index", music, *ON_CPU).stderr
        shutil.copy(BAND, music)
        assert "\nNot looked at: 2 scores (--scores takes scores in).\n" in run("index", music, *ON_CPU).stderr
        assert "Not looked at" not in run("index", music, "--scores", *ON_CPU).stderr
        starter = run("index", music, "--profile", "starter", "--dry-run", POLYMUSE_HOME=str(polymuse_home))
        assert "Not looked at" not in starter.stderr

    def test_a_profile_without_scores_says_so_in_one_line(self, run: Run, music: Path, polymuse_home: Path) -> None:
        result = run("index", music, "--scores", "--profile", "starter", POLYMUSE_HOME=str(polymuse_home))
        assert result.returncode == 2
        assert result.stderr == (
            "polymuse: Profile starter reads no scores. Leave out --scores (setting scores: false), or use clamp3\n"
        )

    def test_many_small_scores_beside_audio(self, run: Run, music: Path) -> None:
        encode(music / "tone.flac", "flac", sweep(2.0, 44_100))
        content = MELODY.read_bytes()
        assert b"Melody" in content
        for number in range(100):
            (music / f"{number:04}.mid").write_bytes(content.replace(b"Melody", b"Nr%04d" % number))
        outcome = summary(run("index", music, "--scores", *ON_CPU, "--json"))
        assert (outcome["indexed"], outcome["failed"]) == (101, 0)
        assert json.loads(run("status", "--json").stdout)["scores"] == 100


class TestMigration:
    """A library of another model, as an earlier version or profile has left it."""

    @staticmethod
    def fill(store: Path, space: Space, path: Path) -> None:
        status = path.stat()
        file = FileRef(str(path), status.st_size, status.st_mtime_ns)
        track = Track(score_id(path), (file,), "Melody", 0.0, "midi", kind="score")
        with Catalog.open(store, space) as catalog:
            catalog.upsert([Entry(track, {"mix": np.array([1, 0, 0, 0], np.float32)})])

    def test_scores_are_read_again_with_the_new_model(
        self, run: Run, music: Path, tmp_path: Path, tiny_clamp3_home: Path
    ) -> None:
        path = Path(shutil.copy(MELODY, music))
        new = Space.of(load_embedder("clamp3", WeightStore(tiny_clamp3_home / "models")))
        self.fill(tmp_path / "home" / "store", replace(new, dim=4, fingerprint="0" * 64), path)
        done = summary(run("migrate", "model", "--stems", "none", "--jobs", "1", "--json"))
        assert done == {"tracks_before": 1, "tracks_now": 1, "missing": 0, "switched": True}
        [track] = lines(run("list", "--json"))
        assert (track["kind"], track["models"]) == ("score", {"embedder": new.fingerprint})

    def test_a_model_that_reads_none_is_not_switched_to_by_the_way(
        self, run: Run, music: Path, polymuse_home: Path
    ) -> None:
        path = Path(shutil.copy(MELODY, music))
        new = Space.of(load_embedder("starter", WeightStore(polymuse_home / "models")))
        self.fill(polymuse_home / "store", replace(new, dim=4, fingerprint="0" * 64), path)
        starter = {"POLYMUSE_HOME": str(polymuse_home), "POLYMUSE_PROFILE": "starter", "POLYMUSE_BANK": ""}
        refused = run("migrate", "model", "--stems", "none", **starter)
        assert refused.returncode == 1
        assert (
            "1 of 1 tracks are scores, which the profile starter does not read; nothing was switched" in refused.stderr
        )
        done = summary(run("migrate", "model", "--stems", "none", "--without-missing", "--json", **starter))
        assert (done["tracks_now"], done["missing"], done["switched"]) == (0, 1, True)


class TestService:
    @pytest.mark.timeout(900)  # workers have the lowest priority
    def test_jobs_take_scores_in_with_the_setting(self, music: Path, tmp_path: Path, tiny_clamp3_home: Path) -> None:
        shutil.copy(MELODY, music)
        make_home(tmp_path / "home", tiny_clamp3_home)
        chosen = {"profile": "clamp3", "watch": False, "jobs": 1, "stems": "none", "scores": True}
        settings = load_settings(home=tmp_path / "home", music=str(music), **chosen)
        space = Space.of(load_embedder("clamp3", WeightStore(settings.layout.models)))
        keeper = LibraryKeeper(settings)
        with Catalog.in_memory(space) as catalog:
            keeper.start(lambda: None)
            keeper.library_opened(catalog, "clamp3")
            try:
                wait(lambda: keeper.finished_files()["indexed"] == 1)
                assert [track.kind for track in catalog.tracks()] == ["score"]
            finally:
                keeper.close()

    def test_a_profile_without_scores_keeps_no_audio_waiting(
        self, music: Path, polymuse_home: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        keeper = LibraryKeeper(load_settings(profile="starter", music=str(music), watch=False, scores=True))
        with Catalog.in_memory(Space("starter", 4, "e1", "starter")) as catalog:
            keeper.start(lambda: None)
            keeper.library_opened(catalog, "starter")
            try:
                wait(lambda: [job for job in keeper.jobs().jobs if job.state == "done"])
                assert "Profile starter reads no scores" in caplog.text
            finally:
                keeper.close()
