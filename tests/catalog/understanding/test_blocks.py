from catalog.names.found_name import FoundName
from catalog.understanding.reading import understand
from tests.catalog.understanding.helpers import brief, found_in, spans


def test_the_span_of_a_part_has_the_words_that_lead_to_it() -> None:
    assert spans("songs by Erik Satie from the 1880s") == ["by Erik Satie", "from the 1880s"]


def test_a_longer_name_wins_over_a_limit_inside_it_and_a_limit_over_a_name_inside_it() -> None:
    text = "Piano Concerto in A minor"
    found = found_in(text, (("title", "Piano Concerto in A minor"),))
    assert [part.kind for part in understand(text, found).parts] == ["name"]
    assert brief("from 1999") == ["limit year:1999"]
    assert brief("by 1999") == ["name 1999"]


def test_operators_take_the_spelling_of_the_library() -> None:
    assert brief('like:"greensleeves" artist:blue -album:"abbey road"') == [
        "like Greensleeves",
        "name Blue",
        "-name Abbey Road",
    ]
    assert brief('like:"unknown to it"') == ["like unknown to it"]


def test_a_folder_is_a_limit_if_the_library_has_it() -> None:
    (part,) = understand("in my jazz folder", (), folders=("/music/rock", "/music/Jazz")).parts
    assert (part.kind, part.value, part.field) == ("limit", "path:/music/Jazz", "path")
    assert [part.kind for part in understand("in my jazz folder", ()).parts] == ["sound"]


def test_an_article_is_no_note() -> None:
    assert brief("in a minor key") == ["sound in a minor key"]
    assert brief("in A minor key") == ["limit key:Am"]
    assert brief("a major key") == ["sound a major key"]


def test_an_operator_takes_the_name_that_the_text_has_twice() -> None:
    once = FoundName("artist", "Erik Satie", 3, 13, 0, True, 1)
    parts = understand('by Erik Satie, -like:"erik satie"', [once]).parts
    assert [(part.kind, part.field, part.value) for part in parts] == [
        ("name", "artist", "Erik Satie"),
        ("like", "artist", "Erik Satie"),
    ]
