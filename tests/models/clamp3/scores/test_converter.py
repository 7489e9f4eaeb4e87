"""What is left out of scores that the converter stumbles over; the program itself runs in test_music_xml."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from models.clamp3.scores.converter import SCORE, simplify

NOTE = "<note><pitch><step>C</step><octave>4</octave></pitch><duration>1</duration></note>"


def simplified(folder: Path, monkeypatch: pytest.MonkeyPatch, content: str) -> str:
    (folder / SCORE).write_text(content, "utf-8")
    monkeypatch.chdir(folder)
    simplify()
    return ElementTree.tostring(ElementTree.parse(folder / SCORE).getroot(), "unicode")


def test_directions_go_and_metres_are_summed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = simplified(
        tmp_path,
        monkeypatch,
        '<score-partwise><part id="P1"><measure><time><beats>3+2</beats></time><direction/>'
        f"{NOTE}<direction><sound/></direction></measure></part></score-partwise>",
    )
    assert result == (
        f'<score-partwise><part id="P1"><measure><time><beats>5</beats></time>{NOTE}</measure></part></score-partwise>'
    )


def test_measures_of_parts_become_parts_of_measures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = simplified(
        tmp_path,
        monkeypatch,
        "<score-timewise><part-list/>"
        '<measure number="1"><part id="A"><a1/></part><part id="B"><b1/></part></measure>'
        '<measure number="2"><part id="A"><a2/></part><part id="B"><b2/></part></measure></score-timewise>',
    )
    assert result == (
        "<score-partwise><part-list />"
        '<part id="A"><measure number="1"><a1 /></measure><measure number="2"><a2 /></measure></part>'
        '<part id="B"><measure number="1"><b1 /></measure><measure number="2"><b2 /></measure></part>'
        "</score-partwise>"
    )
