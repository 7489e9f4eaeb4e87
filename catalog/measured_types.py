"""Types of filter fields about what is measured in a track, or said by its file tags: tempo, key, loudness, energy."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from catalog.engine import AnyOf, Between, Condition, Match, Payload, Schema
from catalog.field_types import FieldType, Number, Range, rounded, shortened
from catalog.keys import readable
from catalog.track import Track
from polymuse.errors import UserError
from polymuse.musical_keys import Key, compatible, parse_camelot, parse_key

ABOUT = "~"  # before a tempo: half and double of it count as well
NEAR = 0.5  # BPM that a single tempo may differ
NEARLY = 0.02  # share of it, after a ~
BAND = 10  # BPM of a band that facets count
MAX_TEMPO = 10_000.0


@dataclass(frozen=True, slots=True)
class TempoRange:
    """Tempi in BPM, both ends inclusive; one of them may be None, which means unbounded."""

    low: float | None = None
    high: float | None = None
    octaves: bool = False  # whether half and double of these tempi count as well

    def __post_init__(self) -> None:
        ends = [end for end in (self.low, self.high) if end is not None]
        if not ends or not all(0 <= end <= MAX_TEMPO for end in ends) or ends != sorted(ends):
            raise UserError(
                f"{shortened(str(self))} is not a range of tempi",
                f"Write LOW..HIGH in beats per minute, with numbers from 0 to {MAX_TEMPO:.0f} and LOW not above HIGH.",
            )

    def __str__(self) -> str:
        low, high = ("" if end is None else f"{end:.15g}" for end in (self.low, self.high))
        return f"{ABOUT if self.octaves else ''}{low}..{high}"

    @property
    def ranges(self) -> Iterator[Range]:
        """The ranges of tempi that match."""
        for factor in (1.0, 0.5, 2.0) if self.octaves else (1.0,):
            yield Range(*(None if end is None else end * factor for end in (self.low, self.high)))


@dataclass(frozen=True, kw_only=True)
class MeasuredNumber(Number):
    """A number that `Track` derives from its measurements, which are stored elsewhere."""

    def restore(self, payload: Payload) -> dict[str, Any]:  # noqa: ARG002
        return {}


@dataclass(frozen=True, kw_only=True)
class Tempo(FieldType):
    """The tempo of a track, compared as it is shown, in tenths; facets count bands of it."""

    track: str  # attribute of Track, and payload field
    bands: str  # payload field with the band, as a term that matches it

    def index(self) -> Schema:
        return Schema(keywords=(self.bands,), numbers={self.track: float})

    def parse(self, text: str) -> TempoRange:
        octaves = text.startswith(ABOUT)
        low, dots, high = text.removeprefix(ABOUT).partition("..")
        if not dots:
            tempo = float(low)
            margin = abs(tempo) * NEARLY if octaves else NEAR
            if not tempo > 0:
                raise ValueError(text)
            return TempoRange(rounded(tempo - margin) if tempo > margin else 0.0, rounded(tempo + margin), octaves)
        if not (low or high):
            raise ValueError(text)
        return TempoRange(float(low) if low else None, float(high) if high else None, octaves)

    def conditions(self, values: Sequence[TempoRange]) -> list[Condition]:
        ranges = (each for value in values for each in value.ranges)
        return [AnyOf(tuple(Between(self.track, each.low, each.high) for each in ranges))]

    def payload(self, track: Track) -> dict[str, Any]:
        tempo: float | None = getattr(track, self.track)
        if tempo is None:
            return {self.track: None, self.bands: None}
        shown = round(tempo, 1)
        start = int(shown // BAND) * BAND
        return {self.track: shown, self.bands: f"{start}..{start + BAND - 0.1:.1f}"}


@dataclass(frozen=True, kw_only=True)
class MusicalKey(FieldType):
    """The key of a track, in whatever spelling."""

    form: ClassVar[str] = "Write a key such as C, Am, F#m, Bb, A-flat major or a-moll, or a Camelot code such as 8A."

    def index(self) -> Schema:
        return Schema(keywords=(self.name,))

    def parse(self, text: str) -> str:
        return self._key(text).name

    def check(self, value: str, attribute: str) -> None:  # noqa: ARG002
        self._key(value)

    def conditions(self, values: Sequence[str]) -> list[Condition]:
        return [Match(self.name, tuple(self._key(value).name for value in values))]

    def payload(self, track: Track) -> dict[str, Any]:
        return {self.name: track.key}

    def _key(self, text: str) -> Key:
        key = parse_key(text)
        if key is None:
            raise UserError(f'"{shortened(readable(text))}" is not a musical key', self.form)
        return key


@dataclass(frozen=True, kw_only=True)
class Camelot(MusicalKey):
    """The Camelot code of the key of a track."""

    form: ClassVar[str] = "Write a number from 1 to 12 and A (minor) or B (major), such as 8A."

    def parse(self, text: str) -> str:
        return self._key(text).camelot

    def conditions(self, values: Sequence[str]) -> list[Condition]:
        return [Match(self.name, tuple(self._key(value).camelot for value in values))]

    def payload(self, track: Track) -> dict[str, Any]:
        return {self.name: track.camelot}

    def _key(self, text: str) -> Key:
        key = parse_camelot(text)
        if key is None:
            raise UserError(f'"{shortened(readable(text))}" is not a Camelot code', self.form)
        return key


@dataclass(frozen=True, kw_only=True)
class Compatible(MusicalKey):
    """A key that mixes with that of the track: the same, a neighbour on the circle of fifths, or the relative one."""

    codes: str  # payload field with the Camelot code, which another field stores

    def index(self) -> Schema:
        return Schema()

    def parse(self, text: str) -> str:
        return self._key(text).camelot

    def conditions(self, values: Sequence[str]) -> list[Condition]:
        codes = {key.camelot: None for value in values for key in compatible(self._key(value))}
        return [Match(self.codes, tuple(codes))]

    def payload(self, track: Track) -> dict[str, Any]:  # noqa: ARG002
        return {}
