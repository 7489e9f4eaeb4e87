"""How the official check is shown."""

import math
from pathlib import Path

import pytest

from cli.model_check import COLUMNS, DEMO, as_dict, cells, conclusions, read_clips
from models.check.row import Row, Verdict
from polymuse.errors import UserError
from tests.helpers.paths import GOLDEN, ROOT

GOOD = Row("MERT", Verdict.OK, "float32", 1.5e-6, 0.99999999, None, "difference <= 5e-05", 1.234, 0.5, "HubertModel")
BAD = Row("audio tower", Verdict.DIFFERS, "float32", math.nan, math.nan, note="BertModel")
FOREIGN = Row("mert_v1_95m: file", Verdict.UNVERIFIED)


def test_cells_of_a_row() -> None:
    cut = ("MERT", "float32", "1.5e-06", "1.0000000", "", "1.23", "0.50", "ok", "difference <= 5e-05", "HubertModel")
    assert cells(GOOD) == cut
    assert len(COLUMNS) == len(cut)


def test_json_has_no_numbers_that_are_not_finite() -> None:
    assert as_dict(BAD)["difference"] is None
    assert as_dict(GOOD)["difference"] == 1.5e-6


class TestConclusions:
    def test_good(self) -> None:
        assert list(conclusions([GOOD])) == ["All parts that were compared are within their limits."]

    def test_what_fails_is_named(self) -> None:
        assert list(conclusions([GOOD, BAD])) == ["DIFFERS: audio tower (BertModel)"]

    def test_a_wrong_conversion_can_be_made_anew(self) -> None:
        wrong, mended = conclusions([GOOD, Row("conversion", Verdict.DIFFERS, note="mert.safetensors: x")])
        assert wrong == "DIFFERS: conversion (mert.safetensors: x)"
        assert "delete the folders converted-* beside `polymuse models path clamp3_saas`" in mended

    def test_files_that_nobody_vouches_for(self) -> None:
        assert "mert_v1_95m. What they hold is not vouched for." in next(conclusions([GOOD, FOREIGN]))


class TestClips:
    def test_the_bundled_ones_exist(self) -> None:
        assert all((ROOT / "data" / "demo" / f"{name}.opus").is_file() for name in DEMO)

    def test_are_named_without_their_folder(self) -> None:
        wave = GOLDEN / "clamp3" / "wav" / "w_120000.wav"
        clips = read_clips([wave, wave], 2)
        assert list(clips.waveforms) == ["w_120000.wav", "w_120000.wav'"]
        assert {clip.shape for clip in clips.waveforms.values()} == {(2, 88_200)}
        assert clips.descriptions == ()

    def test_too_short(self) -> None:
        with pytest.raises(UserError, match=r"w_23999\.wav lasts 1\.0 s") as caught:
            read_clips([Path(GOLDEN / "clamp3" / "wav" / "w_23999.wav")], None)
        assert caught.value.exit_code == 2

    def test_a_file_that_is_no_music_is_no_part_that_differs(self, tmp_path: Path) -> None:
        (tmp_path / "notes.txt").write_text("no music " * 1000)
        for name in ("notes.txt", "nowhere.flac"):
            with pytest.raises(UserError, match=rf"{name}: .*\. Give --audio other files") as caught:
                read_clips([tmp_path / name], None)
            assert caught.value.exit_code == 2  # 1 says that a part differs
