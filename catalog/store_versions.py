"""Stores that replace the one in use: of next models, and of repairs. They must be closed to be moved.

<store>/tracks__<space>                              in use
<store>/next/tracks__<space>                         being filled with the vectors of a new model
<store>/former/tracks__<space>__<fingerprint>        replaced by one of a new model
<store>/salvaged/tracks__<space>                     being filled with what is left of a damaged one
<store>/damaged--tracks__<space>                     replaced by what was left of it
"""

import shutil
from contextlib import suppress
from pathlib import Path

from catalog.store import PREFIX, Space, StoreDirectory, stored_spaces
from polymuse.errors import UnavailableError
from polymuse.files import make_directories, move, write_atomically

NEXT = "next"
FORMER = "former"
SALVAGED = "salvaged"
COMPLETE = "complete"  # marks a store whose switch has begun


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
    former = [store / FORMER / f"{new.name}__{old.fingerprint[:12]}" for old in in_use]
    try:
        put_in_use(store, new, *former)
    except OSError as error:
        raise UnavailableError(
            f"The store {new} cannot be put in use: {error.strerror}", "Check permissions and free space of its disk."
        ) from error


def put_in_use(store: Path, new: Path, *former: Path) -> None:
    """Move the store of the same name in use, if there is one, to `former`, and `new` to its place. Raises OSError."""
    with write_atomically(new / COMPLETE):
        pass
    _finish(store, new, *former)


def finish(store: Path) -> None:
    """Finish switches that a crash has interrupted between the former and the new store. Raises OSError."""
    for place in (NEXT, SALVAGED):
        for mark in (store / place).glob(f"{PREFIX}*/{COMPLETE}"):
            if not (store / mark.parent.name).exists():  # otherwise the switch has not begun
                _finish(store, mark.parent)
    for mark in store.glob(f"{PREFIX}*/{COMPLETE}"):
        _clean(store, mark)


def _finish(store: Path, new: Path, *former: Path) -> None:
    target = store / new.name
    for old in former:
        make_directories(old.parent)
        if old.exists():  # left by an earlier switch away from this model
            shutil.rmtree(old)
        move(target, old)
    with suppress(FileNotFoundError):  # another process has finished the switch
        move(new, target)
    _clean(store, target / COMPLETE)


def _clean(store: Path, mark: Path) -> None:
    mark.unlink(missing_ok=True)
    for place in (NEXT, SALVAGED):
        with suppress(OSError):  # other models are being filled
            (store / place).rmdir()


def former_stores(store: Path) -> list[Path]:
    """The stores of former models."""
    return sorted((store / FORMER).glob(f"{PREFIX}*"))


def _check_closed(store: Path, space: Space) -> None:
    StoreDirectory(store, space).close()
