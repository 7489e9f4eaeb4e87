"""The layout of POLYMUSE_HOME."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Home:
    """The directory of the setting `home`, or one of the same layout."""

    root: Path

    @property
    def models(self) -> Path:
        """Directory of the weights, and of data derived from them."""
        return self.root / "models"

    @property
    def store(self) -> Path:
        """Directory of the embedded catalogs, with one subdirectory per space."""
        return self.root / "store"

    @property
    def tagging(self) -> Path:
        """Directory of the tagging state of the library."""
        return self.root / "tagging"

    @property
    def cache(self) -> Path:
        """Directory of files that the service derives from tracks; may be deleted at any time."""
        return self.root / "cache"

    @property
    def failures(self) -> Path:
        """JSON Lines file of the files that could not be indexed."""
        return self.root / "failures.jsonl"

    @property
    def sessions(self) -> Path:
        """JSON file of who is signed in to the page of the service."""
        return self.root / "sessions.json"

    @property
    def journal(self) -> Path:
        """JSON Lines file of the tracks that a run has in progress."""
        return self.root / "under-way.jsonl"
