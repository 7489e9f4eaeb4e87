"""Tags of Windows Media files."""

from typing import BinaryIO

from mutagen.asf import ASF, ASFTags

from indexer.file_tags.names import meaning
from indexer.file_tags.values import Values, collect

MAX_ATTRIBUTES = 10_000


def read_asf(file: BinaryIO) -> Values:
    """The fields of the header."""
    tags: ASFTags = ASF(file).tags  # type: ignore[assignment]  # a list of pairs
    named = ((meaning(name), value.value) for name, value in tags[:MAX_ATTRIBUTES])
    texts = ((field, value) for field, value in named if field and isinstance(value, str | int))
    return collect((*field, str(value) if isinstance(value, str) else str(int(value))) for field, value in texts)
