"""Stems by Spleeter: vocals and instrumental at a small part of the work of BS-RoFormer."""

from typing import TYPE_CHECKING

from models.separator import SeparationSpec
from models.separators.choice import SeparatorChoice
from polymuse.music import INSTRUMENTAL, VOCALS

if TYPE_CHECKING:
    from models.starter.spleeter import Spleeter
    from models.weights.store import WeightStore

SPLEETER_2STEMS = "spleeter_2stems"


class SpleeterChoice(SeparatorChoice):
    """Spleeter with two stems, fast on any machine."""

    name = "spleeter"

    @property
    def stems(self) -> tuple[str, ...]:
        return (VOCALS, INSTRUMENTAL)

    def load(self, store: "WeightStore", spec: SeparationSpec) -> "Spleeter":
        """Implements `SeparatorChoice.load`: always both stems."""
        from models.runtime.device import choose_device
        from models.starter.spleeter import Spleeter

        return Spleeter.load(store.path(SPLEETER_2STEMS), str(choose_device(spec.device)))

    def fingerprint(self, store: "WeightStore", spec: SeparationSpec) -> str:  # noqa: ARG002
        """Implements `SeparatorChoice.fingerprint` from the hash of the file."""
        from models.weights.fingerprint import SPLEETER, fingerprint_of

        return fingerprint_of(SPLEETER, store.path(SPLEETER_2STEMS))
