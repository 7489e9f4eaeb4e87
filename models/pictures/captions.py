"""Captions of picture files, by the weights of a store; the network is kept for the next picture."""

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from models.weights.manifest import download_size, megabytes
from models.weights.store import WeightStore
from polymuse.errors import BadPictureError, MissingWeightsError, UnavailableError
from polymuse.memory import shortage_as

if TYPE_CHECKING:
    from models.pictures.captioner import Captioner

WEIGHTS = "blip_captioning_base"
PACKAGES = ("PIL", "transformers")  # of the extra
INSTALL = "`pip install 'poly-muse[images]'`"


class NoPicturesError(UnavailableError):
    """Packages or weights for pictures are not installed."""

    kind: ClassVar[str] = "pictures-unavailable"


def have_packages() -> bool:
    """Whether the extra is installed; nothing of it is imported."""
    return all(find_spec(package) is not None for package in PACKAGES)


def check_packages() -> None:
    """Raises NoPicturesError if the extra is not installed."""
    if not have_packages():
        raise NoPicturesError("BLIP, which describes pictures, is not installed", f"Run {INSTALL}")


def can_caption(models: Path) -> bool:
    """Whether the extra and the weights are installed; reads no weights."""
    return have_packages() and WEIGHTS in WeightStore(models).present()


def check_can_caption(models: Path) -> None:
    """Raises NoPicturesError, which says what to install and how much there is to download."""
    store = WeightStore(models)
    steps = [] if have_packages() else [INSTALL]
    if WEIGHTS not in store.present():
        size = megabytes(download_size(store.select(WEIGHTS)))
        steps.append(f"`polymuse models pull {WEIGHTS}` ({size} to download)")
    if steps:
        raise NoPicturesError("BLIP, which describes pictures, is not installed", f"Run {' and '.join(steps)}")


def caption_picture(models: Path, path: Path) -> str:
    """What is to be seen in a picture, in one line of English. `models` is the folder of the weights.

    Raises BadPictureError, whose message does not contain the path; NoPicturesError; UnavailableError if the weights
    are damaged.
    """
    check_can_caption(models)
    with shortage_as(BadPictureError("Describing the picture takes too much memory", "Save it in a smaller size")):
        caption = _captioner(models).caption(path)
    if not caption:
        raise BadPictureError("No words were found for the picture", "Describe it yourself, or choose another")
    return caption


@lru_cache(maxsize=1)
def _captioner(models: Path) -> "Captioner":
    from models.pictures.captioner import Captioner

    try:
        return Captioner.load(WeightStore(models).path(WEIGHTS).parent)
    except MissingWeightsError as error:  # of another kind: the page would offer the weights of a profile
        raise UnavailableError(error.message, error.advice) from error
