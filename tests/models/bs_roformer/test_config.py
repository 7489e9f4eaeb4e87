from pathlib import Path
from typing import Any

import pytest
import yaml

from models.bs_roformer.config import DEFAULT_BANDS, fingerprint, read_config
from polymuse.errors import UserError
from tests.helpers.paths import TINY_ROFORMER

TINY = TINY_ROFORMER / "tiny.yaml"

# The sections that matter of the two files published for the vocal checkpoint ep_317, which differ.
VOCALS_UVR = """
audio: {chunk_size: 352800, dim_f: 1024, dim_t: 801, hop_length: 441, n_fft: 2048, num_channels: 2, sample_rate: 44100,
  min_mean_abs: 0.001}
model:
  dim: 512
  depth: 12
  stereo: true
  num_stems: 1
  time_transformer_depth: 1
  freq_transformer_depth: 1
  freqs_per_bands: !!python/tuple [2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 4, 4, 4, 4,
    4, 4, 4, 4, 4, 4, 4, 4, 12, 12, 12, 12, 12, 12, 12, 12, 24, 24, 24, 24, 24, 24, 24, 24, 48, 48, 48, 48, 48, 48,
    48, 48, 128, 129]
  dim_head: 64
  heads: 8
  attn_dropout: 0.1
  ff_dropout: 0.1
  flash_attn: true
  dim_freqs_in: 1025
  stft_n_fft: 2048
  stft_hop_length: 441
  stft_win_length: 2048
  stft_normalized: false
  mask_estimator_depth: 2
  multi_stft_resolution_loss_weight: 1.0
  multi_stft_resolutions_window_sizes: !!python/tuple [4096, 2048, 1024, 512, 256]
  multi_stft_hop_size: 147
  multi_stft_normalized: False
training: {batch_size: 16, instruments: [Vocals, Instrumental], target_instrument: Vocals, use_amp: true}
inference: {batch_size: 1, dim_t: 801, num_overlap: 4}
"""
VOCALS_TRAINING = (
    VOCALS_UVR.replace("  dim_head: 64", "  linear_transformer_depth: 0\n  dim_head: 64")
    .replace("[Vocals, Instrumental]", "[vocals, other]")
    .replace("target_instrument: Vocals", "target_instrument: vocals")
    .replace("num_overlap: 4", "num_overlap: 2")
)


def written(folder: Path, *, remove: str = "", **sections: dict[str, Any]) -> Path:
    """The tiny configuration with keys changed, as YAML without Python tags: lists instead of tuples."""
    content = yaml.safe_load(TINY.read_text().replace("!!python/tuple", ""))
    for section, changes in sections.items():
        content[section].update(changes)
    if remove:
        section, _, key = remove.partition(".")
        del content[section][key]
    path = folder / "changed.yaml"
    path.write_text(yaml.safe_dump(content))
    return path


@pytest.mark.parametrize("text", [VOCALS_UVR, VOCALS_TRAINING])
def test_both_published_files_of_the_vocal_checkpoint(text: str, tmp_path: Path) -> None:
    path = tmp_path / "vocals.yaml"
    path.write_text(text)
    config = read_config(path)
    assert config.stems == ("vocals", "instrumental")
    assert (config.chunk, config.sample_rate) == (352_800, 44_100)
    assert config.network.freqs_per_bands == DEFAULT_BANDS
    assert (config.network.dim, config.network.depth, config.network.mlp_expansion_factor) == (512, 12, 4)
    assert not config.network.zero_dc


def test_four_stems(tmp_path: Path) -> None:
    names = ["Drums", "Bass", "Other", "Vocals"]
    path = written(
        tmp_path,
        model={"num_stems": 4, "mlp_expansion_factor": 2, "use_torch_checkpoint": False, "skip_connection": False},
        training={"instruments": names, "target_instrument": None},
    )
    config = read_config(path)
    assert config.stems == config.masks == ("drums", "bass", "other", "vocals")
    assert config.rest is None
    assert config.network.mlp_expansion_factor == 2


@pytest.mark.parametrize(
    ("instruments", "target", "stems"),
    [
        (["No Drum-Bass", "Drum-Bass"], "No Drum-Bass", ("no_drum_bass", "drum_bass")),
        (["vocals"], None, ("vocals", "instrumental")),
        (["piano"], "piano", ("piano", "rest")),
    ],
)
def test_names_of_the_rest(instruments: list[str], target: str | None, stems: tuple[str, ...], tmp_path: Path) -> None:
    path = written(tmp_path, training={"instruments": instruments, "target_instrument": target})
    assert read_config(path).stems == stems


