"""Stores of former and next models, next to the one in use. They must be closed to be moved.

<store>/tracks__<space>                              in use
<store>/next/tracks__<space>                         being filled with the vectors of a new model
<store>/former/tracks__<space>__<fingerprint>        replaced by one of a new model
"""

import shutil
from contextlib import suppress
from pathlib import Path

from catalog.store import PREFIX, Space, StoreDirectory, stored_spaces
from polymuse.errors import UnavailableError
from polymuse.files import make_directories, move, write_atomically

NEXT = "next"
FORMER = "former"
COMPLETE = "complete"  # marks a next store whose switch has begun


def promote(store: Path, space: Space) -> None:
    """Replace the store of the space in use by the next one, if there is a next one.

    A switch that is interrupted is finished by `finish`. Raises UnavailableError if one of them is open.
    """
    new = store / NEXT / f"{PREFIX}{space.name}"
    if not new.exists():  # already in use
        return
    _check_closed(store / NEXT, space)
    in_use = [info.space for info in stored_spaces(store) if info.space.name == space.name]
    for old in in_use:
        _check_closed(store, old)
    try:
        with write_atomically(new / COMPLETE):
            pass
        _finish(store, new, in_use)
    except OSError as error:
        raise UnavailableError(
            f"The store {new} cannot be put in use: {error.strerror}", "Check permissions and free space of its disk."
        ) from error


def finish(store: Path) -> None:
    """Finish switches that a crash has interrupted between the former and the next store. Raises OSError."""
    for mark in (store / NEXT).glob(f"{PREFIX}*/{COMPLETE}"):
        if not (store / mark.parent.name).exists():  # otherwise the switch has not begun
            _finish(store, mark.parent, [])
    for mark in store.glob(f"{PREFIX}*/{COMPLETE}"):
        _clean(store, mark)


def _finish(store: Path, new: Path, in_use: list[Space]) -> None:
    target = store / new.name
    for old in in_use:
        former = store / FORMER / f"{target.name}__{old.fingerprint[:12]}"
        make_directories(former.parent)
        if former.exists():  # left by an earlier switch away from this model
            shutil.rmtree(former)
        move(target, former)
    with suppress(FileNotFoundError):  # another process has finished the switch
        move(new, target)
    _clean(store, target / COMPLETE)


def _clean(store: Path, mark: Path) -> None:
    mark.unlink(missing_ok=True)
    with suppress(OSError):  # other models are being filled
        (store / NEXT).rmdir()


def former_stores(store: Path) -> list[Path]:
    """The stores of former models."""
    return sorted((store / FORMER).glob(f"{PREFIX}*"))


def _check_closed(store: Path, space: Space) -> None:
    StoreDirectory(store, space).close()
