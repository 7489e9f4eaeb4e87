"""Stems by BS-RoFormer, for every profile that wants them."""

from pathlib import Path
from typing import TYPE_CHECKING

from models.profiles.profile import AUTO, Profile
from models.separator import SeparationSpec
from polymuse.errors import UserError
from polymuse.music import BASS, DRUMS, INSTRUMENTAL, OTHER, VOCALS

if TYPE_CHECKING:
    from models.separator import Separator
    from models.weights.store import WeightStore

FOUR_STEMS = (DRUMS, BASS, OTHER)  # separated only by the four-stem networks
BS_ROFORMER_VOCALS = "bs_roformer_vocals"
BS_ROFORMER_4STEMS = ("bs_roformer_4stems_ft", "bs_roformer_4stems")  # the preferred one first: its licence is stated


class BSRoformerProfile(Profile):
    """A profile with BS-RoFormer as separator: vocals and instrumental, or vocals, drums, bass and other."""

    stems = (VOCALS, INSTRUMENTAL)
    more_stems = FOUR_STEMS
    overlaps = True

    def separator(self, store: "WeightStore", spec: SeparationSpec) -> "Separator":
        """Implements `Profile.separator`, in half precision if the device is fast in it."""
        pairs = _files(store, spec.stems)
        from models.bs_roformer.chained import ChainedSeparator
        from models.bs_roformer.separator import BSRoformerSeparator, Options

        options = Options(precision=AUTO, cpu_fallback=spec.cpu_fallback)
        rest = tuple(stem for stem in spec.stems if stem != VOCALS)
        parts = [spec.stems] if len(pairs) == 1 else [(VOCALS,), rest]
        first, *second = (
            BSRoformerSeparator.load(checkpoint, config, spec.device, spec.overlap, part, options)
            for (checkpoint, config), part in zip(pairs, parts, strict=True)
        )
        return ChainedSeparator(first, *second) if second else first

    def separator_fingerprint(self, store: "WeightStore", spec: SeparationSpec) -> str:
        """Implements `Profile.separator_fingerprint` from the hashes of the files."""
        pairs = _files(store, spec.stems)
        from models.bs_roformer.config import fingerprint
        from models.weights.fingerprint import chained_fingerprint

        first, *second = (fingerprint(checkpoint, config, spec.overlap) for checkpoint, config in pairs)
        return chained_fingerprint(first, *second) if second else first


def _files(store: "WeightStore", stems: tuple[str, ...]) -> list[tuple[Path, Path]]:
    """Checkpoint and configuration of each network that is needed for these stems."""
    names = [BS_ROFORMER_VOCALS]
    if set(FOUR_STEMS).intersection(stems):
        if INSTRUMENTAL in stems:
            raise UserError(
                "The stem instrumental cannot be combined with drums, bass and other",
                f"Stems: {VOCALS},{INSTRUMENTAL}, or of {VOCALS},{','.join(FOUR_STEMS)}",
            )
        present = store.present()
        names.append(next((name for name in BS_ROFORMER_4STEMS if name in present), BS_ROFORMER_4STEMS[0]))
    return [(checkpoint, config) for checkpoint, config in map(store.paths, names)]
