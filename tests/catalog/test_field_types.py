"""The types of filter fields: what their terms mean, and what they store of a track."""

import zlib

import pytest

from catalog.engine import AnyOf, Between, Contains, Match
from catalog.field_types import Folder, Keyword, Number, Part, Range, Stems, Tags, TagTerm, rounded
from catalog.track import FileRef, Track
from models.tagging.descriptor_bank import load_bank
from polymuse.errors import UserError
from polymuse.music import Tag

TRACK = Track(
    "id",
    (FileRef("/music/a/1.ogg", 1, 1), FileRef("/music/b/1.ogg", 1, 1)),
    "Straße",
    12.3456789,
    "flac",
    artist="BJO\u0308RK  Trio",
    year=1995,
    genres=("Pop", "POP", "Art"),
    tags=(Tag("calm", "mood", 0.62), Tag("sad", "mood", 0.5), Tag("fast", "mood", 0.049)),
)


class TestRange:
    @pytest.mark.parametrize(
        ("low", "high", "text"),
        [(1990, 2000, "1990..2000"), (1990.0, None, "1990.."), (None, 0.5, "..0.5"), (3, 3, "3..3")],
    )
    def test_it_is_written_as_it_is_read(self, low: float | None, high: float | None, text: str) -> None:
        assert str(Range(low, high)) == text

    @pytest.mark.parametrize(
        ("low", "high"), [(None, None), (2, 1), (float("nan"), 1), (0, float("inf")), (None, float("-inf"))]
    )
    def test_impossible_ones(self, low: float | None, high: float | None) -> None:
        with pytest.raises(UserError, match="not a range"):
            Range(low, high)


class TestKeyword:
    artist = Keyword(name="artist", track="artist", key="artist_key", syntax="", matches="")
    genre = Keyword(name="genre", track="genres", key="genre_keys", syntax="", matches="")

    def test_names_are_stored_as_they_are_and_folded(self) -> None:
        # O and a combining diaeresis are one character, and two spaces are one
        assert self.artist.payload(TRACK) == {"artist": "BJO\u0308RK  Trio", "artist_key": "björk trio"}
        assert self.genre.payload(TRACK) == {"genres": ["Pop", "Art"], "genre_keys": ["art", "pop"]}

    def test_terms_are_folded_alike(self) -> None:
        assert self.artist.conditions(["Björk TRIO", "a"]) == [Match("artist_key", ("björk trio", "a"))]

    def test_what_was_stored_comes_back(self) -> None:
        assert self.genre.restore(self.genre.payload(TRACK)) == {"genres": ("Pop", "Art")}
        assert self.artist.restore({}) == {}

    @pytest.mark.parametrize("stored", [5, [1], {"a": "b"}])
    def test_what_is_no_name(self, stored: object) -> None:
        with pytest.raises(TypeError, match="artist is"):
            self.artist.restore({"artist": stored})

    def test_blanks_are_no_name(self) -> None:
        with pytest.raises(ValueError, match=r"^ $"):
            self.artist.parse(" ")
        with pytest.raises(UserError, match="artists"):
            self.artist.check(" ", "artists")


def test_a_part_of_a_title() -> None:
    title = Part(name="title", track="title", key="title_key", syntax="", matches="")
    assert title.payload(TRACK) == {"title": "Straße", "title_key": "strasse"}
    assert title.conditions(["RASS", "x"]) == [AnyOf((Contains("title_key", "rass"), Contains("title_key", "x")))]


