"""What a query names: in many languages and spellings, wanted or not."""

import pytest

from models.starter.concepts import load_concepts
from models.starter.query_reader import Named, QueryReader, Words

TABLE = load_concepts()
READER = QueryReader(TABLE)


def read(text: str) -> list[str]:
    """Items as "+slug", "-slug", or "+words" in quotes."""
    return [
        ("+" if item.wanted else "-") + (TABLE.slugs[item.concept] if isinstance(item, Named) else repr(item.text))
        for item in READER.read(text)
    ]


class TestNames:
    @pytest.mark.parametrize(
        ("text", "items"),
        [
            ("calm piano music", ["+calm", "+piano"]),
            ("acoustic guitar", ["+acoustic-guitar"]),  # not acoustic, not guitar
            ("hot popcorn", ["+'hot popcorn'"]),  # not pop
            ("musica clasica", ["+classical"]),  # accents are often left out
            ("São Paulo", ["+'são paulo'"]),  # not "sáo", flute in Vietnamese
            ("史诗管弦乐战斗音乐", ["+epic", "+orchestral", "+epic"]),
            ("静かなギター", ["+quiet", "+guitar"]),
            ("조용한 피아노 음악", ["+quiet", "+piano"]),
            ("والكمان", ["+violin"]),  # "and the", written onto the word
            ("শান্ত", ["+'শান্ত'"]),  # Bengali: not in the table
        ],
    )
    def test_longest_names_are_found_in_any_script(self, text: str, items: list[str]) -> None:
        assert read(text) == items

    def test_words_without_a_name_keep_what_stands_between_them(self) -> None:
        assert read("walking in the rain with piano") == ["+'walking in the rain'", "+piano"]


class TestMeant:
    @pytest.mark.parametrize(
        "text",
        [
            "musique pour lire dans le train",  # dans: dance in Turkish
            "ses yeux dans la nuit",  # ses: voice in Turkish
            "es war einmal ein König",  # war
            "vor dem Urlaub bin ich fast fertig",  # fast
            "giấc mơ của gai",  # gai: happy in French
            "solo quiero dormir", "da solo con i miei pensieri",  # only, alone
            "cleaning the house", "moving to another town", "running late for work", "city lights", "a pillow fight",
            "traffic lights in the rain", "country roads", "dark chocolate by the window", "zero gravity",
            "une soirée au coin du feu", "güzel bir akşam", "das fällt mir schwer",
            "ラップトップで作業", "ポップコーン", "スラップベース",
        ],
    )  # fmt: skip
    def test_other_words_are_no_names(self, text: str) -> None:
        assert [item for item in read(text) if item[1] != "'"] == []

    @pytest.mark.parametrize(
        ("text", "items"),
        [
            ("dans", ["+dance"]),  # the whole query
            ("house", ["+house"]),
            ("house music", ["+house"]),
            ("music for running", ["+energetic"]),
            ("solo", ["+solo"]),
            ("guitarra solo", ["+guitar", "+solo"]),  # next to another name
            ("light piano", ["+quiet", "+piano"]),
            ("fast techno", ["+fast", "+techno"]),
            ("wild guitar", ["+aggressive", "+guitar"]),
            ("musique jazz pour la nuit", ["+jazz", "+'nuit'"]),
            ("Musik wie Chillout", ["+'wie'", "+chillout"]),
            ("ラップ", ["+hip-hop"]),
            ("ジャズピアノ", ["+jazz", "+piano"]),  # names written together
            ("ロックバンド", ["+rock"]),
            ("u ám", ["+dark"]),
        ],
    )
    def test_supported_names_are(self, text: str, items: list[str]) -> None:
        assert read(text) == items


class TestNegation:
    @pytest.mark.parametrize(
        "text",
        [
            "piano without drums", "piano, no drums", "钢琴 没有 鼓点", "piano sin batería", "piano sans batterie",
            "Klavier ohne Schlagzeug", "piano sem bateria", "pianoforte senza batteria", "пианино без ударные",
            "بيانو بدون طبول", "ピアノ ドラムなし", "피아노 드럼 없는", "पियानो ड्रम के बिना", "piyano davul olmadan",
            "fortepian bez perkusja", "piano tanpa drum", "piano không có trống",
        ],
    )  # fmt: skip
    def test_is_understood_in_every_language(self, text: str) -> None:
        assert read(text) == ["+piano", "-drums"]

    @pytest.mark.parametrize(
        "text",
        [
            "no vocals", "没有人声", "sin voz", "sans paroles", "ohne Gesang", "sem voz", "senza voce", "без слов",
            "بدون غناء", "歌なし", "sözsüz", "bez słów", "tanpa vokal", "không lời",
        ],
    )  # fmt: skip
    def test_set_phrases_name_the_instrumental(self, text: str) -> None:
        assert read(text) == ["+instrumental"]

    @pytest.mark.parametrize(
        ("text", "items"),
        [
            ("not too fast", ["-fast"]),
            ("no drums or guitar", ["-drums", "-guitar"]),
            ("no drums and guitar", ["-drums", "+guitar"]),
            ("guitarra sin piano ni batería", ["+guitar", "-piano", "-drums"]),
            ("without people talking", ["-'people talking'"]),
            ("happy, not sad", ["+happy", "-sad"]),
            ("不快乐的钢琴", ["-happy", "+piano"]),
            ("nothing electronic", ["-electronic"]),
            ("anything but metal", ["-metal"]),
            ("rien d'électronique", ["-electronic"]),
            ("nada de electrónica", ["-electronic"]),
            ("niente batteria", ["-drums"]),
            ("nichts Aggressives, kein Schlagzeug", ["-'aggressives'", "-drums"]),
            ("ничего, кроме пианино", ["-piano"]),
            ("ドラム以外", ["-drums"]),
            ("드럼 빼고", ["-drums"]),
        ],
    )
    def test_reaches_as_far_as_it_should(self, text: str, items: list[str]) -> None:
        assert read(text) == items


def test_words_and_names_keep_their_order() -> None:
    assert READER.read("zzzz piano")[0] == Words("zzzz", wanted=True)
