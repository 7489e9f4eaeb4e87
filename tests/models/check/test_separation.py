"""Stems beside those of the package, and whether they are what they are called."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from models.bs_roformer.separator import BSRoformerSeparator
from models.check.row import Verdict
from models.check.separation import RoformerCheck, RoformerFiles, doubts_of
from models.runtime.precision import Precision
from tests.helpers.paths import TINY_ROFORMER
from tests.helpers.signals import noise

CPU = torch.device("cpu")


class Swapped(RoformerCheck):
    """Our side reads a configuration with drums and bass in the other order."""

    def _separator(self, precision: Precision) -> BSRoformerSeparator:
        text = self._files.config.read_text()
        config = self._files.config.with_name("swapped.yaml")
        config.write_text(text.replace("Drums", "X").replace("Bass", "Drums").replace("X", "Bass"))
        return BSRoformerSeparator.load(self._files.checkpoint, config)


def test_swapped_stems_are_named(tiny_four: tuple[Path, Path], clip: Tensor) -> None:
    rows = {row.part: row for row in Swapped(RoformerFiles("four", *tiny_four), [clip], CPU).rows([Precision.FLOAT32])}
    assert {part for part, row in rows.items() if row.fails} == {"four: drums", "four: bass"}
    assert rows["four: drums"].note == "equals the published bass: stems are swapped"
    assert rows["four: bass"].note == "equals the published drums: stems are swapped"


def test_the_quick_form_compares_the_network_alone(clip: Tensor) -> None:
    files = RoformerFiles("tiny", TINY_ROFORMER / "tiny.ckpt", TINY_ROFORMER / "tiny.yaml")
    [row] = RoformerCheck(files, [clip], CPU).quick_rows()
    assert (row.part, row.verdict) == ("tiny", Verdict.OK)
    assert row.snr is not None
    assert row.snr > 100


class TestNames:
    """A tone of 60 Hz is bass, one of 5 kHz is not."""

    def tone(self, frequency: float, level: float) -> Tensor:
        wave = level * torch.sin(2 * torch.pi * frequency * torch.arange(44_100) / 44_100)
        return wave.expand(2, -1)

    def test_that_fit(self) -> None:
        stems = {"drums": 0.1 * noise(2, 44_100), "bass": self.tone(60, 0.1), "vocals": self.tone(900, 0.001)}
        assert doubts_of(stems) == []

    def test_vocals_that_hold_music_without_a_voice(self) -> None:
        [doubt] = doubts_of({"vocals": self.tone(440, 0.3), "instrumental": self.tone(440, 0.1)})
        assert doubt == "90% of music without a voice is in the vocals: stems may be swapped"

    def test_a_bass_that_is_not_the_lowest(self) -> None:
        [doubt] = doubts_of({"drums": self.tone(60, 0.1), "bass": self.tone(5000, 0.1)})
        assert doubt == "the lowest stem is drums, not bass: stems may be swapped"

    @pytest.mark.parametrize(("trusted", "verdict"), [(True, Verdict.DOUBTFUL), (False, Verdict.UNVERIFIED)])
    def test_are_judged_for_published_weights_only(
        self, tiny_four: tuple[Path, Path], clip: Tensor, trusted: bool, verdict: Verdict
    ) -> None:
        """Random masks give a bass that is not the lowest stem."""
        both = RoformerCheck(RoformerFiles("four", *tiny_four), [clip], CPU)
        list(both.rows([Precision.FLOAT32]))
        [row] = both.plausible(trusted=trusted)
        assert row.verdict is verdict
        assert "stems may be swapped" in row.note
