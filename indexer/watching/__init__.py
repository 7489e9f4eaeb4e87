"""Watch folders for changes, and yield changed paths once they are no longer being written."""

from indexer.watching.watching import FolderState, Watching

__all__ = ["FolderState", "Watching"]
