"""BLIP by transformers: a picture in, a short English description out.

The steps are those of CLaMP 3's image captioning (sander-wood/clamp3, inference/image_captioning.py): no prompt,
greedy, 20 ids with the start token, float32. Heavy packages are imported when this module is.
"""

import pickle
import zipfile
from collections.abc import Mapping
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor
from transformers import BlipConfig, BlipForConditionalGeneration
from transformers.models.blip.image_processing_pil_blip import BlipImageProcessorPil  # torchvision's pixels differ
from transformers.utils import logging

from models.pictures.opening import open_picture
from models.weights.reading_fault import reading_fault
from polymuse.errors import UnavailableError
from polymuse.parse_json import parse_json
from polymuse.text import clean

WEIGHTS, CONFIG, PREPROCESSOR, TOKENIZER = (
    "pytorch_model.bin",
    "config.json",
    "preprocessor_config.json",
    "tokenizer.json",
)
MAX_IDS = 20  # the default of transformers 4, with the start token; version 5 stops one later


class Captioner:
    """Describes pictures. Not thread-safe."""

    def __init__(
        self, model: BlipForConditionalGeneration, processor: BlipImageProcessorPil, tokenizer: Tokenizer
    ) -> None:
        self.model = model
        self.processor = processor
        self.tokenizer = tokenizer

    @classmethod
    def load(cls, folder: Path) -> "Captioner":
        """From a folder with the published files. No code in them is executed, and nothing is downloaded.

        Raises UnavailableError if one is missing, damaged or of another network.
        """
        config = _read_config(folder / CONFIG)
        tensors = _read_tensors(folder / WEIGHTS)
        with torch.device("meta"):
            expected = BlipForConditionalGeneration(config).state_dict()
        _check(folder / WEIGHTS, tensors, expected)
        logging.disable_progress_bar()
        model = BlipForConditionalGeneration.from_pretrained(
            None, config=config, state_dict={name: tensors[name] for name in expected}, dtype=torch.float32
        )
        try:
            processor = BlipImageProcessorPil.from_pretrained(folder, local_files_only=True)
            tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        except Exception as error:  # tokenizers raises nothing more precise
            raise _unreadable(folder, error) from error
        return cls(model.eval(), processor, tokenizer)

    def caption(self, path: Path) -> str:
        """What is to be seen in a picture, in one line; "" if the network finds no words.

        Raises BadPictureError, whose message does not contain the path.
        """
        return clean(self.words(self.ids(self.pixels(path))))

    def pixels(self, path: Path) -> Tensor:
        """The input of the network, [1, 3, side, side] float32: bicubic, normalised by channel."""
        return self.processor(open_picture(path), return_tensors="pt")["pixel_values"]

    def ids(self, pixels: Tensor) -> list[int]:
        """Pixels [1, 3, side, side] -> the most likely ids, with those of start and end."""
        with torch.inference_mode():
            ids = self.model.generate(pixel_values=pixels, max_length=MAX_IDS, do_sample=False, num_beams=1)
        return ids[0].tolist()

    def words(self, ids: list[int]) -> str:
        """The text of ids without the special ones; the start token lies past the end of the vocabulary."""
        return self.tokenizer.decode(ids, skip_special_tokens=True)


def _read_config(path: Path) -> BlipConfig:
    try:
        values = parse_json(path.read_bytes())
        if values.get("model_type") != "blip":
            raise _not_blip(path, f"it is for {clean(str(values.get('model_type')))!r}")
        return BlipConfig.from_dict(values)
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise _unreadable(path, error) from error


def _read_tensors(path: Path) -> Mapping[str, Tensor]:
    """The tensors by name, memory-mapped."""
    try:
        content = torch.load(path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path))
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
        raise _unreadable(path, error) from error
    tensors = content if isinstance(content, dict) else {}
    return {name: tensor for name, tensor in tensors.items() if isinstance(tensor, Tensor)}


def _check(path: Path, tensors: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> None:
    """Raises UnavailableError unless names, shapes and dtypes match: transformers fills gaps with random numbers."""
    for name, parameter in expected.items():
        if name not in tensors:
            raise _not_blip(path, f"{name} is missing")
        found = tensors[name]
        if (found.shape, found.dtype) != (parameter.shape, torch.float32):
            shape, dtype = list(found.shape), found.dtype
            raise _not_blip(path, f"{name} is {shape} {dtype}, not {list(parameter.shape)} {torch.float32}")
    unknown = (name for name in sorted(tensors) if name not in expected and not name.endswith("position_ids"))
    if name := next(unknown, None):  # older versions of transformers saved the numbers of the positions
        raise _not_blip(path, f"{name} is unknown")


def _unreadable(path: Path, error: Exception) -> UnavailableError:
    return UnavailableError(f"{path} cannot be read as weights: {reading_fault(error)}", "Download it again")


def _not_blip(path: Path, why: str) -> UnavailableError:
    return UnavailableError(f"{path} does not hold BLIP: {why}", "Check that it is the complete official file")
