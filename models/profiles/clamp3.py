"""The profile clamp3: CLaMP 3, and stems by BS-RoFormer."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from models.profiles.profile import Profile

if TYPE_CHECKING:
    from models.clamp3.embedder import Clamp3Embedder
    from models.clamp3.quick import QuickClamp3Embedder
    from models.weights.store import Step, WeightStore

logger = logging.getLogger(__name__)

CHECKPOINT, MERT, TOKENIZER = "clamp3_saas", "mert_v1_95m", "xlm_roberta_tokenizer"
CONVERTED = "converted-"  # prefix of the directory next to the checkpoint


class Clamp3Profile(Profile):
    """The full profile: fast on a GPU, slow on a CPU."""

    name = "clamp3"
    weights = (CHECKPOINT, MERT, TOKENIZER)
    separates_with = "bs_roformer"
    reads_scores = True
    jobs = 1  # gigabytes of weights, and one network keeps every core or the GPU busy
    accelerated = True
    has_quick = True

    @property
    def score_suffixes(self) -> tuple[str, ...]:
        """Implements `Profile.score_suffixes`."""
        from models.clamp3.scores.reading import SUFFIXES

        return SUFFIXES

    def embedder(self, store: "WeightStore", device: str) -> "Clamp3Embedder":
        """Implements `Profile.embedder`. The first call converts the official files."""
        from models.clamp3.embedder import Clamp3Embedder

        converted = converted_weights(store, lambda _: None)
        return Clamp3Embedder.load(converted, converted, store.path(TOKENIZER), device)

    def quick_embedder(self, store: "WeightStore", device: str) -> "QuickClamp3Embedder":
        """Implements `Profile.quick_embedder`."""
        from models.clamp3.quick import QuickClamp3Embedder

        converted = converted_weights(store, lambda _: None)
        return QuickClamp3Embedder.load(converted, converted, store.path(TOKENIZER), device)

    def prepare(self, store: "WeightStore", progress: "Callable[[Step], None]") -> None:
        """Converts the official files."""
        converted_weights(store, progress)


def converted_weights(store: "WeightStore", progress: "Callable[[Step], None]") -> Path:
    """The directory with the fast-loading CLaMP 3 and MERT, converted from the official files if it does not exist."""
    import shutil

    from models.weights.fingerprint import fingerprint_of_texts
    from models.weights.store import Step
    from polymuse.files import SUFFIX

    checkpoint, mert = store.path(CHECKPOINT), store.path(MERT)
    sources = fingerprint_of_texts(*store.sha256s(CHECKPOINT), *store.sha256s(MERT))
    converted = checkpoint.parent / f"{CONVERTED}{sources[:16]}"
    if converted.is_dir():
        _add_symbolic_tower(store, checkpoint, converted, progress)
        return converted
    from models.clamp3.checkpoint import convert

    progress(Step("converting clamp3", 1, 1))
    with store.storing("free 2.5 GB"), store.exclusive(progress):
        if not converted.is_dir():  # another process may have made it meanwhile
            for outdated in checkpoint.parent.glob(f"{CONVERTED}*"):
                shutil.rmtree(outdated)
            unfinished = converted.with_name(converted.name + SUFFIX)
            unfinished.mkdir()
            for file in convert(checkpoint, mert, unfinished):
                shutil.copymode(checkpoint, file)  # safetensors makes files private
            unfinished.replace(converted)
    return converted


def _add_symbolic_tower(
    store: "WeightStore", checkpoint: Path, converted: Path, progress: "Callable[[Step], None]"
) -> None:
    """Adds the symbolic tower to a conversion of an earlier version, which had none.

    Where that fails, as on a full or a read-only disk, everything but scores works as before.
    """
    import shutil

    from models.clamp3.checkpoint import SYMBOLIC_FILE, convert_symbolic
    from models.weights.store import Step
    from polymuse.errors import UnavailableError
    from polymuse.files import SUFFIX

    tower = converted / SYMBOLIC_FILE
    if tower.is_file():
        return
    progress(Step("converting clamp3, the part that reads scores", 1, 1))
    try:
        with store.storing("free 400 MB"), store.exclusive(progress):
            if not tower.is_file():  # another process may have made it meanwhile
                unfinished = tower.with_name(tower.name + SUFFIX)
                convert_symbolic(checkpoint, unfinished)
                shutil.copymode(checkpoint, unfinished)
                unfinished.replace(tower)
    except UnavailableError as error:
        logger.warning("scores cannot be read: %s", error)
