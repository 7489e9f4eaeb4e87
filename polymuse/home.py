"""The layout of POLYMUSE_HOME."""

from dataclasses import dataclass
from pathlib import Path

DEMO = "demo"  # name of the library of the demo music


@dataclass(frozen=True, slots=True)
class Home:
    """The directory of the setting `home`, as one library sees it.

    Weights and sessions belong to all libraries: a browser sends its cookies to every port of a host. All else belongs
    to one: the main library keeps it in the directory itself, and a library with a name in libraries/NAME.
    """

    root: Path
    library: str = ""  # name; "" is the main library

    @property
    def models(self) -> Path:
        """Directory of the weights, and of data derived from them."""
        return self.root / "models"

    @property
    def libraries(self) -> Path:
        """Directory of the libraries with names."""
        return self.root / "libraries"

    @property
    def named(self) -> list[str]:
        """The names of the libraries that have one."""
        former = {DEMO} if (self.root / DEMO).is_dir() else set[str]()
        return sorted(former | {path.name for path in self.libraries.glob("*") if path.is_dir()})

    @property
    def state(self) -> Path:
        """Directory of everything that belongs to the library."""
        if not self.library:
            return self.root
        former = self.root / DEMO  # the place of the demo before libraries had names
        return former if self.library == DEMO and former.is_dir() else self.libraries / self.library

    @property
    def store(self) -> Path:
        """Directory of the embedded catalogs, with one subdirectory per space."""
        return self.state / "store"

    @property
    def tagging(self) -> Path:
        """Directory of the tagging state of the library."""
        return self.state / "tagging"

    @property
    def cache(self) -> Path:
        """Directory of files that the service derives from tracks; may be deleted at any time."""
        return self.state / "cache"

    @property
    def clusters(self) -> Path:
        """Directory of the clusters of the library, in the cache; without it they would only be found again."""
        return self.cache / "clusters"

    @property
    def failures(self) -> Path:
        """JSON Lines file of the files that could not be indexed."""
        return self.state / "failures.jsonl"

    @property
    def sessions(self) -> Path:
        """JSON file of who is signed in to the pages of all libraries."""
        return self.root / "sessions.json"

    @property
    def service(self) -> Path:
        """JSON file of what clients of the service have chosen."""
        return self.state / "service.json"

    @property
    def indexed_folders(self) -> Path:
        """JSON file of the folders that were indexed."""
        return self.state / "folders.json"

    @property
    def pushed(self) -> Path:
        """JSON file of the playlists that were sent to other servers."""
        return self.state / "pushed.json"

    @property
    def indexing_lock(self) -> Path:
        """Locked by the service that keeps the library up to date."""
        return self.state / "indexing.lock"

    @property
    def journal(self) -> Path:
        """JSON Lines file of the tracks that a run has in progress."""
        return self.state / "under-way.jsonl"

    @property
    def written_tags(self) -> Path:
        """JSON Lines file of what was written into the tags of files."""
        return self.state / "written-tags.jsonl"

    def holds(self, path: Path) -> bool:
        """Whether this directory or file in the root belongs to one of the libraries, or to the sessions."""
        main = Home(self.root)
        directories = (main.libraries, self.root / DEMO, main.store, main.tagging, main.cache)
        files = (main.failures, main.sessions, main.service, main.indexed_folders, main.indexing_lock, main.journal)
        files = (*files, main.written_tags, main.pushed)
        return path in directories or path.name.partition(".")[0] in {file.stem for file in files}
