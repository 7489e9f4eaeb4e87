"""What is specific to CLaMP 3; the contract of embedders is in test_embedder_contract."""

from pathlib import Path

import numpy as np
import pytest
import torch

from models.clamp3.checkpoint import MERT_FILE, convert
from models.clamp3.clamp3 import Clamp3
from models.clamp3.embedder import Clamp3Embedder, segment_rows
from models.clamp3.scores import read_score
from polymuse.errors import BadScoreError
from tests.helpers.paths import GOLDEN
from tests.helpers.signals import noise

RATE = 24_000
SCORE = GOLDEN / "clamp3_symbolic" / "midi" / "m01_melody.mid"


def load(files: Path, precision: str = "float32") -> Clamp3Embedder:
    return Clamp3Embedder.load(files / "clamp3.pth", files / "mert", files / "tokenizer.json", precision=precision)


@pytest.fixture(scope="module")
def embedder(clamp3_files: Path) -> Clamp3Embedder:
    return load(clamp3_files)


def test_texts_may_be_english_or_chinese(embedder: Clamp3Embedder) -> None:
    assert {"en", "zh"} <= set(embedder.languages)


class TestSegments:
    @pytest.mark.parametrize(
        ("rows", "expected"),
        [
            (1, [(0, 1)]),
            (6, [(0, 6)]),
            (7, [(0, 6), (1, 7)]),
            (9, [(0, 6), (3, 9)]),
            (10, [(0, 6), (3, 9), (4, 10)]),
            (12, [(0, 6), (3, 9), (6, 12)]),
        ],
    )
    def test_of_six_rows_every_three_the_last_flush_with_the_end(
        self, rows: int, expected: list[tuple[int, int]]
    ) -> None:
        assert segment_rows(rows) == expected

    def test_have_the_times_of_their_rows(self, embedder: Clamp3Embedder) -> None:
        (result,) = embedder.embed_audio([noise(1, 47 * RATE)], RATE)  # nine rows of 5 s and one of 2 s
        assert [(segment.start, segment.end) for segment in result.segments] == [(0, 30), (15, 45), (20, 47)]

    def test_are_embedded_from_the_rows_of_the_track(self, clamp3_files: Path, embedder: Clamp3Embedder) -> None:
        network = Clamp3.load(clamp3_files / "clamp3.pth", clamp3_files / "mert", clamp3_files / "tokenizer.json")
        rows = network.mert_rows(noise(1, 47 * RATE), RATE)
        (result,) = embedder.embed_audio([noise(1, 47 * RATE)], RATE)
        np.testing.assert_allclose(result.vector, network.embed_rows(rows).numpy(), atol=2e-6)
        np.testing.assert_allclose(result.segments[1].vector, network.embed_rows(rows[3:9]).numpy(), atol=2e-6)

    def test_of_a_track_of_30_s_is_the_track(self, embedder: Clamp3Embedder) -> None:
        (result,) = embedder.embed_audio([noise(1, 30 * RATE)], RATE)
        (segment,) = result.segments
        np.testing.assert_allclose(segment.vector, result.vector, atol=2e-6)


class TestScores:
    def test_have_a_title_and_remarks(self, embedder: Clamp3Embedder, tmp_path: Path) -> None:
        (tmp_path / "tune.abc").write_text("X:1\nT:A tune\nC:Somebody\nK:C\nCDE|\n")
        score = embedder.embed_score(tmp_path / "tune.abc")
        assert (score.title, score.composer, score.format) == ("A tune", "Somebody", "abc")
        assert score.remarks == ("the tune is not divided into voices, and was read as one",)

    def test_have_the_vector_of_their_text(self, clamp3_files: Path, embedder: Clamp3Embedder) -> None:
        network = Clamp3.load(clamp3_files / "clamp3.pth", clamp3_files / "mert", clamp3_files / "tokenizer.json")
        vector = embedder.embed_score(SCORE).vector
        np.testing.assert_allclose(vector, network.embed_symbolic(read_score(SCORE)).numpy(), atol=1e-6)

    def test_that_are_very_long_count_in_part(self, embedder: Clamp3Embedder, tmp_path: Path) -> None:
        """A key, a voice and 10,000 bars, of which 8,188 fit beside them."""
        (tmp_path / "long.abc").write_text("X:1\nK:C\n" + "C2E2|" * 10_000)
        (tmp_path / "part.abc").write_text("X:1\nK:C\n" + "C2E2|" * 8_188)
        score, part = (embedder.embed_score(tmp_path / name) for name in ("long.abc", "part.abc"))
        assert score.remarks[1:] == ("the score is very long: only the first 82% of it count",)
        assert part.remarks == score.remarks[:1]
        np.testing.assert_allclose(score.vector, part.vector, atol=1e-6)

    @pytest.mark.parametrize("content", [bytes(20_000_000), b"MThd" + bytes(10), b""])
    def test_that_are_none_are_refused(self, embedder: Clamp3Embedder, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "tune.mid").write_bytes(content)
        with pytest.raises(BadScoreError, match=r"tune\.mid"):
            embedder.embed_score(tmp_path / "tune.mid")

    def test_without_notes_are_refused(self, embedder: Clamp3Embedder) -> None:
        with pytest.raises(BadScoreError, match="no note"):
            embedder.embed_score(SCORE.with_name("m05_empty.mid"))


class TestFingerprint:
    def test_is_that_of_the_official_files_after_conversion(
        self, clamp3_files: Path, tmp_path: Path, embedder: Clamp3Embedder
    ) -> None:
        convert(clamp3_files / "clamp3.pth", clamp3_files / "mert", tmp_path)
        converted = Clamp3Embedder.load(
            tmp_path, tmp_path / MERT_FILE, clamp3_files / "tokenizer.json", precision="float32"
        )
        assert converted.fingerprint == embedder.fingerprint

    def test_tells_half_precision_apart(self, clamp3_files: Path, embedder: Clamp3Embedder) -> None:
        assert load(clamp3_files, precision="bf16").fingerprint != embedder.fingerprint

    @pytest.mark.parametrize("name", ["clamp3.pth", "mert/pytorch_model.bin", "tokenizer.json"])
    def test_changes_with_every_file(
        self, clamp3_files: Path, tmp_path: Path, embedder: Clamp3Embedder, name: str
    ) -> None:
        (tmp_path / "mert").mkdir()
        for file in ("clamp3.pth", "mert/pytorch_model.bin", "tokenizer.json"):
            content = (clamp3_files / file).read_bytes()
            (tmp_path / file).write_bytes(content + b" " if file == name else content)
        assert load(tmp_path).fingerprint != embedder.fingerprint


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU to use")
def test_the_cpu_is_announced_once_and_only_for_audio(clamp3_files: Path, caplog: pytest.LogCaptureFixture) -> None:
    files = (clamp3_files / "clamp3.pth", clamp3_files / "mert", clamp3_files / "tokenizer.json")
    embedder = Clamp3Embedder.load(*files, device="auto", precision="float32")
    embedder.embed_text(["calm"])
    assert caplog.messages == []
    embedder.embed_audio([noise(1, 2 * RATE)], RATE)
    embedder.embed_audio([noise(1, 2 * RATE)], RATE)
    assert caplog.messages == ["no GPU was found: CLaMP 3 runs on the CPU, in float32"]
