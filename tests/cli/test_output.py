"""What commands print, for people and for programs."""

import csv
import io
import json
from dataclasses import replace

import pytest

from catalog.query import Hit, Moment, Part
from catalog.track import FileRef, Track
from cli import output
from cli.measured import MEASURED_FIELDS
from polymuse.music import Tag

NOCTURNE = Track(
    "a-1",
    (FileRef("/music/夜曲.flac", 1, 1), FileRef("/copies/夜曲.flac", 1, 1)),
    'Nocturne, "E flat"',
    185.4,
    "flac",
    artist="Clara",
    album="[Evening]",
    genres=("Classical", "Piano"),
    track_number=3,
    lyrics="la la la",
    tags=(Tag("calm", "mood", 0.8),),
)
BARE = Track("b-2", (FileRef("/music/\udcff.ogg", 1, 1),), "Untitled", 59.6, "vorbis")
HITS = (
    Hit(NOCTURNE, 0.87654321, "vocals", {"mix": 0.5, "vocals": 0.87654321}, Moment(30.0, 60.25, 0.912345)),
    Hit(BARE, 0.25, "mix", {"mix": 0.25}),
)


def cells(line: str) -> list[str]:
    """What stands in the columns of a table's line: they are two spaces apart at least."""
    return [cell.strip() for cell in line.split("  ") if cell.strip()]


class TestTable:
    def test_a_hit_is_a_line(self, capsys: pytest.CaptureFixture[str]) -> None:
        output.print_hits(HITS)
        heading, first, second = capsys.readouterr().out.splitlines()
        assert cells(heading) == ["score", "title", "artist", "length", "moment", "stem", "path"]
        # 185.4 s are 3:05, 59.6 s are 1:00; a byte that is not UTF-8 is written \xff
        assert cells(first) == [
            *("0.877", 'Nocturne, "E flat"', "Clara", "3:05", "0:30–1:00", "vocals", "/music/夜曲.flac")
        ]
        assert cells(second) == ["0.250", "Untitled", "1:00", "mix", "/music/\\xff.ogg"]

    def test_without_moments_there_is_no_column_for_them(self, capsys: pytest.CaptureFixture[str]) -> None:
        output.print_hits(HITS[1:])
        assert "moment" not in capsys.readouterr().out

    def test_an_explanation_is_a_second_table(self, capsys: pytest.CaptureFixture[str]) -> None:
        part = Part("not_text", "sad", "mix", 0.5, similarity=0.4, contribution=-0.2)
        output.print_hits([replace(HITS[1], parts=(part,))])
        _, _, empty, _, explained = capsys.readouterr().out.splitlines()
        assert empty == ""
        assert cells(explained) == ["Untitled", "not the text", "sad", "mix", "0.400", "-0.200"]

    def test_cells_are_no_markup_and_are_never_cut(self, capsys: pytest.CaptureFixture[str]) -> None:
        output.print_table(("a", "b"), [("[bold]x[/bold]", "y" * 500)])
        assert cells(capsys.readouterr().out.splitlines()[1]) == ["[bold]x[/bold]", "y" * 500]

    def test_a_summary_has_no_underscores_and_no_heading(self, capsys: pytest.CaptureFixture[str]) -> None:
        output.print_summary({"tracks_now": 3}, as_json=False)
        assert capsys.readouterr().out.split() == ["tracks", "now", "3"]


