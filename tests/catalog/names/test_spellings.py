"""The spellings of a name."""

import pytest

from catalog.names.folding import words_of
from catalog.names.found_name import NameField
from catalog.names.spellings import Kind, initials_of, keys_of, sound_of, without_glue


def keys(field: NameField, name: str) -> dict[str, Kind]:
    """Those that are compared with a text as they are."""
    return {key: kind for key, kind in keys_of(field, name, words_of(name)) if kind < Kind.SOUND}


@pytest.mark.parametrize(
    ("field", "name", "expected"),
    [
        ("artist", "The Beatles", {"thebeatles": Kind.WHOLE, "beatles": Kind.NEARLY}),
        (
            "artist",
            "Erik Satie",
            {"eriksatie": Kind.WHOLE, "satieerik": Kind.NEARLY, "esatie": Kind.SHORT},
        ),
        ("album", "Live (Deluxe Edition)", {"livedeluxeedition": Kind.WHOLE, "live": Kind.NEARLY}),
        ("title", "Help! - Remastered 2009", {"helpremastered2009": Kind.WHOLE, "help": Kind.NEARLY}),
        ("title", "07. Farewell", {"07farewell": Kind.WHOLE, "farewell": Kind.NEARLY}),
        ("title", "Song feat. Nobody", {"songnobody": Kind.WHOLE, "song": Kind.NEARLY}),
        ("title", "Peer Gynt: Morning", {"peergyntmorning": Kind.WHOLE, "peergynt": Kind.PART}),
        ("genre", "The Blues", {"theblues": Kind.WHOLE, "blues": Kind.NEARLY}),
    ],
)
def test_of_names(field: NameField, name: str, expected: dict[str, Kind]) -> None:
    assert keys(field, name) == expected


def test_persons_have_sounds_and_surnames() -> None:
    found = set(keys_of("artist", "Erik Satie", words_of("Erik Satie")))
    assert {(sound_of("eriksatie"), Kind.SOUND), (sound_of("satie"), Kind.SURNAME)} <= found


def test_an_order_of_an_index_is_turned() -> None:
    assert keys("composer", "Bach, Johann Sebastian")["johannsebastianbach"] == Kind.NEARLY


@pytest.mark.parametrize(
    "spellings",
    [
        ("tchaikovsky", "chaikovskii", "tschaikowsky", "cajkovskij"),
        ("rachmaninoff", "rakhmaninov", "rachmaninow"),
        ("shostakovich", "schostakowitsch"),
        ("prokofiev", "prokofieff", "prokofev"),
        ("haendel", "handel"),
    ],
)
def test_spellings_of_several_languages_sound_alike(spellings: tuple[str, ...]) -> None:
    assert len({sound_of(each) for each in spellings}) == 1


def test_initials_and_glue() -> None:
    assert initials_of(["johann", "sebastian", "bach"]) == "jsbach"
    assert without_glue(words_of("Simon and Garfunkel feat. Nobody")) == ["simon", "garfunkel", "nobody"]
    assert without_glue(words_of("And")) == ["and"]
