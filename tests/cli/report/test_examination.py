"""Outlines and gaps; the networks are tested with the command."""

import numpy as np
import torch

from cli.report.examination import gaps, outline
from models.embedder import Passage

PASSAGES = [Passage(3, 12), Passage(15, 24)]


class TestOutline:
    def test_peak_over_channels_and_rms_over_all(self) -> None:
        # two bins of two samples: peaks 0.8 and 1; mean squares (0.36 + 0.64) / 4 and (1 + 1) / 4
        waveform = torch.tensor([[0.6, 0.0, 1.0, 0.0], [0.0, -0.8, 0.0, -1.0]])
        found = outline(waveform, bins=2)
        np.testing.assert_allclose(found.peak, [0.8, 1.0])
        np.testing.assert_allclose(found.rms, [0.5, np.sqrt(0.5)], rtol=1e-6)

    def test_every_sample_counts_once(self) -> None:
        # 7 samples in 3 bins start at 0, 2 and 4: 2, 2 and 3 samples
        found = outline(torch.tensor([[1.0, 1, 1, 1, 1, 1, 0]]), bins=3)
        np.testing.assert_allclose(np.square(found.rms), [1, 1, 2 / 3], rtol=1e-6)

    def test_fewer_samples_than_bins(self) -> None:
        assert outline(torch.ones(2, 3), bins=400).peak.tolist() == [1, 1, 1]


class TestGaps:
    def test_gaps_are_cut_into_windows(self) -> None:
        # 0-3 and 12-15 are one window each; 24-44 is two of 10 s, as near to 9 s as whole windows get
        expected = [Passage(0, 3), Passage(12, 15), Passage(24, 34), Passage(34, 44)]
        assert gaps(PASSAGES, seconds=44, window=9) == expected

    def test_short_gaps_are_skipped(self) -> None:
        assert gaps([Passage(2.5, 10)], seconds=12.9, window=9) == []

    def test_an_embedder_of_whole_tracks_leaves_no_gap(self) -> None:
        assert gaps([Passage(0, 200)], seconds=200, window=30) == []
