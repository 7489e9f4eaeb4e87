"""The version of the vectors of texts."""

from pathlib import Path

import pytest

import data
from models.starter import text_version
from models.starter.concepts import CONCEPTS_FILE
from models.starter.space import STATISTICS_FILE


def test_covers_the_files_of_texts_and_none_that_tracks_are_made_with() -> None:
    assert {CONCEPTS_FILE.name, STATISTICS_FILE.name}.isdisjoint(text_version.FILES)
    assert all(Path(data.__file__).with_name(name).is_file() for name in text_version.FILES)


def test_follows_the_algorithm_and_every_file(monkeypatch: pytest.MonkeyPatch) -> None:
    version = text_version.text_version()
    assert text_version.text_version() == version
    assert len(version) == 8
    monkeypatch.setattr(text_version, "FILES", text_version.FILES[1:])
    fewer = text_version.text_version()
    monkeypatch.setattr(text_version, "ALGORITHM", text_version.ALGORITHM + 1)
    assert len({version, fewer, text_version.text_version()}) == 3
