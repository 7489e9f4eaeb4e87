"""Stems by BS-RoFormer: by the networks of the manifest together, by a single one of them, or by files of the user."""

from pathlib import Path
from typing import TYPE_CHECKING

from models.separator import AUTO, SAMPLE_RATE, SeparationSpec
from models.separators.choice import SeparatorChoice
from polymuse.errors import MissingWeightsError, UserError
from polymuse.music import BASS, DRUMS, INSTRUMENTAL, OTHER, VOCALS
from polymuse.paths import printable

if TYPE_CHECKING:
    from models.bs_roformer.separator import BSRoformerSeparator
    from models.separator import Separator
    from models.weights.store import WeightStore

FOUR_STEMS = (DRUMS, BASS, OTHER)  # separated only by the four-stem networks
BS_ROFORMER_VOCALS = "bs_roformer_vocals"
BS_ROFORMER_4STEMS = ("bs_roformer_4stems_ft", "bs_roformer_4stems")  # the preferred one first: its licence is stated


class BSRoformer(SeparatorChoice):
    """Vocals and instrumental, or vocals, drums, bass and other, by the network that is best for each."""

    name = "bs_roformer"
    more_stems = FOUR_STEMS
    overlaps = True
    accelerated = True
    jobs = 1  # one network keeps every core or the GPU busy

    @property
    def stems(self) -> tuple[str, ...]:
        return (VOCALS, INSTRUMENTAL)

    def load(self, store: "WeightStore", spec: SeparationSpec) -> "Separator":
        """Implements `SeparatorChoice.load`, in half precision if the device is fast in it."""
        pairs = _files(store, spec.stems)
        rest = tuple(stem for stem in spec.stems if stem != VOCALS)
        parts = [spec.stems] if len(pairs) == 1 else [(VOCALS,), rest]
        first, *second = (_load(*pair, part, spec) for pair, part in zip(pairs, parts, strict=True))
        from models.bs_roformer.chained import ChainedSeparator

        return ChainedSeparator(first, *second) if second else first

    def fingerprint(self, store: "WeightStore", spec: SeparationSpec) -> str:
        """Implements `SeparatorChoice.fingerprint` from the hashes of the files."""
        pairs = _files(store, spec.stems)
        from models.bs_roformer.config import fingerprint
        from models.weights.fingerprint import chained_fingerprint

        first, *second = (fingerprint(checkpoint, config, spec.overlap) for checkpoint, config in pairs)
        return chained_fingerprint(first, *second) if second else first


class BSRoformerWeights(SeparatorChoice):
    """A single network of the manifest with all its stems."""

    overlaps = True
    accelerated = True
    jobs = 1

    def __init__(self, name: str, stems: tuple[str, ...]) -> None:
        self.name = name
        self._stems = stems

    @property
    def stems(self) -> tuple[str, ...]:
        return self._stems

    def load(self, store: "WeightStore", spec: SeparationSpec) -> "BSRoformerSeparator":
        """Implements `SeparatorChoice.load`."""
        checkpoint, config = store.paths(self.name)
        return _load(checkpoint, config, spec.stems, spec)

    def fingerprint(self, store: "WeightStore", spec: SeparationSpec) -> str:
        """Implements `SeparatorChoice.fingerprint` from the hashes of the files, the same for any of the stems."""
        from models.bs_roformer.config import fingerprint

        checkpoint, config = store.paths(self.name)
        return fingerprint(checkpoint, config, spec.overlap)


class BSRoformerFiles(SeparatorChoice):
    """A checkpoint of the user's own, with all stems that its configuration names."""

    overlaps = True
    accelerated = True
    jobs = 1

    def __init__(self, checkpoint: Path, config: Path) -> None:
        self.name = printable(checkpoint.name)
        self._checkpoint = checkpoint
        self._config = config

    @property
    def stems(self) -> tuple[str, ...]:
        from models.bs_roformer.config import read_config

        return read_config(self._config).stems

    def load(self, store: "WeightStore", spec: SeparationSpec) -> "BSRoformerSeparator":  # noqa: ARG002
        """Implements `SeparatorChoice.load`. Also raises UserError for another sample rate."""
        separator = _load(self._checkpoint, self._config, spec.stems, spec)
        if separator.sample_rate != SAMPLE_RATE:
            raise UserError(
                f"{self._config}: the checkpoint is for {separator.sample_rate} Hz",
                f"Only checkpoints for {SAMPLE_RATE} Hz are supported",
            )
        return separator

    def fingerprint(self, store: "WeightStore", spec: SeparationSpec) -> str:  # noqa: ARG002
        """Implements `SeparatorChoice.fingerprint`. Reads both files. Raises UserError if one cannot be read."""
        from models.bs_roformer.config import fingerprint

        try:
            return fingerprint(self._checkpoint, self._config, spec.overlap)
        except OSError as error:
            raise UserError(
                f"Cannot read {error.filename}: {error.strerror}",
                "Give the paths of the checkpoint and of its YAML file",
            ) from error


SINGLE = tuple(
    BSRoformerWeights(name, stems)
    for name, stems in {
        BS_ROFORMER_VOCALS: (VOCALS, INSTRUMENTAL),
        **dict.fromkeys(BS_ROFORMER_4STEMS, (DRUMS, BASS, OTHER, VOCALS)),
    }.items()
)


def _load(checkpoint: Path, config: Path, stems: tuple[str, ...], spec: SeparationSpec) -> "BSRoformerSeparator":
    from models.bs_roformer.separator import BSRoformerSeparator, Options

    options = Options(precision=AUTO, cpu_fallback=spec.cpu_fallback)
    return BSRoformerSeparator.load(checkpoint, config, spec.device, spec.overlap, stems, options)


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
    try:
        return [(checkpoint, config) for checkpoint, config in map(store.paths, names)]
    except MissingWeightsError as error:
        if len(names) > 1:
            raise
        other = "choose --separator spleeter (setting separator), a small network for any machine"
        raise MissingWeightsError(error.message, f"{error.advice}, or {other}") from error
