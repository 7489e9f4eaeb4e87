"""Time and memory for describing pictures: BLIP in full size with random weights, in the process of uploads.

    python benchmarks/pictures.py [--repetitions 2]

The words mean nothing; the work is that of the official weights, which also decide when a caption ends.
"""

import argparse
import json
import os
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from models.pictures.captioner import CONFIG, MAX_IDS, PREPROCESSOR, TOKENIZER, WEIGHTS, Captioner
from models.pictures.opening import open_picture
from polymuse.memory import limit_memory
from polymuse.pool import Pool
from search_api.uploads import WORKER_MEMORY

TEXT = {"vocab_size": 30_524, "bos_token_id": 30_522, "sep_token_id": 102, "num_attention_heads": 12}
VISION = {"image_size": 384, "num_attention_heads": 12}
TINY = Path(__file__).parents[1] / "tests" / "golden" / "blip_tiny"  # for the small files
SIDE = 10_000  # pixels of the largest square that is decoded whole


def save_blip(folder: Path) -> None:
    """The files of a BLIP in full size with seeded random weights, 0.9 GB."""
    from transformers import BlipConfig, BlipForConditionalGeneration

    config = {"model_type": "blip", "text_config": TEXT, "vision_config": VISION}
    torch.manual_seed(0)
    model = BlipForConditionalGeneration(BlipConfig.from_dict(config))
    torch.save(model.state_dict(), folder / WEIGHTS)
    (folder / CONFIG).write_text(json.dumps(config))
    preprocessor = json.loads((TINY / PREPROCESSOR).read_text()) | {"size": VISION["image_size"]}
    (folder / PREPROCESSOR).write_text(json.dumps(preprocessor))
    (folder / TOKENIZER).write_bytes((TINY / TOKENIZER).read_bytes())


def describe(work: tuple[Path, Path, int]) -> list[tuple[str, float, float]]:
    """(folder of the weights, picture, repetitions) -> name, seconds, peak of memory in GB after each step."""
    folder, picture, repetitions = work
    steps = []

    def note(name: str, start: float) -> None:
        peak = int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])  # kB
        steps.append((name, time.perf_counter() - start, peak / 1e6))

    start = time.perf_counter()
    captioner = Captioner.load(folder)
    note("load", start)
    for _ in range(repetitions):
        start = time.perf_counter()
        open_picture(picture)
        note("open", start)
        start = time.perf_counter()
        captioner.ids(captioner.pixels(picture))
        note(f"open and describe, up to {MAX_IDS} ids", start)
    return steps


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=2)
    arguments = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, torch {torch.__version__}")
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory)
        save_blip(folder)
        noise = np.random.default_rng(0).integers(0, 255, (3000, 4000, 3), np.uint8)
        Image.fromarray(noise).save(folder / "photo.jpg", quality=90)
        Image.new("RGBA", (SIDE, SIDE), (10, 20, 30, 40)).save(folder / "largest.png")
        for name in ("photo.jpg", "largest.png"):
            pool = Pool(1, limit_memory, WORKER_MEMORY)
            task = pool.submit(describe, (folder, folder / name, arguments.repetitions), 600)
            while not pool.wait([task]):
                pass
            pool.close()
            for step, seconds, peak in task.outcome():
                print(f"{name}: {step}: {seconds:.1f} s, at most {peak:.2f} GB so far")


if __name__ == "__main__":
    main()
