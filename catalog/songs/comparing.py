"""How well a track agrees with what is said of a song, and whether that is enough to be sure of it.

Title, artists and version decide; album and duration tell copies apart, and make up for what is missing or spelt
otherwise. `POINTS` orders the tracks that are good enough.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from itertools import islice

from rapidfuzz.distance import OSA

from catalog.names.folding import is_foreign, words_of
from catalog.songs.artists import Credit, Whose, credit_of, split, whose
from catalog.songs.reference import SongReference
from catalog.songs.titles import Title, folded, read_title, untagged, versions_in
from catalog.track import Track

CLOSE = 2.0  # seconds between two durations of one recording: players round, and pad differently
NEAR, NEAR_SHARE = 8.0, 0.04  # seconds, or share of the duration, between editions of a recording
VERY_CLOSE = 1.0  # seconds
LEFT_OUT = frozenset(("live", "take", "demo", "extended"))  # versions that some titles do not say
MOST_READINGS = 8  # of a reference: a sign between words may also be part of a title
LONG_WORD, LONGER_WORD = 4, 8  # letters in which one and two may be wrong
LONG_TITLE, SHORTER_TITLE = 8, 5  # letters that are enough to know a title by although one is wrong, or its artist's
ALIKE = 0.9  # similarity of albums with a typing error
DIFFERS = 0.5  # least distance, as a share of the longer one, from which two texts have nothing in common

_OF_EDITIONS = (
    "deluxe edition expanded remaster remastered anniversary special version bonus tracks disc cd ep lp single album "
    "original motion picture soundtrack ost music from the explicit reissue collector collectors limited"
)
_DROPPED = frozenset(_OF_EDITIONS.split())


class Named(IntEnum):
    """How well two titles agree."""

    OTHER = 0
    UNREADABLE = 1  # in scripts that nothing here translates
    TYPOS = 2
    PART = 3  # one is a part of the other, before a colon or in brackets
    SOUND = 4  # in another transliteration
    BARE = 5  # but for what stands in brackets
    SAME = 6


class Version(IntEnum):
    """Whether two titles mean the same version."""

    OTHER = 0
    PERHAPS = 1  # the album says what one title does not
    LIKELY = 2  # one says more of it
    SAME = 3


POINTS = {
    Named.SAME: 0.0,
    Named.BARE: -1.0,
    Named.SOUND: -1.0,
    Named.PART: -1.5,
    Named.TYPOS: -3.0,
    Named.UNREADABLE: -4.0,
    Version.SAME: 0.0,
    Version.LIKELY: -0.3,
    Version.PERHAPS: -0.5,
    Version.OTHER: -5.0,
}
POINTS_OF_ARTISTS = {
    Whose.SAME: 0.0,
    Whose.SHARED: -0.5,
    Whose.GUEST: -1.5,
    Whose.SIMILAR: -2.0,
    Whose.UNKNOWN: -2.0,
    Whose.SURNAME: -2.5,
    Whose.OTHER: -6.0,
}
SAME_ALBUM, OF_CLOSE, OF_NEAR, OF_FAR = 3.0, 2.5, 1.0, -1.0


@dataclass(frozen=True, slots=True)
class Reading:
    """A title and whose it is, as they may be meant."""

    title: Title
    credit: Credit


@dataclass(frozen=True, slots=True)
class Agreement:
    """What speaks for a track."""

    named: Named
    whose: Whose
    version: Version
    album: bool | None  # None: unknown
    seconds: float | None  # between the durations; None: unknown
    duration: float

    @property
    def close(self) -> bool:
        return self.seconds is not None and self.seconds <= CLOSE

    @property
    def very_close(self) -> bool:
        return self.seconds is not None and self.seconds <= VERY_CLOSE

    @property
    def far(self) -> bool:
        return self.seconds is not None and self.seconds > max(NEAR, NEAR_SHARE * self.duration)

    @property
    def points(self) -> float:
        total = POINTS[self.named] + POINTS[self.version] + POINTS_OF_ARTISTS[self.whose]
        total += SAME_ALBUM if self.album else 0.0
        if self.seconds is not None:
            total += OF_CLOSE if self.close else OF_FAR if self.far else OF_NEAR
        return total

    @property
    def best(self) -> bool:
        """Whether no other track can agree better."""
        sure = self.named == Named.SAME and self.whose == Whose.SAME and self.version == Version.SAME
        return sure and self.album is not False and (self.close or self.seconds is None)

    @property
    def exact(self) -> bool:
        """Whether nothing is spelt in another way; where nobody is named, the length must agree too."""
        untagged = self.whose == Whose.UNKNOWN and self.very_close and self.album is not False
        return self.named >= Named.BARE and (self.whose >= Whose.GUEST or untagged) and self.version > Version.OTHER


def readings(reference: SongReference) -> list[Reading]:
    """What the title and the artists of a reference may mean, the most likely first."""
    title = read_title(reference.title)
    credit = credit_of(reference.artists, title.guests)
    found = [Reading(title, credit)]
    text = reference.title
    if credit.known:
        text = f"{' & '.join(reference.artists)} - {text}"
        found += [Reading(read_title(name), credit) for _, name in islice(untagged(reference.title), 1)]
    for artist, name in untagged(text):
        if name and (artist or not credit.known):
            other = read_title(name)
            found.append(Reading(other, credit_of([artist], other.guests)))
    return [each for each in dict.fromkeys(found) if each.title.key][:MOST_READINGS]


def readings_of(track: Track) -> Sequence[Reading]:
    """The same of a track; its title is taken apart only if it has no artist. Composers count as guests."""
    artists = dict.fromkeys((*track.artists, track.artist, track.credit, track.album_artist))
    return _readings_of(track.title, tuple(artists), track.composers, tagged=bool(track.artist))


@lru_cache(1 << 13)
def _readings_of(
    text: str, artists: tuple[str, ...], composers: tuple[str, ...], *, tagged: bool
) -> tuple[Reading, ...]:
    title = read_title(text)
    credit = credit_of(artists, (*title.guests, *composers))
    found = [Reading(title, credit)]
    for artist, name in () if tagged else untagged(text):
        other = read_title(name)
        found.append(Reading(other, credit_of([artist], (*other.guests, *composers)) if artist else credit))
    return tuple(each for each in dict.fromkeys(found) if each.title.key)[:MOST_READINGS]


def agreement(reference: SongReference, wanted: Sequence[Reading], track: Track) -> Agreement | None:
    """What speaks for a track, in the reading in which it is best; None if it cannot be meant."""
    album = same_album(reference.album, track.album)
    known = bool(reference.duration) and track.duration > 0
    seconds = abs(track.duration - (reference.duration or 0.0)) if known else None
    albums = _versions_of_album(reference.album), _versions_of_album(track.album)
    best: Agreement | None = None
    for place, one in enumerate(wanted):
        for other in readings_of(track):
            named = _named(one.title, other.title)
            if named == Named.OTHER:
                continue
            version = _version(one.title, other.title, albums)
            each = Agreement(named, whose(one.credit, other.credit), version, album, seconds, track.duration)
            if _is_enough(each, one, other, is_first=place == 0) and (best is None or each.points > best.points):
                best = each
    return best


def _is_enough(it: Agreement, one: Reading, other: Reading, *, is_first: bool) -> bool:
    """Whether a track that agrees so far may be meant at all, if there is no better one."""
    known = it.close or (bool(it.album) and not it.far)  # something else agrees
    unknown = it.seconds is None
    if it.named == Named.UNREADABLE:
        return it.version == Version.SAME and it.whose >= Whose.SIMILAR and bool(it.album) and it.very_close
    if it.version == Version.OTHER:
        return it.named >= Named.SOUND and it.whose >= Whose.GUEST and _is_version_meant(it, one.title, other.title)
    if (it.version == Version.PERHAPS and not (it.close or unknown)) or (it.version == Version.LIKELY and it.far):
        return False
    if it.whose <= Whose.SURNAME:
        return it.named >= Named.PART and _is_surely_of(it, known=known)
    if one.title.vague or other.title.vague:
        return it.named >= Named.BARE and (it.close or bool(it.album) or unknown)
    if it.named == Named.PART:
        return known or (unknown and it.whose >= Whose.SHARED and it.album is not False)
    if it.named == Named.TYPOS:
        long = LONG_TITLE if it.whose < Whose.SAME else SHORTER_TITLE
        return known or (unknown and (len(one.title.bare_key) >= long or bool(it.album)))
    if it.named == Named.BARE or it.whose == Whose.SIMILAR or not is_first:
        return not it.far or bool(it.album)
    return True


def _is_version_meant(it: Agreement, one: Title, other: Title) -> bool:
    """Whether one of the titles only leaves out which version it is."""
    if it.album is not None or (one.versions and other.versions):
        return bool(it.album) and it.close
    return it.very_close and one.versions | other.versions <= LEFT_OUT


def _is_surely_of(it: Agreement, *, known: bool) -> bool:
    """Whether it may be meant although the artists agree hardly or not at all."""
    if it.whose == Whose.OTHER:  # in another script, or credited to somebody else
        return it.named >= Named.BARE and bool(it.album) and it.close
    if it.whose == Whose.UNKNOWN:
        return it.named >= Named.SOUND and (known or it.seconds is None)
    return known


def is_another_song(reference: SongReference, track: Track) -> bool:
    """Whether title and artists of a track have plainly nothing to do with those of a reference."""
    if not reference.title or not track.title:
        return False
    wanted, there = readings(reference), readings_of(track)
    for one in wanted:
        for other in there:
            if _named(one.title, other.title) != Named.OTHER or whose(one.credit, other.credit) > Whose.UNKNOWN:
                return False
            if not _nothing_in_common(one.title.bare_key, other.title.bare_key):
                return False
    return True


def _nothing_in_common(one: str, other: str) -> bool:
    shorter, longer = sorted((one, other), key=len)
    return shorter not in longer and OSA.normalized_distance(one, other) >= DIFFERS


def same_album(one: str, other: str) -> bool | None:
    """Whether two albums are editions of one; None if one is unknown, or called as many are."""
    a, b = album_key(one), album_key(other)
    if not a or not b:
        return None
    if a == b:
        return True
    same_numbers = _numbers((a,)) == _numbers((b,))
    return same_numbers and min(len(a), len(b)) >= LONG_TITLE and OSA.normalized_similarity(a, b) >= ALIKE


@lru_cache(1 << 13)
def album_key(text: str) -> str:
    """The same for editions of an album; "" without one."""
    title = read_title(text)
    kept = [word for word in title.bare if word not in _DROPPED]
    key = "".join((*(kept or title.words), *sorted(title.versions)))
    return "" if key.startswith("unknown") else key


def _named(one: Title, other: Title) -> Named:
    if not one.key or not other.key:
        return Named.OTHER
    if {one.key, one.bare_key} & {other.key, other.bare_key}:
        if not _same_characters(one.native, other.native):
            return Named.SOUND if len(one.native) == len(other.native) > 1 else Named.OTHER  # as in 氣 and 气
        return Named.SAME if one.key == other.key else Named.BARE
    if {one.key, one.bare_key} & other.others or {other.key, other.bare_key} & one.others:
        return Named.PART
    if is_foreign(one.native) != is_foreign(other.native):
        return max(_nearly(one.bare, other.bare), Named.UNREADABLE)
    return _nearly(one.bare, other.bare) if _same_characters(one.native, other.native, typos=1) else Named.OTHER


@lru_cache(1 << 14)
def _nearly(one: tuple[str, ...], other: tuple[str, ...]) -> Named:
    """Whether words are the same but for typing errors, with the same numbers."""
    from catalog.names.spellings import sound_of  # it knows common words, which take time to load

    a, b = "".join(one), "".join(other)
    if _numbers(one) != _numbers(other):
        return Named.OTHER
    if sound_of(a) == sound_of(b) and min(len(a), len(b)) >= LONG_WORD:
        return Named.SOUND
    if len(one) != len(other):  # a space too many, or one letter
        return (
            Named.TYPOS
            if len(a) >= LONG_TITLE and OSA.distance(a, b, score_cutoff=1) <= 1 and _is_split(one, other)
            else Named.OTHER
        )
    wrong = 0
    for word, typed in zip(one, other, strict=True):
        if word != typed:
            shorter = min(len(word), len(typed))
            allowed = 0 if shorter < LONG_WORD else 1 if shorter < LONGER_WORD else 2
            if not allowed or OSA.distance(word, typed, score_cutoff=allowed) > allowed:
                return Named.OTHER
            wrong += 1
    return Named.TYPOS if wrong <= max(1, len(one) // 3) else Named.OTHER


def _is_split(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether one has a word more because one of the other's is in two."""
    longer, shorter = sorted((one, other), key=len, reverse=True)
    return len(longer) == len(shorter) + 1 and len({*shorter} - {*longer}) == 1 and len({*longer} - {*shorter}) == 2


