"""Configurations of BS-RoFormer checkpoints: the YAML files that are published with them.

They are those of the training repository ZFTurbo/Music-Source-Separation-Training and of Ultimate Vocal Remover.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked_dataclass

from models.bs_roformer.other_architectures import architecture_of_config
from models.separator import DEFAULT_OVERLAP
from models.weights.fingerprint import BS_ROFORMER, fingerprint_of
from polymuse.errors import UserError
from polymuse.music import INSTRUMENTAL, MIX, VOCALS
from polymuse.paths import printable
from polymuse.text import for_terminal
from polymuse.validation import plain_message

# Known keys of the section `model` that change nothing at inference.
IGNORED_KEYS = frozenset(
    {
        "attn_dropout",
        "ff_dropout",
        "flash_attn",
        "dim_freqs_in",
        "multi_stft_resolution_loss_weight",
        "multi_stft_resolutions_window_sizes",
        "multi_stft_hop_size",
        "multi_stft_normalized",
        "use_torch_checkpoint",
        "sage_attention",
    }
)
# Keys of features that are not implemented here: accepted only if they are off.
REFUSED_KEYS = frozenset({"linear_transformer_depth", "skip_connection", "use_pope", "use_shared_bias"})
MAX_BYTES = 1 << 20  # of a configuration; the published ones have at most 5 kB
MAX_CHUNK = 600 * 44_100  # samples; the published networks take 8 to 20 s
MAX_RATE = 384_000  # Hz
MAX_NAME = 40  # characters of the name of a stem
INFERENCE_KEYS = frozenset({"batch_size", "dim_t", "num_overlap", "chunk_size", "normalize"})

# The 62 bands of the published networks, in bins of a 2048-point transform.
DEFAULT_BANDS = (*[2] * 24, *[4] * 12, *[12] * 8, *[24] * 8, *[48] * 8, 128, 129)


Count = Annotated[int, Field(gt=0, le=128)]  # of layers, heads, stems: several times those of published networks
Width = Annotated[int, Field(gt=0, le=1 << 16)]
Band = Annotated[int, Field(gt=0, le=1 << 15)]


@checked_dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class NetworkConfig:
    """The section `model`: names and defaults are those of the constructor that trained the checkpoint."""

    dim: Width  # width of a token
    depth: Count  # pairs of a time and a frequency transformer
    stereo: bool = False
    num_stems: Count = 1  # masks
    time_transformer_depth: Count = 2
    freq_transformer_depth: Count = 2
    freqs_per_bands: Annotated[tuple[Band, ...], Field(max_length=1024)] = (
        DEFAULT_BANDS  # bins; sums to stft_n_fft // 2 + 1
    )
    dim_head: Width = 64
    heads: Count = 8
    stft_n_fft: Width = 2048
    stft_hop_length: Width = 512
    stft_win_length: Width = 2048
    stft_normalized: bool = False
    mask_estimator_depth: Count = 2  # linear layers of a mask estimator
    mlp_expansion_factor: Count = 4  # their hidden width over `dim`
    zero_dc: bool = False  # zero the bin at 0 Hz; published checkpoints were trained without it

    def __post_init__(self) -> None:
        bins = self.stft_n_fft // 2 + 1
        if sum(self.freqs_per_bands) != bins:
            raise ValueError(f"freqs_per_bands covers {sum(self.freqs_per_bands)} bins, stft_n_fft makes {bins}")
        if self.dim_head % 2:
            raise ValueError(f"dim_head is {self.dim_head}, rotary angles need an even number")
        if self.stft_win_length > self.stft_n_fft:
            raise ValueError(f"stft_win_length is {self.stft_win_length}, stft_n_fft only {self.stft_n_fft}")

    @property
    def channels(self) -> int:
        return 2 if self.stereo else 1

    @property
    def band_widths(self) -> tuple[int, ...]:
        """Numbers per band and frame: real and imaginary part of each bin and channel."""
        return tuple(2 * self.channels * bins for bins in self.freqs_per_bands)


@dataclass(frozen=True, slots=True)
class Config:
    """The parts of a configuration that inference needs."""

    network: NetworkConfig
    sample_rate: int  # Hz
    chunk: int  # samples in a chunk, the input of the network
    masks: tuple[str, ...]  # stem of each mask, lower case, in the order of the mask estimators
    rest: str | None  # name of the mix minus the only mask's stem; None with several masks

    @property
    def stems(self) -> tuple[str, ...]:
        return self.masks if self.rest is None else (*self.masks, self.rest)


def _why(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return "it is no text" if isinstance(error, UnicodeDecodeError) else str(error)


def read_config(path: Path) -> Config:
    """Reads a configuration. Raises UserError for an invalid file and for a network that is not supported."""
    try:
        content = yaml.load(_text(path), _Loader)  # noqa: S506  a SafeLoader
    except (OSError, ValueError, TypeError, RecursionError, yaml.YAMLError) as error:
        reason = for_terminal(" ".join(_why(error).split())[:300])
        shown = printable(path)
        raise UserError(
            f"Cannot read the configuration {shown}: {reason}", "Take the file published with the checkpoint"
        ) from error
    try:
        return _config(content)
    except (_RefusedError, ValidationError) as error:
        raise UserError(f"{printable(path)}: {for_terminal(_reason(error)[:300])}", _advice(error)) from error


def _text(path: Path) -> str:
    with path.open("rb") as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise ValueError(f"it has more than {MAX_BYTES >> 20} MB, which no configuration has")
    return content.decode("utf-8")


def fingerprint(checkpoint: Path, config: Path, overlap: int = DEFAULT_OVERLAP) -> str:
    """The fingerprint of a checkpoint's stems, on any device and in any precision. Raises OSError."""
    return fingerprint_of(f"{BS_ROFORMER} overlap {overlap}", checkpoint, config)


