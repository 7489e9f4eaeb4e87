"""MERT as HubertModel of the transformers library, one window after the other: the peer of models/clamp3/mert.py."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from models.clamp3.checkpoint import CONV_KERNELS
from models.clamp3.mert import windows
from models.clamp3.transformer import HEAD_DIM

if TYPE_CHECKING:
    from transformers import HubertModel  # pyright: ignore[reportMissingImports]


def hubert(tensors: Mapping[str, Tensor], device: torch.device) -> "HubertModel":
    """The model with weights from `map_mert`, in float32. Sizes are read from the weights."""
    from transformers import HubertConfig, HubertModel  # pyright: ignore[reportMissingImports]

    hidden, group, taps = tensors["encoder.pos_conv_embed.conv.weight_v"].shape
    channels = len(tensors["feature_extractor.conv_layers.0.conv.weight"])
    config = HubertConfig(
        hidden_size=hidden,
        num_hidden_layers=sum(name.endswith("attention.q_proj.weight") for name in tensors),
        num_attention_heads=hidden // HEAD_DIM,
        intermediate_size=len(tensors["encoder.layers.0.feed_forward.intermediate_dense.weight"]),
        conv_dim=(channels,) * len(CONV_KERNELS),
        num_conv_pos_embeddings=taps,
        num_conv_pos_embedding_groups=hidden // group,
    )
    model = HubertModel(config).eval()
    model.load_state_dict({**tensors, "masked_spec_embed": model.masked_spec_embed.detach()})  # only for training
    torch.nn.Module.to(model, device)
    return model


@torch.inference_mode()
def rows(model: "HubertModel", track: Tensor) -> Tensor:
    """A preprocessed track [N] -> [W, H] float32 on the CPU, a row for each window."""
    found = []
    for window in windows(track):
        states = model(window[None].to(model.device), output_hidden_states=True).hidden_states
        found.append(torch.stack(states).float().mean(dim=(0, 2))[0].cpu())
    return torch.stack(found)
