"""Vectors equal those of the official code up to the rounding of float32 sums."""

import json
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from models.clamp3.checkpoint import AUDIO_FILE, MERT_FILE, TEXT_FILE, convert
from models.clamp3.clamp3 import Clamp3
from models.runtime.precision import Precision
from polymuse.errors import BadAudioError, UnavailableError, UserError
from tests.helpers import paths

GOLDEN = paths.GOLDEN / "clamp3"
TOLERANCE = 2e-6  # absolute, of the reference outputs; the mildest mistake, a wrong eps, changes them by 9e-6
TEXT_LENGTHS = ("t002_empty", "t008", "t128", "t129", "t200")
ROW_COUNTS = ("a001", "a005", "a126", "a127", "a200")
WAVES = ("w_24000", "w_120000", "w_143999", "w_44k_stereo")
TEXTS = json.loads((GOLDEN / "texts.json").read_bytes())


@pytest.fixture(scope="module")
def towers() -> dict[str, np.ndarray]:
    with np.load(GOLDEN / "towers.npz") as arrays:
        return dict(arrays)


@pytest.fixture(scope="module")
def end_to_end() -> dict[str, np.ndarray]:
    with np.load(GOLDEN / "end_to_end.npz") as arrays:
        return dict(arrays)


@pytest.fixture(scope="module", params=["official", "converted"])
def clamp3(request: pytest.FixtureRequest, clamp3_files: Path, tmp_path_factory: pytest.TempPathFactory) -> Clamp3:
    if request.param == "official":
        return load(clamp3_files)
    directory = tmp_path_factory.mktemp("converted")
    convert(clamp3_files / "clamp3.pth", clamp3_files / "mert", directory)
    return Clamp3.load(directory, directory / MERT_FILE, clamp3_files / "tokenizer.json")


@pytest.fixture(scope="module")
def official(clamp3_files: Path) -> Clamp3:
    return load(clamp3_files)


def load(files: Path, **options: str) -> Clamp3:
    return Clamp3.load(files / "clamp3.pth", files / "mert", files / "tokenizer.json", **options)


def read_wave(name: str) -> tuple[torch.Tensor, int]:
    with wave.open(str(GOLDEN / "wav" / f"{name}.wav")) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, file.getnchannels())
        return torch.from_numpy(samples.T.astype(np.float32) / 32768), file.getframerate()


def assert_equal(actual: torch.Tensor, expected: np.ndarray) -> None:
    assert actual.dtype == torch.float32
    np.testing.assert_allclose(actual.numpy(), expected, rtol=0, atol=TOLERANCE)


class TestReference:
    @pytest.mark.parametrize("name", TEXT_LENGTHS)
    def test_text_tower(self, clamp3: Clamp3, towers: dict[str, np.ndarray], name: str) -> None:
        vector = clamp3.embed_ids(torch.from_numpy(towers[f"in/txt/{name}"]), normalize=False)
        assert_equal(vector, towers[f"global/txt/{name}"][0])

    @pytest.mark.parametrize("name", ROW_COUNTS)
    def test_audio_tower(self, clamp3: Clamp3, towers: dict[str, np.ndarray], name: str) -> None:
        vector = clamp3.embed_rows(torch.from_numpy(towers[f"in/npy/{name}"][0]), normalize=False)
        assert_equal(vector, towers[f"global/npy/{name}"][0])

    @pytest.mark.parametrize("name", WAVES)
    def test_from_waveform_to_vector(self, clamp3: Clamp3, end_to_end: dict[str, np.ndarray], name: str) -> None:
        assert_equal(clamp3.embed_audio(*read_wave(name), normalize=False), end_to_end[f"audio/{name}"][0])

    @pytest.mark.parametrize("name", TEXTS)
    def test_from_text_to_vector(self, clamp3: Clamp3, end_to_end: dict[str, np.ndarray], name: str) -> None:
        assert_equal(clamp3.embed_text([TEXTS[name]], normalize=False), end_to_end[f"text/{name}"])

    def test_together_as_alone(self, official: Clamp3, end_to_end: dict[str, np.ndarray]) -> None:
        expected = np.concatenate([end_to_end[f"text/{name}"] for name in TEXTS])
        assert_equal(official.embed_text(list(TEXTS.values()), normalize=False), expected)


