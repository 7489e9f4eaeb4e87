"""Stores of former and of coming models, beside the one in use. None of them may be open while it is moved.

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
    """Puts the next store of the space in the place of the one in use, which may be itself.

    Raises UnavailableError where one of them is open.
    """
    coming = store / NEXT / f"{PREFIX}{space.name}"
    if not coming.exists():  # what was filled is in use already
        return
    _check_closed(store / NEXT, space)
    for info in stored_spaces(store):
        if info.space.name == space.name:
            _check_closed(store, info.space)
            former = store / FORMER / f"{info.path.name}__{info.space.fingerprint[:12]}"
            former.parent.mkdir(exist_ok=True)
            if former.exists():  # a model that was gone back to
                shutil.rmtree(former)
            info.path.rename(former)
    coming.rename(store / coming.name)
    if not any((store / NEXT).iterdir()):
        (store / NEXT).rmdir()


def former_stores(store: Path) -> list[Path]:
    return sorted((store / FORMER).glob(f"{PREFIX}*"))


def _check_closed(store: Path, space: Space) -> None:
    StoreDirectory(store, space).close()
