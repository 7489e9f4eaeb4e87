"""The analysis of an upload, without the worker process."""

import shutil
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from safetensors.torch import save_file

from models.analyzer import Analyzer
from models.audio.write import write_wav
from models.profiles import PROFILES, load_embedder
from models.recipe import Recipe
from models.separator import SeparationSpec
from models.weights.store import WeightStore
from polymuse.errors import BadAudioError, BadScoreError, UnavailableError, UserError
from polymuse.home import Home
from polymuse.settings import load_settings
from search_api.upload_analysis import AnalysedUpload, analyze_upload
from search_api.uploads import UploadAnalyzer
from tests.helpers.audio_files import encode, sweep
from tests.helpers.score_library import MELODY, MIDI, TYPE2


@pytest.fixture
def song(tmp_path: Path) -> Path:
    path = tmp_path / "song.wav"
    write_wav(path, sweep(4.0, 44_100), 44_100)
    return path


def analysed(home: Path, path: Path, *stems: str, max_seconds: float = 60.0) -> AnalysedUpload:
    return analyze_upload(Recipe(Home(home), "starter", SeparationSpec(), max_seconds), path, stems)


def test_the_vector_of_the_mix_is_that_of_the_embedder(polymuse_home: Path, song: Path) -> None:
    import torch

    from models.audio.decode import decode

    upload = analysed(polymuse_home, song)
    embedder = load_embedder("starter", WeightStore(polymuse_home / "models"))
    [expected] = embedder.embed_audio([torch.from_numpy(decode(song).samples)], 44_100)
    assert list(upload.vectors) == ["mix"]
    np.testing.assert_allclose(upload.vectors["mix"], expected.vector, atol=1e-6)
    assert (upload.seconds, upload.capped) == (pytest.approx(4.0), False)


@pytest.mark.parametrize(("rate", "layout", "channels"), [(22_050, "stereo", 2), (44_100, "5.1", 6)])
def test_an_upload_is_decoded_as_in_a_run(
    tiny_clamp3_home: Path, tmp_path: Path, rate: int, layout: str, channels: int
) -> None:
    """And so as the official pipeline does; the tests of the analyzer compare it in float32."""
    import torch

    from models.analyzer import Analyzer
    from models.audio.decode import decode

    noise = np.random.default_rng(rate).normal(0, 0.6, (channels, 2 * rate)).astype(np.float32)
    path = encode(tmp_path / "a.wav", "pcm_f32le", noise, rate, layout=layout)
    recipe = Recipe(Home(tiny_clamp3_home), "clamp3", SeparationSpec(device="cpu"), 60.0)
    upload = analyze_upload(recipe, path, ()).vectors["mix"]
    embedder = load_embedder("clamp3", WeightStore(tiny_clamp3_home / "models"), "cpu")
    np.testing.assert_allclose(upload, Analyzer(embedder, None).analyze(path).vectors["mix"], atol=1e-6)
    [other] = embedder.embed_audio([torch.from_numpy(decode(path).samples)], 44_100)
    assert np.abs(upload - other.vector).max() > 5e-4


def test_a_file_of_a_program_for_scores_is_refused_with_what_to_do(tiny_clamp3_home: Path, tmp_path: Path) -> None:
    path = tmp_path / "upload.mscz"
    path.write_bytes(b"PK\x03\x04" + bytes(26) + b"META-INF/container.xml")
    recipe = Recipe(Home(tiny_clamp3_home), "clamp3", SeparationSpec(device="cpu"), 60.0)
    with pytest.raises(BadScoreError) as refusal:
        analyze_upload(recipe, path, ())
    expected = "The upload could not be read as a score: this is a file of MuseScore, which only that program reads"
    assert (refusal.value.message, refusal.value.advice) == (expected, "Export it as MusicXML or MIDI there.")