class _RefusedError(Exception):
    def __init__(self, reason: str, advice: str = "Take the file published with the checkpoint") -> None:
        super().__init__(reason)
        self.advice = advice


class _Loader(yaml.SafeLoader):
    """Supports the one Python tag that the published files use."""

    def python_tuple(self, node: yaml.SequenceNode) -> tuple[Any, ...]:
        return tuple(self.construct_sequence(node))


_Loader.add_constructor("tag:yaml.org,2002:python/tuple", _Loader.python_tuple)


def _config(content: object) -> Config:
    if isinstance(content, dict) and (other := architecture_of_config(content)):
        raise _RefusedError(
            f"this seems to be {other}, not a BS-RoFormer",
            "Only BS-RoFormer checkpoints are supported, such as viperx ep_317 (vocals)",
        )
    model = _section(content, "model")
    audio = _section(content, "audio")
    training = _section(content, "training")
    inference = _section(content, "inference")
    _refuse_others(model, inference)
    network = TypeAdapter(NetworkConfig).validate_python(
        {key: value for key, value in model.items() if key not in IGNORED_KEYS | REFUSED_KEYS}
    )
    if not network.stereo:
        raise _RefusedError("the network is mono", "Only stereo checkpoints are supported")
    masks, rest = _stems(training, network.num_stems)
    return Config(
        network=network,
        sample_rate=_positive(audio.get("sample_rate", 44_100), "audio.sample_rate", MAX_RATE),
        # The training repository's rule. Ultimate Vocal Remover takes hop * (inference.dim_t - 1) samples instead,
        # which is the same for most checkpoints.
        chunk=_positive(inference.get("chunk_size", audio.get("chunk_size")), "audio.chunk_size", MAX_CHUNK),
        masks=masks,
        rest=rest,
    )


def _section(content: object, name: str) -> Mapping[str, Any]:
    section = content.get(name) if isinstance(content, dict) else None
    if not isinstance(section, dict):
        raise _RefusedError(f"no section {name!r}")
    return section


def _refuse_others(model: Mapping[str, Any], inference: Mapping[str, Any]) -> None:
    for key in sorted(REFUSED_KEYS.intersection(model)):
        if model[key]:
            raise _RefusedError(f"model.{key} is {model[key]}", f"Only checkpoints without {key} are supported")
    if inference.get("normalize"):
        raise _RefusedError("inference.normalize is on", "Only checkpoints for unscaled audio are supported")
    if unknown := sorted(set(inference) - INFERENCE_KEYS):
        raise _RefusedError(f"unknown key inference.{unknown[0]}", f"Known: {', '.join(sorted(INFERENCE_KEYS))}")


def _stems(training: Mapping[str, Any], count: int) -> tuple[tuple[str, ...], str | None]:
    """The stems of the masks and, if there is only one mask, the name of the rest."""
    instruments = training.get("instruments")
    if not isinstance(instruments, (list, tuple)) or not instruments:
        raise _RefusedError("training.instruments names no stems")
    names = tuple(_stem_name(name) for name in instruments)
    target = training.get("target_instrument")
    masks = (_stem_name(target),) if target else names
    if len(masks) != count or len(set(masks)) != count:
        raise _RefusedError(f"model.num_stems is {count}, but the stems are {', '.join(masks)}")
    if count > 1:
        return masks, None
    others = [name for name in names if name not in masks]
    return masks, INSTRUMENTAL if masks == (VOCALS,) else others[0] if len(others) == 1 else "rest"


def _stem_name(name: object) -> str:
    plain = re.sub(r"[^a-z0-9]+", "_", str(name).lower()).strip("_")
    if not plain or plain == MIX or len(plain) > MAX_NAME:
        raise _RefusedError(f"training.instruments has the name {str(name)[:MAX_NAME]!r}, which no stem can have")
    return plain


def _positive(value: object, key: str, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= most:
        raise _RefusedError(f"{key} is {str(value)[:MAX_NAME]}, expected a whole number from 1 to {most}")
    return value


def _reason(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors()[0]
    key = ".".join(("model", *(str(part) for part in first["loc"])))
    if first["type"] == "unexpected_keyword_argument":
        return f"unknown key {key}"
    return f"{key}: {plain_message(first['msg'])}"


def _advice(error: Exception) -> str:
    return error.advice if isinstance(error, _RefusedError) else "Take the file published with the checkpoint"
