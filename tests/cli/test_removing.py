"""What ids and paths name, for `polymuse remove`."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from catalog.track import Entry, FileRef, Track
from cli.removing import chosen_by
from cli.session import Library
from indexer.identity import track_id
from polymuse.errors import NotFoundError
from polymuse.music import MIX
from tests.cli.conftest import WORDS
from tests.helpers.tones import write_tone


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege")
def test_a_link_names_the_file_that_it_leads_to_and_a_copy_names_nothing(
    make_library: Callable[[], Library], tmp_path: Path
) -> None:
    library = make_library()
    file = write_tone(tmp_path / "music" / "low.wav", 110, seconds=1.0)
    track = Track(track_id(file), (FileRef(str(file), 1, 1), FileRef("/gone.wav", 1, 1)), "Low", 1.0, "pcm_s16le")
    library.catalog.upsert([Entry(track, {MIX: library.embedder.embed_text(WORDS)[0]})])
    (tmp_path / "link").symlink_to(tmp_path / "music")
    [leaving] = chosen_by(library, [str(tmp_path / "link" / "low.wav")])
    assert leaving.paths == (str(file),)
    assert not leaving.whole
    [leaving] = chosen_by(library, [str(file), track.id, "/gone.wav"])
    assert leaving.whole
    copy = tmp_path / "copy.wav"
    copy.write_bytes(file.read_bytes())
    with pytest.raises(NotFoundError, match="copy"):
        chosen_by(library, [str(copy)])
