"""Hours of the day in which indexing is paused."""

import re
from dataclasses import dataclass
from datetime import time
from typing import Self


@dataclass(frozen=True, slots=True)
class Pause:
    """Daily hours in which nothing is analysed."""

    start: time  # local
    end: time  # before `start` if the pause spans midnight

    @classmethod
    def parse(cls, text: str) -> Self:
        """From "09:00-18:30". Raises ValueError."""
        found = re.fullmatch(r"(\d\d?:\d\d)-(\d\d?:\d\d)", text)
        try:
            start, end = (time.fromisoformat(part.zfill(5)) for part in found.groups()) if found else (time(), time())
        except ValueError:  # 25:00
            start = end = time()
        if start == end:
            raise ValueError(f"{text[:40]!r} is not a time range like 09:00-18:30")
        return cls(start, end)

    def holds(self, now: time) -> bool:
        """Whether `now` is within the pause."""
        if self.start < self.end:
            return self.start <= now < self.end
        return now >= self.start or now < self.end
