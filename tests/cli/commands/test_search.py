"""`polymuse search` over a library whose vectors are those of texts."""

import csv
import io
import json
import shutil
from pathlib import Path

import pytest

from cli.searching import SCORES_FIND
from cli.understood import NEAREST
from models.pictures.captions import NoPicturesError
from polymuse.errors import BadPictureError, BadScoreError, UserError
from tests.helpers.command_line import Run, answers, invoke, lines, run_here
from tests.helpers.pictures import BLIP_TINY, CAPTIONS, GRADIENT, SVG, install_blip
from tests.helpers.score_library import MELODY, TYPE2
from tests.helpers.tones import write_tone


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

    def test_stems_with_weights(self) -> None:
        by_mix = titles("search", "techno", "--stem", "mix=9", "--stem", "vocals")
        assert by_mix[0] == "Techno"
        assert titles("search", "techno", "--stem", "mix", "--stem", "vocals=9")[0] == "Piano"

    def test_limits_and_negation_are_read_and_said(self) -> None:
        run = invoke("search", "piano", "shorter than 10 minutes", "without choir", "--json")
        said = "Understood: sound piano; only duration:..600; not sound choir. --literal takes the words as they are.\n"
        assert run.stderr == said
        first, *_ = (json.loads(line) for line in run.stdout.splitlines())
        assert first["title"] == "Piano"
        [read] = first["understood"]
        assert read["text"] == "piano shorter than 10 minutes without choir"
        assert [part["value"] for part in read["parts"]] == ["piano", "duration:..600", "choir"]

    def test_texts_can_be_taken_as_they_are(self) -> None:
        run = invoke("search", "piano", "--literal", "--json")
        plain = invoke("search", "piano", "--json")
        assert (run.stderr, run.stdout) == ("", plain.stdout)
        literal = invoke("search", "piano without choir", "--literal", "--json")
        assert literal.stderr == ""
        assert "understood" not in json.loads(literal.stdout.splitlines()[0])

    def test_words_about_something_else_are_said_to_find_nothing(self) -> None:
        run = invoke("search", "replace the gasket of the dishwasher pump")
        assert run.exit_code == 0
        assert run.stderr in {f"{line}\n" for line in NEAREST.values()}

    def test_explanations_sum_to_the_score(self) -> None:
        for found in answers("search", "piano", "--not", "choir", "--like", "/music/techno.ogg", "--explain"):
            assert [part["kind"] for part in found["parts"]] == ["text", "not_text", "track"]
            assert sum(part["contribution"] for part in found["parts"]) == pytest.approx(found["score"], abs=3e-4)


@pytest.mark.slow  # transformers is imported in each process
class TestPictures:
    @pytest.fixture
    def pictured(self, library: Path) -> None:
        install_blip(library / "models")

    @pytest.mark.usefixtures("pictured")
    def test_its_words_are_shown_and_searched_for(self) -> None:
        words = CAPTIONS["gradient.png"]
        run = invoke("search", "--picture", str(GRADIENT), "--json")
        assert run.stderr == f"{GRADIENT}: {words}\n"
        found = [json.loads(line) for line in run.stdout.splitlines()]
        assert [each.pop("captions") for each in found] == [[words]] * len(found)
        assert found == answers("search", words)

    @pytest.mark.usefixtures("pictured")
    def test_together_with_everything_else(self) -> None:
        other = BLIP_TINY / "images" / "disc_alpha.png"
        pictures = ["--picture", str(GRADIENT), "--picture", str(other)]
        rest = ["piano", "--not", "techno", "--like", "/music/choir.ogg", "--where", "artist:A", "--explain"]
        found = answers("search", *rest, *pictures)
        assert found[0]["captions"] == [CAPTIONS["gradient.png"], CAPTIONS["disc_alpha.png"]]
        assert [part["kind"] for part in found[0]["parts"]] == ["text", "text", "text", "not_text", "track"]
        assert {each["artist"] for each in found} == {"A"}

    @pytest.mark.usefixtures("pictured")
    def test_no_picture(self, tmp_path: Path) -> None:
        (tmp_path / "drawing.png").write_bytes(SVG)
        with pytest.raises(BadPictureError, match=r"drawing\.png: The file is an SVG drawing"):
            invoke("search", "--picture", str(tmp_path / "drawing.png"))

    @pytest.mark.usefixtures("library")
    def test_without_weights(self) -> None:
        with pytest.raises(NoPicturesError, match=r"models pull blip_captioning_base` \(991 MB"):
            invoke("search", "--picture", str(GRADIENT))


