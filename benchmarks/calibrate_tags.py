"""Fits the confidence of the starter profile's tags to labelled tracks and writes data/starter_tags.json.

    python benchmarks/calibrate_tags.py --packages DIR --renders DIR --weights DIR
        [--features FILE.npz] [--vectors FILE.npz] [--plot FILE.svg] [--dry-run]

Mean and deviation of every descriptor's cosine are computed over all labelled tracks that are present, for the mix and
both stems. The logistic of a category is fitted to all (track, descriptor) pairs with known labels: for genres among
real tracks with a genre label, for instruments among renders. The labels of mood and texture are too few and too weak
for a fit (it would never tag anything), so these two use a line fitted to genre.

A track that is slightly more like blues than others is not blues. So the prior log odds of a genre come from the mean
probability that the networks give it. Prints the quality of the tags on the same tracks; the expected calibration error
(ECE) is cross-validated where there is a fit.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from labelled_tracks import SAMPLE_RATE, LabelledTrack, argument_parser, labelled_tracks, load_embedder
from starter_statistics import TAGS, extract_all

from models.audio.decode import decode
from models.passages import join_passages, level_db, separate_passages, stem_info
from models.starter.concepts import ConceptTable, load_concepts
from models.starter.embedder import StarterEmbedder
from models.starter.spleeter import Spleeter
from models.starter.tags import CALIBRATION_FILE, OTHER_SLUGS, expressible_descriptors
from models.tagging.calibration import (
    Pairs,
    auc,
    confidence,
    cross_validated,
    expected_calibration_error,
    fit_platt,
    reliability,
)
from models.tagging.descriptor_bank import PREVALENCE, descriptor_vectors, load_bank
from models.tagging.reliability_plot import reliability_svg
from models.tagging.tagger import MIN_CONFIDENCE, Calibration, Descriptor, Statistics, Tagger, library_statistics
from polymuse.music import MIX

GENRES = {"metal": "metal", "electronic": "electronic", "orchestral": "orchestral", "ambient": "ambient"}
MOODS = {"battle": "epic", "calm": "calm"}
VOICES = {"femvox": "female-vocals"}
INSTRUMENTS = {
    "piano": "piano", "harpsichord": "harpsichord", "acoustic_guitar": "acoustic-guitar",
    "violin": "violin", "harp": "harp", "strings": "strings", "choir": "choir", "flute": "flute",
    "sitar": "sitar",
}  # fmt: skip
BORROWERS = ("mood", "texture")
DOUBTFUL = {"electronic": "electronic_a"}  # tracks that may have the label too

Track = dict[str, np.ndarray]  # stem -> [dim] float32; and "mix/db" and so on -> its level


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("--features", type=Path, metavar="FILE", help="cache the outputs of the networks in this .npz")
    parser.add_argument(
        "--vectors", type=Path, metavar="FILE", help="cache vectors and levels of the stems in this .npz"
    )
    parser.add_argument("--plot", type=Path, metavar="FILE", help="write a reliability diagram (SVG)")
    parser.add_argument("--dry-run", action="store_true", help="write nothing but what the options above name")
    options = parser.parse_args()
    tracks, _ = labelled_tracks(options.packages, options.renders)
    logits, _ = extract_all([track.path for track in tracks], options.weights, options.features)
    embedder = load_embedder(options.weights)
    analysed = stem_vectors([track.path for track in tracks], embedder, options.weights, options.vectors)
    table = load_concepts()
    descriptors = expressible_descriptors(load_bank().descriptors, table)
    directions = descriptor_vectors(embedder, descriptors, None)
    log_odds = genre_log_odds(descriptors, table, logits)
    unit = Calibration(dict.fromkeys(PREVALENCE, (1.0, 0.0)), log_odds=log_odds)
    statistics = measured(Tagger(descriptors, directions, unit), analysed)
    pairs = labelled_pairs(tracks, analysed, Tagger(descriptors, directions, replace(unit, statistics=statistics)))
    logistic = {category: fit_platt(pairs[category]) for category in ("genre", "instruments")}
    without_offset = replace(pairs["genre"], offset=np.zeros_like(pairs["genre"].offset))
    logistic |= {category: fit_platt(without_offset) for category in BORROWERS}
    content = {
        "about": "How cosines become the confidence of a tag; see benchmarks/calibrate_tags.py",
        "labelled_tracks": {
            "real": sum(bool(t.package) for t in tracks),
            "renders": sum(not t.package for t in tracks),
        },
        "labelled_pairs": {category: [int(p.hit.sum()), len(p.hit)] for category, p in pairs.items()},
        "borrowed_from_genre": BORROWERS,
        "logistic": {category: _rounded(line) for category, line in logistic.items()},
        "log_odds": {slug: round(value, 3) for slug, value in log_odds.items()},
        "cosines": {
            stem: {slug: _rounded(pair) for slug, pair in cosines.items()}
            for stem, cosines in statistics.cosines.items()
        },
    }
    if not options.dry_run:
        CALIBRATION_FILE.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    print(report(pairs, logistic))
    tagger = Tagger(descriptors, directions, Calibration(logistic, statistics, log_odds))
    counts = [len(tagger.tag(vectors_of(track), levels_of(track)).tags) for track in analysed]
    print(f"{len(descriptors)} descriptors")
    print(f"Tags per track: {min(counts)} to {max(counts)}, {np.mean(counts):.1f} on average")
    if options.plot is not None:
        bins = {category: reliability(confidence(logistic[category], p), p.hit) for category, p in pairs.items()}
        options.plot.write_text(reliability_svg(bins, "Tags of the starter profile on labelled tracks"), "utf-8")


def stem_vectors(paths: Sequence[Path], embedder: StarterEmbedder, weights: Path, kept: Path | None) -> list[Track]:
    """For each file the vectors and levels of the mix and of both stems."""
    if kept is not None and kept.is_file():
        with np.load(kept) as content:
            return [
                {key.partition("/")[2]: content[key] for key in content.files if key.startswith(f"{number}/")}
                for number in range(len(paths))
            ]
    separator = Spleeter.load(weights / "spleeter_2stems.safetensors")
    analysed = []
    for path in paths:
        mix = torch.from_numpy(decode(path, sample_rate=SAMPLE_RATE).samples)
        passages = embedder.passages(mix.shape[1] / SAMPLE_RATE)
        [stems] = separate_passages(separator, [mix], [passages])
        found = {MIX: join_passages(mix, passages)} | stems
        embeddings = embedder.embed_audio([*found.values()], SAMPLE_RATE)
        track = {name: each.vector for name, each in zip(found, embeddings, strict=True)}
        analysed.append(track | {f"{name}/db": np.float32(level_db(each)) for name, each in found.items()})
    if kept is not None:
        np.savez(
            kept, **{f"{number}/{key}": value for number, each in enumerate(analysed) for key, value in each.items()}
        )
    return analysed


def levels_of(track: Track) -> dict[str, float]:
    return {key.removesuffix("/db"): float(value) for key, value in track.items() if key.endswith("/db")}


def vectors_of(track: Track) -> dict[str, np.ndarray]:
    """The vectors of the mix and of the stems that are present."""
    levels = levels_of(track)
    return {stem: track[stem] for stem, level in levels.items() if stem == MIX or stem_info(level, levels[MIX]).present}


def measured(tagger: Tagger, analysed: Sequence[Track]) -> Statistics:
    """Statistics of the cosines of all tracks."""
    cosines = [tagger.cosines(vectors_of(track)) for track in analysed]
    stems = {stem for track in cosines for stem in track}
    rows = {stem: np.stack([track[stem] for track in cosines if stem in track]) for stem in sorted(stems)}
    statistics = library_statistics(tagger.descriptors, rows)
    if statistics is None:
        raise SystemExit(f"{len(analysed)} labelled tracks are too few for statistics")
    return statistics


def genre_log_odds(descriptors: Sequence[Descriptor], table: ConceptTable, logits: np.ndarray) -> dict[str, float]:
    """For each genre the log odds of the mean, over tracks, of the probability of its most probable tag."""
    probabilities = 1 / (1 + np.exp(-logits))
    tags = {concept.slug: concept.tags for concept in table.concepts}
    odds = {}
    for descriptor in descriptors:
        if descriptor.category == "genre":
            genre_tags = tags[OTHER_SLUGS.get(descriptor.slug, descriptor.slug)]
            columns = [TAGS.index(tag) for tag, sign in genre_tags.items() if sign > 0]
            mean = float(probabilities[:, columns].max(1).mean())
            odds[descriptor.slug] = math.log(mean / (1 - mean))
    return odds


def labelled_pairs(tracks: Sequence[LabelledTrack], analysed: Sequence[Track], tagger: Tagger) -> dict[str, Pairs]:
    """All pairs with known labels, by category."""
    real = np.array([bool(track.package) for track in tracks])
    scores = np.stack([tagger.scores(tagger.cosines(vectors_of(track))) for track in analysed])
    offsets = np.stack([tagger.offsets(levels_of(track)) for track in analysed])
    slugs = [descriptor.slug for descriptor in tagger.descriptors]

    def with_any(labels: set[str]) -> np.ndarray:
        return np.array([bool(track.labels & labels) for track in tracks])

    def pairs(names: dict[str, str], chosen: np.ndarray) -> Pairs:
        rows = [
            (
                scores[number, slugs.index(slug)],
                offsets[number, slugs.index(slug)],
                label in tracks[number].labels,
                number,
            )
            for label, slug in names.items()
            for number in np.flatnonzero(chosen).tolist()
            if label in tracks[number].labels or DOUBTFUL.get(label) not in tracks[number].labels
        ]
        return Pairs(*(np.array(column) for column in zip(*rows, strict=True)))

    return {
        "genre": pairs(GENRES, real & with_any(set(GENRES))),
        "mood": pairs(MOODS, real & with_any(set(MOODS) | set(GENRES))),
        "instruments": pairs(INSTRUMENTS, ~real),
        "texture": pairs(VOICES, real),
    }


def report(pairs: dict[str, Pairs], logistic: dict[str, tuple[float, float]]) -> str:
    lines = [
        f"{'category':12} {'slope':>6} {'offset':>6}   AUC  at {MIN_CONFIDENCE}: precision  recall    ECE"
        "   labelled pairs"
    ]
    for category, these in pairs.items():
        slope, intercept = logistic[category]
        sure = confidence(logistic[category], these)
        validated = sure if category in BORROWERS else cross_validated(these)
        tagged = sure >= MIN_CONFIDENCE
        right, hits = int((tagged & these.hit).sum()), int(these.hit.sum())
        ece = expected_calibration_error(reliability(validated, these.hit))
        lines.append(
            f"{category:12} {slope:6.2f} {intercept:6.2f}  {auc(sure, these.hit):.2f}  "
            f"{right / max(1, tagged.sum()):14.2f} {right / hits:10.2f}   {ece:.3f}   {hits} of {len(these.hit)}"
        )
    return "\n".join(lines)


def _rounded(values: tuple[float, float]) -> list[float]:
    return [round(value, 5) for value in values]


if __name__ == "__main__":
    main()
