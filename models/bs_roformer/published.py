"""BS-RoFormer by the published implementation: the network of the package `bs-roformer`, in float32.

A chunk at a time by the training repository's rule (`demix`, batch size 1), written down plainly: every chunk and both
sums in full. Reads checkpoint and configuration itself and shares no code with the rest of the package, so that a
mistake on either side shows when both are compared.
"""

import inspect
import warnings
from pathlib import Path
from typing import Any

import torch
import yaml
from torch import Tensor, nn
from torch.nn import functional


class PublishedRoformer:
    """The network and what its configuration says about stems and chunks."""

    def __init__(self, checkpoint: Path, config: Path, device: torch.device) -> None:
        content = yaml.load(config.read_text("utf-8"), _Loader)  # noqa: S506  a SafeLoader
        training, inference = content["training"], content.get("inference", {})
        self.device = device
        self.chunk: int = inference.get("chunk_size") or content["audio"]["chunk_size"]
        target = training.get("target_instrument")
        self._masks: list[str] = [target] if target else list(training["instruments"])
        self._network = _network(content["model"])
        state = torch.load(checkpoint, map_location="cpu", weights_only=True)
        for wrapper in ("state_dict", "state", "model_state_dict"):
            state = state.get(wrapper, state)
        self._network.load_state_dict(state, strict=True)
        self._network.float().eval().to(device)

    @torch.inference_mode()
    def forward(self, chunk: Tensor) -> Tensor:
        """[2, T] -> [masks, 2, T] on the CPU. T is a multiple of the hop, as the package keeps whole hops only."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # it sets the attention kernel in an old way
            output = self._network(chunk[None].to(self.device)).cpu()
        return output[0].reshape(len(self._masks), *output.shape[-2:])

    def separate(self, mix: Tensor, overlap: int) -> dict[str, Tensor]:
        """[2, N] float32 -> {stem: [2, N]}. A single stem has the rest of the mix beside it."""
        step, fade = self.chunk // overlap, self.chunk // 10
        border = self.chunk - step
        bordered = mix.shape[1] > 2 * border > 0
        signal = functional.pad(mix[None], (border, border), "reflect")[0] if bordered else mix
        length = signal.shape[1]
        total = torch.zeros(len(self._masks), 2, length)
        weight = torch.zeros(length)
        for start in range(0, length, step):
            part = signal[:, start : start + self.chunk]
            size = part.shape[1]
            mode = "reflect" if size > self.chunk // 2 else "constant"
            output = self.forward(functional.pad(part[None], (0, self.chunk - size), mode)[0])
            window = torch.ones(self.chunk)
            if start > 0:
                window[:fade] = torch.linspace(0, 1, fade)
            if start == 0 or start + step < length:
                window[-fade:] = torch.linspace(1, 0, fade)
            total[..., start : start + size] += (output * window)[..., :size]
            weight[start : start + size] += window[:size]
        stems = torch.nan_to_num(total / weight)
        if bordered:
            stems = stems[..., border:-border]
        named = {name.lower(): stem for name, stem in zip(self._masks, stems, strict=True)}
        return named if len(named) > 1 else named | {"rest": mix - stems[0]}


class _Loader(yaml.SafeLoader):
    """Takes the tag of Python's tuples, which the published files use."""


def _tuple(loader: yaml.SafeLoader, node: yaml.SequenceNode) -> tuple[Any, ...]:
    return tuple(loader.construct_sequence(node))


_Loader.add_constructor("tag:yaml.org,2002:python/tuple", _tuple)


def _network(given: dict[str, Any]) -> Any:
    """The package's network for the section `model`; arguments that it does not know change nothing at inference."""
    from bs_roformer import BSRoformer
    from bs_roformer.bs_roformer import MaskEstimator

    known = inspect.signature(BSRoformer).parameters
    arguments = {name: value for name, value in given.items() if name in known}
    if "freqs_per_bands" in arguments:
        arguments["freqs_per_bands"] = tuple(arguments["freqs_per_bands"])
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "A window was not provided")
        network: Any = BSRoformer(**arguments)
    factor = given.get("mlp_expansion_factor", 4)
    if factor != 4:  # the package has no argument for it
        widths = tuple(features[1].in_features for features in network.band_split.to_features)
        depth = given.get("mask_estimator_depth", 2)
        network.mask_estimators = nn.ModuleList(
            MaskEstimator(dim=given["dim"], dim_inputs=widths, depth=depth, mlp_expansion_factor=factor)
            for _ in range(given.get("num_stems", 1))
        )
    return network
