"""CLaMP 3 by the published implementations: networks and tokenizer of the transformers library, on the original files.

It follows the official code as it runs: one window and one padded segment at a time, in float32. It shares no code with
the rest of the package, so that a mistake on either side shows when both are compared.
"""

import math
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from zipfile import is_zipfile

import torch
from torch import Tensor, nn
from torch.nn import functional

RATE = 24_000  # Hz
WINDOW = 5 * RATE
SEGMENT = 128
SCORE_SEGMENT = 512
PATCH = 64  # characters
PAD = 1  # of XLM-R
HEAD = 64  # channels of an attention head

Encoder = Callable[[Tensor], Tensor]


def is_installed() -> bool:
    """Whether the transformers library is there. Does not import it, which takes seconds."""
    return find_spec("transformers") is not None


def tokenizer(path: Path) -> Callable[[str], list[int]]:
    """Text -> token ids, by the library's tokenizer on `tokenizer.json` as it is; lines are joined by `</s>`."""
    from transformers import PreTrainedTokenizerFast

    tokens = {"bos_token": "<s>", "eos_token": "</s>", "sep_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}
    library = PreTrainedTokenizerFast(tokenizer_file=str(path), **tokens)

    def encode(text: str) -> list[int]:
        lines = dict.fromkeys(line for line in text.split("\n") if line)
        return list(library("</s>".join(lines))["input_ids"])

    return encode


@torch.inference_mode()
def text_tower(checkpoint: Path, device: torch.device) -> Encoder:
    """Token ids [n] int64 -> [dim], not normalised. The network is XLMRobertaModel."""
    from transformers import XLMRobertaConfig, XLMRobertaModel

    state = _state(checkpoint, "text_model.")
    config = XLMRobertaConfig(**_sizes(state), pad_token_id=PAD, layer_norm_eps=1e-5)
    model = _pretrained(XLMRobertaModel, config, state, device)
    project = _projection(checkpoint, "text_proj.", device)

    def states(ids: Tensor, mask: Tensor) -> Tensor:
        padded = functional.pad(ids, (0, SEGMENT - len(ids)), value=PAD)
        return model(input_ids=padded[None].to(device), attention_mask=mask[None]).last_hidden_state[0]

    return lambda ids: _embed(ids, states, project, device)


@torch.inference_mode()
def audio_tower(checkpoint: Path, device: torch.device) -> Encoder:
    """MERT rows [W, H] -> [dim], not normalised; a row of zeros goes before and after. The network is BertModel."""
    from transformers import BertConfig, BertModel

    state = _state(checkpoint, "audio_model.")
    config = BertConfig(**_sizes(state))
    model = _pretrained(BertModel, config, state, device)
    project = _projection(checkpoint, "audio_proj.", device)

    def states(rows: Tensor, mask: Tensor) -> Tensor:
        padded = functional.pad(rows, (0, 0, 0, SEGMENT - len(rows)))
        return model(inputs_embeds=padded[None].to(device), attention_mask=mask[None]).last_hidden_state[0]

    return lambda rows: _embed(functional.pad(rows, (0, 0, 1, 1)), states, project, device)


@torch.inference_mode()
def symbolic_tower(checkpoint: Path, device: torch.device) -> Encoder:
    """Patches [n, 64] of character codes -> [dim], not normalised. One-hot codes, a linear map and BertModel."""
    from transformers import BertConfig, BertModel

    state = _state(checkpoint, "symbolic_model.base.")
    config = BertConfig(**_sizes(state))
    model = _pretrained(BertModel, config, state, device)
    embed = _projection(checkpoint, "symbolic_model.patch_embedding.", device)
    project = _projection(checkpoint, "symbolic_proj.", device)
    characters = embed.in_features // PATCH

    def states(patches: Tensor, mask: Tensor) -> Tensor:
        padded = functional.pad(patches.long(), (0, 0, 0, len(mask) - len(patches))).to(device)
        rows = embed(functional.one_hot(padded, characters).flatten(1).float())
        return model(inputs_embeds=rows[None], attention_mask=mask[None]).last_hidden_state[0]

    return lambda patches: _embed(patches, states, project, device, SCORE_SEGMENT)


@torch.inference_mode()
def mert(path: Path, device: torch.device) -> Encoder:
    """Mono samples [N] at 24 kHz, not normalised -> rows [W, H]. The network is HubertModel, as the official MERT."""
    from transformers import HubertConfig, HubertModel, Wav2Vec2FeatureExtractor

    state = tensors(path)
    positional = state["encoder.pos_conv_embed.conv.weight_v"]
    hidden, channels = len(positional), len(state["feature_projection.layer_norm.weight"])
    config = HubertConfig(
        hidden_size=hidden,
        num_hidden_layers=_layers(state, "encoder.layers."),
        num_attention_heads=hidden // HEAD,
        intermediate_size=len(state["encoder.layers.0.feed_forward.intermediate_dense.weight"]),
        conv_dim=(channels,) * 7,
        num_conv_pos_embeddings=positional.shape[2],
        num_conv_pos_embedding_groups=hidden // positional.shape[1],
    )
    model = _pretrained(HubertModel, config, state, device)
    extract = Wav2Vec2FeatureExtractor(sampling_rate=RATE, do_normalize=True, return_attention_mask=True)

    @torch.inference_mode()
    def rows(samples: Tensor) -> Tensor:
        normalised = extract(samples[None].numpy(), sampling_rate=RATE, return_tensors="pt").input_values.reshape(-1)
        means = []
        for window in normalised.split(WINDOW):
            if len(window) >= RATE:
                states = model(window[None].to(device), output_hidden_states=True).hidden_states
                means.append(torch.stack(states).mean(dim=2).mean(dim=0)[0].cpu())
        return torch.stack(means)

    return rows


def tensors(path: Path) -> dict[str, Tensor]:
    """All tensors of an original file, of the checkpoint or of MERT, by their official names; mapped if possible."""
    content = torch.load(path, map_location="cpu", weights_only=True, mmap=is_zipfile(path))
    new, old = "encoder.pos_conv_embed.conv.parametrizations.weight.original", "encoder.pos_conv_embed.conv.weight_"
    official = {f"{new}0": f"{old}g", f"{new}1": f"{old}v"}
    return {str(official.get(name, name)): tensor for name, tensor in content.get("model", content).items()}


def resampler() -> tuple[str, Callable[[Tensor, int], Tensor]]:
    """Its name, and [N] at a rate -> [M] at 24 kHz. Its formula stands in where torchaudio cannot be imported."""
    try:
        from torchaudio.functional import resample  # pyright: ignore[reportMissingImports]  # an extra
    except (ImportError, OSError):  # its wheels for GPUs do not load beside the CPU build of torch
        return "torchaudio's formula", _resample_by_formula
    return "torchaudio", lambda samples, rate: resample(samples, rate, RATE)


def _resample_by_formula(samples: Tensor, rate: int) -> Tensor:
    """Every output sample as its own sum over the input, as torchaudio documents its default: width 6, rolloff .99."""
    divisor = math.gcd(rate, RATE)
    source, target = rate // divisor, RATE // divisor
    if source == target:
        return samples
    base = 0.99 * min(source, target)
    width = math.ceil(6 * source / base)
    taps = torch.arange(-width, width + source)
    kernels = []
    for phase in range(target):
        offset = torch.tensor(phase / target, dtype=torch.float32).double()  # rounded, as torchaudio does
        t = ((taps.double() / source - offset) * base).clamp(-6, 6)
        sinc = torch.where(t == 0, 1.0, torch.sin(torch.pi * t) / (torch.pi * t))
        kernels.append(sinc * torch.cos(torch.pi * t / 12) ** 2 * base / source)
    kernel = torch.stack(kernels).float()
    padded = functional.pad(samples, (width, width + source))
    frames = padded.unfold(0, 2 * width + source, source)
    return (frames @ kernel.T).reshape(-1)[: math.ceil(target * len(samples) / source)]


@torch.inference_mode()
def _embed(
    sequence: Tensor,
    states: Callable[[Tensor, Tensor], Tensor],
    project: Encoder,
    device: torch.device,
    size: int = SEGMENT,
) -> Tensor:
    """The mean of the projected segments. The last one is as long as the others and counts by what is new in it."""
    pieces = list(sequence.split(size))
    weights = [len(piece) for piece in pieces]
    pieces[-1] = sequence[-size:]
    features = []
    for piece in pieces:
        mask = (torch.arange(size, device=device) < len(piece)).float()
        hidden = states(piece, mask)
        features.append(project((hidden * mask[:, None]).sum(dim=0) / mask.sum()))
    total = sum(feature * weight for feature, weight in zip(features, weights, strict=True))
    return (torch.as_tensor(total) / sum(weights)).cpu()


def _state(checkpoint: Path, prefix: str) -> dict[str, Tensor]:
    """The tensors of a part, without the prefix; mapped, so that only they are read."""
    found = tensors(checkpoint).items()
    return {name.removeprefix(prefix): tensor for name, tensor in found if name.startswith(prefix)}


def _sizes(state: Mapping[str, Tensor]) -> dict[str, Any]:
    """The arguments of a configuration of BERT's kind that are in the tensors."""
    vocabulary, hidden = state["embeddings.word_embeddings.weight"].shape
    return {
        "vocab_size": vocabulary,
        "hidden_size": hidden,
        "num_hidden_layers": _layers(state, "encoder.layer."),
        "num_attention_heads": hidden // HEAD,
        "intermediate_size": len(state["encoder.layer.0.intermediate.dense.weight"]),
        "max_position_embeddings": len(state["embeddings.position_embeddings.weight"]),
        "type_vocab_size": len(state["embeddings.token_type_embeddings.weight"]),
    }


def _layers(state: Mapping[str, Tensor], prefix: str) -> int:
    return len({name[len(prefix) :].partition(".")[0] for name in state if name.startswith(prefix)})


def _pretrained(kind: Any, config: Any, state: Mapping[str, Tensor], device: torch.device) -> Any:
    """The library's network with these weights, all of them; random ones are never made, which would take seconds.

    Raises ValueError if names or shapes do not fit.
    """
    from transformers.utils import logging

    logging.disable_progress_bar()
    network, report = kind.from_pretrained(
        None, config=config, state_dict=dict(state), output_loading_info=True, attn_implementation="eager"
    )
    logging.enable_progress_bar()
    if faults := {key: sorted(map(str, value)) for key, value in report.items() if value}:
        raise ValueError(f"{kind.__name__} does not take the weights: {faults}")
    return network.to(device).eval()


def _projection(checkpoint: Path, prefix: str, device: torch.device) -> nn.Linear:
    state = _state(checkpoint, prefix)
    outputs, inputs = state["weight"].shape
    linear = nn.Linear(inputs, outputs)
    linear.load_state_dict(state, strict=True)
    return linear.to(device)
