"""The report as JSON and Markdown, made from a track with hostile content in every field."""

import json
import re

import jsonschema_rs
import pytest

from cli.report.track_report import SCHEMA_FILE, as_json, as_markdown
from tests.helpers.hostile_report import hostile_report


@pytest.fixture(scope="module")
def report() -> dict:
    return hostile_report()


class TestJson:
    def test_it_follows_the_schema(self, report: dict) -> None:
        schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
        jsonschema_rs.meta.validate(schema)
        validator = jsonschema_rs.validator_for(schema, validate_formats=True)
        assert [str(error) for error in validator.iter_errors(json.loads(as_json(report)))] == []

    @pytest.mark.parametrize("key", ["version", "track", "sounds", "music", "tags", "moments", "similar"])
    def test_the_schema_requires_every_part(self, report: dict, key: str) -> None:
        schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
        assert not jsonschema_rs.is_valid(schema, {name: part for name, part in report.items() if name != key})

    def test_writing_it_changes_no_value(self, report: dict) -> None:
        assert json.loads(as_json(report)) == report

    def test_curves_stay_on_one_line(self, report: dict) -> None:
        assert len(as_json(report).splitlines()) < 200

    def test_tags_are_grouped_and_sorted_by_confidence(self, report: dict) -> None:
        assert [tag["slug"] for tag in report["tags"]] == ["rock", "heavy_metal", "calm"]

    def test_levels_are_absolute_and_relative_to_the_mix(self, report: dict) -> None:
        [_, vocals, instrumental] = report["sounds"]
        assert (vocals["level_db"], vocals["below_mix_db"], vocals["present"]) == (-70.0, 58.0, False)
        assert (instrumental["below_mix_db"], instrumental["file"]) == (0.4, "stems/instrumental.wav")

    def test_bytes_that_are_not_utf8_are_shown(self, report: dict) -> None:
        assert report["track"]["path"].endswith("卡农\\xff.mp3")

    def test_the_key_of_the_file_wins_over_what_is_measured(self, report: dict) -> None:
        music = report["music"]
        assert (music["bpm"], music["bpm_source"]) == (120.0, "measured")
        assert (music["key"], music["key_source"], music["camelot"]) == ("Bm", "file", "10A")
        assert music["measured"]["key"] == "Am"


class TestMarkdown:
    def test_content_of_the_file_is_escaped(self, report: dict) -> None:
        text = as_markdown(report)
        assert not re.search(r"(?<!\\)<", text)
        assert "\\[x\\]\\(javascript:alert\\(2\\)\\)" in text
        [row] = [line for line in text.splitlines() if "0.988" in line]
        assert len(re.findall(r"(?<!\\)\|", row)) == 6  # five cells

    def test_it_shows_tags_levels_and_similar_tracks(self, report: dict) -> None:
        text = as_markdown(report)
        assert "| genre | heavy metal | 0.61 | 0.25 to 0.75 |" in text
        assert "| vocals | -70.0 dB | -58.0 dB | silent | stems/vocals.wav |" in text
        assert "| tempo | 120.0 BPM \\(measured, confidence 0.80\\) |" in text
        assert "| key | Bm, Camelot 10A \\(file tag\\) |" in text
        assert "## Similar tracks" in text
