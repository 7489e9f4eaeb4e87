"""MusicXML, friendly and not; that texts equal the reference's is in test_reading."""

import subprocess
import sys

import pytest

from models.clamp3.scores import converter
from models.clamp3.scores.music_xml import read_music_xml
from polymuse.errors import BadScoreError, UnavailableError
from tests.helpers.paths import GOLDEN

SCORES = GOLDEN / "clamp3_symbolic" / "score"
XML = (SCORES / "x01_single.musicxml").read_bytes()
DOCTYPE = b"<!DOCTYPE score-partwise "
BILLION_LAUGHS = (
    "<!DOCTYPE score-partwise ["
    + '<!ENTITY l0 "lol">'
    + "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    + "]><score-partwise><movement-title>&l9;</movement-title></score-partwise>"
).encode()
EXTERNAL = (
    b'<!DOCTYPE score-partwise [<!ENTITY passwords SYSTEM "file:///etc/passwd">]>'
    b"<score-partwise><movement-title>&passwords;</movement-title></score-partwise>"
)
DTD = b'<!DOCTYPE score-partwise SYSTEM "http://127.0.0.1:9/score.dtd"><score-partwise>&a;</score-partwise>'


class TestScores:
    def test_have_a_title_and_a_composer(self) -> None:
        reading = read_music_xml(XML)
        assert (reading.title, reading.composer, reading.remarks) == ("A Simple Tune", "Someone", ())

    def test_may_be_in_utf_16(self) -> None:
        text = XML.decode().replace('encoding="utf-8"', 'encoding="utf-16"')
        assert read_music_xml(text.encode("utf-16")) == read_music_xml(XML)

    def test_that_the_converter_stumbles_over_are_read_without_words_and_directions(self) -> None:
        spoilt = XML.replace(b"<beats>", b"<beats>1+", 1)
        reading = read_music_xml(spoilt)
        assert reading.text.count("[V:1]") == read_music_xml(XML).text.count("[V:1]")
        (remark,) = reading.remarks
        assert remark.startswith("words, tempo and dynamics were left out")

    def test_that_are_timewise_are_read(self) -> None:
        timewise = (
            b"<score-timewise><part-list><score-part id='P1'><part-name>A</part-name></score-part></part-list>"
            b"<measure number='1'><part id='P1'><attributes><divisions>1</divisions></attributes>"
            b"<note><pitch><step>C</step><octave>5</octave></pitch><duration>4</duration></note></part></measure>"
            b"</score-timewise>"
        )
        assert read_music_xml(timewise).text.endswith("[V:1]c8|\n")


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (BILLION_LAUGHS, "declares entities"),
        (EXTERNAL, "declares entities"),
        (DTD, "cannot be converted"),
        (b"<html><body/></html>", "its root is html, not score-partwise"),
        (b"<score-partwise>" + b"<a>" * 100_000, "nested too deeply"),
        (b"<score-partwise><part>", "damaged"),
        (b"<?xml version='1.0' encoding='no-such'?><score-partwise/>", "damaged"),
        (b"\x00\x01\x02", "damaged"),
        (XML[: len(XML) // 2], "damaged"),
        ((SCORES / "x05_rests.musicxml").read_bytes(), "no note"),
        (b"<score-partwise/>", "converted|no note"),
    ],
)
def test_other_files_are_refused(content: bytes, cause: str) -> None:
    with pytest.raises(BadScoreError, match=cause) as caught:
        read_music_xml(content)
    assert "\n" not in str(caught.value)


def test_without_the_package_the_line_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.clamp3.scores.music_xml.CONVERTER", "no_such_package.xml2abc")
    with pytest.raises(UnavailableError, match=r"pip install 'poly-muse\[scores\]'"):
        read_music_xml(XML)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps to a limit on addresses")
@pytest.mark.parametrize("before", [None, 30])
def test_memory_time_and_output_of_the_converter_are_limited(before: int | None) -> None:
    """The program sets the limits before it runs anything; here it runs something else, which tells them.

    `before`: a limit on the seconds that the system has set already, and that cannot be raised.
    """
    told = subprocess.run(
        [
            *(sys.executable, "-c"),
            "import resource, runpy; from models.clamp3.scores import converter\n"
            f"{before} and resource.setrlimit(resource.RLIMIT_CPU, ({before}, {before}))\n"
            "runpy.run_module = lambda *_, **__: print("
            "*(resource.getrlimit(getattr(resource, 'RLIMIT_' + name))[0] for name in converter.LIMITS))\n"
            "converter.main()",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    expected = converter.LIMITS | ({"CPU": before} if before else {})
    assert [int(limit) for limit in told.stdout.split()] == list(expected.values())
