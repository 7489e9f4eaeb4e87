"""How well tracks agree with what is said of a song."""

import pytest

from catalog.songs.artists import Whose, credit_of, whose


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (["The Beatles"], ["Beatles, The"], Whose.SAME),
        (["Kai & Ada Q"], ["Kai", "Ada Q"], Whose.SAME),
        (["Kai;Ada Q"], ["Ada Q x Kai"], Whose.SAME),
        (["Kai"], ["Kai feat. Ada Q"], Whose.SAME),
        (["Satie, Erik"], ["Erik Satie"], Whose.SAME),
        (["Kai", "Bo"], ["Kai", "Cy"], Whose.SHARED),
        (["Чайковский"], ["Tchaikovsky"], Whose.SIMILAR),
        (["J. S. Bach"], ["Johann Sebastian Bach"], Whose.SIMILAR),
        (["Bach"], ["Johann Sebastian Bach"], Whose.SURNAME),
        (["Metalica"], ["Metallica"], Whose.SIMILAR),
        (["Blink 182"], ["Blink 183"], Whose.OTHER),
        (["Various Artists"], ["Kai"], Whose.UNKNOWN),
        ([], ["Kai"], Whose.UNKNOWN),
        (["Ann"], ["Anna"], Whose.OTHER),
    ],
)
def test_whose_songs_they_are(one: list[str], other: list[str], expected: Whose) -> None:
    assert whose(credit_of(one), credit_of(other)) == whose(credit_of(other), credit_of(one)) == expected
