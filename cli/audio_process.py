"""Reads the audio files and pictures that a command is given in a process of its own: a damaged one may crash it."""

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from indexer.file_tags import TagInfo, read_tags
from indexer.identity import track_id
from indexer.workers.shared_audio import SharedAudio, audio_directory, decode_to_file
from models.audio.decode import Decoded, decode_music
from models.pictures.captions import caption_picture, check_can_caption
from polymuse.errors import BadAudioError, BadPictureError
from polymuse.paths import printable
from polymuse.pool import Pool

MAX_SECONDS = 4 * 3600.0  # for one file


class AudioProcess(ExitStack):
    """One process, started with the first file. All methods raise BadAudioError, also for a file that crashes it.

    For a picture it is BadPictureError.
    """

    def __init__(self) -> None:
        super().__init__()
        self._pool = Pool(1, _no_setup)
        self.callback(self._pool.close)

    def decode(self, path: Path, max_seconds: float, decoder: Callable[..., Decoded] = decode_music) -> Decoded:
        """What the decoder, a function that can be pickled, returns for the first seconds of a file."""
        with audio_directory() as directory:
            shared: SharedAudio = self._run(
                partial(decode_to_file, directory=directory, save_stems=None, max_seconds=max_seconds, decoder=decoder),
                path,
            )
            return shared.open()  # stays mapped once the file is deleted

    def track_id(self, path: Path) -> str:
        """The id of the track in a file."""
        return self._run(track_id, path)

    def read_tags(self, path: Path, encoding: str) -> TagInfo:
        """The tags of a file."""
        return self._run(partial(read_tags, encoding=encoding), path)

    def caption(self, path: Path, models: Path) -> str:
        """The words for a picture, by the weights in this folder. Raises NoPicturesError if something is missing."""
        check_can_caption(models)
        try:
            return self._run(partial(caption_picture, models), path)
        except BadPictureError as error:
            raise BadPictureError(f"{printable(path)}: {error.message}", error.advice) from error
        except BadAudioError as error:  # the process crashed
            raise BadPictureError(error.message, "Choose another picture") from error

    def _run(self, function: Callable[[Path], Any], path: Path) -> Any:
        task = self._pool.submit(function, path, MAX_SECONDS)
        while not self._pool.wait([task]):
            pass
        if task.error is None:
            return task.value
        error = task.error
        if isinstance(error, BadAudioError) and printable(path) not in error.message:
            error = type(error)(f"{printable(path)}: {error.message}", error.advice)
        raise error


def _no_setup() -> None:
    """No setup is needed before the first file."""
