from catalog.filters import Filter, Range, parse_filter
from catalog.query import NameTerm, Query, Seed, Text
from catalog.understanding.applying import applied
from catalog.understanding.understood import UnderstoodPart
from tests.catalog.understanding.helpers import read


def seeds_of(part: UnderstoodPart) -> list[str]:
    return {"Greensleeves": ["g"], "Erik Satie": ["s1", "s2"]}.get(part.value, [])


def test_wanted_sound_goes_unchanged() -> None:
    text = "  Some CALM\tpiano music,  please "
    assert applied(Query(), read(text), seeds_of) == Query(texts=(Text(text),))


def test_sound_is_joined_and_unwanted_sound_stands_alone() -> None:
    query = applied(Query(), read("calm piano from the 1880s for studying without drums, bass or vocals"), seeds_of)
    assert query.texts == (Text("calm piano, studying"),)
    assert query.not_texts == (Text("drums"), Text("bass"), Text("vocals"))
    assert query.where == Filter(years=(Range(1880, 1889),))


def test_likeness_becomes_seeds_that_weigh_one_together() -> None:
    query = applied(Query(), read("like Satie but not like Greensleeves"), seeds_of)
    assert query.tracks == (Seed("s1", 0.5), Seed("s2", 0.5))
    assert query.not_tracks == (Seed("g"),)


def test_likeness_to_what_the_library_lacks_is_sound() -> None:
    assert applied(Query(), read('like:"Nobody Knows" 1990'), seeds_of).texts == (Text("Nobody Knows"),)


def test_names_are_ranked_and_exclude_nothing() -> None:
    query = applied(Query(), read("sad songs by Satie and by Blue"), seeds_of)
    assert query.names == (NameTerm("artist", "Erik Satie", exact=False), NameTerm("artist", "Blue"))
    assert query.where == Filter()


def test_tempi_and_keys_are_filters() -> None:
    query = applied(Query(), read("techno faster than 120 bpm, slower than 130 bpm in A minor"), seeds_of)
    assert query.where == parse_filter("bpm:120..130 key:Am")


def test_a_name_that_is_not_wanted_excludes_its_tracks() -> None:
    assert applied(Query(), read("calm, not by Satie"), seeds_of).where == Filter(
        exclude=Filter(artists=("Erik Satie",))
    )


def test_quoted_words_lose_their_quotes() -> None:
    assert applied(Query(), read('"calm piano"'), seeds_of).texts == (Text("calm piano"),)


def test_the_rest_of_the_query_stays() -> None:
    query = Query(texts=(Text("a"),), tracks=(Seed("t"),), limit=3)
    assert applied(query, read("calm"), seeds_of) == Query(
        texts=(Text("a"), Text("calm")), tracks=(Seed("t"),), limit=3
    )
