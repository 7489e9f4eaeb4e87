"""Nothing of a batch is written when one of its tracks or vectors is wrong."""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from catalog.catalog import Catalog
from catalog.track import Entry, FileRef
from catalog.validation import InvalidEntryError
from polymuse.music import Tag
from tests.helpers.measured import measured

MakeEntry = Callable[..., Entry]

GOOD = np.array([1, 0, 0, 0], dtype=np.float32)


@pytest.mark.parametrize(
    ("vectors", "complaint"),
    [
        ({"mix": np.array([math.nan, 0, 0, 0], dtype=np.float32)}, "not finite"),
        ({"mix": np.array([math.inf, 0, 0, 0], dtype=np.float32)}, "not finite"),
        ({"mix": np.zeros(4, dtype=np.float32)}, "norm is 0"),
        ({"mix": 2 * GOOD}, "norm is 2"),
        ({"mix": GOOD[:3]}, r"shape \[3\]"),
        ({"mix": GOOD[None]}, r"shape \[1, 4\]"),
        ({"mix": np.array([1, 0, 0, 0])}, "int64"),
        ({"mix": GOOD, "vocals": np.full(4, math.nan, dtype=np.float32)}, "not finite"),
        ({"vocals": GOOD}, 'no "mix" vector'),
        ({}, 'no "mix" vector'),
        ({"mix": GOOD, "the voice": GOOD}, "not the name of a stem"),
    ],
)
def test_a_bad_vector_leaves_nothing_behind(
    catalog: Catalog, entry: MakeEntry, vectors: dict[str, np.ndarray], complaint: str
) -> None:
    bad = replace(entry(2), vectors=vectors)
    with pytest.raises(InvalidEntryError, match=complaint) as caught:
        catalog.upsert([entry(1), bad, entry(3)])
    assert "/music/2.ogg" in str(caught.value)
    assert catalog.count() == 0


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"id": "7"}, "not a UUID"),
        ({"id": "00000000000000000000000000000007"}, "not a UUID"),
        ({"files": ()}, "no file"),
        ({"files": (FileRef("music/2.ogg", 1, 1),)}, "not an absolute path"),
        ({"files": (FileRef("/music/\ud800.ogg", 1, 1),)}, "not an absolute path"),
        ({"files": (FileRef("/music/../etc/passwd", 1, 1),)}, "not an absolute path"),
        ({"files": (FileRef("C:\\music\\..\\a.ogg", 1, 1),)}, "not an absolute path"),
        ({"files": (FileRef("/music/\0.ogg", 1, 1),)}, "not an absolute path"),
        ({"files": (FileRef("/" + "a/" * 20_000, 1, 1),)}, "not an absolute path"),
        ({"duration": math.nan}, "lasts nan"),
        ({"duration": -1.0}, "lasts -1.0"),
        ({"tag_bpm": math.inf}, "tempo or a gain"),
        ({"replay_gain": {"track_peak": math.nan}}, "tempo or a gain"),
        ({"measured": measured(bpm=math.nan)}, "bpm of measured"),
        ({"measured": measured(energy=-1.0)}, "energy of measured"),
        ({"tags": (Tag("calm.down", "mood", 0.5),)}, "invalid tag"),
        ({"tags": (Tag("calm", "mood", math.nan),)}, "invalid tag"),
        ({"tags": (Tag("calm", "mood", 1.1),)}, "invalid tag"),
    ],
)
def test_a_bad_track_leaves_nothing_behind(
    catalog: Catalog, entry: MakeEntry, change: dict[str, object], complaint: str
) -> None:
    bad = entry(2)
    bad = replace(bad, track=replace(bad.track, **change))
    with pytest.raises(InvalidEntryError, match=complaint):
        catalog.upsert([entry(1), bad])
    assert catalog.count() == 0
    with pytest.raises(InvalidEntryError, match=complaint):
        catalog.update(bad.track)


def test_rounding_drift_is_normalised(catalog: Catalog, entry: MakeEntry) -> None:
    drifted = replace(entry(1), vectors={"mix": np.array([0.603, 0.804, 0, 0], dtype=np.float16)})  # norm 1.005
    catalog.upsert([drifted])
    stored = catalog.vectors([drifted.track.id])[drifted.track.id]["mix"]
    assert np.linalg.norm(stored) == pytest.approx(1, abs=1e-6)
    np.testing.assert_allclose(stored, [0.6, 0.8, 0, 0], atol=1e-3)
