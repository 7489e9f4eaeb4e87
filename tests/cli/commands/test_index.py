"""`polymuse index` as a user runs it: real processes, real weights, real files."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from mutagen.flac import FLAC

from cli.session import open_library
from models.audio.write import write_wav
from models.importing import import_weights
from models.weights.store import WeightStore
from polymuse.descriptors import StoredDescriptor
from tests.helpers.audio_files import encode, sweep
from tests.helpers.command_line import Run, lines, run_here, summary
from tests.helpers.paths import TINY_ROFORMER
from tests.helpers.tones import RATE, write_tone

pytestmark = pytest.mark.slow


def retitle(song: Path, title: str) -> None:
    """Change the title of a FLAC file but not its modification time."""
    before = song.stat()
    tagged = FLAC(song)
    tagged["TITLE"] = title
    tagged.save()
    os.utime(song, ns=(before.st_atime_ns, before.st_mtime_ns))


class TestIndex:
    def test_music_is_indexed_searched_and_compared(self, polymuse: Run, music: Path) -> None:
        result = polymuse("index", music, "--json")
        assert result.returncode == 0, result.stderr
        assert {Path(line["path"]).name for line in lines(result)[:-1]} == {"low.wav", "卡农.wav", "high.wav"}
        assert summary(result)["indexed"] == 3
        assert list(summary(result)["stages"]) == ["identify", "decode", "separate", "embed", "measure", "tag", "store"]
        assert summary(result)["bottleneck"].startswith("Bottleneck: ")

        hits = lines(polymuse("search", "guitar", "--json", "-n", "2"))
        assert len(hits) == 2
        assert all(hit["profile"] == "starter" for hit in hits)
        assert hits[0]["score"] >= hits[1]["score"]

        similar = polymuse("similar", music / "low.wav")
        assert similar.returncode == 0, similar.stderr
        assert "high" in similar.stdout
        assert str(music / "low.wav") not in similar.stdout

    def test_descriptors_are_stored_and_those_of_users_are_tagged(self, polymuse: Run, music: Path) -> None:
        assert polymuse("index", music, "--stems", "none").returncode == 0
        with open_library(profile="starter") as library:
            assert len(library.catalog.descriptors()) == 75
            before = {track.id: track.tags for track in library.catalog.tracks()}
            [vector] = [each["mix"] for each in library.catalog.vectors([min(before)]).values()]
            like_it = StoredDescriptor("like-it", "mood", {"en": "Like it"}, ("like it",), ("mix",), vector, own=True)
            library.catalog.put_descriptor(like_it)
        assert polymuse("index", music, "--stems", "none", "--force").returncode == 0
        with open_library(profile="starter") as library:
            for track in library.catalog.tracks():
                assert {tag.slug for tag in track.tags} - {"like-it"} <= {tag.slug for tag in before[track.id]}
            [track] = library.catalog.get([min(before)])
            assert "like-it" in {tag.slug for tag in track.tags}

    def test_a_second_run_analyses_nothing(self, polymuse: Run, music: Path) -> None:
        polymuse("index", music, "--stems", "none")
        for file in music.rglob("*.wav"):  # analysing one of them would fail
            status = file.stat()
            file.write_bytes(b"\0" * status.st_size)
            os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
        again = polymuse("index", music, "--stems", "none", "--json")
        assert again.returncode == 0
        assert summary(again)["unchanged"] == 3
        assert summary(again)["indexed"] == 0

    def test_tags_written_with_the_former_time_are_found(self, polymuse: Run, tmp_path: Path) -> None:
        # as by `metaflac --preserve-modtime`, https://github.com/navidrome/navidrome/issues/2574
        song = encode(tmp_path / "a.flac", "flac", sweep(4, 44_100), tags={"title": "Old"})
        other = encode(tmp_path / "b.flac", "flac", sweep(3, 44_100), tags={"title": "Other"})
        assert summary(polymuse("index", tmp_path, "--stems", "none", "--json"))["indexed"] == 2
        before = song.stat()
        retitle(song, "New")
        other.chmod(0o600)
        assert song.stat().st_size == before.st_size
        again = polymuse("index", tmp_path, "--stems", "none", "--json")
        assert "2 whose tags are read again" in again.stderr
        counts = summary(again)
        assert (counts["updated"], counts["unchanged"], counts["indexed"], counts["failed"]) == (1, 1, 0, 0)
        assert sorted(hit["title"] for hit in lines(polymuse("search", "guitar", "--json"))) == ["New", "Other"]
        counts = summary(polymuse("index", tmp_path, "--stems", "none", "--json"))
        assert (counts["updated"], counts["unchanged"]) == (0, 2)
        forced = polymuse("index", tmp_path, "--stems", "none", "--reread-tags", "--json")
        assert "2 whose tags are read again" in forced.stderr
        assert summary(forced)["unchanged"] == 2

    def test_a_renamed_file_keeps_its_entry(self, polymuse: Run, music: Path) -> None:
        polymuse("index", music, "--stems", "none")
        (music / "low.wav").rename(music / "deep.wav")
        again = polymuse("index", music, "--stems", "none", "--json")
        assert summary(again) | {"seconds": 0, "stages": {}, "bottleneck": ""} == {
            "indexed": 0,
            "updated": 1,
            "unchanged": 2,
            "failed": 0,
            "failed_before": 0,
            "too_short": 0,
            "pruned": 0,
            "audio_seconds": 0.0,
            "seconds": 0,
            "speed": 0.0,
            "stages": {},
            "bottleneck": "",
        }
        paths = [hit["paths"] for hit in lines(polymuse("search", "guitar", "--json"))]
        assert sorted(Path(path).name for group in paths for path in group) == ["deep.wav", "high.wav", "卡农.wav"]

    def test_a_copy_is_analysed_once_and_shares_the_entry(self, polymuse: Run, music: Path) -> None:
        (music / "copy.wav").write_bytes((music / "low.wav").read_bytes())
        result = polymuse("index", music, "--stems", "none", "--json")
        assert result.returncode == 0
        hits = lines(polymuse("search", "guitar", "--json"))
        assert len(hits) == 3
        assert sorted(len(hit["paths"]) for hit in hits) == [1, 1, 2]

    def test_replaced_content_is_a_new_track(self, polymuse: Run, music: Path) -> None:
        polymuse("index", music, "--stems", "none")
        before = {hit["id"] for hit in lines(polymuse("search", "guitar", "--json"))}
        write_tone(music / "low.wav", 220, seconds=9)
        assert summary(polymuse("index", music, "--stems", "none", "--json"))["indexed"] == 1
        after = {hit["id"] for hit in lines(polymuse("search", "guitar", "--json"))}
        assert len(after) == 3
        assert len(before & after) == 2

    def test_content_replaced_by_silence_removes_the_track(self, polymuse: Run, music: Path) -> None:
        polymuse("index", music, "--stems", "none")
        write_wav(music / "low.wav", np.zeros((2, 4 * RATE), np.float32), RATE)
        assert polymuse("index", music, "--stems", "none").returncode == 1
        paths = [hit["paths"] for hit in lines(polymuse("search", "guitar", "--json"))]
        assert sorted(Path(path).name for group in paths for path in group) == ["high.wav", "卡农.wav"]

    def test_prune_forgets_what_is_gone(self, polymuse: Run, music: Path) -> None:
        polymuse("index", music, "--stems", "none")
        (music / "low.wav").unlink()
        kept = polymuse("index", music, "--stems", "none", "--json")
        assert "1 file gone" in kept.stderr
        assert len(lines(polymuse("search", "guitar", "--json"))) == 3
        pruned = polymuse("index", music, "--stems", "none", "--prune", "--json")
        assert summary(pruned)["pruned"] == 1
        assert len(lines(polymuse("search", "guitar", "--json"))) == 2

    def test_stems_of_several_separators_are_named(
        self, polymuse: Run, music: Path, polymuse_home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """By index, status and search; another run with the same separator has nothing to say."""
        tiny = [TINY_ROFORMER / "tiny.ckpt", TINY_ROFORMER / "tiny.yaml"]
        import_weights(WeightStore(polymuse_home / "models"), {"bs_roformer_vocals": tiny})
        monkeypatch.setenv("POLYMUSE_PROFILE", "starter")
        polymuse("index", music)
        roformer = ("--separator", "bs_roformer")
        again = "2 tracks have stems by spleeter; the run makes them again with bs_roformer."
        elsewhere = "Elsewhere, 1 track has stems by spleeter; `polymuse index` on their folders"
        result = polymuse("index", music / "low.wav", music / "high.wav", *roformer)
        assert again in result.stderr
        assert elsewhere in result.stderr
        [status] = lines(run_here("status", "--json"))
        assert status["separators"] == {"bs_roformer": 2, "spleeter": 1}
        found = run_here("similar", music / "low.wav", "--stem", "instrumental")
        assert "by several separators" in found.stderr, found.stderr
        assert "by several separators" not in run_here("similar", music / "low.wav").stderr
        looked = run_here("index", music, *roformer, "--dry-run").stderr
        assert "1 track has stems by spleeter; the run makes them again with bs_roformer." in looked
        looked = run_here("index", music / "low.wav", music / "high.wav", *roformer, "--dry-run").stderr
        assert "the run makes them again" not in looked
        assert elsewhere in looked

    def test_dry_run_changes_nothing(self, polymuse: Run, music: Path) -> None:
        result = polymuse("index", music, "--dry-run", "--json")
        assert [line["status"] for line in lines(result)] == ["to do"] * 3
        assert lines(polymuse("status", "--json"))[0]["tracks"] == 0

    def test_a_run_of_no_time_starts_nothing_and_is_no_failure(self, polymuse: Run, music: Path) -> None:
        result = polymuse("index", music, "--stems", "none", "--max-hours", "0", "--low-impact", "--json")
        assert result.returncode == 0, result.stderr
        assert summary(result)["indexed"] == 0
        assert "Stopped after" in result.stderr
        assert "0 of 3 files are done. Run the same command again to resume." in result.stderr

    def test_saved_stems_add_up_to_the_mix(self, polymuse: Run, music: Path, tmp_path: Path) -> None:
        result = polymuse("index", music / "low.wav", "--save-stems", tmp_path / "stems")
        assert result.returncode == 0, result.stderr
        stems = sorted(path.name for path in (tmp_path / "stems").rglob("*.wav"))
        assert stems == ["instrumental.wav", "vocals.wav"]


class TestBadInput:
    def test_stems_that_cannot_be_saved_fail_no_track(self, polymuse: Run, music: Path, tmp_path: Path) -> None:
        (tmp_path / "a file").touch()
        result = polymuse("index", music, "--save-stems", tmp_path / "a file")
        assert result.returncode == 2
        [line] = [line for line in result.stderr.splitlines() if line.startswith("polymuse: ")]
        assert line.startswith("polymuse: Cannot write stems to ")

    def test_bad_files_are_listed_and_the_rest_is_indexed(self, polymuse: Run, music: Path, tmp_path: Path) -> None:
        (music / "empty.mp3").touch()
        (music / "notes.mp3").write_text("This is no music.\n" * 50)
        write_tone(music / "blip.wav", 440, seconds=0.2)
        write_wav(music / "silence.wav", np.zeros((2, 4 * RATE), np.float32), RATE)
        result = polymuse("index", music, "--stems", "none", "--json")
        assert result.returncode == 1
        assert summary(result, status=1)["indexed"] == 3
        failed = {Path(line["path"]).name: line for line in lines(result)[:-1] if line["status"] == "failed"}
        assert set(failed) == {"empty.mp3", "notes.mp3", "silence.wav"}
        assert all(line["cause"] and line["advice"] for line in failed.values())
        assert "silence" in failed["silence.wav"]["cause"]
        reported = [line for line in result.stderr.splitlines() if line.startswith("failed: ")]
        assert len(reported) == 3
        assert summary(result, status=1)["too_short"] == 1

        again = polymuse("index", music, "--stems", "none", "--json")
        assert again.returncode == 1
        assert summary(again, status=1)["unchanged"] == 3
        assert summary(again, status=1)["failed"] == summary(again, status=1)["failed_before"] == 3
        [listed] = lines(polymuse("status", "--failures", "--json"))
        assert {(Path(line["path"]).name, line["count"]) for line in listed["failed"]} == {(name, 1) for name in failed}
        assert [Path(line["path"]).name for line in listed["short"]] == ["blip.wav"]

        write_tone(music / "blip.wav", 440, seconds=5)
        fixed = polymuse("index", music, "--stems", "none", "--retry-failed", "--json")
        assert summary(fixed, status=1)["indexed"] == 1
        assert summary(fixed, status=1)["failed"] == 3

    def test_a_missing_folder(self, polymuse: Run, tmp_path: Path) -> None:
        result = polymuse("index", tmp_path / "nowhere")
        assert result.returncode == 2
        assert "nowhere" in result.stderr
        assert "Traceback" not in result.stderr

    def test_a_missing_folder_with_files_in_the_library_is_out_of_sight(
        self, polymuse: Run, music: Path, tmp_path: Path
    ) -> None:
        polymuse("index", music, "--stems", "none")
        music.rename(tmp_path / "elsewhere")
        for options in ((), ("--prune",)):
            result = polymuse("index", music, "--stems", "none", *options)
            assert result.returncode == 1
            assert f"kept: 3 files are not found, but {music} does not exist" in result.stderr
        assert lines(polymuse("status", "--json"))[0]["tracks"] == 3

    @pytest.mark.parametrize(
        ("arguments", "word"),
        [
            (("--stems", "kazoo"), "kazoo"),
            (("--profile", "nonsense"), "nonsense"),
            (("--overlap", "4"), "overlap"),
        ],
    )
    def test_an_unknown_name_lists_the_known_ones(
        self, polymuse: Run, music: Path, arguments: tuple[str, ...], word: str
    ) -> None:
        result = polymuse("index", music, *arguments)
        assert result.returncode == 2
        assert word in result.stderr
        assert "starter" in result.stderr or "vocals" in result.stderr
        assert len(result.stderr.strip().splitlines()) == 1

    @pytest.mark.parametrize(
        ("device", "status", "message"),
        [
            ("abacus", 2, "polymuse: 'abacus' is not a device. Devices: auto, cpu, cuda, "),
            ("cuda:99", 3, "polymuse: There is no device 'cuda:99' that torch can use here. Use the device cpu"),
        ],
    )
    def test_a_device_that_cannot_be_is_known_before_the_scan(
        self, polymuse: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, device: str, status: int, message: str
    ) -> None:
        by_flag = polymuse("index", tmp_path / "nowhere", "--device", device)
        monkeypatch.setenv("POLYMUSE_DEVICE", device)
        by_setting = polymuse("index", tmp_path / "nowhere")
        for result in (by_flag, by_setting):
            assert (result.returncode, len(result.stderr.splitlines())) == (status, 1)
            assert result.stderr.startswith(message)

    def test_no_weights(self, polymuse: Run, music: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("POLYMUSE_HOME", str(tmp_path / "empty"))
        result = polymuse("index", music)
        assert result.returncode == 3
        assert "polymuse models pull starter" in result.stderr

    def test_damaged_weights(self, polymuse: Run, music: Path, polymuse_home: Path) -> None:
        file = polymuse_home / "models" / "starter" / "musicnn_mtt.safetensors"
        content = bytearray(file.read_bytes())
        content[-1] ^= 1
        file.unlink()
        file.write_bytes(content)
        result = polymuse("index", music)
        assert result.returncode == 3
        assert "musicnn_mtt" in result.stderr
        assert "Traceback" not in result.stderr

    def test_overlap_without_stems_is_an_error(self, polymuse: Run, music: Path) -> None:
        result = polymuse("index", music, "--stems", "none", "--overlap", "2")
        assert result.returncode == 2
        assert "--overlap needs stems. Leave out" in result.stderr


class TestInterruption:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_a_stopped_run_can_be_resumed(self, polymuse: Run, music: Path, number: signal.Signals) -> None:
        for position in range(5):
            write_tone(music / f"{position}.wav", 150 + 50 * position, seconds=20)
        command = [sys.executable, "-m", "indexer", "index", str(music), "--json", "--jobs", "1"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert process.stdout is not None
        first = json.loads(process.stdout.readline())
        process.send_signal(number)
        rest, errors = process.communicate(timeout=120)
        assert process.returncode == 130, errors
        assert "Run the same command again to resume" in errors
        done = 1 + len(rest.splitlines())
        assert first["status"] == "indexed"
        assert done < 8
        again = polymuse("index", music, "--stems", "none", "--json")
        assert summary(again)["unchanged"] >= done
        assert summary(again)["unchanged"] + summary(again)["indexed"] + summary(again)["updated"] == 8

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_a_second_signal_ends_at_once(self, polymuse: Run, music: Path, number: signal.Signals) -> None:
        command = [sys.executable, "-m", "indexer", "index", str(music), "--stems", "none", "--jobs", "1"]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        assert process.stderr is not None
        assert any("to do" in line for line in process.stderr)  # the worker starts after that line
        with process:
            while (
                process.poll() is None
            ):  # the first ones may arrive before the handlers are installed, or the run may end first
                process.send_signal(number)
                time.sleep(0.01)
        assert process.returncode == 130
        assert summary(polymuse("index", music, "--stems", "none", "--json"))["failed"] == 0
