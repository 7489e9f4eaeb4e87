"""Whether the weight files are those that their authors published, or that were recorded when they came."""

from collections.abc import Iterator

from models.check.row import Row, Verdict
from models.profiles.clamp3 import CHECKPOINT, MERT, TOKENIZER
from models.weights.manifest import Download, Weights
from models.weights.records import Origin, State, read_record
from models.weights.store import Status, WeightStore

CLAMP3 = (CHECKPOINT, MERT, TOKENIZER)
ROFORMERS = "bs_roformer/"  # where the manifest puts them
FILE = ": file"  # behind the name of the weights
NOTES = {
    Origin.KNOWN: "the published file",
    Origin.FIRST_DOWNLOAD: "as first downloaded; no hash of it is published",
    Origin.IMPORTED: "as imported; NOT the published file, or none are known",
}


def check_files(store: WeightStore) -> Iterator[Row]:
    """Reads every installed file and compares its sha256. Missing weights are a row if their profile is in use."""
    statuses = store.list()
    begun = {each.weights.profile for each in statuses if each.state is not State.MISSING and _downloaded(each)}
    for status in statuses:
        if status.state is not State.MISSING:
            yield _verified(store, store.verify(status.weights.name)[0])
        elif status.weights.profile and status.weights.profile in begun:
            yield Row(_part(status.weights), Verdict.NOT_INSTALLED)


def installed(store: WeightStore) -> frozenset[str]:
    """Weights with published implementations that are here, whole or damaged."""
    return frozenset(
        each.weights.name
        for each in store.list()
        if each.state is not State.MISSING
        and (each.weights.name in CLAMP3 or _directory(each.weights).startswith(ROFORMERS))
    )


def roformers(store: WeightStore) -> list[str]:
    """The names of the BS-RoFormers that are installed."""
    here = installed(store)
    return [each.name for each in store.manifest if each.name in here and _directory(each).startswith(ROFORMERS)]


def is_published(store: WeightStore, name: str) -> bool:
    """Whether the weights were downloaded, or imported files have the published hashes."""
    return all(each.origin is not Origin.IMPORTED for each in store.hashes(store.select(name)[0]))


def _verified(store: WeightStore, status: Status) -> Row:
    part = _part(status.weights)
    if status.state is not State.PRESENT:
        return Row(part, Verdict.DIFFERS, note=_damage(store, status))
    origins = [each.origin for each in store.hashes(status.weights)]
    worst = next((each for each in reversed(Origin) if each in origins), Origin.KNOWN)
    verdict = Verdict.UNVERIFIED if worst is Origin.IMPORTED else Verdict.OK
    return Row(part, verdict, note=NOTES[worst])


def _damage(store: WeightStore, status: Status) -> str:
    """Which file has changed, and how."""
    source = status.weights.source
    if not isinstance(source, Download):
        return "the file has changed: its sha256 is not the recorded one"
    for remote in source.files:
        target = store.root / source.directory / remote.name
        record = read_record(target)
        if not target.is_file() or record is None:
            return f"{remote.name} is missing"
        if (size := target.stat().st_size) != record.size:
            what = "cut off" if size < record.size else "longer"
            return f"{remote.name} is {what}: it has {size} of {record.size} bytes"
    return "a file has changed since it came: its sha256 is not the recorded one"


def _downloaded(status: Status) -> bool:
    return isinstance(status.weights.source, Download)


def _part(weights: Weights) -> str:
    return f"{weights.name}{FILE}"


def _directory(weights: Weights) -> str:
    return weights.source.directory if isinstance(weights.source, Download) else ""
