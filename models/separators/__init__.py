"""Separators by name: every profile may use each of them. Importing this module imports no network."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from models.separator import AUTO, NONE, SeparationSpec
from models.separators.bs_roformer import FOUR_STEMS, SINGLE, BSRoformer, BSRoformerFiles
from models.separators.choice import SeparatorChoice
from models.separators.spleeter import SpleeterChoice
from polymuse.errors import UserError

if TYPE_CHECKING:
    from models.weights.store import WeightStore

__all__ = ("SEPARATORS", "SeparatorChoice", "choose_separator", "separator_name", "separator_names")

BS_ROFORMER = BSRoformer()
SEPARATORS: Mapping[str, SeparatorChoice] = {choice.name: choice for choice in (BS_ROFORMER, SpleeterChoice(), *SINGLE)}
NAMED_OVERLAPS = 8  # overlaps of 1 to this are recognised by their fingerprints


def choose_separator(spec: SeparationSpec, default: str) -> SeparatorChoice | None:
    """The separator of a spec; None for "none". "auto" is the user's own checkpoint, or `default` if there is none.

    Raises UserError for an unknown name, and for a checkpoint without its configuration.
    """
    if spec.separator == AUTO and (spec.checkpoint is not None or spec.config is not None):
        if spec.checkpoint is None or spec.config is None:
            missing = "checkpoint" if spec.checkpoint is None else "config"
            raise UserError(
                f"A checkpoint and its configuration belong together, --{missing} is missing",
                "Give --checkpoint FILE and --config FILE (settings separator_checkpoint, separator_config): the "
                "weights, and the YAML file published with them",
            )
        return BSRoformerFiles(spec.checkpoint, spec.config)
    name = default if spec.separator == AUTO else spec.separator
    if name == NONE:
        return None
    if name not in SEPARATORS:
        raise UserError(f"There is no separator {name!r}", f"Separators: {', '.join((AUTO, *SEPARATORS, NONE))}")
    return SEPARATORS[name]


def separator_names(store: "WeightStore", spec: SeparationSpec = SeparationSpec()) -> dict[str, str]:
    """{fingerprint: name} of all separators whose weights are installed, and of the user's own checkpoint.

    An overlap that is not the default is part of the name. Damaged weights are left out.
    """
    default = SeparationSpec().overlap
    kinds = [(choice, ()) for choice in SEPARATORS.values()] + [(BS_ROFORMER, FOUR_STEMS)]
    some = [
        (choice, stems, overlap)
        for choice, stems in kinds
        for overlap in (range(1, NAMED_OVERLAPS + 1) if choice.overlaps else [default])
    ]
    if spec.checkpoint is not None and spec.config is not None:  # without a record of their hashes, which take seconds
        own = BSRoformerFiles(spec.checkpoint, spec.config)
        some += [(own, (), overlap) for overlap in dict.fromkeys((default, spec.overlap))]
    names: dict[str, str] = {}
    for choice, stems, overlap in some:
        name = f"{choice.name} (4 stems)" if stems else choice.name
        try:
            made = choice.fingerprint(store, SeparationSpec(stems, overlap))
        except UserError:  # of weights that are missing or damaged, and of files that cannot be read
            continue
        names.setdefault(made, name if overlap == default else f"{name} (overlap {overlap})")
    return names


def separator_name(fingerprint: str, names: Mapping[str, str]) -> str:
    """The name of a separator, or the beginning of its fingerprint if its weights are not installed."""
    return names.get(fingerprint, f"another separator ({fingerprint[:12]})")
