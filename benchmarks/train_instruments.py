"""Learns directions for instruments and textures that musicnn has no tag for, and writes data/learnt_directions.json.

    python benchmarks/train_instruments.py --weights DIR --clips DIR [--batches N] [--recordings DIR] [--midi DIR]
        [--report FILE.json] [--dry-run]

Training data are renders of pieces made by chance (training_pieces.py), so what plays is known. Soundfonts are those of
Debian. The regularisation is the one that serves best on a family of them that the fit has not seen, each in turn. The
test is on a soundfont that neither of the two has seen (TimGM6mb) and, where the folders are given, on

    --midi         MIDI files of others, played with that soundfont (package openttd-openmsx),
    --recordings   recordings of single instruments: gcompris-qt-data (its instruments.rcc unpacked), lmms-common,
                   tuxpaint-stamps-default and sonic-pi-samples, unpacked into one folder.

A head with an AUC under .80 on any of them is left out; a set counts from MIN_HITS hits on. Needs scikit-learn, mido,
fluidsynth and timidity. 20 minutes of CPU for 150 batches; `--clips` keeps them.
"""

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from instrument_recordings import recordings
from labelled_tracks import load_embedder
from learnt_heads import HEADS, Head, labels_of
from midi_clips import midi_clips
from sklearn.linear_model import LogisticRegression  # pyright: ignore[reportMissingImports]
from training_features import FONTS, HELD_OUT, Rendered, rendered

from models.starter.learnt import DIRECTIONS_FILE
from models.tagging.calibration import auc

PENALTIES = (0.003, 0.01, 0.03, 0.1)  # C of the logistic regression: larger is freer
MIN_AUC = 0.80
CONFUSED = {"bassoon"}  # good, but the sentence encoder takes "bass" for it, which many more people type
MIN_HITS = {HELD_OUT: 3, "MIDI": 3, "recordings": 1}  # passages of a piece resemble each other, recordings do not
CONCEPTS = 70  # of tags: as many first numbers of a vector

Fitted = Mapping[str, np.ndarray]  # slug -> direction [dim], norm 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, required=True, metavar="DIR", help="musicnn_*.safetensors")
    parser.add_argument("--clips", type=Path, required=True, metavar="DIR", help="keep the vectors of the clips here")
    parser.add_argument("--batches", type=int, default=150, help="of 18 clips (default 150)")
    parser.add_argument("--recordings", type=Path, metavar="DIR", help="unpacked packages, to test")
    parser.add_argument("--midi", type=Path, metavar="DIR", help="MIDI files, to test")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write all figures as JSON")
    parser.add_argument("--dry-run", action="store_true", help="leave data/learnt_directions.json as it is")
    options = parser.parse_args()
    embedder = load_embedder(options.weights)
    clips = rendered(options.clips, options.batches, embedder)
    sets: dict[str, tuple[np.ndarray, Callable[[Head], np.ndarray]]] = {}
    held_out = subset(clips, clips.fonts == HELD_OUT)
    sets[HELD_OUT] = held_out.vectors, lambda head: labels_of(head, held_out.facts)
    if options.midi is not None:
        played = midi_clips(options.midi, FONTS[HELD_OUT], embedder, options.clips / "midi.npz")
        sets["MIDI"] = played.vectors, lambda head: labels_of(head, played.facts)
    if options.recordings is not None:
        vectors, names = recordings(options.recordings, embedder, options.clips / "recordings.npz")
        sets["recordings"] = vectors, lambda head: head.labels_of_recordings(names)
    training = subset(clips, clips.fonts != HELD_OUT)
    penalty, validation = best_penalty(training)
    fitted = {head.slug: fit(training.vectors, labels_of(head, training.facts), penalty) for head in HEADS}
    figures = {
        head.slug: {
            "clips": int((labels_of(head, training.facts) == 1).sum()),
            "validation": validation[head.slug],
            **{name: measured(vectors, truth(head), fitted[head.slug]) for name, (vectors, truth) in sets.items()},
        }
        for head in HEADS
    }
    good = [head.slug for head in HEADS if is_good(figures[head.slug], list(sets))]
    shipped = [slug for slug in good if slug not in CONFUSED]
    print(report(figures, list(sets), shipped, penalty, len(training.facts), len(held_out.facts)))
    if options.report is not None:
        options.report.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    if not options.dry_run:
        write({slug: fitted[slug] for slug in shipped}, training)


