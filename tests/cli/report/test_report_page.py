"""The report as a page, made from a track that is hostile wherever a file can be."""

from html.parser import HTMLParser

import pytest

from cli.report.report_page import as_page
from tests.helpers.hostile_report import hostile_report


@pytest.fixture(scope="module")
def page() -> str:
    return as_page(hostile_report())


def test_what_a_file_says_stays_text(page: str) -> None:
    assert "<script" not in page
    assert "<img" not in page
    assert "{{ 7 * 7 }}" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_it_refers_to_nothing_but_the_stems(page: str) -> None:
    links = Links()
    links.feed(page)
    assert sorted(links.found) == ["#tags", "data:,", "stems/instrumental.wav", "stems/vocals.wav"]
    assert "url(" not in page
    assert "@import" not in page


def test_waveforms_are_described_in_words(page: str) -> None:
    # peaks are 12 dB above the levels
    assert "Waveform of the mix, 0:30 long. RMS level −12.0 dB, peak 0.0 dB." in page
    assert "Waveform of the stem vocals, 0:30 long. RMS level −70.0 dB, peak −58.0 dB." in page


def test_level_bars_go_from_60_db_below_full_scale(page: str) -> None:
    # -12 dB: 1 - 12/60 = 80 %; -70 dB is below the bar; -12.4 dB: 79.33 %
    for percent in ("80.0%", "0.0%", "79.3%"):
        assert f'<i style="width:{percent}"></i>' in page


def test_all_waveforms_have_the_scale_of_the_highest_peak() -> None:
    report = hostile_report()
    for sound, peak in zip(report["sounds"], (1.0, 0.5, 0.25), strict=True):
        sound["outline"] = {"peak": [peak], "rms": [peak / 5]}
    # Of a height of 100 about its middle at 50: 0 to 100, 25 to 75, 37.5 to 62.5; RMS a fifth of each
    page = as_page(report)
    for peak, rms in (
        ("M0,0.0 1,0.0 1,100.0 0,100.0Z", "M0,40.0 1,40.0 1,60.0 0,60.0Z"),
        ("M0,25.0 1,25.0 1,75.0 0,75.0Z", "M0,45.0 1,45.0 1,55.0 0,55.0Z"),
        ("M0,37.5 1,37.5 1,62.5 0,62.5Z", "M0,47.5 1,47.5 1,52.5 0,52.5Z"),
    ):
        assert peak in page
        assert rms in page


def test_a_curve_is_described_by_its_range_and_its_best_moment(page: str) -> None:
    # 0.25, 0.75 and 0.5 at 0:00 to 0:10, 0:10 to 0:20 and 0:25 to 0:30
    assert "Confidence of heavy metal over time: from 0.25 to 0.75, strongest from 0:10 to 0:20." in page


def test_a_track_without_moments_has_no_curves() -> None:
    assert "Confidence of" not in as_page({**hostile_report(), "moments": []})


class Links(HTMLParser):
    """Everything that an element refers to."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in {"src", "srcset", "href", "data", "action"}]


def test_tempo_key_and_loudness_have_a_table(page: str) -> None:
    assert '<tr><th scope="row">tempo</th><td>120.0 BPM (measured, confidence 0.80)</td></tr>' in page
    assert '<tr><th scope="row">loudness</th><td>-14.0 LUFS</td></tr>' in page
