"""The files of CLaMP 3 and MERT: the official checkpoints, and their one-time conversion.

Tensors are mapped, not read: only what a network uses ever reaches the memory. In the official checkpoint of 2.6 GB
that leaves out the optimizer's state.
"""

import pickle
import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from models.clamp3.transformer import BERT, HUBERT, LayerNames
from models.weights.reading_fault import reading_fault
from models.weights.records import hash_of
from polymuse.errors import UnavailableError

TEXT_FILE = "clamp3_text.safetensors"
AUDIO_FILE = "clamp3_audio.safetensors"
SYMBOLIC_FILE = "clamp3_symbolic.safetensors"
MERT_FILE = "mert.safetensors"
MERT_NAMES = (MERT_FILE, "model.safetensors", "pytorch_model.bin")  # tried in a folder, in this order
SOURCE_KEY = "source_sha256"  # metadata of a converted file: hash of the original

MODELS = {"text": "text_model.", "audio": "audio_model.", "symbolic": "symbolic_model.base."}  # BERT of a tower
WITHOUT_WORDS = ("audio", "symbolic")  # towers that read no words; their BERT has a word all the same
PATCH = 64 * 128  # places and characters of a patch, which the symbolic tower reads
CONV_KERNELS = (10, 3, 3, 3, 3, 2, 2)  # of MERT
_POSITIONAL = "encoder.pos_conv_embed.conv."
_WEIGHT_NORM = {  # newer names -> those of the official file
    f"{_POSITIONAL}parametrizations.weight.original0": f"{_POSITIONAL}weight_g",
    f"{_POSITIONAL}parametrizations.weight.original1": f"{_POSITIONAL}weight_v",
}

