"""The labelled tracks of data/retrieval_eval.json and their paths on this machine.

132 are game music of Debian 12: `apt-get download PACKAGE && dpkg-deb -x PACKAGE_*.deb DIR/PACKAGE`; a pk3 inside is
unzipped into DIR/PACKAGE/pk3. 44 are written by `render_instruments.py`. Whatever is missing is left out.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from models.audio.decode import decode
from models.starter.embedder import StarterEmbedder

EVALUATION = Path(__file__).resolve().parents[1] / "data" / "retrieval_eval.json"
SAMPLE_RATE = 44_100  # Hz
UNZIPPED = "x/"  # prefix in the file for paths inside the package's pk3


@dataclass(frozen=True, slots=True)
class LabelledTrack:
    path: Path
    package: str  # of Debian; "" for a render
    labels: frozenset[str]


@dataclass(frozen=True, slots=True)
class LabelledQuery:
    texts: dict[str, str]  # by language
    labels: frozenset[str]  # a track with any of them is a hit
    renders_too: bool  # whether renders are searched in addition to real tracks
    needs_all: bool = False  # a hit has all of the labels

    def is_met_by(self, labels: frozenset[str]) -> bool:
        return self.labels <= labels if self.needs_all else bool(self.labels & labels)


@dataclass(frozen=True, slots=True)
class Analysed:
    """The tracks that are present, with their vectors."""

    embedder: StarterEmbedder
    tracks: Sequence[LabelledTrack]
    known: int  # tracks that there could be
    vectors: np.ndarray  # [tracks, dim] float32


def argument_parser(description: str | None, *, vectors: bool = False) -> argparse.ArgumentParser:
    """With the options that say where the tracks and weights are, and where `analysed` keeps vectors."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packages", type=Path, required=True, metavar="DIR", help="unpacked Debian packages")
    parser.add_argument("--renders", type=Path, required=True, metavar="DIR", help="output of render_instruments.py")
    parser.add_argument("--weights", type=Path, required=True, metavar="DIR", help="musicnn_*.safetensors")
    if vectors:
        parser.add_argument("--vectors", type=Path, metavar="FILE", help="cache the tracks' vectors in this .npz")
    return parser


def analysed(options: argparse.Namespace) -> Analysed:
    """The tracks as the options say, their vectors from the cache if it has them."""
    embedder = load_embedder(options.weights)
    tracks, known = labelled_tracks(options.packages, options.renders)
    return Analysed(embedder, tracks, known, track_vectors(tracks, embedder, options.vectors))


def load_embedder(weights: Path) -> StarterEmbedder:
    torch.set_num_threads(1)
    return StarterEmbedder.load(weights / "musicnn_mtt.safetensors", weights / "musicnn_msd.safetensors")


def labelled_tracks(packages: Path, renders: Path) -> tuple[list[LabelledTrack], int]:
    """The tracks that are present, and how many there could be."""
    entries = json.loads(EVALUATION.read_text(encoding="utf-8"))["tracks"]
    located = ((_locate(entry, packages, renders), entry) for entry in entries)
    tracks = [
        LabelledTrack(path, entry.get("package", ""), frozenset(entry["labels"])) for path, entry in located if path
    ]
    return tracks, len(entries)


def labelled_queries() -> list[LabelledQuery]:
    entries = json.loads(EVALUATION.read_text(encoding="utf-8"))["queries"]
    return [
        LabelledQuery(
            {key: text for key, text in entry.items() if key not in {"labels", "domain"}},
            frozenset(entry["labels"]),
            entry["domain"] == "all",
        )
        for entry in entries
    ]


def excerpts(paths: Sequence[Path], embedder: StarterEmbedder) -> Iterator[torch.Tensor]:
    """For each file the passages that are embedded, joined: [2, N] at SAMPLE_RATE."""
    for path in paths:
        samples = decode(path, sample_rate=SAMPLE_RATE).samples
        passages = embedder.passages(samples.shape[1] / SAMPLE_RATE)
        cuts = [samples[:, round(p.start * SAMPLE_RATE) : round(p.end * SAMPLE_RATE)] for p in passages]
        yield torch.from_numpy(np.concatenate(cuts, axis=1))


def track_vectors(tracks: Sequence[LabelledTrack], embedder: StarterEmbedder, kept: Path | None) -> np.ndarray:
    """[tracks, dim] float32, cached in the file `kept` for this embedder and these tracks."""
    paths = [str(track.path) for track in tracks]
    if kept is not None and kept.is_file():
        with np.load(kept) as content:
            if str(content["fingerprint"]) == embedder.fingerprint and content["paths"].tolist() == paths:
                return content["vectors"]
    vectors = np.stack(
        [
            embedder.embed_audio([excerpt], SAMPLE_RATE)[0].vector
            for excerpt in excerpts([track.path for track in tracks], embedder)
        ]
    )
    if kept is not None:
        np.savez(kept, fingerprint=embedder.fingerprint, paths=paths, vectors=vectors)
    return vectors


def _locate(entry: dict, packages: Path, renders: Path) -> Path | None:
    if "render" in entry:
        stem = f"{entry['render']['instrument']}__{entry['render']['piece']}"
        return next((path for path in sorted(renders.glob(f"{stem}.*"))), None)
    inside = entry["path"]
    inside = f"pk3/{inside.removeprefix(UNZIPPED)}" if inside.startswith(UNZIPPED) else inside
    path = packages / entry["package"] / inside
    return path if path.is_file() else None
