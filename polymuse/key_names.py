"""What notes, accidentals and modes are called in sixteen languages: for keys in texts and in tags of files."""

from collections.abc import Mapping
from dataclasses import dataclass, field

LETTERS = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}  # pitch classes


@dataclass(frozen=True, slots=True)
class KeyNames:
    """The names of one language."""

    notes: str = ""  # C, D, E, F, G, A and B, separated by spaces
    also: Mapping[str, str] = field(default_factory=dict)  # another name -> its letter
    sharps: tuple[str, ...] = ()
    flats: tuple[str, ...] = ()
    major: tuple[str, ...] = ()
    minor: tuple[str, ...] = ()

    @property
    def pitches(self) -> dict[str, int]:
        """{name of a note: pitch class}."""
        named = dict(zip(self.notes.split(), LETTERS.values(), strict=True)) if self.notes else {}
        return named | {name: LETTERS[letter.lower()] for name, letter in self.also.items()}


KEY_NAMES: Mapping[str, KeyNames] = {  # by ISO 639-1 code; "any": signs that all languages have
    "any": KeyNames(sharps=("#",), flats=("♭",)),
    "ar": KeyNames(
        notes="دو ري مي فا صول لا سي",
        sharps=("دييز", "ديز"),
        flats=("بيمول",),
        major=("ماجور", "الكبير", "كبير", "الكبرى", "ميجور"),
        minor=("مينور", "الصغير", "صغير", "الصغرى", "مينير"),
    ),
    "en": KeyNames(sharps=("sharp",), flats=("flat",), major=("major", "maj"), minor=("minor", "min")),
    "es": KeyNames(
        notes="do re mi fa sol la si", sharps=("sostenido",), flats=("bemol",), major=("mayor",), minor=("menor",)
    ),
    "fr": KeyNames(
        notes="do ré mi fa sol la si",
        also={"ut": "C"},
        sharps=("dièse", "diese"),
        flats=("bémol", "bemol"),
        major=("majeur",),
        minor=("mineur",),
    ),
    "hi": KeyNames(
        notes="सी डी ई एफ जी ए बी", sharps=("शार्प",), flats=("फ्लैट", "फ़्लैट"), major=("मेजर",), minor=("माइनर",)
    ),
    "id": KeyNames(major=("mayor",), minor=("minor",)),
    "it": KeyNames(
        notes="do re mi fa sol la si", sharps=("diesis",), flats=("bemolle",), major=("maggiore",), minor=("minore",)
    ),
    "ja": KeyNames(
        notes="ハ ニ ホ ヘ ト イ ロ",
        sharps=("嬰", "シャープ"),
        flats=("変", "フラット"),
        major=("長調", "メジャー"),
        minor=("短調", "マイナー"),
    ),
    "ko": KeyNames(
        notes="다 라 마 바 사 가 나",
        sharps=("올림", "샵"),
        flats=("내림", "플랫"),
        major=("장조", "메이저"),
        minor=("단조", "마이너"),
    ),
    "pt": KeyNames(
        notes="dó ré mi fá sol lá si", sharps=("sustenido",), flats=("bemol",), major=("maior",), minor=("menor",)
    ),
    "ru": KeyNames(
        notes="до ре ми фа соль ля си",
        sharps=("диез",),
        flats=("бемоль",),
        major=("мажор", "мажоре", "мажора"),
        minor=("минор", "миноре", "минора"),
    ),
    "tr": KeyNames(
        notes="do re mi fa sol la si",
        sharps=("diyez",),
        flats=("bemol",),
        major=("majör", "majörde", "majöründe"),
        minor=("minör", "minor", "minörde", "minöründe"),
    ),
    "vi": KeyNames(
        notes="đô rê mi fa sol la si",
        also={"pha": "F", "son": "G"},
        sharps=("thăng",),
        flats=("giáng",),
        major=("trưởng",),
        minor=("thứ",),
    ),
    "zh": KeyNames(sharps=("升",), flats=("降",), major=("大调", "大調"), minor=("小调", "小調")),
}
