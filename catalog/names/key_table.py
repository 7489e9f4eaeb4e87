"""A table of many short keys, searched for those that equal parts of a text or differ from them by few typing errors.

**Hashes.** A part t[i:j] of a text has the polynomial hash  sum over i <= m < j of c_m B^(m - i)  modulo 2^64, which
comes from sums over the beginnings of the text (Rabin and Karp 1987), so that all parts are hashed at once.

**Errors.** A key is cut into as many parts as errors are looked for and one more, so that one of them has stayed as it
was (Wu and Manber 1992; the positions at which it may stand are those of Li, Deng, Wang and Feng 2011, "Pass-Join").
Two adjacent letters that changed places at a cut have damaged both sides of it, so each side is looked up with them
put back as well. Hashes only propose; Damerau-Levenshtein distances (optimal string alignment) decide.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from rapidfuzz.distance import OSA
from rapidfuzz.process import cpdist

ONE_ERROR, TWO_ERRORS = 4, 8  # letters from which so many errors are looked for, in both the key and the text
LONGEST = 128  # letters of a key that may differ
MOST_EQUAL, MOST_ALIKE = 64, 200  # keys that are looked at for one hash, whole and of a part
MOST_COMPARED = 2000  # pairs whose distance is computed
_BASE = np.uint64(0x9E3779B97F4A7C15)  # odd, so that it has an inverse
_INVERSE = np.uint64(pow(0x9E3779B97F4A7C15, -1, 1 << 64))
_MIX = np.uint64(0xD6E8FEB86659FD93)
_SALT = np.uint64(0xA0761D6478BD642F)
_EXACT = 255  # salt of whole keys
_PLACES = (np.arange(256) - ord("0")) % 64  # bit of each letter and digit; some share one
_BITS = np.uint64(1) << _PLACES.astype(np.uint64)
_ONES = np.array([number.bit_count() for number in range(256)], np.uint8)


@dataclass(frozen=True, slots=True)
class Pairs:
    """Parts of a text and the keys that they may mean: numbers of both, and the distance between them."""

    part: np.ndarray  # [n] int64
    key: np.ndarray  # [n] int64
    distance: np.ndarray  # [n] int64


class Hashed:
    """A text of ASCII letters and digits, whose parts can be hashed."""

    def __init__(self, codes: np.ndarray) -> None:
        """`codes` [n] uint8."""
        self.codes = codes.astype(np.uint64)
        powers = np.full(len(codes) + 1, _BASE, np.uint64)
        powers[0] = 1
        inverse = np.full(len(codes) + 1, _INVERSE, np.uint64)
        inverse[0] = 1
        powers, self._inverse = np.cumprod(powers), np.cumprod(inverse)
        self._sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(self.codes * powers[:-1], dtype=np.uint64)])
        self._powers = powers

    def parts(self, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
        """The hash of each part, [n] uint64."""
        return (self._sums[ends] - self._sums[starts]) * self._inverse[starts]

    def with_last(self, starts: np.ndarray, ends: np.ndarray, last: np.ndarray) -> np.ndarray:
        """The hash of each part with another last letter."""
        return self.parts(starts, ends) + (last - self.codes[ends - 1]) * self._powers[ends - 1 - starts]

    def with_first(self, starts: np.ndarray, ends: np.ndarray, first: np.ndarray) -> np.ndarray:
        """The hash of each part with another first letter."""
        return self.parts(starts, ends) + (first - self.codes[starts])


class KeyTable:
    """Keys of ASCII letters and digits by number, from 0."""

    def __init__(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Use `of` instead. Raises ValueError and KeyError for arrays that do not fit together."""
        self._arrays = arrays
        self._text = arrays["text"].tobytes().decode("ascii")
        self.ends, self._letters = arrays["ends"], arrays["letters"]
        self._exact, self._exact_keys = arrays["exact"], arrays["exact_keys"]
        self._near, self._near_keys = arrays["near"], arrays["near_keys"]
        sizes = np.diff(self.ends, prepend=0)
        fitting = (
            len(self._letters) == len(self.ends) and (self.ends[-1:] == len(self._text)).all() and (sizes > 0).all()
        )
        for hashes, keys in ((self._exact, self._exact_keys), (self._near, self._near_keys)):
            fitting = fitting and len(hashes) == len(keys) and (keys < len(self.ends)).all()
        if not fitting:
            raise ValueError("the arrays of a table of keys do not fit together")

    @classmethod
    def of(cls, keys: Sequence[str]) -> "KeyTable":
        """The table of these keys, none of which is empty."""
        lengths = np.fromiter(map(len, keys), np.int64, len(keys))
        ends = np.cumsum(lengths)
        codes = np.frombuffer("".join(keys).encode("ascii"), np.uint8)
        hashed = Hashed(codes)
        starts = ends - lengths
        exact, exact_keys = _sorted(_salted(hashed.parts(starts, ends), lengths, _EXACT), np.arange(len(keys)))
        hashes, of_keys = [np.zeros(0, np.uint64)], [np.zeros(0, np.int64)]
        for low, high, cuts in ((ONE_ERROR, TWO_ERRORS, 2), (TWO_ERRORS, LONGEST + 1, 3)):
            chosen = np.flatnonzero((lengths >= low) & (lengths < high))
            for part in range(cuts):
                first, last = _cut(lengths[chosen], part, cuts), _cut(lengths[chosen], part + 1, cuts)
                values = hashed.parts(starts[chosen] + first, starts[chosen] + last)
                hashes.append(_salted(values, lengths[chosen], part))
                of_keys.append(chosen)
        near, near_keys = _sorted(np.concatenate(hashes), np.concatenate(of_keys))
        return cls(
            {
                "text": codes,
                "ends": ends,
                "exact": exact,
                "exact_keys": exact_keys,
                "near": near,
                "near_keys": near_keys,
                "letters": _letters(codes, starts),
            }
        )

    def arrays(self) -> Mapping[str, np.ndarray]:
        """All that it consists of."""
        return self._arrays

    def __len__(self) -> int:
        return len(self.ends)

    def keys(self, numbers: np.ndarray) -> list[str]:
        """The keys of numbers."""
        ends = self.ends[numbers]
        starts = ends - self._lengths(numbers)
        return [self._text[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]

    def of_keys(self, keys: Sequence[str]) -> Pairs:
        """Those that equal keys, which are not empty."""
        ends = np.cumsum([0, *map(len, keys)])
        return self.equal("".join(keys), ends[:-1], ends[1:])

    def equal(self, text: str, starts: np.ndarray, ends: np.ndarray) -> Pairs:
        """The keys that equal the parts of a text."""
        hashed = Hashed(np.frombuffer(text.encode("ascii"), np.uint8))
        wanted = _salted(hashed.parts(starts, ends), ends - starts, _EXACT)
        part, key = _found(self._exact, self._exact_keys, wanted, MOST_EQUAL)
        typed = zip(starts[part].tolist(), ends[part].tolist(), self.keys(key), strict=True)
        same = np.array([text[start:end] == known for start, end, known in typed], bool)
        part, key = part[same], key[same]
        return Pairs(part, key, np.zeros(len(part), np.int64))

    def near(self, text: str, starts: np.ndarray, ends: np.ndarray) -> Pairs:
        """The keys that differ from the parts of a text by one error, or two where both are long."""
        hashed = Hashed(np.frombuffer(text.encode("ascii"), np.uint8))
        wanted, of_parts = [np.zeros(0, np.uint64)], [np.zeros(0, np.int64)]
        for longer in range(-2, 3):  # letters that the text has more than the key
            for low, high, cuts in ((ONE_ERROR, TWO_ERRORS, 2), (TWO_ERRORS, LONGEST + 1, 3)):
                lengths = ends - starts - longer
                chosen = np.flatnonzero((lengths >= low) & (lengths < high) & (abs(longer) < cuts))
                if len(chosen):
                    for hashes, valid in _places(hashed, starts[chosen], ends[chosen], lengths[chosen], longer, cuts):
                        wanted.append(hashes)
                        of_parts.append(chosen[valid])
        asked, key = _found(self._near, self._near_keys, np.concatenate(wanted), MOST_ALIKE)
        part = np.concatenate(of_parts)[asked]
        pairs = np.sort(part * len(self) + key)  # of 10^3 parts and 10^7 keys
        pairs = pairs[np.diff(pairs, prepend=-1) > 0]
        part, key = np.divmod(pairs, max(len(self), 1))
        return self._close(text, starts, ends, part, key)

    def _close(self, text: str, starts: np.ndarray, ends: np.ndarray, part: np.ndarray, key: np.ndarray) -> Pairs:
        """Those of the pairs that differ by few enough errors."""
        codes = np.frombuffer(text.encode("ascii"), np.uint8)
        shorter = np.minimum((ends - starts)[part], self._lengths(key))
        allowed = (shorter >= ONE_ERROR).astype(np.int64) + (shorter >= TWO_ERRORS)
        different = _letters_of_parts(codes, starts, ends)[part] ^ self._letters[key]
        other = _ONES[different.view(np.uint8).reshape(-1, 8)].sum(1)  # an error changes at most two of them
        chosen = np.flatnonzero(other <= 2 * allowed)
        chosen = chosen[np.argsort(other[chosen], kind="stable")][:MOST_COMPARED]
        if not len(chosen):
            return Pairs(chosen, chosen, chosen)
        part, key, allowed = part[chosen], key[chosen], allowed[chosen]
        typed = [text[start:end] for start, end in zip(starts[part].tolist(), ends[part].tolist(), strict=True)]
        distance = cpdist(typed, self.keys(key), scorer=OSA.distance, score_cutoff=2)
        kept = (distance > 0) & (distance <= allowed)
        return Pairs(part[kept], key[kept], distance[kept].astype(np.int64))

    def _lengths(self, key: np.ndarray) -> np.ndarray:
        return self.ends[key] - np.where(key > 0, self.ends[key - 1], 0)


def _places(
    hashed: Hashed, starts: np.ndarray, ends: np.ndarray, lengths: np.ndarray, longer: int, cuts: int
) -> list[tuple[np.ndarray, np.ndarray]]:
    """(hashes, numbers of the texts) of all places where a part of a key of these lengths may stand unharmed."""
    found = []
    for part in range(cuts):
        last = cuts - 1 - part
        low, high = _cut(lengths, part, cuts), _cut(lengths, part + 1, cuts)
        for shift in range(max(-part, longer - last), min(part, longer + last) + 1):
            first, end = starts + low + shift, starts + high + shift
            inside = np.flatnonzero((first >= starts) & (end <= ends))
            values = hashed.parts(first[inside], end[inside])
            found.append((_salted(values, lengths[inside], part), inside))
            if part < cuts - 1 and shift == 0:  # its last letter has changed places with the next
                inside = inside[end[inside] < ends[inside]]
                values = hashed.with_last(first[inside], end[inside], hashed.codes[end[inside]])
                found.append((_salted(values, lengths[inside], part), inside))
            if part == cuts - 1 == 2 and shift == longer:  # its first letter has, with the one before
                inside = inside[first[inside] > starts[inside]]
                values = hashed.with_first(first[inside], end[inside], hashed.codes[first[inside] - 1])
                found.append((_salted(values, lengths[inside], part), inside))
    return found


def _cut(lengths: np.ndarray, part: int, cuts: int) -> np.ndarray:
    return lengths * part // cuts


def _salted(hashes: np.ndarray, lengths: np.ndarray, part: int) -> np.ndarray:
    """Hashes of parts of keys of these lengths."""
    mixed = (hashes + _SALT * (lengths.astype(np.uint64) * np.uint64(256) + np.uint64(part))) * _MIX
    return mixed ^ (mixed >> np.uint64(32))


def _sorted(hashes: np.ndarray, keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    order = np.argsort(hashes, kind="stable")
    return hashes[order], keys[order].astype(np.uint32)


def _found(table: np.ndarray, keys: np.ndarray, wanted: np.ndarray, most: int) -> tuple[np.ndarray, np.ndarray]:
    """(numbers of the wanted hashes, keys that have them), not more than `most` for one."""
    if not len(table) or not len(wanted):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    order = np.argsort(wanted)  # neighbours in the table are looked up one after the other
    first = np.searchsorted(table, wanted[order], "left")
    there = np.flatnonzero(table[np.minimum(first, len(table) - 1)] == wanted[order])
    there, first = order[there], first[there]
    counts = np.minimum(np.searchsorted(table, wanted[there], "right") - first, most)
    total = int(counts.sum())
    offsets = np.arange(total) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.repeat(there, counts), keys[np.repeat(first, counts) + offsets].astype(np.int64)


def _letters(codes: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """The letters and digits of each key, as bits [n] uint64; the keys follow each other, and none is empty."""
    if not len(starts):
        return np.zeros(0, np.uint64)
    return np.bitwise_or.reduceat(_BITS[codes], starts)


def _letters_of_parts(codes: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """The same of parts of a text."""
    seen = np.zeros((len(codes) + 1, 64), np.int32)
    seen[np.arange(1, len(codes) + 1), _PLACES[codes]] = 1
    seen = np.cumsum(seen, axis=0)
    return ((seen[ends] > seen[starts]) * (np.uint64(1) << np.arange(64, dtype=np.uint64))).sum(1, dtype=np.uint64)