Shapes = dict[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class TowerSizes:
    """The sizes of a tower, read from its tensors."""

    hidden: int
    layers: int
    feed_forward: int
    vocabulary: int
    positions: int
    token_types: int


@dataclass(frozen=True, slots=True)
class MertSizes:
    """The sizes of MERT, read from its tensors."""

    hidden: int
    layers: int
    feed_forward: int
    channels: int  # of the convolutions
    group: int  # channels in a group of the positional convolution
    taps: int  # of the positional convolution


OFFICIAL = {
    "text": TowerSizes(768, 12, 3072, vocabulary=250_002, positions=514, token_types=1),
    "audio": TowerSizes(768, 12, 3072, vocabulary=1, positions=128, token_types=2),
    "symbolic": TowerSizes(768, 12, 3072, vocabulary=1, positions=512, token_types=2),
    "mert": MertSizes(768, 12, 3072, channels=512, group=48, taps=128),
}


def tower_shapes(name: str, sizes: TowerSizes) -> Shapes:
    """Names and shapes of the tensors of a tower, "text", "audio" or "symbolic", and its projection."""
    hidden, model = sizes.hidden, MODELS[name]
    embeddings = f"{model}embeddings."
    shapes: Shapes = {
        f"{embeddings}word_embeddings.weight": (sizes.vocabulary, hidden),
        f"{embeddings}position_embeddings.weight": (sizes.positions, hidden),
        f"{embeddings}token_type_embeddings.weight": (sizes.token_types, hidden),
        **_norm(f"{embeddings}LayerNorm", hidden),
        **_linear(f"{model}pooler.dense", hidden, hidden),
        **_linear(f"{name}_proj", hidden, hidden),
    }
    if name == "symbolic":
        shapes |= _linear("symbolic_model.patch_embedding", hidden, PATCH)
    for layer in range(sizes.layers):
        shapes |= _layer(f"{model}encoder.layer.{layer}.", BERT, hidden, sizes.feed_forward)
    return shapes


def mert_shapes(sizes: MertSizes) -> Shapes:
    """Names and shapes of the tensors of MERT, with the official names of the weight norm."""
    hidden, channels = sizes.hidden, sizes.channels
    shapes: Shapes = {
        "masked_spec_embed": (hidden,),
        **_norm("feature_extractor.conv_layers.0.layer_norm", channels),
        **_norm("feature_projection.layer_norm", channels),
        **_linear("feature_projection.projection", hidden, channels),
        f"{_POSITIONAL}weight_g": (1, 1, sizes.taps),
        f"{_POSITIONAL}weight_v": (hidden, sizes.group, sizes.taps),
        f"{_POSITIONAL}bias": (hidden,),
        **_norm("encoder.layer_norm", hidden),
    }
    for index, kernel in enumerate(CONV_KERNELS):
        name = f"feature_extractor.conv_layers.{index}.conv.weight"
        shapes[name] = (channels, channels if index else 1, kernel)
    for layer in range(sizes.layers):
        shapes |= _layer(f"encoder.layers.{layer}.", HUBERT, hidden, sizes.feed_forward)
    return shapes


def is_unused(name: str) -> bool:
    """Whether a tensor of the layout is not used in inference."""
    words = (f"{MODELS[tower]}embeddings.word_embeddings.weight" for tower in WITHOUT_WORDS)
    return ".pooler." in name or name == "masked_spec_embed" or name in words


def map_text(checkpoint: Path) -> dict[str, Tensor]:
    """The text tower from an official checkpoint or a directory of converted files. Raises UnavailableError."""
    return _map_tower("text", tower_file(checkpoint, TEXT_FILE))


def map_audio(checkpoint: Path) -> dict[str, Tensor]:
    """The audio tower from an official checkpoint or a directory of converted files. Raises UnavailableError."""
    return _map_tower("audio", tower_file(checkpoint, AUDIO_FILE))


def map_symbolic(checkpoint: Path) -> dict[str, Tensor]:
    """The symbolic tower from an official checkpoint or a directory of converted files. Raises UnavailableError."""
    return _map_tower("symbolic", tower_file(checkpoint, SYMBOLIC_FILE))


def map_mert(path: Path) -> dict[str, Tensor]:
    """MERT from a weights file or a folder with one. Raises UnavailableError for anything else."""
    path = mert_file(path)
    tensors = {_WEIGHT_NORM.get(name, name): tensor for name, tensor in _map(path).items()}
    return _checked(path, "mert", tensors, _mert_sizes, mert_shapes)


def tower_file(checkpoint: Path, name: str) -> Path:
    """The file of a tower: the checkpoint itself, or the converted file in a directory."""
    return _existing(checkpoint / name if checkpoint.is_dir() else checkpoint)


def mert_file(path: Path) -> Path:
    """The file of MERT: `path` itself, or the first of MERT_NAMES in a folder."""
    if not path.is_dir():
        return _existing(path)
    for name in MERT_NAMES:
        if (path / name).is_file():
            return path / name
    raise UnavailableError(f"{path} holds no weights of MERT", f"It needs one of {', '.join(MERT_NAMES)}")


def source_sha256(path: Path) -> str:
    """The hash of the original of a converted file, or of the file itself.

    The fingerprint is therefore the same for original and converted weights.
    """
    if path.suffix == ".safetensors":
        try:
            with safe_open(path, framework="pt") as file:
                if source := (file.metadata() or {}).get(SOURCE_KEY):
                    return source
        except (OSError, SafetensorError) as error:
            raise _unreadable(path, error) from error
    return hash_of(path)


def convert(checkpoint: Path, mert: Path, directory: Path) -> tuple[Path, ...]:
    """Writes the tensors that inference needs to four safetensors files in `directory`: three towers, and MERT.

    They load faster and take 2.1 GB instead of 2.9 GB. `Clamp3.load` accepts `directory` as its
    checkpoint. Raises UnavailableError for files that are not CLaMP 3 and MERT, OSError if they cannot be written.
    """
    mert = mert_file(mert)
    parts = (
        (TEXT_FILE, map_text(checkpoint), tower_file(checkpoint, TEXT_FILE)),
        (AUDIO_FILE, map_audio(checkpoint), tower_file(checkpoint, AUDIO_FILE)),
        (MERT_FILE, map_mert(mert), mert),
    )
    hashes = {source: source_sha256(source) for _, _, source in parts}
    for name, tensors, source in parts:
        _save(tensors, directory / name, hashes[source])
    convert_symbolic(checkpoint, directory / SYMBOLIC_FILE)
    return tuple(directory / name for name in (TEXT_FILE, AUDIO_FILE, SYMBOLIC_FILE, MERT_FILE))


def convert_symbolic(checkpoint: Path, target: Path) -> None:
    """Writes the symbolic tower, which conversions of earlier versions left out, to a safetensors file.

    Of a checkpoint without this tower, the file holds no tensors, so that it is not looked for again. Raises as
    `convert`.
    """
    source = tower_file(checkpoint, SYMBOLIC_FILE)
    has_tower = any(name.startswith("symbolic_") for name in _map(source))
    _save(map_symbolic(checkpoint) if has_tower else {}, target, source_sha256(source))


def _save(tensors: Mapping[str, Tensor], target: Path, source: str) -> None:
    contiguous = {key: tensor.contiguous() for key, tensor in tensors.items()}
    save_file(contiguous, target, {"format": "pt", SOURCE_KEY: source})


def _map_tower(name: str, path: Path) -> dict[str, Tensor]:
    """The tensors of a tower. Raises UnavailableError for a file that is missing, damaged or of another network."""
    prefixes = (f"{name}_model.", f"{name}_proj.")
    tensors = {key: tensor for key, tensor in _map(path).items() if key.startswith(prefixes)}
    return _checked(path, name, tensors, lambda of: _tower_sizes(name, of), lambda sizes: tower_shapes(name, sizes))


def _map(path: Path) -> Mapping[str, Tensor]:
    """The tensors of a file by name, memory-mapped; no code in it is executed."""
    try:
        if path.suffix == ".safetensors":
            with safe_open(path, framework="pt") as file:
                return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        content = torch.load(path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path))
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError, SafetensorError) as error:
        raise _unreadable(path, error) from error
    tensors = content.get("model", content) if isinstance(content, dict) else {}
    return {name: tensor for name, tensor in tensors.items() if isinstance(tensor, Tensor)}


