import math
import os
import struct
import sys
import tracemalloc
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from models.audio.decode import MAX_PEAK, Decoded, blocks, decode, decode_music
from models.audio.downmix import stereo_matrix
from models.audio.write import write_wav
from polymuse.errors import BadAudioError
from tests.helpers.audio_files import LAYOUTS, encode, snr, sweep
from tests.helpers.searching import examples


class Format(NamedTuple):
    name: str
    codec: str
    least_snr: float  # dB
    lag: int = 0  # samples by which the decoded audio comes late
    block: int = 1  # samples; the codec fills its last block with silence
    rate: int = 44_100
    layout: str = "stereo"
    bit_rate: int | None = None
    sample_format: str | None = None
    cover: bool = False
    video: bool = False


# Rounding to 16 bit leaves noise of LSB^2 / 12 under a signal of 0.4^2 / 2: 10 log10(0.08 * 12 * 2^30) = 90.1 dB;
# 8 bit: 10 log10(0.08 * 12 * 2^14) = 42.0 dB. 24 bit is cut short by the float32 of the test signal (133 dB measured).
# Lossy codecs, measured: MP3 30, AAC 32, Vorbis (FFmpeg's simple encoder) 24, Opus 43, WMA 51, AC-3 78, MP2 21 dB.
# A wrong lag, gain or channel order leaves less than 10 dB of any of them.
# MP3, Opus, Vorbis and M4A store the encoder's delay; AC-3, ADTS and MP2 do not; WMA loses its first block of 2,048.
FORMATS = [
    Format("pcm16.wav", "pcm_s16le", 89),
    Format("pcm24.wav", "pcm_s24le", 125),
    Format("float.wav", "pcm_f32le", np.inf),
    Format("double.wav", "pcm_f64le", np.inf),
    Format("pcm8.wav", "pcm_u8", 41),
    Format("big-endian.aiff", "pcm_s16be", 89),
    Format("sun.au", "pcm_s16be", 89),
    Format("free.flac", "flac", 89),
    Format("apple.m4a", "alac", 89, sample_format="s16p"),
    Format("pack.wv", "wavpack", 89, sample_format="s16p"),
    Format("lame.mp3", "libmp3lame", 24, bit_rate=192_000),
    Format("aac.m4a", "aac", 26, block=1024, bit_rate=192_000),
    Format("adts.aac", "aac", 26, lag=1024, block=1024, bit_rate=192_000),
    Format("xiph.ogg", "vorbis", 18, block=64, bit_rate=192_000),
    Format("xiph.opus", "libopus", 36, rate=48_000, bit_rate=192_000),
    Format("windows.wma", "wmav2", 40, lag=-2048, block=2048, bit_rate=192_000),
    Format("dolby.ac3", "ac3", 60, lag=256, block=1536, bit_rate=192_000),
    Format("layer2.mp2", "mp2", 16, lag=481, block=1152, bit_rate=192_000),
    Format("video.mp4", "aac", 26, block=1024, bit_rate=192_000, video=True),
    Format("video.mkv", "flac", 89, video=True),
    Format("cover.mp3", "libmp3lame", 24, bit_rate=192_000, cover=True),
    Format("cover.flac", "flac", 89, cover=True),
    Format("no-extension", "flac", 89),
    Format("8k.wav", "pcm_s16le", 89, rate=8_000, layout="mono"),
    Format("8k.mp3", "libmp3lame", 20, rate=8_000, layout="mono", bit_rate=64_000),
    Format("192k.wav", "pcm_f32le", np.inf, rate=192_000),
    Format("192k.flac", "flac", 89, rate=192_000),
    Format("three.flac", "flac", 89, layout="3.0"),
    Format("quad.wav", "pcm_s16le", 89, layout="quad"),
    Format("five.flac", "flac", 89, layout="5.0"),
    Format("surround.flac", "flac", 89, layout="5.1"),
    Format("surround.m4a", "aac", 24, block=1024, layout="5.1", bit_rate=500_000),
    Format("cinema.wav", "pcm_s16le", 89, layout="7.1"),
    Format("cinema.m4a", "aac", 22, block=1024, layout="7.1", bit_rate=500_000),  # planar: PyAV's own array crashes
]
SECONDS = 1.0


