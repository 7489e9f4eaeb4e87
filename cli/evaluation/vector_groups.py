"""The inputs of `polymuse score`: groups of vectors from files, folders and tracks."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import numpy as np

from cli.session import Library, Networks, open_library
from models.audio.filetypes import AUDIO_EXTENSIONS, extension
from models.embedder import Embedder
from models.profiles import PROFILES
from polymuse.errors import UserError
from polymuse.music import MIX
from polymuse.paths import printable
from polymuse.settings import load_settings

VECTOR, TEXT = "npy", "txt"


class VectorGroups(ExitStack):
    """Reads groups; loads the networks and opens the library only if a reference needs them.

    Remarks on scores, and what is left out of a folder, go to `warn`.
    """

    def __init__(self, profile: str | None, warn: Callable[[str], None], library: str | None = None) -> None:
        super().__init__()
        self._flags = {"library": library, "profile": profile, "stems": "none"}
        self._warn = warn
        self._networks: Networks | None = None
        self._library: Library | None = None

    def read(self, reference: str) -> dict[str, np.ndarray]:
        """{key: [dim]} of a folder, a file (.npy, .txt, audio or a score) or a track of the library (id).

        The key is the name up to its first dot. If several files of a folder have the same key, the first by name is
        used. Raises UserError, BadAudioError for a file without usable audio, BadScoreError for one that cannot be read
        as a score, UnavailableError without weights.
        """
        path = Path(reference)
        if path.is_dir():
            return self._folder(path)
        if path.exists():
            return {key_of(path): self._file(path)}
        return {reference: self._open_library().vector(reference, MIX)}

    def _folder(self, folder: Path) -> dict[str, np.ndarray]:
        files: dict[str, Path] = {}
        for path in self._readable_files(folder):
            if key_of(path) in files:
                first = printable(files[key_of(path)].name)
                self._warn(f"{printable(path)}: left out, {first} has the same name up to the first dot")
            else:
                files[key_of(path)] = path
        if not files:
            raise UserError(
                f"{printable(folder)}: contains no .npy, .txt or audio files or scores", "Subfolders are not read"
            )
        return {key: self._file(path) for key, path in files.items()}

    def _file(self, path: Path) -> np.ndarray:
        kind = extension(path.name)
        if kind == VECTOR:
            return load_vector(path)
        if kind == TEXT:
            return self._embedder().embed_text([_text(path)])[0]
        networks = self._load_networks()
        score = networks.score(path)
        if score is None:
            return networks.analyzer.analyze(path, measures=False).vectors[MIX]
        if score.remarks:
            self._warn(f"{printable(path)}: {'; '.join(score.remarks)}")
        return score.vector

    def _readable_files(self, folder: Path) -> Iterator[Path]:
        scores = {suffix for profile in PROFILES.values() for suffix in profile.score_suffixes}
        for path in sorted(folder.iterdir(), key=os.fsencode):
            if path.name.startswith(".") or not path.is_file():
                continue
            if extension(path.name) in {VECTOR, TEXT} | AUDIO_EXTENSIONS:
                yield path
            elif path.suffix.lower() in scores:
                if self._embedder().score_suffixes:
                    yield path
                else:
                    self._warn(f"{printable(path)}: left out, the profile {self._embedder().profile} reads no scores")

    def _load_networks(self) -> Networks:
        if self._networks is None:
            self._networks = self._library or self.enter_context(closing(Networks(load_settings(**self._flags))))
        return self._networks

    def _embedder(self) -> Embedder:
        return self._load_networks().embedder

    def _open_library(self) -> Library:
        if self._library is None:
            self._library = self.enter_context(open_library(**self._flags))
        return self._library


def key_of(path: Path) -> str:
    """The name of a file up to its first dot."""
    return path.name.partition(".")[0]


def load_vector(path: Path) -> np.ndarray:
    """[dim] float32 from a .npy file of shape [dim] or [1, dim]. Raises UserError."""
    try:
        array = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise UserError(f"{printable(path)}: cannot be read as an array: {error}", "Save it with numpy.save") from error
    if array.ndim == 2 and len(array) == 1:
        array = array[0]
    if array.ndim != 1 or not len(array) or not np.issubdtype(array.dtype, np.floating):
        message = f"{printable(path)}: contains {array.dtype} of shape {list(array.shape)}, not one vector"
        raise UserError(message, "Allowed are floats of shape [dim] or [1, dim]")
    if not np.isfinite(array).all():
        raise UserError(f"{printable(path)}: contains values that are not finite", "Compute the vector again")
    return array.astype(np.float32)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{printable(path)}: cannot be read as UTF-8 text: {error}", "Convert the file") from error
