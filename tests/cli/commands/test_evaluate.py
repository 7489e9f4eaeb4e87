"""`polymuse score` and `polymuse eval` as a user runs them."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cli.evaluation.query_file import LabelledText, read_queries
from models.audio.write import write_wav
from polymuse.errors import UserError

RATE = 44_100  # Hz

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def polymuse(monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("POLYMUSE_JOBS", "1")

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "indexer", *map(os.fspath, arguments)]  # type: ignore[arg-type]
        return subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)

    return run


def lines(result: subprocess.CompletedProcess[str]) -> list[dict]:
    assert result.returncode in (0, 1), result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def save(path: Path, *numbers: float) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, np.array(numbers, np.float32))
    return path


def tone(path: Path, frequency: float, seconds: float = 6.0) -> Path:
    t = np.arange(round(seconds * RATE)) / RATE
    wave = 0.4 * np.exp(-4 * (t % 0.5)) * np.sin(2 * np.pi * frequency * t)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_wav(path, np.stack([wave, wave]).astype(np.float32), RATE)
    return path


class TestScore:
    @pytest.fixture
    def folders(self, tmp_path: Path) -> tuple[Path, Path]:
        """Pairs a: (1, 0) with (5, 0), b: (0, 3) with (3, 4); means (0.5, 1.5) and (4, 2)."""
        texts, sounds = tmp_path / "texts", tmp_path / "sounds"
        save(texts / "a.npy", 1, 0)
        save(texts / "b.npy", 0, 3)
        save(sounds / "a.en.npy", 5, 0)
        save(sounds / "b.npy", 3, 4)
        return texts, sounds

    def test_two_folders(self, polymuse: Run, folders: tuple[Path, Path]) -> None:
        # pairs 1 and 12 / 15 = 0.8, mean 0.9; group (2 + 3) / (sqrt(2.5) sqrt(20)) = 0.707107. No weights are needed
        [scores] = lines(polymuse("score", *folders, "--json"))
        assert scores["pairs"] == {"a": 1.0, "b": 0.8}
        assert scores["pairwise"] == 0.9
        assert scores["group"] == 0.707107

    def test_every_two_of_three(self, polymuse: Run, folders: tuple[Path, Path], tmp_path: Path) -> None:
        third = save(tmp_path / "third.npy", 1, 0)
        scored = lines(polymuse("score", *folders, third, "--json"))
        assert [(Path(row["a"]).name, Path(row["b"]).name) for row in scored] == [
            ("texts", "sounds"),
            ("texts", "third.npy"),
            ("sounds", "third.npy"),
        ]
        assert scored[1]["pairwise"] is None  # no file of the folder is called third
        assert scored[2]["group"] == pytest.approx(4 / np.sqrt(20), abs=1e-6)

    def test_a_table_for_people(self, polymuse: Run, folders: tuple[Path, Path]) -> None:
        shown = polymuse("score", *folders).stdout
        assert "0.9000" in shown
        assert "0.7071" in shown

    def test_sound_and_text(self, polymuse: Run, polymuse_home: Path, tmp_path: Path) -> None:
        sound = tone(tmp_path / "low.wav", 110)
        (tmp_path / "text.txt").write_text("guitar")
        same, _, other = lines(polymuse("score", sound, sound, tmp_path / "text.txt", "--json"))
        assert same["pairwise"] == pytest.approx(1.0, abs=1e-5)
        assert -1 < other["pairwise"] < 0.9
        assert other["pairwise"] == pytest.approx(other["group"], abs=1e-6)

    @pytest.mark.parametrize(
        ("other", "cause"), [("c.npy", "3 numbers in"), ("missing", "No profile has its weights"), ("", "At least two")]
    )
    def test_what_cannot_be_compared(
        self, polymuse: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, other: str, cause: str
    ) -> None:
        monkeypatch.setenv("POLYMUSE_HOME", str(tmp_path / "home"))
        first = save(tmp_path / "a.npy", 1, 0)
        save(tmp_path / "c.npy", 1, 0, 0)
        result = polymuse("score", first, *([tmp_path / other] if other else []))
        assert result.returncode in (2, 3)
        assert cause in result.stderr
        assert len(result.stderr.splitlines()) == 1


class TestEval:
    def test_ranks_are_those_of_search(self, polymuse: Run, polymuse_home: Path, tmp_path: Path) -> None:
        music = tmp_path / "music"
        for name, frequency in (("low", 110), ("middle", 440), ("high", 1760)):
            tone(music / f"{name}.wav", frequency)
        assert polymuse("index", music, "--stems", "none").returncode == 0
        texts = {"en": "guitar", "zh": "钢琴"}
        order = {}
        for language, text in texts.items():
            hits = lines(polymuse("search", text, "--json"))
            order[language] = [(Path(hit["paths"][0]).name, hit["id"]) for hit in hits]
        first, second, third = order["en"]
        queries = [
            {"text": texts["en"], "language": "en", "relevant": [f"music/{third[0]}"]},
            {"text": texts["en"], "language": "en", "relevant": [f"music/{third[0]}", second[1]]},
            {"text": texts["zh"], "language": "zh", "relevant": [str(music / order["zh"][0][0])]},
            {"text": "drums", "relevant": ["music/gone.wav"]},
        ]
        file = tmp_path / "queries.jsonl"
        file.write_text("\n\n".join(json.dumps(query) for query in queries))

        result = polymuse("eval", file, "--json")
        # ranks 3, 2 and 1: MRR of en (1/3 + 1/2) / 2, of all (1/3 + 1/2 + 1) / 3
        english, chinese, both = lines(result)
        assert english == {
            "language": "en",
            "queries": 2,
            "mrr": 0.4167,
            "hit@1": 0.0,
            "hit@10": 1.0,
            "hit@100": 1.0,
            "median_rank": 2.5,
        }
        assert (chinese["language"], chinese["mrr"], chinese["hit@1"]) == ("zh", 1.0, 1.0)
        assert (both["language"], both["mrr"], both["median_rank"]) == (None, 0.6111, 2.0)
        assert (both["tracks"], both["left_out"], both["profile"]) == (3, 1, "starter")
        assert result.returncode == 1
        assert "left out, none of its tracks is in the library: drums" in result.stderr

        assert first[0] not in result.stdout
        file.write_text(json.dumps(queries[-1]))
        nothing = polymuse("eval", file)
        assert nothing.returncode == 2
        assert "No query names a track of the library" in nothing.stderr


class TestQueryFile:
    def test_language_is_optional_and_a_byte_order_mark_is_no_text(self, tmp_path: Path) -> None:
        file = tmp_path / "q.jsonl"
        file.write_bytes(b'\xef\xbb\xbf{"text": "\xe5\x8d\xa1\xe5\x86\x9c", "relevant": ["a"]}\r\n')
        assert read_queries(file) == [LabelledText(text="卡农", language="und", relevant=("a",))]

    @pytest.mark.parametrize(
        ("line", "cause"),
        [
            ("{", "line 2: .*EOF"),
            ('{"text": "a"}', "line 2: relevant: Field required"),
            ('{"text": "", "relevant": ["a"]}', "line 2: text: "),
            ('{"text": "a", "relevant": []}', "line 2: relevant: "),
            ('{"text": "a", "relevant": ["a"], "lang": "en"}', "line 2: lang: "),
        ],
    )
    def test_what_is_wrong_is_said_with_its_line(self, line: str, cause: str, tmp_path: Path) -> None:
        file = tmp_path / "q.jsonl"
        file.write_text('{"text": "a", "relevant": ["a"]}\n' + line)
        with pytest.raises(UserError, match=cause):
            read_queries(file)

    def test_an_empty_file(self, tmp_path: Path) -> None:
        (tmp_path / "q.jsonl").write_text("\n")
        with pytest.raises(UserError, match="holds no queries"):
            read_queries(tmp_path / "q.jsonl")