@pytest.mark.usefixtures("library")
class TestFormats:
    def test_a_table_with_moments_and_explanations(self) -> None:
        shown = invoke("search", "piano", "--moments", "--explain", "-n", "1").stdout
        header, row, blank, columns, part = shown.splitlines()
        assert header.split() == ["score", "title", "artist", "length", "moment", "stem", "path"]
        assert row.split() == ["1.000", "Piano", "A", "1:00", "0:00–0:30", "mix", "/music/piano.ogg"]
        assert blank == ""
        assert columns.split() == ["title", "part", "stem", "similarity", "contributes"]
        assert part.split() == ["Piano", "text", "piano", "mix", "1.000", "+1.000"]

    def test_a_playlist_starts_at_the_moments(self) -> None:
        shown = invoke("search", "choir", "--by-moment", "--m3u", "-n", "2", "--where", "artist:A").stdout
        assert shown.splitlines()[:4] == [
            "#EXTM3U",
            "#EXTINF:60,A - Techno",
            "#EXTVLCOPT:start-time=30.0",
            "/music/techno.ogg",
        ]
        assert "EXTVLCOPT" not in invoke("search", "choir", "--m3u").stdout

    def test_comma_separated(self) -> None:
        shown = invoke("search", "piano", "--moments", "--csv", "-n", "1").stdout
        [row] = csv.DictReader(io.StringIO(shown))
        assert (row["title"], row["album"]) == ("Piano", '"piano", live')
        assert (float(row["moment_start"]), float(row["moment_end"])) == (0.0, 30.0)

    def test_one_format_at_a_time(self) -> None:
        with pytest.raises(UserError, match="Only one"):
            invoke("search", "piano", "--csv", "--m3u")


@pytest.mark.usefixtures("library")
class TestErrors:
    @pytest.mark.parametrize(
        ("arguments", "complaint"),
        [
            (("search",), "empty"),
            (("search", "piano", "--not", "piano"), "cancel"),
            (("similar", "/music/piano.ogg", "--from-stem", "drums"), 'No track has a stem "drums"'),
            (("search", "piano", "--stem", "vocals", "--by-moment"), "Moments are of the mix"),
        ],
    )
    def test_invalid_queries_are_one_line_errors(self, arguments: tuple[str, ...], complaint: str) -> None:
        with pytest.raises(UserError, match=complaint):
            invoke(*arguments)


@pytest.mark.slow
def test_a_corrupted_store(polymuse: Run, music: Path, polymuse_home: Path) -> None:
    polymuse("index", music, "--stems", "none")
    [about] = (polymuse_home / "store").rglob("store.json")
    for description in about.parent.glob("store*.json*"):
        description.write_text("{")
    result = polymuse("search", "piano")
    assert result.returncode == 3
    assert str(about.parent) in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_an_invalid_filter(polymuse: Run) -> None:
    result = polymuse("search", "piano", "--where", "colour:red")
    assert result.returncode == 2
    assert "colour" in result.stderr


