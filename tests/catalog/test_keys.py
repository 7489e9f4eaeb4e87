import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.keys import containers, decode_path, encode_path, fold, is_storable_path, readable


@given(st.binary(min_size=1))
def test_any_bytes_of_a_path_come_back(name: bytes) -> None:
    path = "/" + name.decode("utf-8", "surrogateescape")
    stored = encode_path(path)
    assert stored.encode("utf-8")  # a store can hold it
    assert decode_path(stored) == path


def test_a_path_that_is_not_utf8_is_stored_as_a_uri() -> None:
    assert encode_path("/music/b\udce4ch.ogg") == "file:///music/b%E4ch.ogg"
    assert encode_path("/music/bäch.ogg") == "/music/bäch.ogg"


def test_a_plain_path_that_looks_like_a_uri_is_left_alone() -> None:
    assert decode_path(encode_path("/file:///a%20b")) == "/file:///a%20b"


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("BJÖRK", "björk"),
        ("Bjo\u0308rk", "Björk"),  # decomposed and composed
        ("ＡＢＢＡ", "abba"),  # full width
        ("Straße", "STRASSE"),
        (" Nick   Cave ", "nick cave"),
    ],
)
def test_spellings_of_one_name(left: str, right: str) -> None:
    assert fold(left) == fold(right)


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_folders_above_a_file() -> None:
    assert containers("/music/a/x.ogg") == ["/music/a/x.ogg", "/music/a", "/music", "/"]
    assert containers("C:\\Music\\x.ogg") == ["C:\\Music\\x.ogg", "C:\\Music", "C:\\"]


def test_text_that_is_not_utf8_becomes_readable() -> None:
    assert readable("b\udce4ch") == "b\ufffdch"


def test_paths_that_cannot_be_stored() -> None:
    assert not is_storable_path("music/a.ogg")
    assert not is_storable_path("/music/\ud800.ogg")  # stands for no byte
    assert is_storable_path("/music/\udce4.ogg")
    assert is_storable_path("C:\\Music\\a.ogg")