def make(directory: Path, kind: Format) -> Path:
    samples = sweep(SECONDS, kind.rate, len(LAYOUTS[kind.layout]))
    container = "flac" if "." not in kind.name else None
    return encode(
        directory / kind.name,
        kind.codec,
        samples,
        kind.rate,
        layout=kind.layout,
        container=container,
        bit_rate=kind.bit_rate,
        sample_format=kind.sample_format,
        cover=kind.cover,
        video=kind.video,
    )


@pytest.fixture(scope="module")
def mp3(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four seconds at a constant 128 kbit/s."""
    return encode(tmp_path_factory.mktemp("mp3") / "a.mp3", "libmp3lame", sweep(4, 44_100), bit_rate=128_000)


def assert_sound(decoded: Decoded) -> None:
    samples = decoded.samples
    assert samples.ndim == 2
    assert samples.shape[0] == 2
    assert samples.dtype == np.float32
    assert np.isfinite(samples).all()
    assert np.abs(samples).max() <= 1.5 * MAX_PEAK  # resampling overshoots


class TestFormats:
    @pytest.mark.parametrize("kind", FORMATS, ids=lambda kind: kind.name)
    def test_gives_the_signal_that_was_encoded(self, kind: Format, tmp_path: Path) -> None:
        names = LAYOUTS[kind.layout]
        signal = stereo_matrix(names) @ sweep(SECONDS, kind.rate, len(names))
        decoded = decode(make(tmp_path, kind), sample_rate=None)
        assert_sound(decoded)
        assert decoded.sample_rate == kind.rate
        blocks = math.ceil((SECONDS * kind.rate + kind.lag) / kind.block)
        assert decoded.samples.shape[1] == blocks * kind.block
        assert (decoded.damaged, decoded.capped) == (0, False)
        assert snr(signal, decoded.samples, kind.lag) >= kind.least_snr

    def test_names_the_codec_not_the_decoder(self, mp3: Path) -> None:
        assert decode(mp3).codec == "mp3"  # FFmpeg decodes with "mp3float"

    def test_picks_the_stream_marked_as_default(self, tmp_path: Path) -> None:
        # matroska marks the first audio stream; the picture stream before it is passed over
        decoded = decode(make(tmp_path, Format("film.mkv", "flac", 0, video=True)))
        assert decoded.codec == "flac"


class TestRates:
    @pytest.mark.parametrize("rate", [8_000, 22_050, 44_100, 48_000, 96_000, 192_000])
    def test_resamples_to_44100(self, rate: int, tmp_path: Path) -> None:
        path = encode(tmp_path / "a.wav", "pcm_f32le", sweep(SECONDS, rate, top=800), rate)
        decoded = decode(path)
        assert decoded.sample_rate == 44_100
        assert decoded.seconds == SECONDS
        # the same glide made at 44.1 kHz; soxr HQ keeps what is this far below the Nyquist frequency to about 100 dB
        assert snr(sweep(SECONDS, 44_100, top=800), decoded.samples) > 90

    @pytest.mark.parametrize("count", [1, 2, 9, 1_000, 65_536, 65_537, 200_001])
    @pytest.mark.parametrize("rate", [8_000, 44_100, 48_000])
    def test_length_is_rounded_to_the_nearest_sample(self, count: int, rate: int, tmp_path: Path) -> None:
        write_wav(tmp_path / "a.wav", np.full((2, count), 0.5, np.float32), rate)
        assert decode(tmp_path / "a.wav").samples.shape[1] == math.floor(count * 44_100 / rate + 0.5)

    def test_what_resampling_overshoots_stays(self, tmp_path: Path) -> None:
        # a square wave at full scale overshoots by some 9 % when it is band-limited
        square = np.sign(np.sin(2 * np.pi * 1_000 * (np.arange(48_000) + 0.5) / 48_000))
        write_wav(tmp_path / "a.wav", np.stack([square, square]), 48_000)
        assert 1.05 < np.abs(decode(tmp_path / "a.wav").samples).max() < 1.3

    def test_a_chain_of_streams_is_read_to_its_end(self, tmp_path: Path) -> None:
        once = encode(tmp_path / "a.opus", "libopus", sweep(1, 48_000), 48_000)
        (tmp_path / "chain.opus").write_bytes(once.read_bytes() * 3)
        assert decode(tmp_path / "chain.opus").seconds == 3

    def test_a_chain_of_other_streams_is_damage(self, tmp_path: Path) -> None:
        # FFmpeg does not read on where Opus goes from stereo to mono: the second part is lost, and told
        first = encode(tmp_path / "1.opus", "libopus", sweep(1, 48_000), 48_000).read_bytes()
        second = encode(tmp_path / "2.opus", "libopus", sweep(1, 48_000, 1), 48_000, layout="mono").read_bytes()
        (tmp_path / "chain.opus").write_bytes(first + second)
        decoded = decode(tmp_path / "chain.opus")
        assert decoded.seconds == 1
        assert decoded.damaged > 0

    def test_follows_a_change_of_rate_and_layout(self, tmp_path: Path) -> None:
        # two MP3 files joined: 1 s at 44.1 kHz stereo, 1 s at 48 kHz mono
        first = encode(tmp_path / "1.mp3", "libmp3lame", sweep(1, 44_100), bit_rate=128_000).read_bytes()
        second = encode(tmp_path / "2.mp3", "libmp3lame", sweep(1, 48_000, 1), 48_000, layout="mono").read_bytes()
        (tmp_path / "joined.mp3").write_bytes(first + second)
        decoded = decode(tmp_path / "joined.mp3")
        assert_sound(decoded)
        assert decoded.seconds == pytest.approx(2, abs=0.1)  # frames of padding at the seam
        late = decoded.samples[:, 70_000:]  # mono by then, and not silent
        np.testing.assert_array_equal(late[0], late[1])
        assert np.abs(late).max() > 0.3


class TestMusic:
    def test_nothing_but_silence_is_no_music(self, tmp_path: Path) -> None:
        write_wav(tmp_path / "a.wav", np.zeros((2, 8_000), np.float32), 8_000)
        assert decode(tmp_path / "a.wav").seconds == 1
        with pytest.raises(BadAudioError, match=r"a\.wav: nothing but silence"):
            decode_music(tmp_path / "a.wav", 3600.0)


class TestCap:
    def test_stops_after_max_seconds(self, tmp_path: Path) -> None:
        write_wav(tmp_path / "a.wav", sweep(3, 8_000), 8_000)
        decoded = decode(tmp_path / "a.wav", max_seconds=2)
        assert decoded.capped
        assert decoded.samples.shape == (2, 88_200)

    def test_a_file_of_exactly_that_length_is_whole(self, tmp_path: Path) -> None:
        write_wav(tmp_path / "a.wav", sweep(2, 48_000), 48_000)
        assert not decode(tmp_path / "a.wav", max_seconds=2).capped
        assert decode(tmp_path / "a.wav", max_seconds=1.999).capped

    def test_does_not_read_on(self, mp3: Path, tmp_path: Path) -> None:
        path = tmp_path / "a.mp3"
        path.write_bytes(mp3.read_bytes() + np.random.default_rng(1).bytes(300_000))
        assert decode(path).damaged > 0
        decoded = decode(path, max_seconds=1)  # less than one block of 65,536 samples
        assert (decoded.seconds, decoded.capped, decoded.damaged) == (1, True, 0)

    def test_memory_is_bounded_by_the_result(self, tmp_path: Path) -> None:
        # 40 minutes of silence in a sparse file; whole, they would be 2,400 * 44,100 * 8 bytes = 847 MB
        path = tmp_path / "a.wav"
        write_wav(path, np.zeros((2, 1)), 44_100)
        data = 2_400 * 44_100 * 8
        header = path.read_bytes()[:-8]
        path.write_bytes(header[:-4] + struct.pack("<I", data))
        os.truncate(path, len(header) + data)
        tracemalloc.start()
        decoded = decode(path, max_seconds=60)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert decoded.capped
        assert decoded.samples.shape == (2, 60 * 44_100)  # 21 MB
        assert peak < 35e6


class TestDamage:
    def test_truncated_mp3_gives_what_is_there(self, mp3: Path, tmp_path: Path) -> None:
        data = mp3.read_bytes()
        (tmp_path / "half.mp3").write_bytes(data[: len(data) // 2])
        decoded = decode(tmp_path / "half.mp3")
        assert_sound(decoded)
        assert decoded.seconds == pytest.approx(2, abs=0.1)  # whatever the header says

    def test_garbage_in_the_middle_costs_only_that(self, mp3: Path, tmp_path: Path) -> None:
        data = bytearray(mp3.read_bytes())
        middle = len(data) // 2
        data[middle : middle + 4_000] = np.random.default_rng(1).bytes(4_000)  # 0.25 s at 128 kbit/s
        (tmp_path / "a.mp3").write_bytes(data)
        decoded = decode(tmp_path / "a.mp3")
        assert_sound(decoded)
        assert decoded.damaged > 0
        assert 3.4 < decoded.seconds < 4.1  # adjacent frames depend on bits inside it

    def test_hole_in_a_flac(self, tmp_path: Path) -> None:
        path = encode(tmp_path / "a.flac", "flac", sweep(4, 44_100))
        data = bytearray(path.read_bytes())
        middle = len(data) // 2
        data[middle : middle + 2_000] = bytes(2_000)
        path.write_bytes(data)
        decoded = decode(path)
        assert_sound(decoded)
        assert 3.7 < decoded.seconds < 4  # the header says 4 s; frames are 4,608 samples

    def test_tags_behind_the_audio_are_no_damage(self, tmp_path: Path) -> None:
        path = encode(tmp_path / "a.wv", "wavpack", sweep(1, 44_100), sample_format="s16p")
        path.write_bytes(path.read_bytes() + b"TAG" + bytes(125))
        assert decode(path).damaged == 0

    def test_junk_before_the_first_frame(self, mp3: Path, tmp_path: Path) -> None:
        (tmp_path / "a.mp3").write_bytes(bytes(200_000) + mp3.read_bytes())
        assert decode(tmp_path / "a.mp3").seconds == pytest.approx(4, abs=0.1)

    @pytest.mark.parametrize("claimed", [0, 1_000, 0xFFFFFFFF])
    def test_wav_that_lies_about_its_size(self, claimed: int, tmp_path: Path) -> None:
        path = tmp_path / "a.wav"
        write_wav(path, sweep(1, 44_100), 44_100)
        data = path.read_bytes()
        position = data.index(b"data") + 4
        path.write_bytes(data[:position] + struct.pack("<I", claimed) + data[position + 4 :])
        # 1,000 bytes are 125 frames of 8 bytes, and the rest is not claimed to be audio; 0 and -1 mean "up to the end"
        assert decode(path).samples.shape[1] == (125 if claimed == 1_000 else 44_100)

    def test_not_a_number_and_infinity(self, tmp_path: Path) -> None:
        samples = np.zeros((2, 1_000), np.float32)
        samples[0, 10:15] = [np.nan, np.inf, -np.inf, 1e20, 0.5]
        write_wav(tmp_path / "a.wav", samples, 44_100)
        decoded = decode(tmp_path / "a.wav")
        assert decoded.samples[0, 9:16].tolist() == [0, 0, 0, 0, 0, 0.5, 0]

    @pytest.mark.parametrize("rate", [24_000, 44_100, 48_000])
    def test_samples_beyond_full_scale_stay(self, tmp_path: Path, rate: int) -> None:
        # https://github.com/CarlGao4/Demucs-Gui/issues/77; +8 dBFS is a factor of 10^(8/20) = 2.512
        normal = sweep(1, rate)
        normal /= np.abs(normal).max()
        write_wav(tmp_path / "normal.wav", normal, rate)
        write_wav(tmp_path / "loud.wav", 2.512 * normal, rate)
        write_wav(tmp_path / "integers.wav", 2.0**23 * normal, rate)
        expected = decode(tmp_path / "normal.wav").samples
        np.testing.assert_allclose(decode(tmp_path / "loud.wav").samples, 2.512 * expected, atol=1e-5)
        integers = decode(tmp_path / "integers.wav", with_mean=True)  # other units: scaled to full scale
        np.testing.assert_allclose(integers.samples, expected, atol=1e-3)
        assert np.abs(integers.samples).max() == 1
        if integers.mean is not None:
            assert np.abs(integers.mean.samples).max() == 1

    def test_loud_lossy_music_is_not_clipped(self, tmp_path: Path) -> None:
        path = encode(tmp_path / "a.mp3", "libmp3lame", 6 * sweep(2, 44_100), bit_rate=320_000, sample_format="fltp")
        assert np.abs(decode(path).samples).max() > 2

    def test_players_get_clipped_samples(self, tmp_path: Path) -> None:
        write_wav(tmp_path / "a.wav", 5 * sweep(1, 44_100), 44_100)
        assert max(np.abs(block.samples).max() for block in blocks(tmp_path / "a.wav")) == 1

    def test_short_and_silent_files_are_fine(self, tmp_path: Path) -> None:
        write_wav(tmp_path / "short.wav", sweep(0.2, 44_100), 44_100)
        assert decode(tmp_path / "short.wav").seconds == pytest.approx(0.2)
        path = encode(tmp_path / "silence.mp3", "libmp3lame", np.zeros((2, 44_100)))
        assert np.abs(decode(path).samples).max() < 1e-4


class TestUnusable:
    def refusal(self, path: Path) -> str:
        with pytest.raises(BadAudioError) as caught:
            decode(path)
        assert path.name in caught.value.message
        assert caught.value.advice
        return caught.value.message

    def test_empty(self, tmp_path: Path) -> None:
        (tmp_path / "a.mp3").touch()
        assert "empty" in self.refusal(tmp_path / "a.mp3")

    def test_text_named_mp3(self, tmp_path: Path) -> None:
        (tmp_path / "a.mp3").write_text("Dear diary,\n" * 1_000)
        assert "not audio" in self.refusal(tmp_path / "a.mp3")

    def test_random_bytes_named_wav(self, tmp_path: Path) -> None:
        (tmp_path / "a.wav").write_bytes(np.random.default_rng(0).bytes(50_000))
        assert "not audio" in self.refusal(tmp_path / "a.wav")

    @pytest.mark.parametrize(
        ("content", "what"),
        [
            (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(500), "a picture"),
            (b"\x89PNG\r\n\x1a\n" + bytes(500), "a picture"),
            (b"RIFF\x24\0\0\0WEBPVP8 " + bytes(500), "a picture"),
            (b"MThd\0\0\0\x06\0\0\0\1\0\x60MTrk" + bytes(500), "a score"),
            (b"X:1\nT:Tune\nK:C\nC|\n" * 50, "a score"),
        ],
    )
    def test_a_picture_and_a_score_are_called_so(self, content: bytes, what: str, tmp_path: Path) -> None:
        (tmp_path / "a.mp3").write_bytes(content)
        assert self.refusal(tmp_path / "a.mp3").endswith(f": {what}, not audio")

    def test_video_without_sound(self, tmp_path: Path) -> None:
        path = make(tmp_path, Format("a.mkv", "flac", 0, video=True))
        silent = tmp_path / "silent.mkv"
        drop_audio(path, silent)
        assert "no audio, only video" in self.refusal(silent)

    def test_headers_without_audio(self, tmp_path: Path) -> None:
        write_wav(tmp_path / "a.wav", np.zeros((2, 0)), 44_100)
        assert "no audio could be decoded" in self.refusal(tmp_path / "a.wav")

    def test_encrypted(self, tmp_path: Path) -> None:
        path = make(tmp_path, Format("a.m4a", "aac", 0))
        path.write_bytes(path.read_bytes().replace(b"mp4a", b"drms"))
        assert "encrypted" in self.refusal(path)

    def test_missing(self, tmp_path: Path) -> None:
        assert "not there" in self.refusal(tmp_path / "gone.mp3")

    def test_directory(self, tmp_path: Path) -> None:
        (tmp_path / "x.mp3").mkdir()
        assert "directory" in self.refusal(tmp_path / "x.mp3")

    @pytest.mark.skipif(os.name == "nt", reason="no named pipes in directories")
    def test_pipe(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "a.mp3")
        assert "pipe" in self.refusal(tmp_path / "a.mp3")

    def test_playlist_reaches_no_other_file(self, mp3: Path, tmp_path: Path) -> None:
        playlist = f"#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n{mp3}\n#EXT-X-ENDLIST\n"
        (tmp_path / "a.m3u8").write_text(playlist)
        self.refusal(tmp_path / "a.m3u8")
        (tmp_path / "a.mp3").write_text(f"ffconcat version 1.0\nfile {mp3.name}\n")
        self.refusal(tmp_path / "a.mp3")

    @pytest.mark.skipif(sys.platform != "linux", reason="other systems want file names to be text")
    def test_name_that_is_not_text(self, mp3: Path, tmp_path: Path) -> None:
        name = tmp_path / os.fsdecode(b"caf\xe9.mp3")
        name.write_bytes(mp3.read_bytes())
        assert decode(name).seconds == pytest.approx(4, abs=0.1)
        name.write_bytes(b"")
        with pytest.raises(BadAudioError, match=r"caf\\xe9\.mp3: the file is empty"):
            decode(name)


def drop_audio(source: Path, target: Path) -> None:
    import av

    with av.open(str(source)) as old, av.open(str(target), "w") as new:
        stream = new.add_stream_from_template(old.streams.video[0])
        for packet in old.demux(old.streams.video[0]):
            if packet.size:
                packet.stream = stream
                new.mux(packet)


MUTATED = [
    Format("a.mp3", "libmp3lame", 0),
    Format("a.ogg", "vorbis", 0),
    Format("a.wav", "pcm_s16le", 0),
    Format("a.flac", "flac", 0),
    Format("a.m4a", "aac", 0),
]


class TestMutations:
    """Whatever bytes a file holds: samples within bounds, or BadAudioError."""

    @pytest.fixture(scope="class", params=MUTATED, ids=lambda kind: kind.name)
    @classmethod
    def original(cls, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
        kind = request.param
        samples = sweep(0.2, kind.rate, len(LAYOUTS[kind.layout]))
        return encode(tmp_path_factory.mktemp("m") / kind.name, kind.codec, samples, kind.rate, layout=kind.layout)

    @examples(40, HealthCheck.function_scoped_fixture)
    @given(data=st.data())
    def test_never_crashes(self, original: Path, tmp_path: Path, data: st.DataObject) -> None:
        content = bytearray(original.read_bytes())
        anywhere = st.integers(0, len(content) - 1)
        for position in data.draw(st.lists(anywhere | st.integers(0, 99), min_size=1, max_size=20), "positions"):
            content[position] = data.draw(st.sampled_from([0, 1, 0x7F, 0x80, 0xFF]), "byte")
        end = data.draw(anywhere | st.just(len(content)), "end")
        path = tmp_path / original.name
        path.write_bytes(content[:end])
        with suppress(BadAudioError):
            assert_sound(decode(path, max_seconds=5))


def test_import_is_light() -> None:
    import subprocess

    code = "import sys, models.audio.decode; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
