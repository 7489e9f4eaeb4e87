"""The folders of a service: those of the settings, those chosen by clients, and how changes in them are noticed."""

import logging
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from indexer.service.folders import Roots, default_roots, trouble_with, without_nested
from indexer.service.state import ServiceState
from indexer.stopping import Stop
from indexer.watching import Watching
from polymuse.errors import NotFoundError
from polymuse.library_jobs import FolderListing, FolderState, MusicFolder, MusicFolders, Trouble
from polymuse.paths import is_folder, normal
from polymuse.settings import Settings

log = logging.getLogger(__name__)


class LibraryFolders:
    """Thread-safe. `changed` is called with paths to scan again, from a thread that follows the folders."""

    def __init__(self, settings: Settings, changed: Callable[[Sequence[Path]], object]) -> None:
        self._settings = settings
        self._changed = changed
        self._file = settings.layout.service
        self._roots = Roots(settings.roots or default_roots())
        self._music = tuple(map(normal, settings.music))
        self._state = ServiceState()
        self._writing = threading.Lock()
        self._watching: Watching | None = None
        self._stop = Stop()  # of the thread
        self.files: dict[Path, int] = {}  # folder -> audio files found by the last scan

    def read(self) -> None:
        """Read what clients have chosen. Raises UnavailableError."""
        self._state = ServiceState.read(self._file)

    @property
    def paused(self) -> bool:
        """Whether a client has paused analysis."""
        return self._state.paused

    def pause(self, *, paused: bool) -> None:
        """Raises UnavailableError if that cannot be stored."""
        with self._writing:
            self._store(ServiceState(self._state.folders, paused))

    @property
    def kept(self) -> tuple[Path, ...]:
        """All folders, without those inside others."""
        return without_nested([*self._music, *map(Path, self._state.folders)])

    def choose(self, paths: Sequence[str]) -> list[Path]:
        """Replace the folders chosen by clients, and return those that are new. Raises what `Roots.check` raises."""
        chosen = without_nested([self._roots.check(path) for path in paths])
        with self._writing:
            before = self.kept
            self._store(ServiceState(tuple(map(str, chosen)), self._state.paused))
            return [path for path in self.kept if path not in before]

    def browse(self, path: str | None) -> FolderListing:
        return self._roots.browse(path)

    def inside(self, text: str) -> Path:
        """A path in one of the folders. Raises NotFoundError."""
        path = Path(text)
        if ".." not in path.parts and any(path.is_relative_to(folder) for folder in self.kept):
            return path
        raise NotFoundError("A path is in none of the folders", "GET /v1/folders lists them")

    def list(self, *, editable: bool) -> MusicFolders:
        """The folders as they are now."""
        roots = tuple(str(root) for root in self._roots.paths)
        return MusicFolders(tuple(map(self._describe, self.kept)), roots, self._settings.watch, editable)

    def follow(self) -> None:
        """Follow the changes of the folders as they are now, if the settings ask for it."""
        with self._writing:
            self.unfollow()
            if self._settings.watch and self.kept:
                settings, self._stop = self._settings, Stop()
                self._watching = Watching(self.kept, log.warning, settings.exclude, settings.rescan_hours)
                arguments = self._watching, self._stop
                threading.Thread(target=self._watch, args=arguments, name="watching", daemon=True).start()

    def unfollow(self) -> None:
        self._stop.signalled = True
        self._watching = None

    def _watch(self, watching: Watching, stop: Stop) -> None:
        try:
            for paths in watching.changes(stop):
                self._changed(paths)
        except Exception:
            log.exception("changes are no longer followed")

    def _describe(self, path: Path) -> MusicFolder:
        state: FolderState = "off"
        problem = trouble_with(path)
        watching = self._watching
        if problem is not None:
            state = "unreadable" if is_folder(path) else "missing"
        elif watching is None:  # until the library is open
            state = "watched" if self._settings.watch and not self._stop.signalled else "off"
        else:
            found = next((each for each in watching.states() if each.path == path), None)
            state = "watched" if found is None or found.state == "missing" else found.state  # it is about to be
            problem = Trouble(" ".join(found.problems)) if found is not None and found.problems else None
        return MusicFolder(
            str(path), "settings" if path in self._music else "page", state, self.files.get(path), problem
        )

    def _store(self, state: ServiceState) -> None:
        state.write(self._file)
        self._state = state
