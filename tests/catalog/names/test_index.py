"""Names in texts: spellings, errors, parts, scripts, bad input."""

import random
import string
from collections import Counter

import pytest

from catalog.names.candidates import MOST_CHECKED
from catalog.names.folding import words_of
from catalog.names.found_name import NAME_FIELDS, FoundName, NameField
from catalog.names.index import NameIndex

ARTISTS = (
    "Erik Satie",
    "The Beatles",
    "Simon & Garfunkel",
    "Johann Sebastian Bach",
    "Чайковский",
    "Пётр Ильич Чайковский",
    "Sergei Rachmaninoff",
    "周杰伦",
    "サティ",
    "AC/DC",
    "Björk",
    "Daft Punk feat. Pharrell Williams",
    "Piano Guys",
    "Clam",
    "The The",
    "Live",
    "1999",
    "C",
    "No",
    "!!!",
    "Rimsky-Korsakov, Nikolai",
    "C. P. E. Hagen",
    "วงสุนทราภรณ์",
    "Μίκης Θεοδωράκης",
)
TITLES = (
    "Greensleeves",
    "Gymnopédie No. 1",
    "Symphony No. 5 in C minor, Op. 67: I. Allegro con brio",
    "Symphony No. 6 in F major, Op. 68",
    "Moonlight Sonata in C sharp minor",
    "Yesterday (Remastered 2009)",
    "Blue",
    "茉莉花",
    "Лебединое озеро",
    "03 - Farewell",
)


def index_of(names: dict[tuple[NameField, str], int]) -> NameIndex:
    return NameIndex(Counter(names))


INDEX = index_of({**{("artist", name): 2 for name in ARTISTS}, **{("title", name): 1 for name in TITLES}})


def first(text: str) -> tuple[str, str, int, bool] | None:
    """The best name: (value, its part of the text, errors, whether it is whole)."""
    found = INDEX.find(text)
    if not found:
        return None
    name = found[0][1]
    return name.value, text[name.start : name.end], name.distance, name.whole


def values(text: str) -> set[str]:
    return {name.value for _, name in INDEX.find(text)}


class TestSpellings:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("beatles", "The Beatles"),
            ("thebeatles", "The Beatles"),
            ("satie erik", "Erik Satie"),
            ("Satie, Erik", "Erik Satie"),
            ("nikolai rimsky korsakov", "Rimsky-Korsakov, Nikolai"),
            ("simon and garfunkel", "Simon & Garfunkel"),
            ("Simon & Garfunkel", "Simon & Garfunkel"),
            ("j s bach", "Johann Sebastian Bach"),
            ("J.S. Bach", "Johann Sebastian Bach"),
            ("js bach", "Johann Sebastian Bach"),
            ("carl philipp emanuel hagen", "C. P. E. Hagen"),
            ("daft punk", "Daft Punk feat. Pharrell Williams"),
            ("daft punk ft pharrell williams", "Daft Punk feat. Pharrell Williams"),
            ("acdc", "AC/DC"),
            ("ac dc", "AC/DC"),
            ("ac/dc", "AC/DC"),
            ("bjork", "Björk"),
            ("yesterday", "Yesterday (Remastered 2009)"),
            ("farewell", "03 - Farewell"),
            ("!!!", "!!!"),
            ("THE THE", "The The"),
            ("1999", "1999"),
            ("c", "C"),
            ("No", "No"),
        ],
    )
    def test_without_an_error(self, text: str, value: str) -> None:
        assert first(text) == (value, text, 0, True)

    @pytest.mark.parametrize("text", ["Tchaikovsky", "tschaikowsky", "Čajkovskij", "Чайковский"])
    def test_transliterations_meet(self, text: str) -> None:
        assert first(f"{text} waltz") == ("Чайковский", text, 0, True)

    def test_the_reading_of_an_accent_is_no_transliteration(self) -> None:
        assert first("gymnopedei no 1") == ("Gymnopédie No. 1", "gymnopedei no 1", 1, True)

    @pytest.mark.parametrize("text", ["Чайковского", "Чайковскому", "Чайковским"])
    def test_inflected_surnames(self, text: str) -> None:
        assert first(f"вальсы {text}") == ("Чайковский", text, 0, True)

    def test_what_is_spelt_is_not_read_with_an_error(self) -> None:
        index = index_of({("artist", "Deep Blue Rivers"): 1})
        found = [(name.start, name.end, name.distance) for _, name in index.find("deep blue rivers en vivo")]
        assert found == [(0, 16, 0)]

    def test_the_surname_of_another_script(self) -> None:
        assert first("Рахманинов") == ("Sergei Rachmaninoff", "Рахманинов", 0, False)

    def test_greek(self) -> None:
        assert first("mikis theodorakis") == ("Μίκης Θεοδωράκης", "mikis theodorakis", 0, True)


