"""The tagging state of a library, JSON in POLYMUSE_HOME: statistics of its cosines, and the fit to labels."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from models.tagging.tagger import Calibration, Pair, Statistics
from models.weights.fingerprint import fingerprint_of_texts
from polymuse.errors import UserError
from polymuse.files import make_directories, write_atomically
from polymuse.parse_json import parse_json


@dataclass(frozen=True, slots=True)
class Fit:
    """Logistics fitted to labelled tracks."""

    logistic: Mapping[str, Pair]  # category -> slope and intercept; categories with too few labels are missing
    baseline: str  # of the calibration whose scores were fitted


class TaggingState:
    """The two files for one bank and one embedder. Methods raise UserError if a file cannot be read or written."""

    def __init__(self, directory: Path, key: str) -> None:
        self._statistics = directory / f"statistics-{key}.json"
        self._fit = directory / f"calibration-{key}.json"

    def statistics(self) -> Statistics | None:
        """The statistics of the library; None if there are none yet."""
        content = _read(self._statistics)
        return None if content is None else Statistics(content["tracks"], _pairs_of_stems(content["cosines"]))

    def save_statistics(self, statistics: Statistics | None) -> None:
        """Writes the statistics; None deletes the previous ones."""
        if statistics is None:
            self._statistics.unlink(missing_ok=True)
        else:
            _write(self._statistics, {"tracks": statistics.tracks, "cosines": statistics.cosines})

    def fit(self) -> Fit | None:
        """The fit to the user's labels; None if there is none yet."""
        content = _read(self._fit)
        if content is None:
            return None
        return Fit(_pairs(content["logistic"]), content["baseline"])

    def save_fit(self, fit: Fit) -> None:
        """Writes the fit, replacing the previous one."""
        _write(self._fit, {"logistic": fit.logistic, "baseline": fit.baseline})


@dataclass(frozen=True, slots=True)
class TaggingFiles:
    """Paths of the files that a tagger uses in addition to the shipped ones; None: not used."""

    bank: Path | None = None  # the user's own descriptors instead of those shipped
    cache: Path | None = None  # directory for the vectors of prompts
    state: Path | None = None  # directory of the tagging state of this library

    def state_of(self, bank: str, fingerprint: str) -> TaggingState | None:
        """The state for a bank (its hash) and an embedder (its fingerprint); None without a directory."""
        return None if self.state is None else TaggingState(self.state, state_key(bank, fingerprint))


def state_key(bank: str, fingerprint: str, text_version: str = "") -> str:
    """A short name for a bank and an embedder, and where it matters for the version of its texts."""
    return fingerprint_of_texts(bank, fingerprint, *filter(None, [text_version]))[:16]


def learned(shipped: Calibration, statistics: Statistics | None, fit: Fit | None) -> Calibration:
    """The shipped calibration, overridden by the library's statistics and the user's fit.

    A fit is used only with the baseline that it was made with: other baselines give different scores.
    """
    calibration = shipped
    if statistics is not None:
        calibration = replace(calibration, statistics=statistics, baseline="library")
    if fit is not None and fit.baseline == calibration.baseline:
        calibration = replace(calibration, logistic={**shipped.logistic, **fit.logistic})
    return calibration


def _read(path: Path) -> Any:
    try:
        return parse_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        message = f"Cannot read {path}: {error}"
        raise UserError(message, "Remove it, then run `polymuse retag` and `polymuse calibrate` again") from error


def _write(path: Path, content: object) -> None:
    """Writes JSON atomically."""
    try:
        make_directories(path.parent)
        with write_atomically(path, "w") as file:
            json.dump(content, file, indent=1)
    except OSError as error:
        raise UserError(f"Cannot write {path}: {error.strerror}", "Free some space, or fix the permissions") from error


def _pairs_of_stems(content: Mapping[str, Mapping[str, list[float]]]) -> dict[str, dict[str, Pair]]:
    return {stem: _pairs(cosines) for stem, cosines in content.items()}


def _pairs(content: Mapping[str, list[float]]) -> dict[str, Pair]:
    return {name: (first, second) for name, (first, second) in content.items()}