@pytest.mark.usefixtures("library")
class TestWithoutWords:
    def test_a_filter_alone_lists(self) -> None:
        assert titles("search", "--where", "artist:A") == ["Piano", "Techno"]
        shown = invoke("search", "--where", "artist:A", "-n", "1")
        assert "1 of 2 tracks; -n 2 shows all." in shown.stderr
        assert "score" not in shown.stdout

    @pytest.mark.parametrize(
        "option", [["--explain"], ["--stem", "vocals"], ["--diversity", "0.3"], ["--by-moment"], ["--min-score", "0.1"]]
    )
    def test_options_that_rank_are_refused(self, option: list[str]) -> None:
        with pytest.raises(UserError, match="needs something to search for"):
            invoke("search", "--where", "artist:A", *option)

    def test_a_stem_of_no_track_is_refused(self) -> None:
        with pytest.raises(UserError, match="--from-stem needs a track"):
            invoke("search", "piano", "--from-stem", "vocals")


@pytest.mark.usefixtures("score_home")
class TestScores:
    def test_a_score_is_like_tracks_and_unlike_others(self) -> None:
        result = run_here("search", "--like", MELODY, "--json")
        first, *_ = lines(result)
        assert (first["title"], first["score"]) == ("No. 0", pytest.approx(1.0, abs=1e-4))
        assert result.stderr.splitlines() == [SCORES_FIND]
        away = lines(run_here("search", "--unlike", MELODY, "--json"))
        assert (away[-1]["title"], away[-1]["score"]) == ("No. 0", pytest.approx(-1.0, abs=1e-4))

    def test_its_vector_is_compared_with_every_stem(self) -> None:
        first, *_ = lines(run_here("search", "--like", MELODY, "--stem", "vocals", "--json"))
        assert first["stem_scores"] == {"vocals": pytest.approx(1.0, abs=1e-4)}
        refused = run_here("search", "--like", MELODY, "--from-stem", "vocals")
        assert refused.returncode == 2
        assert "has no vector of 'vocals'. It has: mix" in refused.stderr

    def test_it_mixes_with_texts_and_audio(self, tmp_path: Path) -> None:
        tone = write_tone(tmp_path / "tone.wav", 440, seconds=2.0)
        [first, *_] = lines(run_here("search", "piano", "--like", MELODY, "--like", tone, "--explain", "--json"))
        assert [part["kind"] for part in first["parts"]] == ["text", "audio", "audio"]

    def test_what_was_left_out_is_said_once(self) -> None:
        result = run_here("search", "--like", TYPE2, "--like", TYPE2, "--json")
        remark, find = result.stderr.splitlines()
        assert remark.startswith(f"{TYPE2}: ")
        assert "type 2" in remark
        assert find == SCORES_FIND
        assert all(hit["query_remarks"] == [remark] for hit in lines(result))

    def test_a_file_that_is_no_score(self, tmp_path: Path) -> None:
        (tmp_path / "words.mid").write_text("words")
        result = run_here("search", "--like", tmp_path / "words.mid")
        assert (result.returncode, len(result.stderr.splitlines())) == (1, 1)
        assert "words.mid: this is not a MIDI file" in result.stderr

    def test_a_score_that_is_not_called_so(self, tmp_path: Path) -> None:
        shutil.copyfile(MELODY, tmp_path / "tune.mp3")
        result = run_here("search", "--like", tmp_path / "tune.mp3")
        assert result.returncode == 1
        assert "it is not called so. Give it a name that ends in .mid" in result.stderr

    def test_audio_that_is_called_a_score_is_audio(self, tmp_path: Path) -> None:
        tone = write_tone(tmp_path / "tone.wav", 440, seconds=2.0)
        by_name = lines(run_here("search", "--like", tone, "--json"))
        assert lines(run_here("search", "--like", tone.rename(tmp_path / "tone.mid"), "--json")) == by_name


@pytest.mark.usefixtures("library")
def test_a_profile_without_scores_says_which_reads_them() -> None:
    with pytest.raises(BadScoreError, match=r"the profile starter reads no scores\. Use the profile clamp3"):
        invoke("search", "--like", str(MELODY))
