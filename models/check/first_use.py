"""The quick form of the official check, once for every new set of weights: seconds, in the course of a pull."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from models.profiles.profile import CACHE
from models.weights.fingerprint import fingerprint_of_texts
from polymuse.files import make_directories, write_atomically
from polymuse.parse_json import parse_json

if TYPE_CHECKING:
    from torch import Tensor

    from models.check.row import Row
    from models.weights.store import Step, WeightStore

RECORD = "first-checks.json"  # {set of weights: hash of its files}, next to the vectors in the cache
ADVICE = "run `polymuse models check`"
BUDGET = 20.0  # seconds for CLaMP 3; a part that has begun is completed
VERSION = "1"  # incremented to have all weights checked again


def check_new(
    store: "WeightStore", progress: "Callable[[Step], None]" = lambda _: None, budget: float = BUDGET
) -> Iterator[str]:
    """Checks each complete set of weights that was not checked before; a line for each, to be shown.

    After `budget` seconds no further part of CLaMP 3 begins, and the line says so. Sets that pass are recorded. A
    failure is a line in capitals and no error: what was pulled is the published file by its hash, or the user's own,
    and the check that decides is the whole one.
    """
    from models.check.files import CLAMP3, roformers
    from models.weights.store import Step

    present = store.present()
    sets = {"clamp3": CLAMP3} if present.issuperset(CLAMP3) else {}
    sets |= {name: (name,) for name in roformers(store) if name in present}
    record = store.root / CACHE / RECORD
    for name, parts in sets.items():
        key = fingerprint_of_texts(VERSION, *(sha256 for part in parts for sha256 in store.sha256s(part)))
        if _read(record).get(name) == key:
            continue
        progress(Step(f"checking {name}", 1, 1))
        begun = time.monotonic()
        line, passed = _line(name, list(_quick_rows(store, name, budget)), time.monotonic() - begun)
        yield line
        if passed:
            _write(record, _read(record) | {name: key})


def _quick_rows(store: "WeightStore", name: str, budget: float) -> "Iterator[Row]":
    import torch

    from models.check.check import clamp3_files
    from models.check.clamp3 import TEXTS, Clamp3Check
    from models.check.row import attempt
    from models.check.separation import RoformerCheck, RoformerFiles
    from models.clamp3 import published

    cpu = torch.device("cpu")
    if name != "clamp3":
        checkpoint, config = store.paths(name)
        yield from RoformerCheck(RoformerFiles(name, checkpoint, config), [_noise()], cpu).quick_rows()
        return

    def rows() -> "Iterator[Row]":
        both = Clamp3Check(clamp3_files(store), TEXTS[:2], [_noise()], cpu, lengths=(), warm=False)
        yield from both.rows(budget) if published.is_installed() else both.rows_without_the_library()

    yield from attempt(name, rows)


def _line(name: str, rows: "list[Row]", seconds: float) -> tuple[str, bool]:
    """What to tell of the rows, and whether nothing differs."""
    from models.check.clamp3 import TIME_UP

    failed = [row for row in rows if row.fails]
    if failed:
        what = "; ".join(f"{row.part}: {row.note or row.limit}" for row in failed)
        return f"{name}: THE QUICK CHECK FAILED after {seconds:.0f} s: {what}; {ADVICE}", False
    compared = [row.difference for row in rows if row.difference is not None]
    if left := [row.part for row in rows if row.note == TIME_UP]:
        done = f"nothing differs so far; {TIME_UP} before {', '.join(left)}: {ADVICE}"
    elif not compared:
        done = f"conversion and tokenizer are right; for the networks {ADVICE} with the extra [reference]"
    else:
        done = f"equal to the published implementation, largest difference {max(compared):.0e} of the RMS"
    return f"{name}: quick check in {seconds:.0f} s: {done}", True


def _noise() -> "Tensor":
    """A second of seeded noise, [2, 44100]."""
    import torch

    return 0.1 * torch.randn(2, 44_100, generator=torch.Generator().manual_seed(0))


def _read(path: Path) -> dict[str, str]:
    try:
        content = parse_json(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _write(path: Path, content: dict[str, str]) -> None:
    with suppress(OSError):  # weights that are shared may be read-only; then the check runs again after the next pull
        make_directories(path.parent)
        with write_atomically(path, "w") as file:
            file.write(json.dumps(content, indent=1) + "\n")
