"""Pictures for tests, and weights of a tiny network that describes them in random words."""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from models.pictures.captions import WEIGHTS
from models.weights.store import WeightStore
from tests.helpers.paths import ROOT

BLIP_TINY = ROOT / "tests" / "golden" / "blip_tiny"
CAPTIONS: dict[str, str] = json.loads((BLIP_TINY / "captions.json").read_text())
GRADIENT = BLIP_TINY / "images" / "gradient.png"
SVG = b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9"/></svg>'


def install_blip(models: Path) -> None:
    """Put the tiny network into the store at `models`, as `polymuse models import` does."""
    store = WeightStore(models)
    source: Any = store.select(WEIGHTS)[0].source
    store.import_files(WEIGHTS, [BLIP_TINY / file.name for file in source.files])


def corners(mode: str = "RGB") -> Image.Image:
    """48 × 32: red, green, blue and white quarters, in reading order."""
    pixels = np.zeros((32, 48, 3), np.uint8)
    pixels[:16, :24], pixels[:16, 24:], pixels[16:, :24], pixels[16:, 24:] = (
        (255, 0, 0),
        (0, 255, 0),
        (0, 0, 255),
        (255, 255, 255),
    )
    return Image.fromarray(pixels).convert(mode)


def encoded(image: Image.Image, form: str, **options: Any) -> bytes:
    """The bytes of a picture in a format of Pillow."""
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()