def _checked(
    path: Path,
    name: str,
    tensors: Mapping[str, Tensor],
    read_sizes: Callable[[Mapping[str, Tensor]], "TowerSizes | MertSizes"],
    layout: Callable,
) -> dict[str, Tensor]:
    """The tensors that inference needs. Raises UnavailableError unless names, shapes and dtypes match the network."""
    what = "MERT" if name == "mert" else f"the {name} tower of CLaMP 3"
    try:
        sizes = read_sizes(tensors)
    except KeyError as error:
        raise _not_the_network(path, what, f"{error.args[0]} is missing") from error
    if sizes.hidden == OFFICIAL[name].hidden and sizes != OFFICIAL[name]:
        raise _not_the_network(path, what, f"it has {sizes}, not {OFFICIAL[name]}")
    expected = layout(sizes)
    for key, shape in expected.items():
        if key not in tensors and not is_unused(key):
            raise _not_the_network(path, what, f"{key} is missing")
        if key in tensors and (tuple(tensors[key].shape), tensors[key].dtype) != (shape, torch.float32):
            found = f"{list(tensors[key].shape)} {tensors[key].dtype}"
            raise _not_the_network(path, what, f"{key} is {found}, not {list(shape)} {torch.float32}")
    if unknown := sorted(set(tensors).difference(expected)):
        raise _not_the_network(path, what, f"{unknown[0]} is unknown")
    return {key: tensors[key] for key in expected if not is_unused(key)}


def _tower_sizes(name: str, tensors: Mapping[str, Tensor]) -> TowerSizes:
    model = MODELS[name]
    words = tensors.get(f"{model}embeddings.word_embeddings.weight")
    positions = tensors[f"{model}embeddings.position_embeddings.weight"]
    return TowerSizes(
        hidden=positions.shape[-1],
        layers=_count(rf"{re.escape(model)}encoder\.layer\.(\d+)\.", tensors),
        feed_forward=len(tensors[f"{model}encoder.layer.0.intermediate.dense.weight"]),
        vocabulary=1 if words is None else len(words),  # left out of converted towers without words
        positions=len(positions),
        token_types=len(tensors[f"{model}embeddings.token_type_embeddings.weight"]),
    )


def _mert_sizes(tensors: Mapping[str, Tensor]) -> MertSizes:
    direction = tensors[f"{_POSITIONAL}weight_v"]
    if direction.ndim != 3:
        raise KeyError(f"{_POSITIONAL}weight_v with three dimensions")
    return MertSizes(
        hidden=direction.shape[0],
        layers=_count(r"encoder\.layers\.(\d+)\.", tensors),
        feed_forward=len(tensors["encoder.layers.0.feed_forward.intermediate_dense.weight"]),
        channels=len(tensors["feature_extractor.conv_layers.0.conv.weight"]),
        group=direction.shape[1],
        taps=direction.shape[2],
    )


def _count(pattern: str, names: Mapping[str, Tensor]) -> int:
    return len({found.group(1) for name in names if (found := re.match(pattern, name))})


def _layer(prefix: str, names: LayerNames, hidden: int, feed_forward: int) -> Shapes:
    shapes: Shapes = {}
    for part in (names.query, names.key, names.value, names.attention_output):
        shapes |= _linear(prefix + part, hidden, hidden)
    shapes |= _linear(prefix + names.feed_forward_in, feed_forward, hidden)
    shapes |= _linear(prefix + names.feed_forward_out, hidden, feed_forward)
    return shapes | _norm(prefix + names.attention_norm, hidden) | _norm(prefix + names.output_norm, hidden)


def _linear(name: str, outputs: int, inputs: int) -> Shapes:
    return {f"{name}.weight": (outputs, inputs), f"{name}.bias": (outputs,)}


def _norm(name: str, size: int) -> Shapes:
    return {f"{name}.weight": (size,), f"{name}.bias": (size,)}


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise UnavailableError(f"There is no file {path}", "Run `polymuse models pull clamp3`")
    return path


def _unreadable(path: Path, error: Exception) -> UnavailableError:
    return UnavailableError(f"{path} cannot be read as weights: {reading_fault(error)}", "Download it again")


def _not_the_network(path: Path, what: str, why: str) -> UnavailableError:
    return UnavailableError(f"{path} does not hold {what}: {why}", "Check that it is the complete official file")