class TestJson:
    def test_a_hit_holds_its_track(self, capsys: pytest.CaptureFixture[str]) -> None:
        output.print_hits_json((HITS[0], replace(HITS[1], track=NOCTURNE)), "starter")
        first, second = map(json.loads, capsys.readouterr().out.splitlines())
        assert (first["score"], first["stem"], first["profile"]) == (0.8765, "vocals", "starter")
        assert first["stem_scores"] == {"mix": 0.5, "vocals": 0.8765}
        assert first["moment"] == {"start": 30.0, "end": 60.25, "score": 0.9123}
        assert first["paths"] == ["/music/夜曲.flac", "/copies/夜曲.flac"]
        assert first["tags"] == [{"slug": "calm", "category": "mood", "confidence": 0.8}]
        assert (first["track_number"], first["artists"]) == (3, ["Clara"])
        assert not {"files", "parts", "lyrics"} & first.keys()
        assert "moment" not in second

    def test_parts_are_rounded(self, capsys: pytest.CaptureFixture[str]) -> None:
        part = Part("track", "Aria", "mix", 1.0, similarity=0.123456, contribution=0.98765432)
        output.print_hits_json([replace(HITS[0], parts=(part,))], "starter")
        [found] = json.loads(capsys.readouterr().out)["parts"]
        assert (found["similarity"], found["contribution"], found["label"]) == (0.1235, 0.9877, "Aria")

    def test_a_summary_is_one_line(self, capsys: pytest.CaptureFixture[str]) -> None:
        output.print_summary({"tracks_now": 3, "name": "夜"}, as_json=True)
        assert capsys.readouterr().out == '{"summary": {"tracks_now": 3, "name": "夜"}}\n'


def test_no_cell_of_a_hit_is_a_formula(capsys: pytest.CaptureFixture[str]) -> None:
    formula = "=HYPERLINK(1)"
    track = replace(
        NOCTURNE, title=formula, artist="@a", artists=("+a",), album="-a", genres=(formula,), composers=("=C", "D")
    )
    output.print_csv([replace(HITS[0], track=track, score=-0.5)])
    [row] = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert (row["title"], row["artist"], row["artists"], row["album"]) == (f"'{formula}", "'@a", "'+a", "'-a")
    assert (row["genres"], row["score"], row["composers"]) == (f"'{formula}", "-0.5000", "'=C; D")


def test_a_playlist_names_files_byte_for_byte(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    output.print_m3u(HITS)
    assert capsysbinary.readouterr().out == (
        b"#EXTM3U\n"
        b'#EXTINF:185,Clara - Nocturne, "E flat"\n'
        b"#EXTVLCOPT:start-time=30.0\n" + "/music/夜曲.flac\n".encode() + b"#EXTINF:60,Untitled\n/music/\xff.ogg\n"
    )


def test_csv_is_read_back(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_csv(HITS[:1])
    heading, row = csv.reader(io.StringIO(capsys.readouterr().out))
    assert dict(zip(heading, row, strict=True)) == {
        "score": "0.8765",
        "stem": "vocals",
        "title": 'Nocturne, "E flat"',
        "artist": "Clara",
        "album": "[Evening]",
        "duration": "185.4",
        "path": "/music/夜曲.flac",
        "id": "a-1",
        "moment_start": "30.0",
        "moment_end": "60.25",
        "moment_score": "0.9123",
        "artists": "Clara",
        "album_artist": "",
        "disc": "",
        "track": "3",
        "year": "",
        "genres": "Classical; Piano",
        "kind": "audio",
        "composers": "",
        **dict.fromkeys(MEASURED_FIELDS, ""),
    }


def test_a_track_without_files_has_an_empty_path() -> None:
    assert output.path_of(replace(BARE, files=())) == ""


def test_scores_are_no_part_of_a_playlist(
    capsys: pytest.CaptureFixture[str],
) -> None:
    tune = replace(HITS[1].track, kind="score", duration=0.0, title="Tune", composers=("A", "B"))
    output.print_m3u((replace(HITS[1], track=tune), HITS[0]))
    said = capsys.readouterr()
    assert "Tune" not in said.out
    assert "Nocturne" in said.out
    assert said.err == "Left out: 1 score, which players do not play.\n"


def test_a_score_has_composers_and_no_length(capsys: pytest.CaptureFixture[str]) -> None:
    tune = replace(HITS[1].track, kind="score", duration=0.0, title="Tune", composers=("A", "B"))
    output.print_hits([replace(HITS[1], track=tune, moment=None)])
    [_, line] = capsys.readouterr().out.splitlines()
    assert cells(line)[1:4] == ["Tune", "A, B", "score"]
