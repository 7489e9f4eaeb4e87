"""The same kinds of sentences in sixteen languages."""

import pytest

from tests.catalog.understanding.helpers import brief

LIKE = {  # like Greensleeves, but sadder
    "en": "like Greensleeves but sadder",
    "zh": "像Greensleeves一样但更悲伤",
    "es": "como Greensleeves pero más triste",
    "fr": "comme Greensleeves mais plus triste",
    "de": "wie Greensleeves, aber trauriger",
    "pt": "como Greensleeves mas mais triste",
    "it": "come Greensleeves ma più triste",
    "ru": "как Greensleeves, но грустнее",
    "ar": "مثل Greensleeves لكن أكثر حزنا",
    "ja": "Greensleevesのような、もっと悲しい曲",
    "ko": "Greensleeves 같은 더 슬픈 곡",
    "hi": "Greensleeves जैसा लेकिन ज़्यादा उदास",
    "tr": "Greensleeves gibi ama daha hüzünlü",
    "pl": "jak Greensleeves, ale smutniej",
    "id": "seperti Greensleeves tapi lebih sedih",
    "vi": "giống Greensleeves nhưng buồn hơn",
}
SAD = {
    "en": "sad",
    "zh": "悲伤",
    "es": "triste",
    "fr": "triste",
    "de": "traurig",
    "pt": "triste",
    "it": "triste",
    "ru": "грустная",
    "ar": "حزينة",
    "ja": "悲しい",
    "ko": "슬픈",
    "hi": "उदास",
    "tr": "hüzünlü",
    "pl": "smutna",
    "id": "sedih",
    "vi": "buồn",
}
WITHOUT_DRUMS = {  # (a sentence without drums, the word for drums, what is wanted)
    "en": ("calm piano without drums", "drums", "calm piano"),
    "zh": ("安静的钢琴，没有鼓声", "鼓声", "安静的钢琴"),
    "es": ("piano sin batería", "batería", "piano"),
    "fr": ("piano sans batterie", "batterie", "piano"),
    "de": ("Klavier ohne Schlagzeug", "Schlagzeug", "Klavier"),
    "pt": ("piano sem bateria", "bateria", "piano"),
    "it": ("pianoforte senza batteria", "batteria", "pianoforte"),
    "ru": ("фортепиано без барабанов", "барабанов", "фортепиано"),
    "ar": ("بيانو بدون طبول", "طبول", "بيانو"),
    "ja": ("ドラムなしのジャズ", "ドラム", "ジャズ"),
    "ko": ("드럼 없는 재즈", "드럼", "재즈"),
    "hi": ("ड्रम के बिना पियानो", "ड्रम", "पियानो"),
    "tr": ("davul olmadan piyano", "davul", "piyano"),
    "pl": ("pianino bez perkusji", "perkusji", "pianino"),
    "id": ("piano tanpa drum", "drum", "piano"),
    "vi": ("piano không có trống", "trống", "piano"),
}
ALL_BUT_JAZZ = {
    "en": ("anything but jazz", "jazz"),
    "zh": ("除了爵士什么都行", "爵士"),
    "es": ("cualquier cosa menos jazz", "jazz"),
    "fr": ("tout sauf du jazz", "jazz"),
    "de": ("alles außer Jazz", "Jazz"),
    "pt": ("qualquer coisa menos jazz", "jazz"),
    "it": ("tutto tranne il jazz", "jazz"),
    "ru": ("всё кроме джаза", "джаза"),
    "ar": ("أي شيء ما عدا الجاز", "الجاز"),
    "ja": ("ジャズ以外", "ジャズ"),
    "ko": ("재즈 말고", "재즈"),
    "hi": ("जैज़ को छोड़कर", "जैज़"),
    "tr": ("caz olmasın", "caz"),
    "pl": ("wszystko oprócz jazzu", "jazzu"),
    "id": ("apa saja kecuali jazz", "jazz"),
    "vi": ("bất cứ gì trừ jazz", "jazz"),
}
LIMITS = {
    "year:1980..1989": {
        "en": "from the 80s",
        "zh": "八十年代的歌",
        "es": "de los años 80",
        "fr": "des années 80",
        "de": "aus den 80ern",
        "pt": "dos anos 80",
        "it": "degli anni '80",
        "ru": "из 80-х годов",
        "ar": "من الثمانينات",
        "ja": "80年代の曲",
        "ko": "80년대 노래",
        "hi": "80 के दशक के गाने",
        "tr": "80'lerden şarkılar",
        "pl": "z lat 80.",
        "id": "tahun 80-an",
        "vi": "những năm 80",
    },
    "year:..1749": {
        "en": "before 1750",
        "zh": "1750年以前",
        "es": "antes de 1750",
        "fr": "avant 1750",
        "de": "vor 1750",
        "pt": "antes de 1750",
        "it": "prima del 1750",
        "ru": "до 1750 года",
        "ar": "قبل ١٧٥٠",
        "ja": "1750年より前",
        "ko": "1750년 이전",
        "hi": "१७५० से पहले",
        "tr": "1750 öncesi",
        "pl": "przed 1750",
        "id": "sebelum 1750",
        "vi": "trước năm 1750",
    },
    "year:1990..2000": {
        "en": "between 1990 and 2000",
        "zh": "1990年到2000年",
        "es": "entre 1990 y 2000",
        "fr": "entre 1990 et 2000",
        "de": "zwischen 1990 und 2000",
        "pt": "entre 1990 e 2000",
        "it": "tra il 1990 e il 2000",
        "ru": "между 1990 и 2000",
        "ar": "بين عامي 1990 و2000",
        "ja": "1990年から2000年まで",
        "ko": "1990년부터 2000년까지",
        "hi": "1990 से 2000 तक",
        "tr": "1990 ile 2000 arası",
        "pl": "między 1990 a 2000",
        "id": "antara 1990 dan 2000",
        "vi": "từ năm 1990 đến 2000",
    },
    "year:1701..1800": {
        "en": "18th century",
        "zh": "18世纪",
        "es": "siglo XVIII",
        "fr": "XVIIIe siècle",
        "de": "18. Jahrhundert",
        "pt": "século XVIII",
        "it": "XVIII secolo",
        "ru": "XVIII век",
        "ar": "القرن الثامن عشر",
        "ja": "18世紀",
        "ko": "18세기",
        "hi": "18वीं सदी",
        "tr": "18. yüzyıl",
        "pl": "XVIII wiek",
        "id": "abad ke-18",
        "vi": "thế kỷ 18",
    },
    "duration:..180": {
        "en": "under 3 minutes",
        "zh": "三分钟以内",
        "es": "menos de 3 minutos",
        "fr": "moins de 3 minutes",
        "de": "kürzer als 3 Minuten",
        "pt": "menos de 3 minutos",
        "it": "meno di 3 minuti",
        "ru": "короче 3 минут",
        "ar": "أقل من 3 دقائق",
        "ja": "3分以内",
        "ko": "3분 이하",
        "hi": "3 मिनट से कम",
        "tr": "3 dakikadan kısa",
        "pl": "krócej niż 3 minuty",
        "id": "kurang dari 3 menit",
        "vi": "dưới 3 phút",
    },
    "bpm:~114..126": {
        "en": "around 120 bpm",
        "zh": "120 bpm左右",
        "es": "alrededor de 120 bpm",
        "fr": "environ 120 bpm",
        "de": "etwa 120 bpm",
        "pt": "cerca de 120 bpm",
        "it": "circa 120 bpm",
        "ru": "около 120 bpm",
        "ar": "حوالي 120 bpm",
        "ja": "120 bpmくらい",
        "ko": "120 bpm 정도",
        "hi": "लगभग 120 bpm",
        "tr": "yaklaşık 120 bpm",
        "pl": "około 120 bpm",
        "id": "sekitar 120 bpm",
        "vi": "khoảng 120 bpm",
    },
    "key:Am": {
        "en": "in A minor",
        "zh": "a小调",
        "es": "en la menor",
        "fr": "en la mineur",
        "de": "in a-Moll",
        "pt": "em lá menor",
        "it": "in la minore",
        "ru": "в ля миноре",
        "ar": "على سلم لا الصغير",
        "ja": "イ短調",
        "ko": "가단조",
        "hi": "ए माइनर में",
        "tr": "la minör",
        "pl": "w tonacji a-moll",
        "id": "kunci A minor",
        "vi": "giọng la thứ",
    },
}
NAMES = {  # (a sentence, the name)
    "en": ("songs by Blue", "Blue"),
    "zh": ("周杰伦的歌", "周杰伦"),
    "es": ("canciones compuestas por Satie", "Erik Satie"),
    "fr": ("morceaux du compositeur Mozart", "Mozart"),
    "de": ("Lieder von Blue", "Blue"),
    "pt": ("músicas da banda Blue", "Blue"),
    "it": ("canzoni del gruppo Blue", "Blue"),
    "ru": ("песни группы Blue", "Blue"),
    "ar": ("أغاني فيروز", "فيروز"),
    "ja": ("久石譲の曲", "久石譲"),
    "ko": ("아이유 노래", "아이유"),
    "hi": ("लता मंगेशकर के गाने", "लता मंगेशकर"),
    "tr": ("Mozart'ın eserleri", "Mozart"),
    "pl": ("utwory zespołu Blue", "Blue"),
    "id": ("lagu dari band Blue", "Blue"),
    "vi": ("nhạc của Blue", "Blue"),
}


@pytest.mark.parametrize("language", LIKE)
def test_likeness_with_a_difference(language: str) -> None:
    assert brief(LIKE[language]) == ["like Greensleeves", f"sound {SAD[language]}"]


@pytest.mark.parametrize("language", WITHOUT_DRUMS)
def test_without(language: str) -> None:
    text, drums, wanted = WITHOUT_DRUMS[language]
    assert sorted(brief(text)) == sorted([f"sound {wanted}", f"-sound {drums}"])


@pytest.mark.parametrize("language", ALL_BUT_JAZZ)
def test_all_but(language: str) -> None:
    text, jazz = ALL_BUT_JAZZ[language]
    assert brief(text) == [f"-sound {jazz}"]


@pytest.mark.parametrize(
    ("text", "expected"), [(text, term) for term, texts in LIMITS.items() for text in texts.values()]
)
def test_limits(text: str, expected: str) -> None:
    assert brief(text) == [f"limit {expected}"]


@pytest.mark.parametrize("language", NAMES)
def test_names(language: str) -> None:
    text, name = NAMES[language]
    assert [each for each in brief(text) if not each.startswith("sound")] == [f"name {name}"]