class TestErrors:
    @pytest.mark.parametrize(
        ("text", "value", "distance"),
        [
            ("greens leeves", "Greensleeves", 1),
            ("green sleeves", "Greensleeves", 1),
            ("grensleeves", "Greensleeves", 1),
            ("greenslevees", "Greensleeves", 1),
            ("gymnopedei no 1", "Gymnopédie No. 1", 1),
            ("eirk satie", "Erik Satie", 1),
            ("erik satiee", "Erik Satie", 1),
            ("jonann sebatian bach", "Johann Sebastian Bach", 2),
            ("лебедниое озеро", "Лебединое озеро", 1),
        ],
    )
    def test_are_counted(self, text: str, value: str, distance: int) -> None:
        assert first(text) == (value, text, distance, True)

    @pytest.mark.parametrize(
        "text",
        ["calm", "piano", "calm piano", "lime", "noo", "cc", "sad slow songs", "sad music for a walk in the rain"],
    )
    def test_common_words_are_no_errors(self, text: str) -> None:
        assert not values(text)

    def test_a_common_word_that_is_a_name_is_found(self) -> None:
        assert first("blue") == ("Blue", "blue", 0, True)
        assert first("live") == ("Live", "live", 0, True)

    def test_numbers_are_not_exchanged(self) -> None:
        assert first("symphony no 6 in f major, op 68") == (TITLES[3], "symphony no 6 in f major, op 68", 0, True)

    def test_any_single_error_in_a_long_name(self) -> None:
        """At every place, of the four kinds."""
        name = "johann sebastian bach"
        for at in range(len(name)):
            typed = {
                name[:at] + "q" + name[at:],
                name[:at] + name[at + 1 :],
                name[:at] + "q" + name[at + 1 :],
                name[:at] + name[at + 1 : at + 2] + name[at] + name[at + 2 :],
            }
            for text in typed:
                found = first(text.strip())
                assert found is not None
                assert found[0] == "Johann Sebastian Bach", text


class TestParts:
    @pytest.mark.parametrize(
        ("text", "part", "value"),
        [
            ("garfunkel", "garfunkel", "Simon & Garfunkel"),
            ("piano by garfunkel", "garfunkel", "Simon & Garfunkel"),
            ("Garfunkel's waltzes", "Garfunkel", "Simon & Garfunkel"),
            ("rachmaninoff at night", "rachmaninoff", "Sergei Rachmaninoff"),
            ("moonlight sonata", "moonlight sonata", "Moonlight Sonata in C sharp minor"),
            ("symphony no 5 in c minor", "symphony no 5 in c minor", TITLES[2]),
        ],
    )
    def test_are_found(self, text: str, part: str, value: str) -> None:
        assert first(text) == (value, part, 0, False)

    def test_of_common_words_are_none(self) -> None:
        assert "Piano Guys" not in values("piano")
        assert "Piano Guys" not in values("two guys and a piano")
        assert values("in c minor") == {"C"}


