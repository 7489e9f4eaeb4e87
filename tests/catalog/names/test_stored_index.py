"""The index of names in a file: used if it is of the same names, never trusted."""

import stat
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from catalog.catalog import Catalog
from catalog.names import stored_index
from catalog.names.index import NameIndex
from catalog.names.reading import Counts
from catalog.names.stored_index import stored_or_made
from catalog.store import Space, directory_of
from catalog.track import Entry

MakeEntry = Callable[..., Entry]
TEXTS = ("satie", "erik sartie", "satie erik by чайковский", "vexations", "周杰伦", "moonlight sonata", "nothing")


@pytest.fixture(autouse=True)
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_index, "FEWEST", 1)


def some() -> Counts:
    counts: Counts = Counter({("artist", "Erik Satie"): 3, ("artist", "ERIK SATIE"): 1, ("artist", "Чайковский"): 2})
    counts.update({("title", name): 1 for name in ("Vexations", "周杰伦", "Moonlight Sonata in C sharp minor")})
    return counts


def test_what_is_read_finds_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "names.npz"
    made = stored_or_made(path, some())
    monkeypatch.setattr(stored_index, "NameIndex", _Unmade)
    read = stored_or_made(path, some())
    assert read.names == made.names
    for text in TEXTS:
        assert read.find(text) == made.find(text)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_other_names_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "names.npz"
    stored_or_made(path, some())
    more = some()
    more["artist", "Ravel"] = 1
    assert stored_or_made(path, more).find("ravel")
    assert stored_or_made(path, more).find("ravel")  # from the file, which has been replaced


@pytest.mark.parametrize("damage", ["empty", "cut", "changed", "other", "folder"])
def test_damaged_files_are_made_again(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "names.npz"
    stored_or_made(path, some())
    content = path.read_bytes()
    match damage:
        case "empty":
            path.write_bytes(b"")
        case "cut":
            path.write_bytes(content[: len(content) // 2])
        case "changed":
            path.write_bytes(content[:2000] + bytes([content[2000] ^ 255]) + content[2001:])
        case "other":
            np.savez(path, digest=np.frombuffer(stored_index._digest(some()), np.uint8), fields=np.zeros(9))
        case _:
            path.unlink()
            path.mkdir()
    assert stored_or_made(path, some()).find("satie")


def test_numbers_that_point_outside_are_refused() -> None:
    arrays = NameIndex(some()).arrays()
    for name in ("spelt.names", "spelt.exact_keys", "spelt.near_keys", "words.names", "spelt.kinds"):
        with pytest.raises(ValueError, match="fit together"):
            NameIndex.of_arrays({**arrays, name: arrays[name] + 100})


def test_a_store_keeps_it(tmp_path: Path, space: Space, entry: MakeEntry) -> None:
    path = directory_of(tmp_path, space) / "names.npz"
    with Catalog.open(tmp_path, space) as catalog:
        catalog.upsert([entry(1, artist="Erik Satie")])
        assert not path.exists()
        assert catalog.find_names("satie")[0].value == "Erik Satie"
    assert path.exists()
    with Catalog.open(tmp_path, space) as catalog:
        catalog.upsert([entry(2, artist="Ravel")])
        assert catalog.find_names("ravel")[0].value == "Ravel"


class _Unmade(NameIndex):
    """An index that is only read."""

    def __init__(self, counts: Counts) -> None:
        assert not counts, "it is made again"
        super().__init__(counts)
