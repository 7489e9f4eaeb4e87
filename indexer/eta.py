"""Estimate the time left of a run from its finished files."""

import math
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from indexer.jobs import Outcome
from indexer.scan import AudioFile
from polymuse.music import SCORE

MIN_FILES = 3  # finished, before anything is estimated
MIN_SECONDS = 2.0  # since the first finished files, which had to wait for the networks to load
MEMORY_SECONDS = 90.0  # after which the speed of the run counts a third: the machine may get busier or idle


@dataclass(slots=True)
class _Kind:
    """Totals of the files of one suffix, which have about the same bit rate."""

    files_left: int = 0
    bytes_left: int = 0
    bytes_done: int = 0  # of analysed files
    seconds_done: float = 0.0  # of audio


class _Cost:
    """The work of analysing a file as a + b * its seconds of audio, by least squares.

    Some profiles analyse a fixed length of each track, others all of it. A first observation at 0, 0 makes the work
    proportional to the length until files of different lengths are finished.
    """

    def __init__(self) -> None:
        self._n, self._x, self._y, self._xx, self._xy = 1.0, 0.0, 0.0, 0.0, 0.0

    def add(self, seconds: float, work: float) -> None:
        self._n += 1
        self._x += seconds
        self._y += work
        self._xx += seconds * seconds
        self._xy += seconds * work

    def of(self, files: float, seconds: float) -> float:
        """The work of so many files with so many seconds of audio together."""
        spread = self._n * self._xx - self._x**2
        slope = (self._n * self._xy - self._x * self._y) / spread if spread else 0.0
        slope = min(max(slope, 0.0), self._y / self._x if self._x else 0.0)
        return files * (self._y - slope * self._x) / self._n + seconds * slope


class Eta:
    """The time left of a run over `files`; `clock` stops while the run is paused.

    The work of a pending file is estimated from its size: by the bit rate of finished files with the same suffix, or of
    all, and the work that those took. How long so much estimated work takes is measured from the first finished files
    on, and forgotten by and by: on a machine that gets busier, equal files take longer. Files that need no analysis,
    because they were only moved, are expected as often as before and counted by themselves; so are scores, whose number
    is known, and which take about as short a time.
    """

    def __init__(self, files: Sequence[AudioFile], clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._start = clock()
        self._kinds: dict[str, _Kind] = defaultdict(_Kind)
        self._scores = {str(file.path) for file in files if file.kind == SCORE}  # that are left
        self._scores_done = 0
        for file in files:
            if file.kind == SCORE:
                continue
            kind = self._kinds[file.path.suffix.lower()]
            kind.files_left += 1
            kind.bytes_left += file.size
        self._cost = _Cost()
        self._analysed = self._skipped = 0
        self._first = self._last = 0.0  # when files were finished
        self._last_analysed = True
        # Analysed files, their audio, and how long they took; all fade
        self._recent_files = self._recent_audio = self._working = 0.0
        self._skipping = 0.0  # seconds in which only files without analysis were finished

    def add(self, outcome: Outcome) -> None:
        """Count a finished file."""
        if outcome.path in self._scores:
            self._scores.discard(outcome.path)
            self._measure(0.0)
            self._scores_done += 1
            return
        kind = self._kinds[Path(outcome.path).suffix.lower()]
        kind.files_left -= 1
        kind.bytes_left -= outcome.size
        analysed = outcome.seconds > 0
        if analysed:
            self._cost.add(outcome.seconds, outcome.work)
        self._measure(outcome.seconds)
        if analysed:
            self._analysed += 1
            kind.bytes_done += outcome.size
            kind.seconds_done += outcome.seconds
        else:
            self._skipped += 1

    @property
    def speed(self) -> float:
        """Seconds of audio analysed per second so far."""
        return sum(kind.seconds_done for kind in self._kinds.values()) / max(self._clock() - self._start, 1e-9)

    @property
    def left(self) -> float | None:
        """Seconds left, or None before a few files are done."""
        done = self._analysed + self._skipped
        files, seconds = self._pending()
        if self._done < MIN_FILES or self._last - self._first < MIN_SECONDS or (files and not done):
            return None
        if self._analysed and not self._recent_files:
            return None
        share = self._analysed / max(done, 1)
        skipping = self._skipping / max(self._skipped + self._scores_done, 1)  # seconds each
        to_come = ((1 - share) * files + len(self._scores)) * skipping
        if self._analysed:
            recent = self._cost.of(self._recent_files, self._recent_audio)
            to_come += share * self._cost.of(files, seconds) * self._working / recent
        return max(to_come - (self._clock() - self._last), to_come / 4)

    @property
    def _done(self) -> int:
        return self._analysed + self._skipped + self._scores_done

    def _measure(self, audio: float) -> None:
        """Count the time since the last file; `audio` are seconds that were analysed."""
        analysed = audio > 0
        now = self._clock()
        if not self._done:
            self._first = self._last = now
        elif now - self._first >= MIN_SECONDS / 2:  # not stored together with the first file
            passed = now - self._last
            if analysed or self._last_analysed:
                fading = math.exp(-passed / MEMORY_SECONDS)
                self._recent_files = self._recent_files * fading + analysed
                self._recent_audio = self._recent_audio * fading + audio
                self._working = self._working * fading + passed
            else:
                self._skipping += passed
            self._last = now
        self._last_analysed = analysed

    def _pending(self) -> tuple[int, float]:
        """The files left and their seconds of audio."""
        all_bytes = sum(kind.bytes_done for kind in self._kinds.values())
        all_seconds = sum(kind.seconds_done for kind in self._kinds.values())
        files, seconds = 0, 0.0
        for kind in self._kinds.values():
            known = kind if kind.bytes_done else _Kind(bytes_done=all_bytes, seconds_done=all_seconds)
            files += kind.files_left
            seconds += kind.bytes_left * known.seconds_done / max(known.bytes_done, 1)
        return files, seconds
