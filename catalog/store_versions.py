"""Stores of former and next models, next to the one in use. They must be closed to be moved.

<store>/tracks__<space>                              in use
<store>/next/tracks__<space>                         being filled with the vectors of a new model
<store>/former/tracks__<space>__<fingerprint>        replaced by one of a new model
"""

import shutil
from pathlib import Path

from catalog.store import PREFIX, Space, StoreDirectory, stored_spaces

NEXT = "next"
FORMER = "former"


def promote(store: Path, space: Space) -> None:
    """Replace the store of the space in use by the next one, if there is a next one.

    Raises UnavailableError if one of them is open.
    """
    new = store / NEXT / f"{PREFIX}{space.name}"
    if not new.exists():  # already in use
        return
    _check_closed(store / NEXT, space)
    for info in stored_spaces(store):
        if info.space.name == space.name:
            _check_closed(store, info.space)
            former = store / FORMER / f"{info.path.name}__{info.space.fingerprint[:12]}"
            former.parent.mkdir(exist_ok=True)
            if former.exists():  # left by an earlier switch away from this model
                shutil.rmtree(former)
            info.path.rename(former)
    new.rename(store / new.name)
    if not any((store / NEXT).iterdir()):
        (store / NEXT).rmdir()


def former_stores(store: Path) -> list[Path]:
    """The stores of former models."""
    return sorted((store / FORMER).glob(f"{PREFIX}*"))


def _check_closed(store: Path, space: Space) -> None:
    StoreDirectory(store, space).close()
