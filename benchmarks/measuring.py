"""Tempo, key and loudness against what is known, beside librosa, and against themselves on real music.

    python benchmarks/measuring.py --truth DIR [--no-librosa]
    python benchmarks/measuring.py --music FOLDER… [--tracks N]

`--truth`: the clips of benchmarks/measured_truth.py. Acc1: tempo within 4 %; Acc2: half, double, a third and three
times count as well. Key: the share that is exactly right and the MIREX score (a fifth away .5, relative .3, parallel
.2). librosa's tempo is `beat_track`, its key the mean of `chroma_cqt` compared with Krumhansl's profiles, all 24 in
one ranking. Where we say nothing (no pulse, no key) counts as wrong; clips without a pulse are counted apart.

`--music`: benchmarks/unlabelled_music.py.
"""

import argparse
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr
import torch
from unlabelled_music import LEVELS, RATE, against_itself, near

from models.audio.decode import decode
from models.measuring import measure
from models.measuring.key_profiles import PROFILES, rotations_of
from polymuse.music import KEYS


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure how well tempo, key and loudness are measured.")
    parser.add_argument("--truth", type=Path, metavar="DIR")
    parser.add_argument("--music", type=Path, nargs="*", metavar="FOLDER")
    parser.add_argument("--tracks", type=int, default=40)
    parser.add_argument("--librosa", action=argparse.BooleanOptionalAction, default=True)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    if arguments.truth:
        against_truth(arguments.truth, arguments.librosa)
    if arguments.music:
        against_itself(arguments.music, arguments.tracks)


@dataclass(slots=True)
class Answer:
    truth: dict
    bpm: float | None
    bpm_confidence: float
    key: str
    key_confidence: float


def against_truth(directory: Path, with_librosa: bool) -> None:
    truths = [json.loads(line) for line in (directory / "truth.jsonl").read_text().splitlines()]
    methods: dict[str, Callable[[np.ndarray, int, dict], tuple]] = {"ours": _ours}
    if with_librosa:
        methods["librosa"] = _librosa
    answers: dict[str, list[Answer]] = {name: [] for name in methods}
    seconds = dict.fromkeys(methods, 0.0)
    for truth in truths:
        decoded = decode(directory / truth["file"], sample_rate=RATE)
        for name, method in methods.items():
            started = time.process_time()
            answers[name].append(Answer(truth, *method(decoded.samples, RATE, truth)))
            seconds[name] += time.process_time() - started
    print(
        f"{len(truths)} clips; seconds of CPU: " + ", ".join(f"{name} {spent:.0f}" for name, spent in seconds.items())
    )
    groups = (*dict.fromkeys(truth["group"] for truth in truths), "all")
    print(f"\n{'tempo':<12}{'clips':>6}" + "".join(f"{name + ' Acc1':>14}{'Acc2':>7}" for name in methods))
    for group in groups:
        show_tempo(group, answers)
    print(f"\n{'key':<12}{'clips':>6}" + "".join(f"{name + ' exact':>14}{'MIREX':>7}" for name in methods))
    for group in groups:
        show_key(group, answers)
    show_confidence(answers["ours"])


def show_tempo(group: str, answers: dict[str, list[Answer]]) -> None:
    def both(chosen: Sequence[Answer]) -> tuple[float, float]:
        return _mean_nearness(chosen, (1.0,)), _mean_nearness(chosen, LEVELS)

    _show("bpm", group, answers, both)


def show_key(group: str, answers: dict[str, list[Answer]]) -> None:
    def both(chosen: Sequence[Answer]) -> tuple[float, float]:
        marks = [mirex(each.key, each.truth["key"]) for each in chosen]
        return float(np.mean([mark == 1 for mark in marks])), float(np.mean(marks))

    _show("key", group, answers, both)


def _mean_nearness(chosen: Sequence[Answer], levels: Sequence[float]) -> float:
    return float(np.mean([near(each.bpm, each.truth["bpm"], levels) for each in chosen]))


def _show(
    what: str,
    group: str,
    answers: dict[str, list[Answer]],
    figures: Callable[[Sequence[Answer]], tuple[float, float]],
) -> None:
    """A row of two figures for each way to answer, over the clips of a group whose `what` is known."""
    row, count = "", 0
    for given in answers.values():
        chosen = [each for each in given if each.truth[what] and group in (each.truth["group"], "all")]
        count = len(chosen)
        if count:
            row += "{:>14.3f}{:>7.3f}".format(*figures(chosen))
    if count:
        print(f"{group:<12}{count:>6}{row}")


def show_confidence(given: Sequence[Answer]) -> None:
    """How often answers of a confidence are right, and what is said of clips without a pulse."""
    print("\nconfidence       tempo: clips  right    key: clips  right")
    for low in (0.0, 0.2, 0.4, 0.6, 0.8):
        tempo = [near(a.bpm, a.truth["bpm"], (1.0,)) for a in given if a.bpm and _between(a.bpm_confidence, low)]
        keyed = [a for a in given if a.truth["key"] and a.key and _between(a.key_confidence, low)]
        key = [a.key == a.truth["key"] for a in keyed]
        print(f"{low:.1f} to {low + 0.2:.1f}{len(tempo):>17}{_share(tempo)}{len(key):>14}{_share(key)}")
    free = [a for a in given if a.truth["bpm"] is None]
    said = [f"{a.bpm:.0f} ({a.bpm_confidence:.2f})" for a in free if a.bpm]
    print(f"without a pulse: {len(free)} clips, tempo given for {len(said)}: {', '.join(said)}")
    print(f"tempo not given with a pulse: {sum(a.bpm is None and a.truth['bpm'] is not None for a in given)}")
    print(f"key not given: {sum(not a.key and bool(a.truth['key']) for a in given)}")


def _between(confidence: float, low: float) -> bool:
    return low <= confidence < low + 0.2 or confidence == low + 0.2 == 1


def _share(right: Sequence[bool]) -> str:
    return f"{np.mean(right):>7.2f}" if right else f"{'-':>7}"


def mirex(key: str, truth: str) -> float:
    """1 same, .5 a fifth away, .3 relative, .2 parallel."""
    if not key:
        return 0.0
    (mode, tonic), (true_mode, true_tonic) = divmod(KEYS.index(key), 12), divmod(KEYS.index(truth), 12)
    if mode == true_mode:
        return {0: 1.0, 7: 0.5, 5: 0.5}.get((tonic - true_tonic) % 12, 0.0)
    if tonic == true_tonic:
        return 0.2
    return 0.3 if (tonic - true_tonic) % 12 == (3 if true_mode else 9) else 0.0


def _ours(samples: np.ndarray, rate: int, _: dict) -> tuple:
    found = measure(samples, rate)
    return found.bpm, found.bpm_confidence, found.key, found.key_confidence


def _librosa(samples: np.ndarray, rate: int, truth: dict) -> tuple:
    import librosa

    mono = soxr.resample(samples.mean(axis=0), rate, 22_050)
    bpm, key = None, ""
    if truth["bpm"]:
        bpm = float(np.atleast_1d(librosa.beat.beat_track(y=mono, sr=22_050)[0])[0])
    if truth["key"]:
        classes = librosa.feature.chroma_cqt(y=mono, sr=22_050).mean(axis=1)
        key = KEYS[int(np.argmax(rotations_of(*PROFILES["krumhansl"]) @ (classes - classes.mean())))]
    return bpm, 0.0, key, 0.0


if __name__ == "__main__":
    main()
