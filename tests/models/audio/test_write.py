"""Files that are written decode to the same samples."""

import struct
import sys
from pathlib import Path

import av
import numpy as np
import pytest

from models.audio.decode import decode
from models.audio.formats import AudioFormat
from models.audio.write import quantise, write_audio, write_wav
from polymuse.errors import UserError
from tests.helpers.audio_files import sweep

INTEGER = {AudioFormat.WAV16: "pcm_s16le", AudioFormat.WAV24: "pcm_s24le", AudioFormat.FLAC: "flac"}


def read_integers(path: Path, bits: int) -> np.ndarray:
    """[C, N] as FFmpeg reads them: in the upper bits of 16 or 32."""
    with av.open(path) as container:
        parts = [frame.to_ndarray().reshape(-1, len(frame.layout.channels)).T for frame in container.decode(audio=0)]
    joined = np.concatenate(parts, axis=1)
    return joined.astype(np.int64) >> (8 * joined.itemsize - bits)


def channels_of(path: Path) -> int:
    with av.open(path) as container:
        return container.streams.audio[0].channels


class TestQuantise:
    def test_halves_go_to_even(self) -> None:
        # steps of 2^-15: 0.5, 1.5, 2.5, -0.5, -1.5 and -2.5 steps lie between two integers
        steps = np.array([[0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.51, 1.49]], np.float32)
        whole, clipped = quantise(steps / 2**15, 16)
        assert whole.tolist() == [[0, 2, 2, 0, -2, -2, 1, 1]]
        assert clipped == 0

    @pytest.mark.parametrize(("bits", "top"), [(16, 32_767), (24, 8_388_607)])
    def test_clips_what_no_integer_stands_for(self, bits: int, top: int) -> None:
        # 1.0 is one step above the largest integer, -1.0 is the smallest; the largest one itself is kept
        samples = np.array([1.0, -1.0, 7.5, -7.5, top / (top + 1), 0.5], np.float32)
        whole, clipped = quantise(samples, bits)
        assert whole.tolist() == [top, -top - 1, top, -top - 1, top, (top + 1) // 2]
        assert clipped == 3


class TestIntegers:
    @pytest.mark.parametrize("count", [1, 999, 200_001])  # the last: several blocks
    @pytest.mark.parametrize("channels", [1, 2])
    @pytest.mark.parametrize("audio_format", INTEGER)
    def test_read_back_bit_by_bit(self, audio_format: AudioFormat, channels: int, count: int, tmp_path: Path) -> None:
        bits = audio_format.bits
        assert bits is not None
        half = 2 ** (bits - 1)
        integers = np.random.default_rng(1).integers(-half, half, (channels, count), np.int32)
        path = tmp_path / f"a{audio_format.suffix}"
        assert write_audio(path, integers.astype(np.float32) / half, 44_100, audio_format) == 0
        np.testing.assert_array_equal(read_integers(path, bits), integers)
        decoded = decode(path)
        assert (decoded.codec, channels_of(path)) == (INTEGER[audio_format], channels)
        assert decoded.samples.shape == (2, count)

    @pytest.mark.parametrize("audio_format", INTEGER)
    def test_clips_without_scaling_and_counts(self, audio_format: AudioFormat, tmp_path: Path) -> None:
        bits = audio_format.bits
        assert bits is not None
        samples = np.full((2, 100_000), 0.25, np.float32)
        samples[0, [0, 70_000]] = 1.5  # in two blocks
        samples[1, 99_999] = -2
        path = tmp_path / f"a{audio_format.suffix}"
        assert write_audio(path, samples, 44_100, audio_format) == 3
        top = 2 ** (bits - 1) - 1
        read = read_integers(path, bits)
        assert (read[0, 0], read[0, 70_000], read[1, 99_999]) == (top, top, -top - 1)
        assert np.count_nonzero(read == (top + 1) // 4) == 200_000 - 3

    def test_flac_has_24_bits(self, tmp_path: Path) -> None:
        write_audio(tmp_path / "a.flac", sweep(0.1, 44_100), 44_100, AudioFormat.FLAC)
        # 8 bytes before the stream's description, in which 10 bytes on come 20 bits of rate, 3 of channels - 1 and
        # 5 of bits - 1, then 36 of the number of samples
        description = int.from_bytes((tmp_path / "a.flac").read_bytes()[18:26], "big")
        assert description >> 44 == 44_100
        assert description >> 36 & 31 == 23
        assert description & (2**36 - 1) == 4_410

    def test_wav_header(self, tmp_path: Path) -> None:
        write_audio(tmp_path / "a.wav", np.zeros((1, 3), np.float32), 8_000, AudioFormat.WAV24)
        content = (tmp_path / "a.wav").read_bytes()
        # 3 samples of 3 bytes are 9 bytes and one of padding; 44 bytes of header
        assert len(content) == 54
        assert struct.unpack("<4sI8sIHHIIHH4sI", content[:44]) == (
            *(b"RIFF", 46, b"WAVEfmt ", 16),
            *(1, 1, 8_000, 24_000, 3, 24),
            *(b"data", 9),
        )

    @pytest.mark.parametrize("audio_format", AudioFormat)
    def test_nothing_is_left_of_a_file_that_cannot_be_finished(self, audio_format: AudioFormat, tmp_path: Path) -> None:
        path = tmp_path / "a"
        path.mkdir()  # a directory cannot be replaced by a file
        with pytest.raises(UserError, match="a: cannot be written"):
            write_audio(path, np.zeros((2, 10), np.float32), 44_100, audio_format)
        assert list(tmp_path.iterdir()) == [path]


class TestWriteWav:
    @pytest.mark.parametrize("channels", [1, 2])
    def test_round_trip_is_exact(self, channels: int, tmp_path: Path) -> None:
        samples = sweep(0.5, 22_050, channels)
        path = tmp_path / "stems" / "vocals.wav"
        write_wav(path, samples, 22_050)
        decoded = decode(path, sample_rate=None)
        assert (decoded.codec, decoded.sample_rate, channels_of(path)) == ("pcm_f32le", 22_050, channels)
        np.testing.assert_array_equal(decoded.samples, samples if channels == 2 else samples[[0, 0]])
        assert [p.name for p in path.parent.iterdir()] == ["vocals.wav"]

    def test_keeps_what_exceeds_full_scale(self, tmp_path: Path) -> None:
        samples = np.array([[1.5, -7.25]], np.float32)
        assert write_audio(tmp_path / "a.wav", samples, 44_100, AudioFormat.WAV) == 0
        assert (tmp_path / "a.wav").read_bytes()[-8:] == struct.pack("<2f", 1.5, -7.25)

    @pytest.mark.skipif(sys.platform == "win32", reason="files have no such mode there")
    def test_others_may_read_it_as_any_new_file(self, tmp_path: Path) -> None:
        (tmp_path / "any").touch()
        write_wav(tmp_path / "a.wav", sweep(0.1, 22_050, 1), 22_050)
        assert (tmp_path / "a.wav").stat().st_mode == (tmp_path / "any").stat().st_mode
