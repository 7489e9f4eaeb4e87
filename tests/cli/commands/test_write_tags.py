"""`polymuse write-tags` over one indexed file."""

import json
from pathlib import Path

import numpy as np
import pytest
from mutagen.flac import FLAC

from catalog.track import Entry, FileRef, Track
from cli.session import open_library
from indexer.identity import track_id
from polymuse.errors import NotFoundError, UserError
from polymuse.music import Measurements, Tag
from tests.helpers.command_line import answers, invoke
from tests.helpers.tagged_files import audio


@pytest.fixture
def song(polymuse_home: Path, tmp_path: Path) -> Path:
    path = audio(tmp_path / "a song.flac")
    status = path.stat()
    measured = Measurements(120.0, 0.9, None, None, "Am", 0.4, -18.0, None, None, None, 1)
    with open_library(profile="starter") as library:
        file = FileRef(str(path), status.st_size, status.st_mtime_ns)
        tags = (Tag("laid-back", "mood", 0.8),)
        track = Track(track_id(path), (file,), "A", 0.1, "flac", tags=tags, measured=measured)
        vector = np.zeros(library.embedder.dim, np.float32)
        vector[0] = 1
        library.catalog.upsert([Entry(track, {"mix": vector})])
    return path


def test_nothing_changes_before_it_is_wanted_and_all_comes_back(song: Path) -> None:
    before = song.read_bytes()
    shown = invoke("write-tags")
    assert "+ mood: Laid-back" in shown.stdout
    assert "+ bpm: 120" in shown.stdout
    assert "key" not in shown.stdout  # which is not sure enough
    assert "1 file would change, 0 stay as they are; --write does it" in shown.stderr
    assert song.read_bytes() == before
    invoke("write-tags", "--write")
    assert (FLAC(song)["mood"], FLAC(song)["bpm"]) == (["Laid-back"], ["120"])
    [run] = answers("write-tags", "--list")
    assert (run["action"], run["files"], run["fields"]) == ("write", 1, ["bpm", "mood"])
    *_, summary = answers("write-tags")
    assert (summary["summary"]["changed"], summary["summary"]["unchanged"]) == (0, 1)
    assert "- mood: Laid-back" in invoke("write-tags", "--undo", "last").stdout
    assert FLAC(song)["bpm"] == ["120"]
    invoke("write-tags", "--undo", run["run"], "--write")
    assert FLAC(song).keys() == ["encoder"]
    assert [run["undone_by"] is None for run in answers("write-tags", "--list")] == [False, True]
    with pytest.raises(NotFoundError, match="no run to undo"):
        invoke("write-tags", "--undo", "last")


def test_mistakes_are_said(song: Path) -> None:
    with pytest.raises(UserError, match='no field "tempo"'):
        invoke("write-tags", "--fields", "mood,tempo")
    with pytest.raises(UserError, match="--overwrite"):
        invoke("write-tags", "--overwrite", "all")
    with pytest.raises(UserError, match="whole run"):
        invoke("write-tags", "--undo", "last", "--limit", "1")
    with pytest.raises(NotFoundError, match="no run x"):
        invoke("write-tags", "--undo", "x")
    song.unlink()
    result = invoke("write-tags", "--write", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout.splitlines()[0])["reason"] == "it is gone"
    assert invoke("write-tags", "--where", "artist:nobody").stderr == "0 files would change, 0 stay as they are.\n"
