"""`polymuse search` and `similar` over a library whose vectors are those of texts."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from catalog.track import Entry, FileRef, Track
from cli.main import app
from cli.session import open_library
from polymuse.errors import UserError
from polymuse.music import Segment
from tests.helpers.ids import id_of

WORDS = ("piano", "techno", "choir")


@pytest.fixture
def library(polymuse_home: Path) -> Path:
    """Each track sounds like one word; its second half, and its vocals, like the next one. Artist: A, A, B."""
    with open_library(profile="starter") as opened:
        vectors = opened.embedder.embed_text(WORDS)
        opened.catalog.upsert([entry(n, vectors[n], vectors[(n + 1) % 3]) for n in range(3)])
    return polymuse_home


def entry(number: int, mix: np.ndarray, rest: np.ndarray) -> Entry:
    word = WORDS[number]
    track = Track(
        id=id_of(number),
        files=(FileRef(f"/music/{word}.ogg", 1, 1),),
        title=word.capitalize(),
        duration=60.0,
        format="vorbis",
        artist="AAB"[number],
        album=f'"{word}", live',
    )
    return Entry(track, {"mix": mix, "vocals": rest}, (Segment(0, 30, mix), Segment(30, 60.25, rest)))


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(app, [*arguments, "--profile", "starter"])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def answers(*arguments: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run(*arguments, "--json").stdout.splitlines()]


def titles(*arguments: str) -> list[str]:
    return [answer["title"] for answer in answers(*arguments)]


@pytest.mark.usefixtures("library")
class TestQueries:
    def test_moments(self) -> None:
        first, *_ = answers("search", "piano", "--moments")
        assert (first["title"], first["moment"]["start"], first["moment"]["end"]) == ("Piano", 0, 30)
        assert first["moment"]["score"] == pytest.approx(1.0, abs=1e-3)
        assert "moment" not in answers("search", "piano")[0]

    def test_ranked_by_moment(self) -> None:
        found = answers("search", "choir", "--by-moment", "-n", "2")
        assert {each["title"] for each in found} == {"Choir", "Techno"}
        assert {each["title"]: each["moment"]["start"] for each in found} == {"Choir": 0, "Techno": 30}
        assert [each["score"] for each in found] == pytest.approx([1.0, 1.0], abs=1e-3)

    def test_one_stem_against_mixes(self) -> None:
        assert titles("similar", "/music/piano.ogg", "--from-stem", "vocals")[0] == "Techno"

    def test_stems_with_weights(self) -> None:
        by_mix = titles("search", "techno", "--stem", "mix=9", "--stem", "vocals")
        assert by_mix[0] == "Techno"
        assert titles("search", "techno", "--stem", "mix", "--stem", "vocals=9")[0] == "Piano"

    def test_exclusions(self) -> None:
        assert titles("similar", "/music/piano.ogg", "--not-same", "artist") == ["Choir"]  # Techno is by the same
        with open_library(profile="starter") as opened:
            piano = opened.catalog.get([id_of(0)])[0]
            copy = replace(piano, id=id_of(7), files=(FileRef("/copy.ogg", 1, 1),), title="Copy", artist="")
            opened.catalog.upsert([Entry(copy, opened.catalog.vectors([piano.id])[piano.id])])
        assert titles("similar", "/music/piano.ogg")[0] == "Copy"
        assert "Copy" not in titles("similar", "/music/piano.ogg", "--no-duplicates")

    def test_explanations_sum_to_the_score(self) -> None:
        for found in answers("search", "piano", "--not", "choir", "--like", "/music/techno.ogg", "--explain"):
            assert [part["kind"] for part in found["parts"]] == ["text", "not_text", "track"]
            assert sum(part["contribution"] for part in found["parts"]) == pytest.approx(found["score"], abs=3e-4)


@pytest.mark.usefixtures("library")
class TestFormats:
    def test_a_table_with_moments_and_explanations(self) -> None:
        shown = run("search", "piano", "--moments", "--explain", "-n", "1").stdout
        header, row, blank, columns, part = shown.splitlines()
        assert header.split() == ["score", "title", "artist", "length", "moment", "stem", "path"]
        assert row.split() == ["1.000", "Piano", "A", "1:00", "0:00–0:30", "mix", "/music/piano.ogg"]
        assert blank == ""
        assert columns.split() == ["title", "part", "stem", "likeness", "contributes"]
        assert part.split() == ["Piano", "text", "piano", "mix", "1.000", "+1.000"]

    def test_a_playlist_starts_at_the_moments(self) -> None:
        shown = run("search", "choir", "--by-moment", "--m3u", "-n", "2", "--where", "artist:A").stdout
        assert shown.splitlines()[:4] == [
            "#EXTM3U",
            "#EXTINF:60,A - Techno",
            "#EXTVLCOPT:start-time=30.0",
            "/music/techno.ogg",
        ]
        assert "EXTVLCOPT" not in run("search", "choir", "--m3u").stdout

    def test_comma_separated(self) -> None:
        shown = run("search", "piano", "--moments", "--csv", "-n", "1").stdout
        [row] = csv.DictReader(io.StringIO(shown))
        assert (row["title"], row["album"]) == ("Piano", '"piano", live')
        assert (float(row["moment_start"]), float(row["moment_end"])) == (0.0, 30.0)

    def test_one_format_at_a_time(self) -> None:
        with pytest.raises(UserError, match="Only one"):
            run("search", "piano", "--csv", "--m3u")


@pytest.mark.usefixtures("library")
class TestRefusals:
    @pytest.mark.parametrize(
        ("arguments", "complaint"),
        [
            (("search",), "empty"),
            (("search", "piano", "--not", "piano"), "cancel"),
            (("similar", "/music/piano.ogg", "--from-stem", "drums"), 'No track has a stem "drums"'),
            (("search", "piano", "--stem", "vocals", "--by-moment"), "Moments are of the mix"),
        ],
    )
    def test_one_line_that_says_what_is_wrong(self, arguments: tuple[str, ...], complaint: str) -> None:
        with pytest.raises(UserError, match=complaint):
            run(*arguments)