def _same_characters(one: str, other: str, typos: int = 0) -> bool:
    """Whether titles that are transliterated alike are written alike: characters of one reading differ in meaning."""
    if one == other or not all(any(word.unspaced for word in words_of(text)) for text in (one, other)):
        return True
    return bool(typos) and min(len(one), len(other)) > 2 and OSA.distance(one, other, score_cutoff=typos) <= typos


def _numbers(words: tuple[str, ...]) -> list[str]:
    return sorted("".join(sign for sign in word if sign.isdigit()) for word in words if any(map(str.isdigit, word)))


def _version(one: Title, other: Title, albums: tuple[frozenset[str], frozenset[str]]) -> Version:
    """All of "Live at Wembley" is live, whether its titles say so or not."""
    of_one, of_other = one.versions - other.versions, other.versions - one.versions
    if of_one or of_other:
        return Version.PERHAPS if of_one <= albums[1] and of_other <= albums[0] else Version.OTHER
    if one.details and other.details and not one.details & other.details:
        return Version.OTHER
    if bool(one.details) == bool(other.details):
        return Version.SAME
    return Version.LIKELY if one.versions else Version.PERHAPS


@lru_cache(1 << 12)
def _versions_of_album(text: str) -> frozenset[str]:
    return frozenset(versions_in(folded(text)) or ())


def spelt_artists(reference: SongReference) -> Iterator[str]:
    """The artists of a reference as the library may spell them, folded."""
    for text in map(folded, reference.artists):
        for name in dict.fromkeys((text, *split(text))):
            yield name
            bare = name.removeprefix("the ")
            yield from (bare, f"the {bare}", f"{bare}, the")
