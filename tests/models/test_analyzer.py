"""From files to vectors and tags, with the starter profile; tags themselves are tested with the tagger."""

import re
from pathlib import Path

import av
import numpy as np
import pytest
import torch

from models.analyzer import Analyzer
from models.audio.decode import decode
from models.audio.write import write_wav
from models.clamp3.embedder import Clamp3Embedder
from models.measuring import measure
from models.starter.embedder import StarterEmbedder
from models.starter.spleeter import Spleeter
from models.tagging.descriptor_bank import bank_tagger
from models.tagging.state import TaggingFiles
from polymuse.errors import TooShortError
from tests.helpers.audio_files import encode, sweep, write_noise
from tests.helpers.reference_audio import official_mono

STEMS = ("vocals", "instrumental")


@pytest.fixture(scope="module")
def analyzer(starter_weights: Path) -> Analyzer:
    names = ("musicnn_mtt", "musicnn_msd", "spleeter_2stems")
    mtt, msd, spleeter = (starter_weights / f"{name}.safetensors" for name in names)
    return Analyzer(StarterEmbedder.load(mtt, msd), None, Spleeter.load(spleeter), STEMS)


@pytest.fixture(scope="module")
def mix_analyzer(clamp3_files: Path) -> Analyzer:
    """CLaMP 3 in the smallest size, without a separator."""
    checkpoint, mert, tokenizer = (clamp3_files / name for name in ("clamp3.pth", "mert", "tokenizer.json"))
    embedder = Clamp3Embedder.load(checkpoint, mert, tokenizer, precision="float32")
    return Analyzer(embedder, None)


def test_the_mix_and_every_stem_have_a_vector(analyzer: Analyzer, tmp_path: Path) -> None:
    path = tmp_path / "song.wav"
    write_wav(path, sweep(2.0, 44_100), 44_100)
    analysis = analyzer.analyze(path)
    assert (analysis.seconds, analysis.codec, analysis.capped, analysis.remarks) == (2.0, "pcm_f32le", False, ())
    assert list(analysis.vectors) == ["mix", *STEMS]
    assert [*analysis.stems] == [*STEMS]
    assert all(stem.present for stem in analysis.stems.values())
    assert analysis.busy.keys() == {"decode", "separate", "embed", "measure", "tag"}
    [expected] = analyzer.embedder.embed_audio([analyzer.decode(path).mix], 44_100)
    np.testing.assert_allclose(analysis.vectors["mix"], expected.vector, atol=2e-6)


def test_the_whole_mix_is_measured_with_the_help_of_its_stems(analyzer: Analyzer, tmp_path: Path) -> None:
    path = write_noise(tmp_path / "song.wav", 39.0, 2)
    track = analyzer.decode(path)
    [_] = analyzer.separate([track])
    stems = {name: excerpt.numpy() for name, excerpt in track.excerpts.items() if name != "mix"}
    assert stems["vocals"].shape == (2, 27 * 44_100)
    assert analyzer.analyze(path).measured == measure(track.decoded.samples, 44_100, stems)


def test_measuring_can_be_left_out(mix_analyzer: Analyzer, tmp_path: Path) -> None:
    path = write_noise(tmp_path / "song.wav", 2.0, 2)
    analysis = mix_analyzer.analyze(path, measures=False)
    assert analysis.measured is None
    assert "measure" not in analysis.busy


def test_segments_have_the_times_of_the_track(analyzer: Analyzer, tmp_path: Path) -> None:
    # (39 - 27) / 4 = 3 s before, between and after the three windows of 9 s
    track = analyzer.decode(write_noise(tmp_path / "song.wav", 39.0, 2))
    assert [(passage.start, passage.end) for passage in analyzer.passages(track)] == [(3, 12), (15, 24), (27, 36)]
    track.excerpts = analyzer.excerpts(track, dict.fromkeys((*STEMS, "another"), track.mix))
    assert {name: excerpt.shape for name, excerpt in track.excerpts.items()} == dict.fromkeys(
        ("mix", *STEMS), (2, 27 * 44_100)
    )
    [track] = analyzer.embed_tracks([track])
    assert [(part.start, part.end) for part in analyzer.tag(track).segments] == [(3, 12), (15, 24), (27, 36)]


def test_a_silent_stem_has_no_vector(analyzer: Analyzer, tmp_path: Path) -> None:
    """A peak of 0.4 / 10 ** 4 is 88 dB below full scale."""
    write_wav(tmp_path / "quiet.wav", sweep(2.0, 44_100) / np.float32(1e4), 44_100)
    analysis = analyzer.analyze(tmp_path / "quiet.wav")
    assert [*analysis.vectors] == ["mix"]
    assert [stem.present for stem in analysis.stems.values()] == [False, False]


def test_whole_stems_are_written_on_request(analyzer: Analyzer, tmp_path: Path) -> None:
    analyzer.analyze(write_noise(tmp_path / "song.wav", 2.0, 1), tmp_path / "kept")
    files = {file.stem: decode(file) for file in (tmp_path / "kept" / "stems").iterdir()}
    assert files.keys() == set(STEMS)
    assert {stem.seconds for stem in files.values()} == {2.0}


def test_stems_that_cannot_be_written_are_a_remark(analyzer: Analyzer, tmp_path: Path) -> None:
    path = tmp_path / "song.wav"
    write_wav(path, sweep(2.0, 44_100), 44_100)
    analysis = analyzer.analyze(path, path / "stems")  # below a file
    [remark] = analysis.remarks
    assert remark.startswith("its stems were not saved: ")
    assert list(analysis.vectors) == ["mix", *STEMS]


