import pytest

from indexer.file_tags.encodings import CENTRAL, WESTERN, decoded, guess
from indexer.file_tags.values import Value

# Names and titles that are often damaged by programs that guess
WESTERN_NAMES = """
Björk|Motörhead|Sigur Rós|Ágætis byrjun|Beyoncé|Mötley Crüe|Blue Öyster Cult|Queensrÿche|Hüsker Dü|Zoé|Café Tacvba|Maná
Röyksopp|Mø|Kaizers Orchestra - Død manns tango|Ásgeir Trausti|Dýrð í dauðaþögn
Hjálmar|Ólafur Arnalds|Þeyr|Blóðberg|Góðæri
Françoise Hardy|Édith Piaf|Noir Désir|Zaz - Éblouie par la nuit|À tout à l'heure|Île-de-France|Où va-t-on ?|L'été indien
Die Ärzte|Einstürzende Neubauten|Die Toten Hosen|Schönheit der Nacht|Über den Wolken|Straßenjungs|Größenwahn|ÄÖÜ|Öl
Caetano Veloso - Coração Vagabundo|João Gilberto|Chão de Giz|AÇÃO|Não
Tribalistas - Já Sei Namorar|Os Mutantes - Ando Meio Desligado
El Niño|Mañana|Ñu|¿Quién?|¡Forward, Russia!|Jarabe de Palo - La Flaca|Calle 13 - Latinoamérica|Año Nuevo
CORAZÓN ESPINADO
Però|Città vuota|Perché no|È la mia vita|Così fan tutte|Niccolò Fabi
Håkan Hellström|Kent - Sverige|Åsa|Öppna landskap|Ärtan|Sånger från Öresund|Få mig att älska|På|Små
Jäääär|Hääyöaie|Yö|Öö|Töölö
Ø|ØØ|ÆØÅ|Å|Åååå|Mælk|Blæst|Søren|Smør og brød|Året
Antonín Dvořák|Béla Bartók|Frédéric Chopin|Camille Saint-Saëns|Francis Poulenc - Gloria: Laudamus te|Gabriel Fauré
naïve|Zoë|Noël|Citroën|Haïti|œuvre|Sœur Sourire|coöperatie|Één|Curaçao|Ljósið|Ísland|Úlfur Úlfur
slavon d’église|hanunó’o|L’Été|90°|AC⚡DC|×××|†††|No. ½|Mr. “Smith”
Rock ’n’ Roll|That’s It…|A – B|©1999|Ke$ha|£50|100 €|«Là»|N°1|•••|TIËSTO®|CAFÉ®
""".replace("\n", "|").split("|")

FOREIGN = [
    ("gbk", ["爱你一万年", "刘德华", "真永远"]),
    ("gbk", ["月亮代表我的心", "邓丽君"]),
    ("big5", ["愛你一萬年", "劉德華", "真永遠"]),
    ("cp932", ["桜坂", "福山雅治", "ベスト・アルバム"]),
    ("cp932", ["涙そうそう", "夏川りみ"]),
    ("cp949", ["사랑했지만", "김광석"]),
    ("cp1251", ["Группа крови", "Кино", "Последний герой"]),
    ("cp1251", ["Сто часов", "Юрий Лоза"]),
    ("koi8_r", ["Группа крови", "Кино"]),
    ("cp1253", ["Τα παιδιά του Πειραιά", "Μελίνα Μερκούρη"]),
    ("cp1255", ["ירושלים של זהב", "נעמי שמר"]),
    ("cp1256", ["إنت عمري", "أم كلثوم"]),
    ("cp874", ["ลาวดวงเดือน", "สุนทราภรณ์"]),
    ("cp1250", ["Żółty księżyc", "Łąki łan"]),
]


def texts(values: list[Value], encoding: str = "auto") -> list[str]:
    [system] = decoded([{"title": values}], encoding)
    return system["title"]


@pytest.mark.parametrize("name", [name for name in WESTERN_NAMES if name])
def test_western_text_is_never_changed(name: str) -> None:
    for encoding in ("latin-1", "cp1252"):
        try:
            value = name.encode(encoding)
        except UnicodeEncodeError:
            continue
        assert texts([value]) == [name]
    assert texts([name]) == [name]


@pytest.mark.parametrize(("encoding", "names"), FOREIGN, ids=[f"{names[1]} {encoding}" for encoding, names in FOREIGN])
def test_texts_of_a_file_are_recognised_together(encoding: str, names: list[str]) -> None:
    assert texts([name.encode(encoding) for name in names]) == names


def test_evidence_comes_from_all_systems_of_a_file() -> None:
    systems = decoded(
        [{"title": ["Ночь".encode("cp1251")]}, {"artist": ["Виктор Цой".encode("cp1251")], "album": ["x"]}]
    )
    assert systems == [{"title": ["Ночь"]}, {"artist": ["Виктор Цой"], "album": ["x"]}]


def test_a_western_text_among_others_stays() -> None:
    assert texts(["Группа крови".encode("cp1251"), "Björk".encode("cp1252")]) == ["Группа крови", "Björk"]


@pytest.mark.parametrize("name", ["Björk", "Дорога", "夜", "Beyoncé – Halo", "🎵 Music"])
def test_utf_8_is_certain(name: str) -> None:
    assert texts([name.encode()]) == [name]
    assert texts([name.encode().decode("latin-1")]) == [name]  # read as Latin-1 and stored again
    assert texts([name.encode().decode("cp1252", "replace")])[0] in {name, name.encode().decode("cp1252", "replace")}


def test_a_field_of_id3v1_may_end_within_a_character() -> None:
    utf8 = ("Дорога без конца" * 3).encode()[:29]
    gbk = ("a" + "爱你一万年" * 4).encode("gbk")[:30]
    shift_jis = ("a" + "涙そうそう" * 4).encode("cp932")[:30]
    assert texts([utf8]) == [utf8.decode("utf-8", "ignore")]
    assert texts([gbk, "刘德华".encode("gbk")]) == [gbk.decode("gbk", "ignore"), "刘德华"]
    assert texts([shift_jis, "夏川りみ".encode("cp932")])[0] == shift_jis.decode("cp932", "ignore")


def test_too_little_evidence_changes_nothing() -> None:
    assert guess([]) == guess([b"ascii"]) == guess(["Я".encode("cp1251")]) == WESTERN


def test_central_european_texts() -> None:
    assert guess(["Żółty księżyc".encode("cp1250")]) == CENTRAL


def test_the_setting_decides() -> None:
    assert texts(["Ж".encode("cp1251"), "Björk", "夜".encode()], "cp1251") == ["Ж", "Björk", "夜"]
    assert texts([b"\x98"], "cp1251") == ["\ufffd"]


@pytest.mark.parametrize("ahead", ["", "a"])  # of which one is cut within a character
def test_long_texts_are_bounded(ahead: str) -> None:
    assert guess([(ahead + "爱你一万年" * 200_000).encode("gbk")]) == "gbk"