class TestVectors:
    def test_have_norm_1_unless_asked_for_otherwise(self, official: Clamp3) -> None:
        plain = official.embed_text(["sad piano"], normalize=False)
        assert abs(float(plain.norm()) - 1) > 0.1
        torch.testing.assert_close(official.embed_text(["sad piano"]), plain / plain.norm())

    def test_one_text_need_not_be_in_a_list(self, official: Clamp3) -> None:
        assert torch.equal(official.embed_text("sad piano"), official.embed_text(["sad piano"]))

    def test_no_texts_give_no_vectors(self, official: Clamp3) -> None:
        assert official.embed_text([]).shape == (0, official.dim)

    def test_repeated_lines_count_once(self, official: Clamp3) -> None:
        assert torch.equal(official.embed_text(["sad\npiano\r\nsad\n"]), official.embed_text(["sad\npiano"]))

    def test_blank_text_is_refused(self, official: Clamp3) -> None:
        with pytest.raises(UserError, match="blank"):
            official.embed_text(["sad piano", " \n\t"])

    @pytest.mark.parametrize("ids", [[], [0, 512, 2], [0, -1, 2]])
    def test_ids_outside_of_the_vocabulary_are_refused(self, official: Clamp3, ids: list[int]) -> None:
        with pytest.raises(ValueError, match="0 to 511"):
            official.embed_ids(ids)

    def test_less_than_a_second_is_refused(self, official: Clamp3) -> None:
        with pytest.raises(BadAudioError, match=r"lasts 0\.99 s, at least 1 s"):
            official.embed_audio(*read_wave("w_23999"))


class TestLoading:
    def test_text_needs_neither_mert_nor_the_audio_tower(
        self, clamp3_files: Path, tmp_path: Path, end_to_end: dict[str, np.ndarray]
    ) -> None:
        convert(clamp3_files / "clamp3.pth", clamp3_files / "mert", tmp_path)
        for name in (AUDIO_FILE, MERT_FILE):
            (tmp_path / name).write_bytes(b"not weights")
        clamp3 = Clamp3.load(tmp_path, tmp_path, clamp3_files / "tokenizer.json")
        assert_equal(clamp3.embed_text(["piano"], normalize=False), end_to_end["text/one_word"])
        with pytest.raises(UnavailableError, match=rf"{MERT_FILE} cannot be read"):
            clamp3.embed_audio(*read_wave("w_24000"))

    def test_audio_needs_no_text_tower(
        self, clamp3_files: Path, tmp_path: Path, end_to_end: dict[str, np.ndarray]
    ) -> None:
        convert(clamp3_files / "clamp3.pth", clamp3_files / "mert", tmp_path)
        (tmp_path / TEXT_FILE).write_bytes(b"not weights")
        clamp3 = Clamp3.load(tmp_path, tmp_path, clamp3_files / "tokenizer.json")
        assert_equal(clamp3.embed_audio(*read_wave("w_24000"), normalize=False), end_to_end["audio/w_24000"][0])

    @pytest.mark.parametrize("missing", ["clamp3.pth", "mert", "tokenizer.json"])
    def test_missing_files_are_named_at_once(self, clamp3_files: Path, tmp_path: Path, missing: str) -> None:
        paths = {name: clamp3_files / name for name in ("clamp3.pth", "mert", "tokenizer.json")}
        paths[missing] = tmp_path / "nowhere"
        with pytest.raises(UnavailableError, match="nowhere"):
            Clamp3.load(paths["clamp3.pth"], paths["mert"], paths["tokenizer.json"])

    def test_tokenizer_with_more_pieces_than_words_is_refused(self, clamp3_files: Path, tmp_path: Path) -> None:
        description = json.loads((clamp3_files / "tokenizer.json").read_bytes())
        description["model"]["vocab"] += [[f"x{number}", -9.0] for number in range(500)]
        (tmp_path / "tokenizer.json").write_text(json.dumps(description))
        clamp3 = Clamp3.load(clamp3_files / "clamp3.pth", clamp3_files / "mert", tmp_path)
        with pytest.raises(UnavailableError, match="539 pieces, but the text tower knows 512"):
            clamp3.embed_text(["sad"])


class TestPrecision:
    def test_bf16_is_near_but_not_equal(self, clamp3_files: Path, official: Clamp3) -> None:
        half = load(clamp3_files, precision=Precision.BF16)
        waveform, rate = read_wave("w_44k_stereo")
        for exact, near in (
            (official.embed_text(["sad piano"]), half.embed_text(["sad piano"])),
            (official.embed_audio(waveform, rate), half.embed_audio(waveform, rate)),
        ):
            assert near.dtype == torch.float32
            assert not torch.equal(near, exact)
            assert float((near * exact).sum()) > 0.9999  # bf16 keeps 8 bits of a number

    def test_a_precision_of_another_device_is_refused(self, clamp3_files: Path) -> None:
        with pytest.raises(UserError, match="tf32"):
            load(clamp3_files, precision=Precision.TF32)

    def test_waveforms_are_resampled_in_full_precision(self, official: Clamp3) -> None:
        allowed = []

        class Waveforms(list[torch.Tensor]):
            def __iter__(self) -> Iterator[torch.Tensor]:
                allowed.append(torch.backends.cudnn.allow_tf32)
                return super().__iter__()

        waveform, rate = read_wave("w_44k_stereo")
        Precision.TF32.apply()  # of another network in this process
        official.mert_rows_of(Waveforms([waveform]), rate)
        assert allowed == [False]
