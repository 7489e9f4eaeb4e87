"""From files to vectors and tags, with the starter profile; tags themselves are tested with the tagger."""

import re
from pathlib import Path

import numpy as np
import pytest

from models.analyzer import Analyzer
from models.audio.decode import decode
from models.audio.write import write_wav
from models.clamp3.embedder import Clamp3Embedder
from models.starter.embedder import StarterEmbedder
from models.starter.spleeter import Spleeter
from models.tagging.descriptor_bank import bank_tagger
from models.tagging.state import TaggingFiles
from polymuse.errors import TooShortError
from tests.helpers.audio_files import encode, sweep, write_noise

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
    assert analysis.busy.keys() == {"decode", "separate", "embed", "tag"}
    [expected] = analyzer.embedder.embed_audio([analyzer.decode(path).mix], 44_100)
    np.testing.assert_allclose(analysis.vectors["mix"], expected.vector, atol=2e-6)


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