class TestUnspaced:
    @pytest.mark.parametrize(
        ("text", "part", "value"),
        [
            ("我想听周杰伦的歌", "周杰伦", "周杰伦"),
            ("周杰倫", "周杰倫", "周杰伦"),
            ("zhou jie lun", "zhou jie lun", "周杰伦"),
            ("サティのピアノ曲", "サティ", "サティ"),
            ("好听的茉莉花", "茉莉花", "茉莉花"),
            ("เพลงของวงสุนทราภรณ์ครับ", "วงสุนทราภรณ์", "วงสุนทราภรณ์"),
        ],
    )
    def test_in_running_text(self, text: str, part: str, value: str) -> None:
        found = first(text)
        assert found is not None
        assert found[:2] == (value, part)

    def test_the_same_reading_is_not_the_same_name(self) -> None:
        index = index_of({("title", "世界"): 1, ("title", "视界"): 1})
        assert [name.value for _, name in index.find("视界")] == ["视界"]


class TestOrder:
    def test_titles_before_artists_before_albums_of_the_same_name(self) -> None:
        index = index_of({(field, "Aria"): 1 for field in reversed(NAME_FIELDS)})
        assert tuple(name.field for _, name in index.find("aria")) == NAME_FIELDS

    def test_spellings_of_one_name_are_counted_together(self) -> None:
        index = index_of({("artist", "Sigur Rós"): 3, ("artist", "SIGUR ROS"): 2, ("artist", "Sigur Ros"): 1})
        assert [name for _, name in index.find("sigur ros")] == [FoundName("artist", "Sigur Rós", 0, 9, 0, True, 6)]
        assert set(index.spellings("artist", "Sigur Ros")) == {"Sigur Rós", "SIGUR ROS", "Sigur Ros"}
        assert index.spellings("title", "Sigur Ros") == ()


class TestBadInput:
    @pytest.mark.parametrize(
        "text",
        [
            "\x00\x1b[31m\u202e\u2066",
            "\ud800\udfff",
            "((((.*)+)+)+$ [a-z]{1000}",
            "a" * 1000,
            "e\u0301" * 500,
            "🎵" * 200,
            "\u202eeitas kire\u202c",
            " ".join("x" * 200),
        ],
    )
    def test_is_read(self, text: str) -> None:
        for _, name in INDEX.find(text):
            assert 0 <= name.start < name.end <= len(text)

    def test_long_and_hostile_names_are_kept(self) -> None:
        long, hostile = "Very Long Name " * 33, "\u202eTitle\u0007 \ud800"
        index = index_of({("title", long): 1, ("title", hostile): 1, ("artist", "\u202e"): 1})
        assert index.find(long.lower())[0][1].value == long
        assert index.find("title")[0][1].value == hostile

    def test_an_empty_library(self) -> None:
        assert index_of({}).find("satie by satie") == []

    def test_spans_lie_in_the_text_and_fold_to_the_name(self) -> None:
        """Random texts of names, words and signs."""
        random_ = random.Random(0)
        pieces = [*ARTISTS, *TITLES, "by", "like", "but", "—", "  ", "İ", "ß", "ﬁ", *string.punctuation]
        for _ in range(300):
            text = " ".join(random_.choices(pieces, k=random_.randint(1, 8)))
            for _, name in INDEX.find(text):
                assert text[name.start : name.end].strip() == text[name.start : name.end]
                if name.whole and name.distance == 0:
                    assert words_of(text[name.start : name.end])


def test_many_alike_are_bounded() -> None:
    """Of ten thousand names that begin alike, few are looked at."""
    index = index_of({("title", f"Symphony No. {n}: Finale {n}"): 1 for n in range(10_000)})
    found = index.find("symphony no " * 80)
    assert len(found) <= MOST_CHECKED
    assert index.find("symphony no 77 finale 77")[0][1].value == "Symphony No. 77: Finale 77"
