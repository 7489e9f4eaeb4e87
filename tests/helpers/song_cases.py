"""References to songs with the tracks that they mean, in a library made for them: tests/catalog/songs/cases."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from catalog.catalog import Catalog
from catalog.songs.reference import SongReference
from catalog.songs.resolving import Resolved
from catalog.store import Space
from catalog.track import Entry, FileRef, Track
from tests.helpers.ids import id_of, number_of
from tests.helpers.paths import ROOT

CASES = ROOT / "tests" / "catalog" / "songs" / "cases"
SPACE = Space(name="songs", dim=4, fingerprint="5" * 64, profile="starter")


@dataclass(frozen=True)
class Case:
    """A reference, and the numbers of the tracks that it may mean; none if the library does not have the song."""

    kind: str
    reference: SongReference
    expected: frozenset[int]


@dataclass
class Score:
    """How many references were found."""

    found: int = 0
    right: int = 0
    there: int = 0  # those that the library has

    def add(self, case: Case, resolved: Resolved) -> bool:
        """Whether it is right."""
        number = None if resolved.track is None else number_of(resolved.track)
        right = number in case.expected if case.expected else number is None
        self.found += number is not None
        self.right += number is not None and right
        self.there += bool(case.expected)
        return right

    @property
    def precision(self) -> float:
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.there if self.there else 1.0


def library() -> Catalog:
    """The library in memory; track number n has the id of n."""
    catalog = Catalog.in_memory(SPACE)
    catalog.upsert(map(_entry, _rows("library.tsv")))
    return catalog


def cases(name: str) -> list[Case]:
    """The cases of a file."""
    return [
        Case(
            row.get("kind", ""),
            SongReference(
                row["title"],
                tuple(filter(None, row["artists"].split(";"))),
                row["album"],
                float(row["seconds"]) if row["seconds"] else None,
            ),
            frozenset(map(int, row["expected"].split(","))) if row["expected"] != "-" else frozenset(),
        )
        for row in _rows(name)
    ]


def score(of: Iterable[tuple[Case, Resolved]]) -> Score:
    total = Score()
    for case, resolved in of:
        total.add(case, resolved)
    return total


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (CASES / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)


def _entry(row: dict[str, str]) -> Entry:
    number = int(row["number"])
    track = Track(
        id=id_of(number),
        files=(FileRef(f"/music/{number}.flac", 1, 1),),
        title=row["title"],
        duration=float(row["seconds"]),
        format="flac",
        artist=row["artist"].replace(";", ", "),
        artists=tuple(filter(None, row["artists"].split(";"))),
        album=row["album"],
    )
    return Entry(track, {"mix": np.array([1, 0, 0, 0], np.float32)})
