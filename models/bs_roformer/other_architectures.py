"""Recognises checkpoints and configurations of other separators, so that a refusal can name them."""

from collections.abc import Collection, Mapping
from typing import Any

MEL_BAND = "a Mel-Band RoFormer, whose bands overlap"
HYPER_CONNECTIONS = "a RoFormer with hyper-connections"

# Keys of the section `model` of a configuration, in the training repository's files.
_MODEL_KEYS = {
    "num_bands": MEL_BAND,
    "mel_band_splits": MEL_BAND,
    "num_subbands": "an MDX23C network (TFC-TDF)",
    "num_blocks_per_scale": "an MDX23C network (TFC-TDF)",
    "band_SR": "an SCNet",
    "band_specs": "a BandIt network",
    "num_residual_streams": HYPER_CONNECTIONS,
}
_SECTIONS = {"htdemucs": "an HTDemucs", "hdemucs": "a Hybrid Demucs", "demucs": "a Demucs"}

# What names of weights begin with, the most particular first.
_PREFIXES = {
    "crosstransformer.": "an HTDemucs",
    "tencoder.": "a Hybrid Demucs",
    "separation_net.": "an SCNet",
    "first_conv.": "an MDX23C network (TFC-TDF)",
    "encoder_blocks.": "an MDX23C network (TFC-TDF)",
    "band_split_module.": "a BandIt network",
    "lstm.weight_ih": "an Open-Unmix network",
    "conv2d": "a network of TensorFlow, perhaps Spleeter",
    "decoder.": "a Demucs",
}


def architecture_of_config(content: Mapping[str, Any]) -> str:
    """What a configuration seems to be of, with its article; "" if nothing speaks against BS-RoFormer."""
    model = content.get("model")
    named = model if isinstance(model, str) else ""
    for section, architecture in _SECTIONS.items():
        if section in content or named.lower() == section:
            return architecture
    if not isinstance(model, dict) or "freqs_per_bands" in model:
        return ""
    return next((architecture for key, architecture in _MODEL_KEYS.items() if key in model), "")


def architecture_of_weights(names: Collection[str]) -> str:
    """What a checkpoint with weights of these names seems to be, with its article; "" if it cannot be told."""
    if any(name.startswith("mask_estimators.") for name in names):
        if any(".branch." in name for name in names):
            return HYPER_CONNECTIONS
        return MEL_BAND if "layers.0.0.norm.gamma" in names and "final_norm.gamma" not in names else ""
    for prefix, architecture in _PREFIXES.items():
        if any(name.startswith(prefix) for name in names):
            return architecture
    return ""


def architecture_of_class(name: str) -> str:
    """What a checkpoint with an object of this class seems to be, such as demucs.htdemucs.HTDemucs; "" if unknown."""
    module, _, kind = name.rpartition(".")
    for section, architecture in _SECTIONS.items():
        if kind.lower() == section or module.rpartition(".")[2] == section:
            return architecture
    return ""
