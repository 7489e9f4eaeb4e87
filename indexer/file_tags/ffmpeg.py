"""Tags as FFmpeg reads them, for containers without a reader of their own: Matroska, CAF, AVI, RealMedia and others."""

from pathlib import Path

from indexer.file_tags.names import meaning
from indexer.file_tags.values import Values, collect
from models.audio.demux import open_audio


def read_ffmpeg(path: Path) -> Values:
    """The fields of a file. Raises BadAudioError if it cannot be opened."""
    with open_audio(path, trailing_tags=True) as audio:
        metadata = audio.tags()
    named = ((meaning(name), value) for name, value in metadata.items())
    return collect((*field, value) for field, value in named if field)
