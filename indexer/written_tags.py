"""What tells tags that we have written into files from those of others."""

from pathlib import Path
from typing import Protocol

from indexer.file_tags import TagInfo


class WrittenTags(Protocol):
    """Implemented by `indexer.tag_writing.run_journal`."""

    def without_ours(self, track_id: str, path: Path, tags: TagInfo) -> TagInfo:
        """The tags that were read from a file of a track, without tempo, key and genres that we have written there."""
        ...


def of_others(written: WrittenTags | None, track_id: str, path: Path, tags: TagInfo) -> TagInfo:
    """The tags of others; all of them if it is not known what we have written."""
    return tags if written is None else written.without_ours(track_id, path, tags)
