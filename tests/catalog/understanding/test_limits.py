import pytest

from tests.catalog.understanding.helpers import brief


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1985", "year:1985"),
        ("from the 1880s", "year:1880..1889"),
        ("before 1750", "year:..1749"),
        ("until 1990", "year:..1990"),
        ("after 1990", "year:1991.."),
        ("since the 90s", "year:1990.."),
        ("desde 1990", "year:1990.."),
        ("80-90s", "year:1980..1999"),
        ("around the 80s", "year:1975..1994"),
        ("after the eighties", "year:1990.."),
        ("between 1990 and 2000", "year:1990..2000"),
        ("from 2000 to 1990", "year:1990..2000"),
        ("1970-1979", "year:1970..1979"),
        ("18th century", "year:1701..1800"),
        ("under 3 minutes", "duration:..180"),
        ("3분보다 짧은", "duration:..180"),
        ("longer than 10 min", "duration:600.."),
        ("3-5 minutes", "duration:180..300"),
        ("3 to 5 minutes long", "duration:180..300"),
        ("about 4 minutes", "duration:204..276"),
        ("short songs", "duration:..120"),
        ("120 bpm", "bpm:~120"),
        ("120bpm", "bpm:~120"),
        ("around 120 bpm", "bpm:~114..126"),
        ("118-126 bpm", "bpm:118..126"),
        ("slower than 90 bpm", "bpm:..90"),
        ("tempo 90-100", "bpm:90..100"),
        ("under 100bpm", "bpm:..100"),
        ("bpm over 140", "bpm:140.."),
        ("lower bpm than 100", "bpm:..100"),
        ("140+ bpm", "bpm:140.."),
        ("under 3min", "duration:..180"),
        ("bpm 90-100", "bpm:90..100"),
        ("节奏120左右", "bpm:~114..126"),
        ("bb minor", "key:Bbm"),
        ("in A minor", "key:Am"),
        ("in the key of F#", "key:F#"),
        ("3 minute songs", "duration:153..207"),
        ("a 3-minute song", "duration:153..207"),
        ("3-Minuten-Lieder", "duration:153..207"),
        ("3分钟的歌", "duration:153..207"),
        ("'65 to '72", "year:1965..1972"),
        ("from '05", "year:2005"),
        ("keys compatible with Am", "compatible:Am"),
        ("mixes with 8A", "compatible:8A"),
        ("camelot 8a", "camelot:8A"),
        ("8A", "camelot:8A"),
    ],
)
def test_limits(text: str, expected: str) -> None:
    assert brief(text) == [f"limit {expected}"]


@pytest.mark.parametrize(
    "text",
    ["H#", "H# minor", "-120 bpm", "1000000 bpm", "5 bpm", "year 99999", "under 0 minutes", "99 hours", "8a", "13A"],
)
def test_impossible_ones_stay_sound(text: str) -> None:
    assert [each.split()[0] for each in brief(text)] == ["sound"]


@pytest.mark.parametrize(
    "text",
    [
        *(
            "around 1900",
            "um 1900",
            "vers 1900",
            "hacia 1900",
            "por volta de 1900",
            "intorno al 1900",
            "около 1900 года",
        ),
        *(
            "około 1900 roku",
            "1900 civarı",
            "sekitar tahun 1900",
            "khoảng năm 1900",
            "1900年左右",
            "1900年頃",
            "1900년경",
        ),
        *("حوالي عام 1900", "1900 के आसपास"),
    ],
)
def test_about_a_year(text: str) -> None:
    assert brief(text) == ["limit year:1895..1905"]
