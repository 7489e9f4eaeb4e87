"""What titles say of a song, its guests and its version."""

import pytest

from catalog.catalog import Catalog
from catalog.filters import parse_filter
from catalog.songs.titles import LONGEST, read_title, title_keys
from polymuse.errors import UserError
from tests.catalog.conftest import MakeEntry


@pytest.mark.parametrize(
    ("text", "key", "versions", "guests"),
    [
        ("Night Walk (feat. Ada Q) [Live at Home] - 2011 Remaster", "nightwalk", {"live"}, ("ada q",)),
        ("Night Walk ft. Ada Q & Bo", "nightwalk", set(), ("ada q & bo",)),
        ("Stay (with Bo)", "stay", set(), ("bo",)),
        ("With or Without You", "withorwithoutyou", set(), ()),
        ("Live and Let Die", "liveletdie", set(), ()),
        ("Another Brick in the Wall, Pt. 2", "anotherbrickinthewall2", set(), ()),
        ("Another Brick in the Wall (Part II)", "anotherbrickinthewall2", set(), ()),
        ("Gymnopédie Nr. 1", "gymnopedie1", set(), ()),
        ("(I Can't Get No) Satisfaction", "satisfaction", set(), ()),
        ("Heroes - Radio Edit", "heroes", set(), ()),
        ("The Wall (Daft Punk Remix)", "wall", {"remix"}, ()),
        ("Wall (Kygo Edit)", "wall", {"remix"}, ()),
        ("Wall (Original Mix)", "wall", set(), ()),
        ("Love Story (Taylor’s Version)", "lovestory", {"again"}, ()),
        ("夜の歌（ライブ）", "yenoge", {"live"}, ()),
        ("Ночь (инструментал)", "noch", {"instrumental"}, ()),
        ("(Live)", "live", set(), ()),
        ("ＨＥＬＬＯ  Wörld", "helloworld", set(), ()),
        ("", "", set(), ()),
    ],
)
def test_what_a_title_says(text: str, key: str, versions: set[str], guests: tuple[str, ...]) -> None:
    title = read_title(text)
    assert (title.bare_key, set(title.versions), title.guests) == (key, versions, guests)


def test_what_tells_versions_of_a_kind_apart() -> None:
    assert read_title("Wall (Daft Punk Remix)").details == {"daft", "punk"}
    assert read_title("Wall - Live at Wembley, 1986").details == {"wembley", "1986"}


def test_spellings_share_a_key() -> None:
    spellings = ["Für Elise", "Fuer Elise", "fur elise (2011 remaster)", "FÜR ELISE feat. Bo"]
    assert set.intersection(*(set(title_keys(text)) for text in spellings))
    assert "innuendo" in title_keys("01 - Queen - Innuendo.mp3")
    assert "innuendo" not in title_keys("Queen - Innuendo", whole=True)
    assert title_keys("") == title_keys(" \n") == ()


def test_the_length_of_a_title_is_bounded() -> None:
    for hostile in ("(" * 10_000, "a - " * 10_000, "(live) " * 10_000, "feat. " * 10_000, "(a)" * 10_000):
        assert all(len(key) <= LONGEST for key in title_keys(hostile))


def test_tracks_are_found_by_their_song(catalog: Catalog, entry: MakeEntry) -> None:
    catalog.upsert([entry(1, title='"Heroes" (2017 Remaster)', artist="David Bowie"), entry(2, title="Hero")])
    found = [track.title for track in catalog.tracks(parse_filter("song:heroes"))]
    assert found == ['"Heroes" (2017 Remaster)']
    with pytest.raises(UserError, match="not a title"):
        parse_filter('song:" "')
