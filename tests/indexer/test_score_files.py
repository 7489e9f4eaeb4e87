"""What is a score: by the suffix, and by the first bytes of what may be any XML."""

import os
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.failures import Failure
from indexer.scan import AudioFile, Scan, scan, scan_changed, scan_listed
from indexer.score_files import has_score_name, is_score, score_id
from models.score_suffix import HEAD_BYTES
from polymuse.errors import UnreadableError
from tests.helpers.audio_files import touch

SUFFIXES = (".mid", ".abc", ".musicxml", ".mxl", ".xml")
DOCTYPE = b'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD" "x">\n'


def kinds(scanned: Scan) -> dict[str, str]:
    """{name: kind} of what a scan without failures finds."""
    found = list(scanned)
    assert all(isinstance(each, AudioFile) for each in found), found
    return {each.path.name: each.kind for each in found if isinstance(each, AudioFile)}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.mid", True),
        ("A.MID", True),
        ("Für Elise.MusicXML", True),
        ("a.tar.mxl", True),
        ("mid", False),
        (".mid", False),
        ("a.midi", False),  # not among SUFFIXES
        ("a.mid.part", False),
        ("a.mid ", False),
        ("", False),
    ],
)
def test_names_of_scores(name: str, expected: bool) -> None:
    assert has_score_name(name, SUFFIXES) is expected
    assert not has_score_name(name, ())


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (DOCTYPE, True),
        (b"<score-partwise version='4.0'><part-list/></score-partwise>", True),
        (b"\xef\xbb\xbf<?xml version='1.0'?><!-- a comment --><score-timewise>", True),
        ("<?xml version='1.0' encoding='UTF-16'?><score-partwise>".encode("utf-16"), True),
        ("<?xml version='1.0' encoding='UTF-16'?><score-partwise>".encode("utf-16-be"), False),  # without a mark
        (b"<m:score-partwise xmlns:m='x'>", True),
        (b"<html><body>score-partwise</body></html>", False),
        (b"<score-partwisely>", False),
        (b"<plist version='1.0'><dict/></plist>", False),
        (b"<a>" + b" " * HEAD_BYTES + b"<score-partwise>", False),
        (b"", False),
        (b"\xff\xfe", False),
        (b"\xff\xfe\x00", False),
        (bytes(range(256)), False),
    ],
)
def test_xml_is_a_score_if_it_begins_like_one(content: bytes, expected: bool, tmp_path: Path) -> None:
    assert is_score(touch(tmp_path / "a.XML", content), SUFFIXES) is expected


@given(content=st.binary(max_size=200))
def test_no_content_is_an_error(content: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "any.xml"
    path.write_bytes(content)
    assert is_score(path, SUFFIXES) is (b"<score-partwise" in content)


def test_a_scan_meets_scores_only_if_asked(tmp_path: Path) -> None:
    for name in ["a.mid", "b.flac", "c/d.MusicXML", "c/e.txt", "c/f.abc"]:
        touch(tmp_path / name, b"X:1")
    touch(tmp_path / "c" / "g.xml", DOCTYPE)
    assert kinds(scan([tmp_path])) == {"b.flac": "audio"}
    scores = {"a.mid": "score", "d.MusicXML": "score", "f.abc": "score", "g.xml": "score"}
    assert kinds(scan([tmp_path], scores=SUFFIXES)) == {"b.flac": "audio", **scores}
    assert kinds(scan_changed([tmp_path / "a.mid", tmp_path / "c"], [tmp_path], scores=SUFFIXES)) == scores
    listed = [tmp_path / "a.mid", tmp_path / "b.flac", tmp_path / "c" / "e.txt", tmp_path / "c" / "g.xml"]
    assert kinds(scan_listed(listed, scores=SUFFIXES)) == {"a.mid": "score", "b.flac": "audio", "g.xml": "score"}
    assert kinds(scan_listed(listed)) == {"b.flac": "audio"}


def test_other_xml_is_silently_no_music(tmp_path: Path) -> None:
    for number in range(300):
        touch(tmp_path / f"{number}.xml", b"<?xml version='1.0'?><settings/>")
    (tmp_path / "gone.xml").symlink_to(tmp_path / "nowhere")
    (tmp_path / "folder.xml").mkdir()
    assert list(scan([tmp_path], scores=SUFFIXES)) == []
    assert list(scan_changed([tmp_path / "1.xml", tmp_path / "gone.xml"], scores=SUFFIXES)) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pipes among files")
def test_broken_links_and_pipes_are_reported_and_not_opened(tmp_path: Path) -> None:
    (tmp_path / "a.mid").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "b.mid")
    os.mkfifo(tmp_path / "c.xml")
    link, pipe = scan([tmp_path], scores=SUFFIXES)
    assert isinstance(link, Failure)
    assert "broken link" in link.cause
    assert isinstance(pipe, Failure)
    assert "not a file" in pipe.cause


def test_scores_that_are_left_out_are_counted_as_audio_is(tmp_path: Path) -> None:
    for name in [".a.mid", ".b.xml", "._c.mid", "d.abc"]:
        touch(tmp_path / name)
    scanned = scan([tmp_path], ["*.abc"], SUFFIXES)
    assert kinds(scanned) == {}
    assert scanned.left_out == {"hidden": 1, "excluded": 1}


def test_a_scan_that_takes_in_no_scores_counts_them(tmp_path: Path) -> None:
    for name in ["a.mid", "b.KAR", "c.mxl", "d.abc", "e.xml", "f.txt", ".g.mid", ".mid"]:
        touch(tmp_path / name)
    without, taking = scan([tmp_path], ["*.abc"]), scan([tmp_path], ["*.abc"], SUFFIXES)
    assert (kinds(without), without.scores_passed) == ({}, 3)
    assert (len(kinds(taking)), taking.scores_passed) == (2, 0)


def test_the_id_is_of_the_bytes_alone(tmp_path: Path) -> None:
    one, same = touch(tmp_path / "a.mid", b"MThd"), touch(tmp_path / "b.abc", b"MThd")
    assert score_id(one) == score_id(same) == "f5f56770-a00f-5e6b-a3ed-55f5ec0057c9"
    assert score_id(touch(same, b"MThd ")) != score_id(one)
    with pytest.raises(UnreadableError, match=r"gone.mid: cannot be read: No such file"):
        score_id(tmp_path / "gone.mid")