class TestNumber:
    year = Number(name="year", track="year", number=int, single=True, syntax="", matches="")
    duration = Number(name="duration", track="duration", number=float, syntax="", matches="")

    def test_one_number_is_a_range_where_that_is_allowed(self) -> None:
        assert self.year.parse("1995") == Range(1995, 1995)
        with pytest.raises(ValueError, match="60"):
            self.duration.parse("60")

    @pytest.mark.parametrize("text", ["..", "", "abc", "1995.5", "a..b"])
    def test_what_is_no_number(self, text: str) -> None:
        with pytest.raises(ValueError, match=r".*"):
            self.year.parse(text)

    def test_floats_are_stored_with_six_decimals(self) -> None:
        assert self.duration.payload(TRACK) == {"duration": 12.345679}
        assert self.year.payload(TRACK) == {"year": 1995}

    def test_one_of_several_ranges_is_enough(self) -> None:
        ranges = [self.year.parse("1990.."), self.year.parse("..1980")]
        assert self.year.conditions(ranges) == [AnyOf((Between("year", 1990, None), Between("year", None, 1980)))]


def test_a_folder_holds_what_lies_below_it() -> None:
    folder = Folder(name="path", syntax="", matches="")
    assert folder.payload(TRACK) == {
        "paths": ["/music/a/1.ogg", "/music/b/1.ogg"],
        "under": ["/", "/music", "/music/a", "/music/a/1.ogg", "/music/b", "/music/b/1.ogg"],
    }
    assert folder.conditions(["/music/a/"]) == [Match("under", ("/music/a",))]
    with pytest.raises(UserError, match="not absolute"):
        folder.check("music", "paths")


class TestTags:
    tags = Tags(name="tag", syntax="", matches="")

    def test_a_tag_and_its_confidence_are_one_number(self) -> None:
        payload = self.tags.payload(TRACK)
        # CRC-32 of the slugs, 20 bits further up, and the confidence in millionths
        assert payload["tag_codes"] == [
            zlib.crc32(b"calm") * 2**20 + 620_000,
            zlib.crc32(b"sad") * 2**20 + 500_000,
            zlib.crc32(b"fast") * 2**20 + 49_000,
        ]
        assert payload["tags_strong"] == ["calm", "sad"]  # from 0.5
        assert self.tags.restore(payload) == {"tags": TRACK.tags}

    def test_a_term_has_a_confidence_or_the_usual_one(self) -> None:
        assert self.tags.parse("Calm") == TagTerm("calm", 0.5)
        assert self.tags.parse("calm>0.6") == self.tags.parse("calm>=0.6") == TagTerm("calm", 0.6)
        assert [str(TagTerm("calm", confidence)) for confidence in (0.5, 0.62, 1.0)] == ["calm", "calm>0.62", "calm>1"]

    def test_the_usual_confidence_has_an_index_of_its_own(self) -> None:
        assert self.tags.conditions([TagTerm("calm")]) == [Match("tags_strong", ("calm",))]

    def test_other_confidences_are_a_range_of_these_numbers(self) -> None:
        tag = zlib.crc32(b"calm") * 2**20
        [found] = self.tags.conditions([TagTerm("calm", 0.93)])
        assert found == Between("tag_codes", tag + 930_000, tag + 1_000_000)

    def test_no_two_tags_of_the_bank_have_numbers_in_common(self) -> None:
        slugs = [each.slug for each in load_bank().descriptors]
        assert len({zlib.crc32(slug.encode()) for slug in slugs}) == len(slugs)

    @pytest.mark.parametrize(("slug", "confidence"), [("Calm", 0.5), ("", 0.5), ("calm", 1.1), ("calm", -0.1)])
    def test_impossible_terms(self, slug: str, confidence: float) -> None:
        with pytest.raises(UserError):
            TagTerm(slug, confidence)


def test_every_stem_must_be_there() -> None:
    stems = Stems(name="has", syntax="", matches="")
    assert stems.conditions(["vocals", "drums"]) == [Match("has", ("vocals",)), Match("has", ("drums",))]
    assert stems.parse("Vocals") == "vocals"
    with pytest.raises(UserError, match="not the name of a stem"):
        stems.check("a b", "stems")


def test_rounding() -> None:
    assert rounded(1 / 3) == 0.333333
