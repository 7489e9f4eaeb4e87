"""store.json and its copy."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from catalog import description
from catalog.description import Description
from catalog.store import Space
from polymuse.errors import UnavailableError


@pytest.fixture
def described(space: Space) -> Description:
    return Description(space, "2026-11-30T00:00:00+00:00", tracks=7, lost=1, engine="0.9.0")


def test_it_is_read_as_it_was_written(tmp_path: Path, described: Description) -> None:
    assert not description.exists(tmp_path)
    description.write(tmp_path, described)
    assert description.exists(tmp_path)
    assert description.read(tmp_path) == described


def test_the_copy_is_without_numbers_and_written_once(tmp_path: Path, described: Description) -> None:
    description.write(tmp_path, described)
    before = (tmp_path / "store.copy.json").stat().st_ino
    description.write(tmp_path, replace(described, tracks=8))
    assert (tmp_path / "store.copy.json").stat().st_ino == before
    (tmp_path / "store.json").unlink()
    assert description.read(tmp_path) == replace(described, tracks=0, lost=0)
    description.write(tmp_path, replace(described, engine="0.9.1"))
    (tmp_path / "store.json").write_bytes(b"")
    assert description.read(tmp_path).engine == "0.9.1"


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "null", '{"format": 0}', '{"format": "2"}', "\xff", pytest.param("[" * 99_999, id="deep")]
)
def test_damage(tmp_path: Path, text: str) -> None:
    (tmp_path / "store.json").write_text(text, "latin-1")
    with pytest.raises(UnavailableError, match=r"store\.json is invalid"):
        description.read(tmp_path)


@pytest.mark.parametrize("name", ["tracks", "lost", "engine", "dim", "fingerprint"])
def test_a_value_of_another_kind(tmp_path: Path, described: Description, name: str) -> None:
    description.write(tmp_path, described)
    (tmp_path / "store.copy.json").unlink()
    file = tmp_path / "store.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {name: None}))
    with pytest.raises(UnavailableError, match=r"store\.json is invalid"):
        description.read(tmp_path)


def test_a_newer_format_is_no_damage(tmp_path: Path, described: Description) -> None:
    description.write(tmp_path, described)
    file = tmp_path / "store.json"
    file.write_text(json.dumps({"format": 3, "anything": "else"}))
    with pytest.raises(UnavailableError, match="Update polymuse"):
        description.read(tmp_path)
