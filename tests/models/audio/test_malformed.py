"""Damaged files, small and named after their damage, through every way in: what benchmarks/malformed_files.py found."""

from functools import partial
from pathlib import Path

import pytest

from benchmarks.malformed_files import WAYS, read
from models.audio.filetypes import AUDIO_EXTENSIONS, extension
from polymuse.pool import Pool
from tests.helpers.paths import GOLDEN

FILES = sorted((GOLDEN / "malformed").iterdir())
MAX_SECONDS = 120.0  # for one file, on a busy machine


def outcomes(folder: Path, ways: list[str]) -> dict[str, dict[str, str]]:
    """{file: {way: what became of it}}, by a worker that a crash would end."""
    copies = [folder / path.name for path in FILES]  # what is made is written beside
    for path, copy in zip(FILES, copies, strict=True):
        copy.write_bytes(path.read_bytes())
    pool = Pool(1, _no_setup)
    try:
        done = pool.imap_unordered(partial(read, ways=ways), copies, ahead=2, timeout=MAX_SECONDS)
        return {path.name: found[0] if isinstance(found, tuple) else {"all": str(found)} for path, found in done}
    finally:
        pool.close()


def _no_setup() -> None:
    """No setup is needed before the first file."""


def faults(found: dict[str, dict[str, str]]) -> list[tuple[str, str, str]]:
    return [
        (name, way, outcome)
        for name, ways in found.items()
        for way, outcome in ways.items()
        if not outcome.startswith(("read", "refused"))
    ]


def test_each_is_read_or_refused(tmp_path: Path) -> None:
    found = outcomes(tmp_path, [way for way in WAYS if way != "upload"])
    assert len(found) == len(FILES)
    assert faults(found) == []
    assert {ways["tags"] for ways in found.values()} == {"read"}


@pytest.mark.slow
@pytest.mark.usefixtures("polymuse_home")
def test_each_is_refused_as_an_upload(tmp_path: Path) -> None:
    found = outcomes(tmp_path, ["upload"])
    assert faults(found) == []
    assert all(ways["upload"].startswith("refused: The upload could not be analysed") for ways in found.values())


def test_their_containers_are_those_of_the_scanner_and_two_more() -> None:
    assert {extension(path.name) for path in FILES} - AUDIO_EXTENSIONS <= {"swf", "ts"}