def test_chunk_of_inference_goes_before_that_of_training(tmp_path: Path) -> None:
    assert read_config(written(tmp_path, inference={"chunk_size": 25_600})).chunk == 25_600


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model": {"residual_streams": 4}}, "unknown key model.residual_streams"),
        ({"inference": {"shifts": 2}}, "unknown key inference.shifts"),
        ({"inference": {"normalize": True}}, "inference.normalize is on"),
        ({"model": {"linear_transformer_depth": 1}}, "model.linear_transformer_depth is 1"),
        ({"model": {"skip_connection": True}}, "model.skip_connection is True"),
        ({"model": {"stereo": False}}, "the network is mono"),
        ({"model": {"num_stems": 2}}, "model.num_stems is 2, but the stems are vocals"),
        ({"model": {"freqs_per_bands": [128, 128]}}, "model: freqs_per_bands covers 256 bins, stft_n_fft makes 257"),
        ({"model": {"dim": 0}}, "model.dim: .* greater than 0"),
        ({"audio": {"chunk_size": "long"}}, "audio.chunk_size is long"),
        ({"training": {"instruments": []}}, "names no stems"),
    ],
)
def test_refused(changes: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=rf"changed.yaml: .*{message}"):
        read_config(written(tmp_path, **changes))


def test_mel_band_is_refused_by_name(tmp_path: Path) -> None:
    path = written(tmp_path, remove="model.freqs_per_bands", model={"num_bands": 60})
    with pytest.raises(UserError, match=r"Mel-Band RoFormer.*Only BS-RoFormer checkpoints are supported"):
        read_config(path)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("htdemucs: {}\ntraining: {}\n", "an HTDemucs"),
        ("model: htdemucs\n", "an HTDemucs"),
        ("model: {num_subbands: 4, num_scales: 5}\n", "an MDX23C network"),
        ("model: {band_SR: [0.175, 0.392, 0.433]}\n", "an SCNet"),
    ],
)
def test_other_architectures_are_refused_by_name(text: str, name: str, tmp_path: Path) -> None:
    path = tmp_path / "other.yaml"
    path.write_text(text)
    with pytest.raises(UserError, match=rf"other\.yaml: this seems to be {name}.*, not a BS-RoFormer"):
        read_config(path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model": {"depth": 10**9}}, r"model\.depth: .* 128"),
        ({"model": {"dim": 10**9}}, r"model\.dim: .* 65536"),
        ({"model": {"stft_n_fft": 2**40}}, r"model\.stft_n_fft: "),
        ({"audio": {"chunk_size": 10**12}}, r"audio\.chunk_size is 1000000000000, expected a whole number from 1 to"),
        ({"training": {"instruments": ["mix"], "target_instrument": "mix"}}, "'mix', which no stem can have"),
        ({"training": {"instruments": ["!"], "target_instrument": "!"}}, "which no stem can have"),
        ({"training": {"instruments": ["v" * 999], "target_instrument": "v" * 999}}, "which no stem can have"),
    ],
)
def test_sizes_are_bounded(changes: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=message):
        read_config(written(tmp_path, **changes))


@pytest.mark.parametrize("text", ["[" * 100_000, "a: " + "b" * (1 << 20)])
def test_large_files_are_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "odd.yaml"
    path.write_text(text)
    with pytest.raises(UserError, match=r"Cannot read the configuration .*odd\.yaml"):
        read_config(path)


@pytest.mark.parametrize(
    "text", ["model: [", "model: !!python/object/apply:os.getcwd []", "just words", "audio: {}\nmodel: 3"]
)
def test_something_else(text: str, tmp_path: Path) -> None:
    path = tmp_path / "odd.yaml"
    path.write_text(text)
    with pytest.raises(UserError, match=r"odd\.yaml"):
        read_config(path)


def test_missing(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"Cannot read the configuration .*none\.yaml"):
        read_config(tmp_path / "none.yaml")


def test_fingerprint_follows_what_changes_stems(tmp_path: Path) -> None:
    checkpoint, changed = TINY.with_name("tiny.ckpt"), written(tmp_path, model={"zero_dc": True})
    prints = {fingerprint(checkpoint, TINY, 2), fingerprint(checkpoint, TINY, 4), fingerprint(checkpoint, changed, 2)}
    assert len(prints) == 3
    assert fingerprint(checkpoint, TINY, 2) in prints


def test_a_checkpoint_in_place_of_a_configuration(tmp_path: Path) -> None:
    path = tmp_path / "vocals.ckpt"
    path.write_bytes(b"PK\x03\x04\x80")
    with pytest.raises(UserError, match=r"vocals\.ckpt: it is no text\. Take the file"):
        read_config(path)
    with pytest.raises(UserError, match=r"nowhere\.yaml: No such file or directory\. Take the file"):
        read_config(tmp_path / "nowhere.yaml")