def subset(clips: Rendered, chosen: np.ndarray) -> Rendered:
    return Rendered(clips.vectors[chosen], [clips.facts[index] for index in np.flatnonzero(chosen).tolist()])


def fit(vectors: np.ndarray, labels: np.ndarray, penalty: float) -> np.ndarray:
    """The direction [dim] of norm 1; clips whose label is not a number are left out."""
    known = ~np.isnan(labels)
    model = LogisticRegression(C=penalty * SCALE**2, class_weight="balanced", max_iter=400)
    model.fit(vectors[known], labels[known])
    direction = model.coef_[0]
    return direction / np.linalg.norm(direction)


FEWEST = 3  # hits of a family, for it to be validated with

SCALE = 8.0  # vectors of norm 1 in 470 dimensions have numbers of .05: the penalty is for numbers 8 times as large


def best_penalty(training: Rendered) -> tuple[float, dict[str, float]]:
    """The penalty that is best on unseen families, and the AUC of every head with it."""
    families = np.array([FONTS[font].family for font in training.fonts])
    by_penalty = {}
    for penalty in PENALTIES:
        aucs = {}
        for head in HEADS:
            labels = labels_of(head, training.facts)
            found = []
            for family in dict.fromkeys(families):
                unseen = families == family
                if min((labels[unseen] == 1).sum(), (labels[~unseen] == 1).sum()) >= FEWEST:
                    direction = fit(training.vectors[~unseen], labels[~unseen], penalty)
                    found.append(measured(training.vectors[unseen], labels[unseen], direction)["auc"])
            aucs[head.slug] = round(float(np.mean(found)), 3) if found else float("nan")
        by_penalty[penalty] = aucs
    best = max(PENALTIES, key=lambda penalty: np.nanmean(list(by_penalty[penalty].values())))
    return best, by_penalty[best]


def measured(vectors: np.ndarray, labels: np.ndarray, direction: np.ndarray) -> dict[str, float]:
    """AUC, and the number of hits; the AUC is not a number without hits or without others."""
    known = ~np.isnan(labels)
    hit = labels[known] == 1
    if not hit.any() or hit.all():
        return {"auc": float("nan"), "hits": int(hit.sum())}
    return {"auc": round(auc(vectors[known] @ direction, hit), 3), "hits": int(hit.sum())}


def is_good(figures: Mapping, sets: Sequence[str]) -> bool:
    """Whether a head may be shipped."""
    counted = [figures[name]["auc"] for name in sets if figures[name]["hits"] >= MIN_HITS[name]]
    return figures[HELD_OUT]["hits"] >= MIN_HITS[HELD_OUT] and min(counted) >= MIN_AUC


def write(directions: Fitted, training: Rendered) -> None:
    spread = float(np.median(training.vectors[:, :CONCEPTS].std(0)))
    lines = [
        f'  "{slug}": {{"weight": {spread / float((training.vectors @ unit).std()):.3f}, '
        f'"unit": {json.dumps([round(float(number), 4) for number in unit])}}}'
        for slug, unit in directions.items()
    ]
    about = "Written by benchmarks/train_instruments.py: directions of learnt concepts in the space of stored vectors"
    DIRECTIONS_FILE.write_text(
        f'{{\n "about": "{about}",\n "directions": {{\n' + ",\n".join(lines) + "\n }\n}\n", encoding="utf-8"
    )


def report(
    figures: Mapping, sets: Sequence[str], shipped: Sequence[str], penalty: float, trained: int, tested: int
) -> str:
    head = f"{'head':16}{'clips':>6}{'other fonts':>12}" + "".join(f"{name:>18}" for name in sets)
    lines = [f"{trained} clips to train with, {tested} of {HELD_OUT}; C = {penalty}", head]
    for slug, row in figures.items():
        cells = "".join(f"{row[name]['auc']:.2f} ({row[name]['hits']})".rjust(18) for name in sets)
        lines.append(
            f"{slug:16}{row['clips']:6}{row['validation']:12.2f}{cells}{'' if slug in shipped else '   left out'}"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
