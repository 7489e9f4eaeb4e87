"""Measures the statistics that standardise the starter profile's tags, concepts and embeddings.

    python benchmarks/starter_statistics.py --packages DIR --renders DIR --weights DIR [--features FILE.npz]

Reference tracks: the renders of `render_instruments.py` and the music of two Debian 12 packages; see
`labelled_tracks.py` for how to get them. Writes data/starter_statistics.json. Run it again when concepts change.
"""

import json
from pathlib import Path

import numpy as np
import torch
from labelled_tracks import SAMPLE_RATE, argument_parser

from models.audio.decode import decode
from models.starter.concepts import load_concepts
from models.starter.embedder import choose_passages
from models.starter.musicnn import MSD_TAGS, MTT_TAGS
from models.starter.musicnn_features import MusicnnFeatures
from models.starter.space import STATISTICS_FILE, TrackFeatures, concept_matrix, mean_features

PACKAGES = {"wesnoth-1.16-music": "1:1.16.9-1", "naev-data": "0.8.2-1"}
TAGS = [f"mtt:{tag}" for tag in MTT_TAGS] + [f"msd:{tag}" for tag in MSD_TAGS]


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("--features", type=Path, metavar="FILE", help="cache the outputs of the networks in this .npz")
    options = parser.parse_args()
    groups = {"renders": sorted(options.renders.iterdir())}
    groups |= {name: sorted((options.packages / name).rglob("music/**/*.ogg")) for name in PACKAGES}
    paths = [path for group in groups.values() for path in group]
    logits, embeddings = extract_all(paths, options.weights, options.features)
    counts = {name: len(group) for name, group in groups.items()}
    STATISTICS_FILE.write_text(json.dumps(measure(logits, embeddings, counts), indent=1) + "\n", encoding="utf-8")
    print(f"{len(logits)} tracks {counts} -> {STATISTICS_FILE}")


def extract_all(paths: list[Path], weights: Path, kept: Path | None) -> tuple[np.ndarray, np.ndarray]:
    """Logits [tracks, 100] and embeddings [tracks, 400], cached in the file `kept`."""
    if kept is not None and kept.is_file():
        with np.load(kept) as content:
            return content["logits"], content["embeddings"]
    torch.set_num_threads(1)
    extractor = MusicnnFeatures(weights / "musicnn_mtt.safetensors", weights / "musicnn_msd.safetensors")
    features = [_features(extractor, path) for path in paths]
    logits, embeddings = np.stack([f.logits for f in features]), np.stack([f.embedding for f in features])
    if kept is not None:
        np.savez(kept, logits=logits, embeddings=embeddings)
    return logits, embeddings


def _features(extractor: MusicnnFeatures, path: Path) -> TrackFeatures:
    samples = torch.from_numpy(decode(path, sample_rate=SAMPLE_RATE).samples)
    passages = choose_passages(samples.shape[1] / SAMPLE_RATE)
    cuts = [samples[:, round(p.start * SAMPLE_RATE) : round(p.end * SAMPLE_RATE)] for p in passages]
    return mean_features(extractor.extract(cuts, SAMPLE_RATE))


def measure(logits: np.ndarray, embeddings: np.ndarray, counts: dict[str, int]) -> dict:
    table = load_concepts()
    mean, sd = logits.mean(0), logits.std(0)
    concepts = (logits - mean) / sd @ concept_matrix(table, TAGS)
    return {
        "about": "Means and standard deviations over reference tracks; see benchmarks/starter_statistics.py",
        "reference_tracks": counts,
        "debian_packages": PACKAGES,
        "tags": {tag: [_round(m), _round(s)] for tag, m, s in zip(TAGS, mean, sd, strict=True)},
        "concepts": {slug: _round(s) for slug, s in zip(table.slugs, concepts.std(0), strict=True)},
        "embedding": {
            "mean": [_round(value) for value in embeddings.mean(0)],
            "sd": [_round(value) for value in embeddings.std(0)],
        },
    }


def _round(value: float) -> float:
    return round(float(value), 5)


if __name__ == "__main__":
    main()