def test_it_embeds_the_excerpts_of_the_library(tiny_clamp3_home: Path, tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    write_wav(path, sweep(75.0, 44_100), 44_100)
    vectors = {}
    for excerpts in ("full", "quick"):
        recipe = Recipe(Home(tiny_clamp3_home), "clamp3", SeparationSpec(device="cpu"), 600.0, excerpts=excerpts)
        vectors[excerpts] = analyze_upload(recipe, path, ()).vectors["mix"]
    embedder = load_embedder("clamp3", WeightStore(tiny_clamp3_home / "models"), "cpu", "quick")
    expected = Analyzer(embedder, None).analyze(path).vectors["mix"]
    np.testing.assert_allclose(vectors["quick"], expected, atol=1e-6)
    assert np.abs(vectors["quick"] - vectors["full"]).max() > 1e-3


def test_stems_say_which_separator_made_them(polymuse_home: Path, song: Path) -> None:
    spleeter = PROFILES["starter"].separator_fingerprint(WeightStore(polymuse_home / "models"), SeparationSpec())
    assert analysed(polymuse_home, song).separator == ""
    assert analysed(polymuse_home, song, "instrumental").separator == spleeter
    none = Recipe(Home(polymuse_home), "starter", SeparationSpec(separator="none"), 60.0)
    assert set(analyze_upload(none, song, ("instrumental",)).vectors) == {"mix"}


def test_only_the_first_seconds_are_analysed(polymuse_home: Path, song: Path) -> None:
    upload = analysed(polymuse_home, song, max_seconds=2)
    assert (upload.seconds, upload.capped) == (pytest.approx(2.0), True)


def test_requested_stems_are_separated(polymuse_home: Path, song: Path) -> None:
    upload = analysed(polymuse_home, song, "instrumental")
    assert set(upload.vectors) == {"mix", "instrumental"}
    assert all(np.linalg.norm(vector) == pytest.approx(1, abs=1e-5) for vector in upload.vectors.values())
    assert not np.array_equal(upload.vectors["mix"], upload.vectors["instrumental"])


def test_without_a_separator_only_the_mix_is_embedded(polymuse_home: Path, song: Path) -> None:
    for weights in (polymuse_home / "models" / "starter").glob("spleeter*"):
        weights.unlink()
    assert set(analysed(polymuse_home, song, "instrumental").vectors) == {"mix"}


def test_it_runs_on_the_configured_device(polymuse_home: Path, song: Path) -> None:
    with closing(UploadAnalyzer.of(load_settings(device="cuda:99"), "starter")) as analyzer:
        recipe = analyzer.recipe
    for stems in ((), ("vocals",)):
        with pytest.raises(UnavailableError, match="no device 'cuda:99'"):
            analyze_upload(recipe, song, stems)


def test_a_silent_stem_is_rejected(polymuse_home: Path, song: Path) -> None:
    """A peak of 0.4 / 10 ** 4 is 88 dB below full scale."""
    write_wav(song, sweep(4.0, 44_100) / np.float32(1e4), 44_100)
    with pytest.raises(BadAudioError, match="its vocals is silent") as caught:
        analysed(polymuse_home, song, "vocals")
    assert str(song) not in caught.value.message


class TestScores:
    @pytest.fixture
    def upload(self, tmp_path: Path) -> Path:
        """A score as it is received: in a folder of its own, under any name."""
        return Path(shutil.copyfile(MELODY, tmp_path / "upload.mid"))

    @staticmethod
    def read(home: Path, path: Path, *stems: str) -> AnalysedUpload:
        return analyze_upload(Recipe(Home(home), "clamp3", SeparationSpec(), 60.0), path, stems)

    def test_the_vector_is_that_of_the_embedder(self, tiny_clamp3_home: Path, upload: Path) -> None:
        analysed = self.read(tiny_clamp3_home, upload)
        expected = load_embedder("clamp3", WeightStore(tiny_clamp3_home / "models")).embed_score(MELODY)
        assert list(analysed.vectors) == ["mix"]
        np.testing.assert_array_equal(analysed.vectors["mix"], expected.vector)
        assert (analysed.kind, analysed.seconds, analysed.capped) == ("score", 0.0, False)
        assert (analysed.title, analysed.composer) == (expected.title, expected.composer)

    @pytest.mark.parametrize("name", ["upload", "upload.mp3", "upload.xml", "upload.MIDI"])
    def test_content_goes_before_the_name(self, tiny_clamp3_home: Path, upload: Path, name: str) -> None:
        expected = self.read(tiny_clamp3_home, upload)
        found = self.read(tiny_clamp3_home, upload.rename(upload.with_name(name)))
        assert found.kind == "score"
        np.testing.assert_array_equal(found.vectors["mix"], expected.vectors["mix"])

    def test_audio_that_is_called_a_score_is_audio(self, tiny_clamp3_home: Path, song: Path) -> None:
        analysed = self.read(tiny_clamp3_home, song.rename(song.with_suffix(".mid")))
        assert (analysed.kind, analysed.seconds) == ("audio", pytest.approx(4.0))

    def test_neither_mert_nor_a_separator_is_needed(
        self, tiny_clamp3_home: Path, upload: Path, song: Path, tmp_path: Path
    ) -> None:
        home = Path(shutil.copytree(tiny_clamp3_home, tmp_path / "home"))
        load_embedder("clamp3", WeightStore(home / "models"))  # converts the files
        [mert] = (home / "models" / "clamp3").glob("converted-*/mert*.safetensors")
        save_file({}, mert)
        for file in (home / "models").rglob("*.ckpt"):
            file.write_bytes(b"")
        expected = self.read(tiny_clamp3_home, upload)
        found = self.read(home, upload, "vocals")  # its one vector stands for all stems
        np.testing.assert_array_equal(found.vectors["mix"], expected.vectors["mix"])
        assert list(found.vectors) == ["mix"]
        with pytest.raises(UnavailableError):
            self.read(home, song)

    def test_what_was_read_leniently_is_said(self, tiny_clamp3_home: Path, upload: Path) -> None:
        shutil.copyfile(TYPE2, upload)
        [remark] = self.read(tiny_clamp3_home, upload).remarks
        assert "type 2" in remark

    @pytest.mark.parametrize(
        ("content", "name", "cause"),
        [
            (b"", "upload.mid", "empty"),
            (b"MThd", "upload.mid", "damaged"),
            (b"not a score", "upload.mid", "not a MIDI file"),
            ((MIDI / "m05_empty.mid").read_bytes(), "upload.mp3", "no note"),
            (b"MThd" + bytes(20_000_000), "upload.mid", "the most that is read"),
        ],
    )
    def test_a_bad_score(self, tiny_clamp3_home: Path, tmp_path: Path, content: bytes, name: str, cause: str) -> None:
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(BadScoreError, match=cause) as caught:
            self.read(tiny_clamp3_home, path)
        assert caught.value.message.startswith("The upload could not be read as a score: ")
        assert str(tmp_path) not in str(caught.value)

    def test_stems_that_the_profile_does_not_support(self, tiny_clamp3_home: Path, upload: Path) -> None:
        with pytest.raises(UserError, match="no stem 'kazoo'"):
            self.read(tiny_clamp3_home, upload, "kazoo")

    def test_a_profile_without_scores_says_which_reads_them(self, polymuse_home: Path, upload: Path) -> None:
        with pytest.raises(BadScoreError, match=r"starter reads no scores.*clamp3"):
            analysed(polymuse_home, upload)
