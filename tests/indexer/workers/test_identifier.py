"""Files identified in a process of their own."""

from pathlib import Path

import pytest

from indexer.file_tags import TagInfo, read_tags
from indexer.identity import track_id
from indexer.jobs import Identified, Reading
from indexer.scan import AudioFile
from indexer.workers.identifier import Identifier
from polymuse.errors import BadAudioError
from tests.helpers.audio_files import encode, sweep
from tests.helpers.tagged_files import audio, id3v1


def scanned(path: Path) -> AudioFile:
    status = path.stat()
    return AudioFile(path, status.st_size, status.st_mtime_ns)


def test_a_file_has_an_id_and_tags_or_what_is_wrong_with_it(tmp_path: Path) -> None:
    fine = encode(tmp_path / "fine.flac", "flac", sweep(0.2, 44_100), tags={"title": "Nocturne"})
    broken = tmp_path / "broken.flac"
    broken.write_bytes(b"fLaC and nothing else")
    identifier = Identifier.standalone(1)
    files = [scanned(fine), scanned(broken)]
    try:
        found = dict(identifier.identify(files, lambda: False))
        assert list(identifier.identify(files, lambda: True)) == []  # nothing new once it is halted
    finally:
        identifier.release()
    identified = found[files[0]]
    assert isinstance(identified, Identified)
    assert (identified.file, identified.track_id, identified.tags.title) == (files[0], track_id(fine), "Nocturne")
    assert identified.seconds > 0
    assert identified.length == pytest.approx(0.2, abs=0.001)
    assert isinstance(found[files[1]], BadAudioError)
    [lane] = identifier.lanes
    assert (lane.count, lane.stages) == (1, ("identify",))


def test_tags_are_read_alone(tmp_path: Path) -> None:
    fine = scanned(encode(tmp_path / "fine.flac", "flac", sweep(0.2, 44_100), tags={"title": "Nocturne"}))
    gone = AudioFile(tmp_path / "gone.flac", 1, 1)
    identifier = Identifier.standalone(1)
    try:
        found = dict(identifier.read_tags([fine, gone], lambda: False))
    finally:
        identifier.release()
    assert found[fine] == Reading(read_tags(fine.path), redecoded=False)
    assert isinstance(found[gone], BadAudioError)  # and not a file without tags


def test_what_is_decoded_otherwise_is_found_out_on_request(tmp_path: Path) -> None:
    low = scanned(encode(tmp_path / "low.flac", "flac", sweep(0.2, 22_050), 22_050))
    identifier = Identifier.standalone(1)
    try:
        [(_, plain)] = identifier.read_tags([low], lambda: False)
        [(_, with_audio)] = identifier.read_tags([low], lambda: False, with_audio=True)
        [(_, identified)] = identifier.identify([low], lambda: False)
    finally:
        identifier.release()
    assert isinstance(plain, Reading)
    assert isinstance(with_audio, Reading)
    assert isinstance(identified, Identified)
    assert (plain.redecoded, with_audio.redecoded, identified.redecoded) == (False, True, True)


def test_the_encoding_of_tags(tmp_path: Path) -> None:
    path = audio(tmp_path / "a.mp3")
    path.write_bytes(path.read_bytes() + id3v1("Ж".encode("cp1251")))
    identifier = Identifier.standalone(1, "cp1251")
    try:
        [(_, read)] = identifier.read_tags([scanned(path)], lambda: False)
        [(_, identified)] = identifier.identify([scanned(path)], lambda: False)
    finally:
        identifier.release()
    assert isinstance(identified, Identified)
    assert isinstance(read, Reading)
    assert identified.tags == read.tags == TagInfo("Ж")
