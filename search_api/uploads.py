"""Uploads: analysed in a separate process; vectors of audio files and scores are kept in memory for a while."""

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from models.pictures.captions import caption_picture
from models.recipe import Recipe, separation_of
from polymuse.errors import BadAudioError, BadPictureError, NotFoundError
from polymuse.excerpts import FULL
from polymuse.settings import Settings
from search_api.upload_analysis import AnalysedUpload, analyze_upload
from search_api.worker import Worker

MAX_UPLOADS = 256  # with three vectors of 768 float32 each they take 2.4 MB
MAX_AGE = 3600.0  # seconds
ANALYSIS_SECONDS = 240.0
WORKER_MEMORY = 4 << 30  # bytes; the starter networks with ten minutes of audio take 0.8 GB


class UploadMemory:
    """The vectors of the most recently used uploads, by token. Thread-safe."""

    def __init__(
        self, max_uploads: int = MAX_UPLOADS, max_age: float = MAX_AGE, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._max_uploads = max_uploads
        self._max_age = max_age
        self._clock = clock
        self._uploads: OrderedDict[str, tuple[float, AnalysedUpload]] = OrderedDict()  # token -> (expiry, upload)
        self._lock = threading.Lock()
        self.total = 0  # uploads since the start

    def __len__(self) -> int:
        return len(self._uploads)

    def keep(self, upload: AnalysedUpload) -> str:
        """Keep an upload and return a random token for it."""
        token = secrets.token_urlsafe(16)
        with self._lock:
            self.total += 1
            self._uploads[token] = (self._clock() + self._max_age, upload)
            while len(self._uploads) > self._max_uploads:
                self._uploads.popitem(last=False)
        return token

    def get(self, token: str) -> AnalysedUpload:
        """The upload of a token. Raises NotFoundError if the token is unknown or has expired."""
        with self._lock:
            expiry, upload = self._uploads.get(token, (0.0, None))
            if upload is None or expiry <= self._clock():
                self._uploads.pop(token, None)
                raise NotFoundError("There is no such upload, or it has expired", "Send the file again")
            self._uploads.move_to_end(token)
            return upload


@dataclass(frozen=True, slots=True)
class UploadAnalyzer:
    """Analyses uploads in a process with limits on memory and time."""

    recipe: Recipe
    worker: Worker

    @classmethod
    def of(cls, settings: Settings, profile: str, excerpts: str = FULL) -> "UploadAnalyzer":
        """An analyser for a library of this profile and excerpts; its process starts with the first upload."""
        separation = replace(separation_of(settings), overlap=settings.overlap)
        recipe = Recipe(settings.layout, profile, separation, settings.max_upload_seconds, excerpts=excerpts)
        return cls(recipe, Worker(memory=WORKER_MEMORY))

    def close(self) -> None:
        self.worker.close()

    def analyze(self, path: Path, stems: tuple[str, ...], *, measures: bool = False) -> AnalysedUpload:
        """Analyse a file and its stems. Raises BadAudioError, BadScoreError, or BusyError if too many are waiting."""
        return self.worker.run(analyze_upload, ANALYSIS_SECONDS, self.recipe, path, stems, measures=measures)

    def caption(self, path: Path) -> str:
        """Describe a picture. Raises BadPictureError, NoPicturesError or BusyError."""
        try:
            return self.worker.run(caption_picture, ANALYSIS_SECONDS, self.recipe.home.models, path)
        except BadAudioError as error:  # what a worker says when it crashes or takes too long
            raise BadPictureError(f"The picture could not be described: {error.message}", "Choose another") from error
