"""Tracks that an earlier version has decoded otherwise are analysed again, and no others."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from catalog.catalog import Catalog
from catalog.store import Space
from catalog.track import Entry
from indexer.comparing import Plan
from indexer.failures import Failure, FailureList
from indexer.file_tags import TAGS_VERSION
from indexer.jobs import Outcome, fingerprints
from indexer.journal import Journal
from indexer.redecoding import is_file_redecoded
from indexer.scan import scan
from indexer.stopping import Stop
from indexer.updating import Choices, Target, bring_up_to_date
from models.profiles import load_embedder
from models.recipe import Recipe
from models.separator import SeparationSpec
from models.weights.store import WeightStore
from polymuse.home import Home
from tests.helpers.audio_files import encode, sweep


@pytest.mark.parametrize(
    ("name", "codec", "rate", "layout", "expected"),
    [
        ("a.wav", "pcm_s16le", 8_000, "mono", True),
        ("a.flac", "flac", 24_000, "stereo", True),
        ("a.flac", "flac", 44_100, "5.1", True),
        ("a.flac", "flac", 96_000, "3.0", True),
        ("a.wav", "pcm_f32le", 44_100, "stereo", True),  # it may exceed full scale
        ("a.wav", "pcm_s16le", 11_127, "mono", False),  # goes by way of 44.1 kHz still
        ("a.mp3", "libmp3lame", 44_100, "stereo", False),
        ("a.flac", "flac", 48_000, "mono", False),
        ("a.flac", "flac", 96_000, "stereo", False),
    ],
)
def test_files_that_are_decoded_otherwise(
    tmp_path: Path, name: str, codec: str, rate: int, layout: str, expected: bool
) -> None:
    channels = {"mono": 1, "stereo": 2, "3.0": 3, "5.1": 6}[layout]
    path = encode(tmp_path / name, codec, sweep(0.2, rate, channels), rate, layout=layout)
    assert is_file_redecoded(path) is expected


def test_what_is_no_audio_is_not(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"RIFF")
    assert not is_file_redecoded(tmp_path / "a.wav")


@pytest.fixture
def target(tiny_clamp3_home: Path, tmp_path: Path) -> Iterator[Target]:
    recipe = Recipe(Home(tiny_clamp3_home), "clamp3", SeparationSpec(), 60.0)
    weights = WeightStore(tiny_clamp3_home / "models")
    embedder = load_embedder("clamp3", weights, "cpu")
    with Catalog.in_memory(Space.of(embedder)) as catalog:
        made_with = fingerprints(recipe, embedder, weights)
        yield Target(
            catalog, FailureList(tmp_path / "failures"), Journal(tmp_path / "journal"), recipe, made_with, jobs=1
        )


class Seen:
    def __init__(self) -> None:
        self.analysed: list[str] = []  # names of files

    def planned(self, _plan: Plan, _problems: Sequence[Failure]) -> None:
        pass

    def running(self, _plan: Plan, _stop: Stop) -> AbstractContextManager[None]:
        return nullcontext()

    def add(self, outcome: Outcome) -> None:
        if outcome.status == "indexed":
            self.analysed.append(Path(outcome.path).stem)


def update(target: Target, music: Path) -> list[str]:
    """The names of the files that were analysed."""
    seen = Seen()
    assert bring_up_to_date(target, scan([music]), [music], seen, Stop(), Choices()) is not None
    return sorted(seen.analysed)


@pytest.mark.parametrize("moved", [False, True])
def test_only_these_are_analysed_again(target: Target, tmp_path: Path, moved: bool) -> None:
    (music := tmp_path / "music").mkdir()
    low = encode(music / "low.flac", "flac", sweep(2.0, 22_050), 22_050)
    usual = encode(music / "usual.flac", "flac", sweep(2.0, 44_100), 44_100)
    assert update(target, music) == ["low", "usual"]
    stored = {each.track.title: each for page in target.catalog.entries() for each in page}
    before = {title: each.vectors["mix"] for title, each in stored.items()}
    for each in stored.values():  # as an earlier version has stored them, with another vector
        old = replace(each.track, tags_version=1)
        target.catalog.upsert([Entry(old, {"mix": -each.vectors["mix"]}, each.segments)])
    if moved:
        low.rename(music / "lower.flac")
        usual.rename(music / "as usual.flac")
    assert update(target, music) == ["lower" if moved else "low"]
    after = {each.track.title: each for page in target.catalog.entries() for each in page}
    new_low, new_usual = after["lower" if moved else "low"], after["as usual" if moved else "usual"]
    np.testing.assert_allclose(new_low.vectors["mix"], before["low"], atol=1e-5)
    np.testing.assert_allclose(new_usual.vectors["mix"], -before["usual"], atol=1e-5)
    assert {each.track.tags_version for each in after.values()} == {TAGS_VERSION}
    assert update(target, music) == []
    assert new_low.track.models == new_usual.track.models == target.fingerprints
