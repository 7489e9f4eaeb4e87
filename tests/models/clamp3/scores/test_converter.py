"""What is left out of scores that the converter stumbles over; the program itself runs in test_music_xml."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from models.clamp3.scores.converter import SCORE, simplify

PART_A, PART_B = '<score-part id="A" />', '<score-part id="B" />'


def simplified(folder: Path, monkeypatch: pytest.MonkeyPatch, content: str) -> str:
    (folder / SCORE).write_text(content, "utf-8")
    monkeypatch.chdir(folder)
    simplify()
    return ElementTree.tostring(ElementTree.parse(folder / SCORE).getroot(), "unicode")


def one_part(measure: str, rest: str = "") -> str:
    part = f'<part id="A"><measure>{measure}</measure></part>{rest}'
    return f"<score-partwise><part-list>{PART_A}</part-list>{part}</score-partwise>"


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("<direction /><note /><direction><sound /></direction>", "<note />"),
        ("<time><beats>3+2</beats></time>", "<time><beats>5</beats></time>"),
        ("<time><beats>x+2</beats></time>", "<time><beats>x+2</beats></time>"),
        ('<note><lyric number="chorus"><text>la</text></lyric><rest /></note>', "<note><rest /></note>"),
        ("<note><accidental>flat</accidental></note>", "<note><accidental>flat</accidental></note>"),
        ("<note><accidental>quarter-flat</accidental></note>", "<note />"),
        ("<note><accidental /></note>", "<note />"),
    ],
)
def test_of_a_measure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str, kept: str) -> None:
    assert simplified(tmp_path, monkeypatch, one_part(written)) == one_part(kept)


def test_parts_that_are_not_in_the_list_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert simplified(tmp_path, monkeypatch, one_part("<note />", '<part id="B" />')) == one_part("<note />")


def test_measures_of_parts_become_parts_of_measures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = simplified(
        tmp_path,
        monkeypatch,
        f"<score-timewise><part-list>{PART_A}{PART_B}</part-list>"
        '<measure number="1"><part id="A"><a1/></part><part id="B"><b1/></part></measure>'
        '<measure number="2"><part id="A"><a2/></part><part id="B"><b2/></part></measure></score-timewise>',
    )
    assert result == (
        f"<score-partwise><part-list>{PART_A}{PART_B}</part-list>"
        '<part id="A"><measure number="1"><a1 /></measure><measure number="2"><a2 /></measure></part>'
        '<part id="B"><measure number="1"><b1 /></measure><measure number="2"><b2 /></measure></part>'
        "</score-partwise>"
    )
