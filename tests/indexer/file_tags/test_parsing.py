import pytest

from indexer.file_tags.parsing import artist_names, genres, isrcs, replay_gain, tag_info, year
from indexer.file_tags.tag_info import TagInfo

ID = "b10bbbfc-cf9e-42e0-be17-e2c3e1d2600d"
OTHER = "a74b1b7f-71a5-4011-9441-d0b5e4122711"


@pytest.mark.parametrize(
    ("credited", "names", "ids", "expected"),
    [
        (["Queen & David Bowie"], ["Queen", "David Bowie"], 0, ("Queen", "David Bowie")),
        (["A", "B"], [], 0, ("A", "B")),
        (["A\x1fB\0C"], [], 0, ("A", "B", "C")),
        (["Queen; David Bowie"], [], 0, ("Queen", "David Bowie")),
        (["Queen/David Bowie"], [], 2, ("Queen", "David Bowie")),  # as many ids
        (["Queen & David Bowie"], ["Queen/David Bowie"], 0, ("Queen", "David Bowie")),  # each is credited
        (["AC/DC"], [], 0, ("AC/DC",)),
        (["AC/DC"], ["AC/DC"], 1, ("AC/DC",)),
        (["ave;new"], [], 1, ("ave;new",)),
        (["Simon & Garfunkel"], [], 1, ("Simon & Garfunkel",)),
        (["Tyler, The Creator"], [], 1, ("Tyler, The Creator",)),
        ([], [], 2, ()),
    ],
)
def test_artists(credited: list[str], names: list[str], ids: int, expected: tuple[str, ...]) -> None:
    assert artist_names(credited, names, ids) == expected


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["Rock"], ("Rock",)),
        (["Rock;Pop, Jazz / Soul"], ("Rock", "Pop", "Jazz", "Soul")),
        (["rock; Rock; ROCK"], ("rock",)),
        ([" ; / ,"], ()),
        (["(17)"], ("Rock",)),
        (["(51)(39)"], ("Techno-Industrial", "Noise")),
        (["(4)Eurodisco"], ("Disco", "Eurodisco")),
        (["144"], ("Thrash Metal",)),
        (["191"], ("Psybient",)),
        (["192", "(999)"], ()),
        (["(Neo)Soul"], ("(Neo)Soul",)),
        (["A\x1fB", "C\0D"], ("A", "B", "C", "D")),
    ],
)
def test_genres(texts: list[str], expected: tuple[str, ...]) -> None:
    assert genres(texts) == expected


@pytest.mark.parametrize(
    ("date", "expected"),
    [("1987", 1987), ("2004-05-06", 2004), ("20040506", 2004), ("6.5.2004", 2004), ("0", None), ("12345", None)],
)
def test_year(date: str, expected: int | None) -> None:
    assert year([date]) == expected


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ({"track_gain_db": ["-7.89 dB"], "track_peak": ["0.98"]}, {"track_gain_db": -7.89, "track_peak": 0.98}),
        ({"track_gain_db": ["+1,5 dB"], "album_gain_db": ["0.00 dB"]}, {"track_gain_db": 1.5, "album_gain_db": 0.0}),
        ({"r128_track": ["-3072"], "r128_album": ["256"]}, {"track_gain_db": -7.0, "album_gain_db": 6.0}),
        ({"track_gain_db": ["-3 dB"], "r128_track": ["0"]}, {"track_gain_db": 5.0}),
        ({"track_gain_db": ["-99 dB"], "track_peak": ["nan"], "album_gain_db": ["1e999"], "r128_track": ["x"]}, {}),
    ],
)
def test_replay_gain(texts: dict[str, list[str]], expected: dict[str, float]) -> None:
    assert replay_gain(texts) == pytest.approx(expected)


def test_isrcs() -> None:
    assert isrcs(["GB-AYE-75-00101", "gbaye7500101; USRC17607839", "none"]) == ("GBAYE7500101", "USRC17607839")


def test_all_attributes() -> None:
    texts = {
        "title": ["T"],
        "artist": ["A & B"],
        "artists": ["A", "B"],
        "album": ["C"],
        "album_artist": ["D", "D"],
        "track_number": ["03/12"],
        "disc_number": ["2"],
        "date": ["1999-01-02"],
        "original_date": ["1971"],
        "genre": ["17"],
        "compilation": ["1"],
        "composer": ["E", "F"],
        "label": ["G"],
        "recording": [ID],
        "artist_id": [f"{ID}/{OTHER}"],
        "bpm": ["97,5"],
        "key": ["F#m"],
        "lyrics": ["One\nTwo"],
        "comment": ["x\ny"],
    }
    assert tag_info(texts, "file") == TagInfo(
        title="T",
        artist="A & B",
        artists=("A", "B"),
        album="C",
        album_artist="D",
        track_number=3,
        disc_number=2,
        year=1999,
        original_year=1971,
        genres=("Rock",),
        compilation=True,
        composers=("E", "F"),
        label="G",
        musicbrainz={"recording": (ID,), "artist": (ID, OTHER)},
        tag_bpm=97.5,
        tag_key="F#m",
        lyrics="One\nTwo",
        comment="x y",
    )


def test_implausible_numbers_are_missing() -> None:
    texts = {"bpm": ["10000"], "track_number": ["A1"], "disc_number": ["0"], "recording": ["no uuid"]}
    assert tag_info(texts, " file\t") == TagInfo(title="file")


def test_the_album_artist_stands_in_for_a_missing_artist() -> None:
    assert tag_info({"album_artist": ["A"]}, "t") == TagInfo("t", artist="A", artists=("A",), album_artist="A")


def test_names_in_one_value_are_bounded() -> None:
    many = ";".join(f"G{number}" for number in range(200_000))
    assert genres([many] * 100) == tuple(f"G{number}" for number in range(100))
    info = tag_info({"artist": [many.replace(";", "\0")], "composer": [many.replace(";", "\0")] * 100}, "t")
    assert (len(info.artists), len(info.composers)) == (100, 100)