LAYOUTS = {1: "mono", 2: "stereo", 3: "3.0", 6: "5.1"}
KINDS = [(rate, channels) for rate in (8_000, 11_025, 22_050, 24_000, 44_100, 48_000) for channels in (1, 2)]
KINDS += [(44_100, 3), (48_000, 6), (22_050, 6)]


@pytest.mark.parametrize(("rate", "channels"), KINDS)
def test_the_mix_is_embedded_as_the_official_pipeline_does(
    mix_analyzer: Analyzer, tmp_path: Path, rate: int, channels: int
) -> None:
    """Noise, with peaks of about 8 dB over full scale: it has all frequencies, and each channel is another."""
    noise = np.random.default_rng(rate + channels).normal(0, 0.6, (channels, 3 * rate)).astype(np.float32)
    path = encode(tmp_path / "a.wav", "pcm_f32le", noise, rate, layout=LAYOUTS[channels])
    assert np.abs(noise).max() > 2.2
    [expected] = mix_analyzer.embedder.embed_audio([torch.from_numpy(official_mono(noise, rate))], 24_000)
    analysis = mix_analyzer.analyze(path)
    np.testing.assert_allclose(analysis.vectors["mix"], expected.vector, atol=1e-5)
    assert analysis.seconds == 3
    assert [(part.start, part.end) for part in analysis.segments] == [(0, 3)]


def test_loud_music_is_embedded_as_the_official_pipeline_does(mix_analyzer: Analyzer, tmp_path: Path) -> None:
    loud = np.random.default_rng(1).normal(0, 0.6, (2, 3 * 44_100)).astype(np.float32)
    path = encode(tmp_path / "a.mp3", "libmp3lame", loud, bit_rate=320_000, sample_format="fltp")
    with av.open(str(path)) as container:
        decoded = np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1)
    assert np.abs(decoded).max() > 2
    [expected] = mix_analyzer.embedder.embed_audio([torch.from_numpy(official_mono(decoded, 44_100))], 24_000)
    np.testing.assert_allclose(mix_analyzer.analyze(path).vectors["mix"], expected.vector, atol=1e-5)


def test_the_length_of_what_is_too_short_is_not_rounded_up(mix_analyzer: Analyzer, tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", sweep(2.0, 44_100)[:, :44_098], 44_100)  # ceil(44,098 * 24 / 44.1) = 23,999
    with pytest.raises(TooShortError, match=r"a\.wav: The audio lasts 0\.99 s, at least 1 s is needed"):
        mix_analyzer.analyze(tmp_path / "a.wav")


def test_stems_come_from_stereo_at_44_100_hz(analyzer: Analyzer, tmp_path: Path) -> None:
    path = encode(tmp_path / "a.wav", "pcm_f32le", sweep(2.0, 22_050, 6), 22_050, layout="5.1")
    track = analyzer.decode(path)
    [track] = analyzer.embed_tracks([*analyzer.separate([track])])
    assert {excerpt.shape for excerpt in track.excerpts.values()} == {(2, 88_200)}
    assert track.decoded.mean is not None
    [alone] = analyzer.embedder.embed_audio([torch.from_numpy(track.decoded.mean.samples)], 22_050)
    np.testing.assert_allclose(track.embeddings["mix"].vector, alone.vector, atol=2e-6)


def test_tags_come_from_the_tagger(mix_analyzer: Analyzer, tiny_clamp3_home: Path, tmp_path: Path) -> None:
    path = write_noise(tmp_path / "song.wav", 1.5, 1)
    assert mix_analyzer.analyze(path).tags == ()
    tagger = bank_tagger(mix_analyzer.embedder, TaggingFiles(tiny_clamp3_home / "bank.json"))
    analysis = Analyzer(mix_analyzer.embedder, tagger).analyze(path)
    assert analysis.tags == tagger.tag(analysis.vectors).tags


@pytest.mark.parametrize(("limit", "length"), [(60.0, "1 min"), (2.0, "2 s")])
def test_a_remark_says_how_much_was_analysed(mix_analyzer: Analyzer, tmp_path: Path, limit: float, length: str) -> None:
    path = tmp_path / "song.wav"
    write_wav(path, sweep(61.0, 8_000), 8_000)
    analysis = Analyzer(mix_analyzer.embedder, None, max_seconds=limit).analyze(path)
    assert (analysis.seconds, analysis.capped) == (limit, True)
    assert analysis.remarks == (f"only the first {length} were analysed",)


def test_a_remark_says_how_many_packets_are_damaged(mix_analyzer: Analyzer, tmp_path: Path) -> None:
    path = encode(tmp_path / "song.mp3", "libmp3lame", sweep(2.0, 44_100), bit_rate=128_000)
    path.write_bytes(path.read_bytes() + np.random.default_rng(1).bytes(300_000))
    [remark] = mix_analyzer.analyze(path).remarks
    assert re.fullmatch(r"[1-9]\d* damaged packets skipped", remark)


def test_a_file_that_is_too_short_is_named(mix_analyzer: Analyzer, tmp_path: Path) -> None:
    path = write_noise(tmp_path / "song.wav", 0.5, 1)
    with pytest.raises(TooShortError) as caught:
        mix_analyzer.analyze(path)
    assert caught.value.message.startswith(f"{path}: ")
