"""Audio that clients send as queries: analysed in a process of its own, its vectors kept for a while."""

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from models.recipe import Recipe
from models.separator import SeparationSpec
from polymuse.errors import NotFoundError
from polymuse.home import Home
from polymuse.settings import Settings
from search_api.upload_analysis import AnalysedUpload, analyze_upload
from search_api.worker import Worker

KEPT = 256  # uploads; of three vectors of 768 float32 each they take 2.4 MB
KEPT_SECONDS = 3600.0
ANALYSIS_SECONDS = 240.0
WORKER_MEMORY = 4 << 30  # bytes; the starter networks with ten minutes of audio take 0.8 GB


class UploadMemory:
    """The vectors of the uploads that were used last, by token. Thread-safe."""

    def __init__(
        self, kept: int = KEPT, seconds: float = KEPT_SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._kept = kept
        self._seconds = seconds
        self._clock = clock
        self._uploads: OrderedDict[str, tuple[float, AnalysedUpload]] = OrderedDict()  # by token, with its end
        self._lock = threading.Lock()
        self.total = 0  # uploads since the start

    def __len__(self) -> int:
        return len(self._uploads)

    def keep(self, upload: AnalysedUpload) -> str:
        """A token that cannot be guessed."""
        token = secrets.token_urlsafe(16)
        with self._lock:
            self.total += 1
            self._uploads[token] = (self._clock() + self._seconds, upload)
            while len(self._uploads) > self._kept:
                self._uploads.popitem(last=False)
        return token

    def get(self, token: str) -> AnalysedUpload:
        """Raises NotFoundError for a token that was never given or is forgotten."""
        with self._lock:
            end, upload = self._uploads.get(token, (0.0, None))
            if upload is None or end <= self._clock():
                self._uploads.pop(token, None)
                raise NotFoundError("There is no such upload, or it was forgotten", "Send the audio again")
            self._uploads.move_to_end(token)
            return upload


@dataclass(frozen=True, slots=True)
class UploadAnalyzer:
    """Turns files into vectors in a process with limits."""

    recipe: Recipe
    worker: Worker

    @classmethod
    def of(cls, settings: Settings, profile: str) -> "UploadAnalyzer":
        separation = SeparationSpec(overlap=settings.overlap, device=settings.device)
        recipe = Recipe(Home(settings.home), profile, separation, settings.max_upload_seconds)
        return cls(recipe, Worker(memory=WORKER_MEMORY))

    def close(self) -> None:
        self.worker.close()

    def analyze(self, path: Path, stems: tuple[str, ...]) -> AnalysedUpload:
        """Raises BadAudioError, and BusyError when too many wait."""
        return self.worker.run(analyze_upload, ANALYSIS_SECONDS, self.recipe, path, stems)
