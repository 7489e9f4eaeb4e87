"""CLaMP 3 and MERT of any size with random weights, in files of the official layout.

The recipe is that of the reference outputs in tests/golden/clamp3, which were computed by the official code from the
tiny size, so the weights need not be stored. It also serves the benchmarks, in full size.
"""

import json
import zlib
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from models.clamp3.checkpoint import MertSizes, TowerSizes, mert_shapes, tower_shapes

TINY = {
    "text": TowerSizes(128, 2, 512, vocabulary=512, positions=514, token_types=1),
    "audio": TowerSizes(128, 2, 512, vocabulary=1, positions=128, token_types=2),
    "symbolic": TowerSizes(128, 2, 512, vocabulary=1, positions=512, token_types=2),
    "mert": MertSizes(128, 2, 256, channels=32, group=8, taps=128),
}
REDUCED = {  # a quarter of every width, a sixth of the depth
    "text": TowerSizes(192, 2, 768, vocabulary=4096, positions=514, token_types=1),
    "audio": TowerSizes(192, 2, 768, vocabulary=1, positions=128, token_types=2),
    "symbolic": TowerSizes(192, 2, 768, vocabulary=1, positions=512, token_types=2),
    "mert": MertSizes(192, 2, 768, channels=128, group=12, taps=128),
}
CHECKPOINT_SEED = 1234
MERT_SEED = 99


def seeded(name: str, shape: tuple[int, ...], seed: int) -> Tensor:
    """The tensor with this name: standard normal numbers, scaled by the kind of tensor."""
    generator = torch.Generator().manual_seed((zlib.crc32(name.encode()) + seed) % 2**31)
    x = torch.randn(shape, generator=generator)
    kind = name.lower()
    if "layernorm" in kind or "layer_norm" in kind:
        return x.mul_(0.2).add_(1) if name.endswith("weight") else x.mul_(0.1)
    if name.endswith("original0"):  # the gain of a weight norm
        return x.mul_(0.04).abs_().add_(1)
    if "conv_layers" in kind:
        return x.mul_((2 / (shape[1] * shape[2])) ** 0.5)
    if "embeddings" in kind:
        return x.mul_(0.2)
    return x.mul_(0.1 if name.endswith("bias") else 0.04)


def towers(sizes: Mapping = TINY) -> dict[str, Tensor]:
    """The state of the text and the audio tower."""
    shapes = tower_shapes("text", sizes["text"]) | tower_shapes("audio", sizes["audio"])
    return {name: seeded(name, shape, CHECKPOINT_SEED) for name, shape in shapes.items()}


def symbolic(sizes: Mapping = TINY) -> dict[str, Tensor]:
    """The state of the symbolic tower."""
    shapes = tower_shapes("symbolic", sizes["symbolic"])
    return {name: seeded(name, shape, CHECKPOINT_SEED) for name, shape in shapes.items()}


def save_checkpoint(path: Path, sizes: Mapping = TINY) -> None:
    """A checkpoint as training leaves it: all three towers, and the optimizer's state of the symbolic one."""
    of_scores = symbolic(sizes)
    parameters = [torch.nn.Parameter(tensor) for tensor in of_scores.values()]
    optimizer = torch.optim.AdamW(parameters, lr=0.0)
    for parameter in parameters:
        parameter.grad = torch.zeros_like(parameter)
    optimizer.step()
    content = {
        "model": OrderedDict(towers(sizes) | of_scores),
        "optimizer": optimizer.state_dict(),
        "lr_sched": {"base_lrs": [1e-5], "last_epoch": 0, "_last_lr": [0.0], "lr_lambdas": [{}]},
        "epoch": 3,
        "best_epoch": 3,
        "min_eval_loss": 1.25,
        "modality": "symbolic",
    }
    torch.save(content, path)


def mert(sizes: Mapping = TINY, legacy: bool = True) -> dict[str, Tensor]:
    """The state of MERT, with the names of the weight norm in the official file or the newer ones."""
    renamed = {"weight_g": "parametrizations.weight.original0", "weight_v": "parametrizations.weight.original1"}
    state = {}
    for name, shape in mert_shapes(sizes["mert"]).items():
        head, _, last = name.rpartition(".")
        newer = f"{head}.{renamed[last]}" if last in renamed else name
        state[name if legacy else newer] = seeded(newer, shape, MERT_SEED)
    return state


def save_mert(folder: Path, sizes: Mapping = TINY, legacy: bool = True) -> None:
    """MERT in a folder like that of the hub."""
    folder.mkdir(exist_ok=True)
    torch.save(mert(sizes, legacy), folder / "pytorch_model.bin")


def save_tokenizer(path: Path, vocabulary: int, texts: Iterable[str] = ()) -> None:
    """A tokenizer.json in XLM-R's layout: the words of the texts, and fillers up to `vocabulary` pieces."""
    words = sorted({word for text in texts for word in text.split()})
    pieces = ["<s>", "<pad>", "</s>", "<unk>", *(f"▁{word}" for word in words)]
    pieces += [f"▁{number}x" for number in range(vocabulary - 1 - len(pieces))] + ["<mask>"]
    model = {"type": "Unigram", "unk_id": 3, "vocab": [[piece, -float(n % 17)] for n, piece in enumerate(pieces)]}
    metaspace = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}
    pre_tokenizer = {"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, metaspace]}
    rest = dict.fromkeys(("truncation", "padding", "normalizer", "decoder")) | special_tokens(len(pieces))
    path.write_text(json.dumps(rest | {"pre_tokenizer": pre_tokenizer, "model": model}))


def special_tokens(size: int) -> dict[str, Any]:
    """The parts of XLM-R's tokenizer.json that put `<s>` before a text of a tokenizer of this size and `</s>` after."""
    names = {"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3, "<mask>": size - 1}
    plain = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
    start, end = ({"SpecialToken": {"id": name, "type_id": 0}} for name in ("<s>", "</s>"))
    text, other = ({"Sequence": {"id": name, "type_id": 0}} for name in "AB")
    return {
        "added_tokens": [{"id": number, "content": name, "special": True} | plain for name, number in names.items()],
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [start, text, end],
            "pair": [start, text, end, end, other, end],
            "special_tokens": {name: {"id": name, "ids": [names[name]], "tokens": [name]} for name in ("<s>", "</s>")},
        },
    }
