"""Titles as people, shops and players write them: the song, its guests, and which version of it is meant.

Night Walk (feat. Ada Q) [Live at Home] - 2011 Remaster      nightwalk; guest Ada Q; live ("home")
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice, pairwise

from catalog.keys import readable
from catalog.names.folding import words_of

LONGEST = 300  # characters of a title that are read
MOST_CHUNKS = 8  # brackets and dashes of a title that are looked at

_TAKEN = {  # kind of version that is another recording or mix of the song -> words that say so
    "live": r"live|en vivo|ao vivo|en directo|dal vivo|in concert|en concert|en concierto|concert|unplugged|"
    r"(?:\w+ )?sessions?|bbc|现场版?|現場版?|ライ[ブヴ](?:版|ver)?|라이브|концерт\w*|на концерте|canli|elo",
    "remix": r"re-?mix(?:ed|es)?|rmx|rework(?:ed)?|bootleg|flip|refix|re-?edit|vip|dub|mash-?up|club|"
    r"ремикс|リミックス|리믹스|混音",
    "instrumental": r"instrumentals?|inst|instr|off vocals?|no vocals?|without vocals?|backing track|minus one|"
    r"伴奏|纯音乐|純音樂|インスト(?:ゥルメンタル)?|инструментал\w*|минус|strumentale|instrumentale?",
    "karaoke": r"karaoke|カラオケ|караоке|sing[- ]?along|made famous by|originally performed by|in the style of|卡拉ok",
    "cover": r"cover(?:ed)?|covers|tribute(?: to)?|翻唱|кавер",
    "acoustic": r"acoustic|acústic[oa]|acustic[oa]|akustik\w*|acoustique|акусти(?:ка|ческ)\w*|アコースティック|"
    r"不插电|原声",
    "demo": r"demos?|rough mix|work tape|デモ|демо",
    "take": r"alternat(?:e|ive)|outtake|take \d+|rehearsal|early version|first version|unreleased",
    "extended": r"extended|12[\"”″']{0,2} ?(?:inch|mix|version|single)|12[\"”″]|long version|maxi",
    "voices": r"a ?cap+ell?as?|vocals? only|only vocals?",
    "reprise": r"reprise",
    "speed": r"slowed(?: down)?|sped up|speed up|nightcore|8d audio|8d|reverb",
    "orchestra": r"orchestral|symphonic|orchestra version|string quartet|strings version",
    "piano": r"piano(?: solo| version)?|guitar version|solo piano|8-?bit|music box|lullaby",
    "again": r"\w+[’'`]?s version|re-?record(?:ed|ing)|new recording|neuaufnahme",
    "language": r"(?:german|english|french|spanish|japanese|korean|italian|chinese|mandarin|cantonese|portuguese|"
    r"russian|polish|dutch|swedish|hindi|arabic)(?: language)?(?: version| ver| edition| mix)?|"
    r"version (?:française|francaise|anglaise)|versión en \w+|versione italiana|en español|auf deutsch|in english|"
    r"日本語版|国语版?|粤语版?|中文版|韓国語版|英語版",
}
_SAME = (  # words that say nothing of the kind: the same recording, as it was released
    r"(?:\d{4} )?(?:digital(?:ly)? )?re-?master(?:ed|izado|isé|ing|iert)?|remastered|remasterizad[oa]|mono|stereo|"
    r"(?:radio|single|album|video|short|clean|original|tv|main|7[\"”″']{0,2}|lp|ep|full)(?: length)?"
    r"[ -](?:edit|version|versión|versão|mix|ver|cut)|"
    r"edited(?: version)?|album|single|original|explicit|clean|deluxe|bonus(?: track)?|"
    r"(?:\w+ )?anniversary|official|lyrics?|hd|hq|4k|audio|video|music video|clip|visuali[sz]er|from|theme from|"
    r"ost|o\.s\.t\.|soundtrack|version|versión|versão|版|ver|edit|mix|edition|expanded|special|"
    r"\d{4} (?:mix|version)|24 ?bit|hidden track|previously unreleased|ремастер\w*|リマスター\w*|重制版?"
)
_KINDS = {kind: re.compile(rf"(?<!\w)(?:{words})(?!\w)") for kind, words in _TAKEN.items()}
_NEUTRAL = re.compile(rf"(?<!\w)(?:{_SAME})(?!\w)")
_MIXED = re.compile(r"(?<!\w)(?!original|mono|stereo|album|single|radio|main|full|\d{4})(\S+ )(?:mix|edit)(?!\w)")
_GUEST = re.compile(r"(?:feat(?:uring|\.)?|ft\.?|with|w/|avec|duet with|con|mit)\s+(\S.*)", re.DOTALL)
_SURE_GUEST = re.compile(r"(?:feat(?:uring|\.)?|ft\.?)\s+(\S.*)", re.DOTALL)
_BRACKETED_GUEST = re.compile(r"\s*[(\[]\s*(?:feat|ft)[^)\]]*[)\]]")
_GUEST_AT_END = re.compile(r"\s(?:feat(?:uring|\.)?|ft\.?)\s+(\S.*)$", re.DOTALL)
_BRACKETED = re.compile(r"[(\[{<（【〔「『]([^()\[\]{}<>（）【】〔〕「」『』]*)[)\]}>）】〕」』]")
_DASH = re.compile(r"\s+[-–—~|]\s+|\s+//\s+")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_SHORT_YEAR = re.compile(r"['’‘]([3-9]\d)(?!\w)")
_SHORT = {"u": "you", "r": "are", "2": "to", "4": "for", "2u": "toyou", "4u": "foryou"}
_SHORTENED = frozenset(("u", "2u", "4u"))
_HEAD = re.compile(r":\s|\s-\s|,?\s(?:op(?:us)?|woo|bwv|kv?|rv|hwv|hob|d)\b\.?\s*\d")
_SOME = re.compile(r"(?<!\w)(?:version|ver|mix|edit)(?!\w)")
_NUMBERED = re.compile(r"^(?:[a-d]?\d{1,3}|\d-\d{2})\s*[-–._)]+\s*(?=\D)")
_SUFFIX_OF_FILE = re.compile(r"\.(?:mp3|flac|ogg|opus|m4a|wav|wma|aac|aiff?|ape|wv)$")
_COUNT = {"one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "i": "1", "ii": "2", "iii": "3"}
_COUNT |= {"iv": "4", "v": "5", "vi": "6", "vii": "7", "viii": "8", "ix": "9", "x": "10", "xi": "11", "xii": "12"}
_PARTS = frozenset(
    ("pt", "part", "parte", "teil", "partie", "chast", "no", "nr", "number", "num", "vol", "volume", "act")
)
_PARTS |= {"parts", "pts", "movement", "mvt", "chapter", "op", "opus", "book", "suite"}
_UNSAID = frozenset(  # or said by a sign
    ("part", "pt", "parts", "pts", "parte", "teil", "partie", "no", "nr", "number", "num", "opus")
)
_NUMERALS = {"two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9"}
_LONE_NUMERALS = frozenset(("ii", "iii", "iv", "vi", "vii", "viii", "ix", "xi", "xii"))  # the others are words as well
_GLUE = frozenset(("and", "und", "n"))  # as good as "&", which is no word
_ARTICLES = frozenset(("the", "a", "an", "der", "die", "das", "le", "la", "les", "los", "las", "el", "il", "lo"))
_OF_MANY = (  # titles that every other album has
    "intro outro interlude prelude skit untitled allegro andante adagio largo menuet minuet presto scherzo finale "
    "overture introduction reprise theme maintitle endtitle opening ending credits track aria fugue sonata rondo bonus"
)
_VAGUE = frozenset(_OF_MANY.split())


@dataclass(frozen=True, slots=True)
class Title:
    """What a title says."""

    words: tuple[str, ...]  # of the song with all that may belong to its name, in Latin letters
    bare: tuple[str, ...]  # without what stands in brackets
    others: frozenset[str]  # keys of what stands in brackets, and of what stands before a colon or the opus
    native: str  # the bare title folded, in its own script, as transliterations may coincide
    versions: frozenset[str]  # kinds of version; none: the recording that everybody knows
    details: frozenset[str]  # words that tell versions of a kind apart: who remixed it, where it was played
    guests: tuple[str, ...]  # as they are written

    @property
    def key(self) -> str:
        return "".join(self.words)

    @property
    def bare_key(self) -> str:
        return "".join(self.bare)

    @property
    def vague(self) -> bool:
        """Whether songs of that name are on many albums of one artist."""
        return self.bare_key.rstrip("0123456789") in _VAGUE


def without_guests(text: str) -> str:
    """Artists without those that "feat." names, folded."""
    return _GUEST_AT_END.sub("", _BRACKETED_GUEST.sub("", folded(text)))


def folded(text: str) -> str:
    """NFKC and small, with single spaces, at most LONGEST characters."""
    return " ".join(unicodedata.normalize("NFKC", readable(text[:LONGEST])).casefold().split())[:LONGEST]


@lru_cache(1 << 13)
def read_title(text: str) -> Title:
    """What a title says."""
    whole = _SUFFIX_OF_FILE.sub("", folded(text))
    said = _Said()
    full, bare = (_stripped(whole, said, in_brackets=in_brackets) for in_brackets in (True, False))
    words = _words(full) or _words(whole)
    native = "".join(word.native for word in words_of(bare or full))
    return Title(
        words,
        _words(bare) or words,
        frozenset("".join(_words(each)) for each in (*said.asides, *_heads(bare))) - {""},
        native,
        frozenset(said.kinds),
        frozenset(said.details),
        tuple(dict.fromkeys(said.guests)),
    )


@dataclass(slots=True)
class _Said:
    """What a title says beside the name of the song."""

    kinds: set[str] = field(default_factory=set)
    details: set[str] = field(default_factory=set)
    guests: list[str] = field(default_factory=list)
    asides: list[str] = field(default_factory=list)  # in brackets: the title in another language, or by its refrain

    def takes(self, chunk: str, *, bracketed: bool) -> bool:
        """Whether the chunk says which version it is or who is a guest, and nothing of the song."""
        if guest := (_GUEST if bracketed else _SURE_GUEST).fullmatch(chunk):
            self.guests.append(guest[1])
            return True
        kinds = versions_in(chunk)
        if kinds is None:
            return False
        self.kinds.update(kinds)
        if kinds or _SOME.search(chunk) or _YEAR.fullmatch(chunk):
            self.details.update(_details(chunk))
        return True


def _stripped(text: str, said: _Said, *, in_brackets: bool) -> str:
    """The name of the song, with or without what stands in brackets and is no number of a part."""
    for _ in range(MOST_CHUNKS):
        found = _BRACKETED.search(text)
        if found is None:
            break
        chunk, before, after = found[1].strip(), text[: found.start()], text[found.end() :]
        alone = not _has_words(before + after)
        kept = alone
        if not alone and not said.takes(chunk, bracketed=True):
            kept = in_brackets or _is_part(chunk)
            if not _is_part(chunk) and len(chunk) > 1:
                said.asides.append(chunk)
        text = f"{before} {chunk} {after}" if kept else f"{before} {after}"
    for _ in range(MOST_CHUNKS):
        *_, last = [None, *_DASH.finditer(text)]
        if last is None or not _has_words(text[: last.start()]):
            break
        if not said.takes(text[last.end() :].strip(), bracketed=False):
            break
        text = text[: last.start()]
    if guest := _GUEST_AT_END.search(text):
        said.guests.append(guest[1])
        text = text[: guest.start()]
    return text


def _heads(text: str) -> Iterator[str]:
    """What a title may be called in short: "Gnossienne No. 1" of "Gnossienne No. 1: Lent"."""
    for at in islice(_HEAD.finditer(text), 2):
        if _has_words(text[: at.start()]):
            yield text[: at.start()]


def versions_in(chunk: str) -> set[str] | None:
    """The kinds of version that a folded text in brackets or after a dash says; None if it says none at all."""
    kinds = {kind for kind, words in _KINDS.items() if words.search(chunk)}
    if "remix" in kinds:
        kinds.discard("extended")  # a 12-inch remix
    if not kinds & {"remix", "demo", "extended"} and _MIXED.search(chunk):
        kinds.add("remix")
    if "original" in chunk.split() and kinds <= {"remix"}:
        kinds.discard("remix")
    return kinds if kinds or _NEUTRAL.search(chunk) or _YEAR.fullmatch(chunk) else None


@lru_cache(1 << 13)
def title_keys(text: str, *, whole: bool = False) -> tuple[str, ...]:
    """Keys of which spellings of one song share one, the fullest first; none for a text without words.

    Unless it is `whole`, the title may be the name of a file, with number and artist.
    """
    from catalog.names.spellings import sound_of  # it knows common words, which take time to load

    title = read_title(text)
    keys = [title.key, title.bare_key]
    keys += [sound_of(key) for key in keys if key]
    keys += sorted(title.others)
    keys += [] if whole else ["".join(words) for words in _untagged(text)]
    return tuple(dict.fromkeys(key[:LONGEST] for key in keys if key))


def untagged(text: str) -> Iterator[tuple[str, str]]:
    """(artist, title) that a title may consist of, as the name of a file does: "01 - Queen - Innuendo"."""
    bare = _NUMBERED.sub("", _SUFFIX_OF_FILE.sub("", folded(text)))
    yield "", bare
    parts = _DASH.split(bare, MOST_CHUNKS)
    for at in range(1, len(parts)):
        artist = " - ".join(parts[:at])
        yield ("" if artist.isdigit() else artist), " - ".join(parts[at:])


def _untagged(text: str) -> Iterator[tuple[str, ...]]:
    return (read_title(title).bare for _, title in untagged(text))


def _has_words(text: str) -> bool:
    return any(character.isalnum() for character in text)


def _is_part(chunk: str) -> bool:
    """Whether a text in brackets is a number among others of that name."""
    words = chunk.replace(".", " ").replace("#", " no ").replace("№", " no ").split()
    if len(words) == 1:
        return words[0].isdigit() or words[0] in _COUNT
    return any(
        (one in _PARTS and (two.isdigit() or two in _COUNT)) or (two in _PARTS and one[:-2].isdigit())
        for one, two in pairwise(words)
    )


def _words(text: str) -> tuple[str, ...]:
    """In Latin letters, with numbers of parts as digits, without what may as well be a sign or left out."""
    text = _SHORT_YEAR.sub(r" 19\1", text.replace("#", " no ").replace("№", " no ").replace("+", " and "))
    words = [word.latin for word in words_of(text)]
    if not _SHORTENED.isdisjoint(words):  # "Nothing Compares 2 U"
        words = [_SHORT.get(word, word) for word in words]
    kept: list[str] = []
    in_part = False  # whether a number of a part may follow
    for at, word in enumerate(words):
        before, following = words[at - 1] if at else "", words[at + 1] if at + 1 < len(words) else ""
        is_last = bool(before) and not following
        if word in _COUNT and (in_part or (is_last and word in _LONE_NUMERALS)):
            kept.append(_COUNT[word])
            continue  # parts may be a span: "I–V"
        in_part = word in _PARTS
        word = _NUMERALS.get(word, word)
        is_unsaid = word in _UNSAID and (following.isdigit() or following in _COUNT)
        is_of_key = word == "major" and (before in ("flat", "sharp") or len(before) == 1)
        if not (is_unsaid or is_of_key or (word in _GLUE and len(words) > 1)):
            kept.append(word)
    if len(kept) > 1 and kept[0] in _ARTICLES:
        kept = kept[1:]
    return tuple(kept or words)


def _details(chunk: str) -> set[str]:
    """The words of a version that neither say its kind nor are in everybody's: "wembley", "1986"."""
    bare = chunk
    for words in (*_KINDS.values(), _NEUTRAL):
        bare = words.sub(" ", bare)
    words = words_of(bare) if _has_words(bare) else ()
    years = _YEAR.findall(chunk) if "master" not in chunk else ()
    return {word.latin for word in words if len(word.latin) > 2 and word.latin not in _FILL} | {*years}


_FILL = frozenset(("the", "from", "and", "for", "with", "mix", "edit", "version"))
