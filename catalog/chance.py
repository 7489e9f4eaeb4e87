"""How near a library comes to texts that have nothing to do with music: what a score by chance looks like.

Cosines of different encoders, and of libraries of different sizes, cannot be compared: the best of a hundred thousand
tracks is near to anything. So the best hits of texts about invoices and dishwashers are measured on the library's own
vectors, and a query whose best hit is no nearer has found nothing.
"""

import json
import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np

import data
from catalog.catalog import Catalog
from catalog.query import Hit, Query, Text
from catalog.sources import EmbedText
from polymuse.errors import UnavailableError, UserError
from polymuse.files import make_directories, write_atomically
from polymuse.music import MIX
from polymuse.parse_json import parse_json

log = logging.getLogger(__name__)

Match: TypeAlias = Literal["good", "weak", "chance"]

TEXTS_FILE = Path(data.__file__).with_name("unrelated_texts.json")
GROWTH = 0.2  # share of the tracks by which a library may change before its level is measured again
LOOK_SECONDS = 60.0  # between looks at the size of the library
WEAK, CHANCE = 0.95, 0.75  # quantiles of the best hits of unrelated texts: below them a match is weak, or by chance


@dataclass(frozen=True, slots=True)
class ChanceLevel:
    """Two cosines of the mix, for one library."""

    weak: float
    chance: float

    def match(self, best: float) -> Match:
        """How good a best hit with this cosine is."""
        return "chance" if best <= self.chance else "weak" if best <= self.weak else "good"


def match_of(
    query: Query,
    hits: Sequence[Hit],
    are_sure: Callable[[Sequence[str]], bool | None],
    level: Callable[[], ChanceLevel | None],
) -> Match | None:
    """How good the best hit is for the texts of a query; None if it has none, or if that is not known.

    `are_sure`: whether the encoder has understood texts; None from one that does not know, whose cosines then tell.
    Those of an encoder that knows say little: a text of four concepts is nowhere as near as one of a single concept.
    """
    if not (hits and query.texts) or set(query.stems) != {MIX}:
        return None
    sure = are_sure([text.text for text in query.texts])
    if hits[0].matched or sure:
        return "good"
    known, best = level(), hits[0].score
    if sure is None:
        return None if known is None else known.match(best)
    return "chance" if known is not None and best <= known.chance else "weak"


def chance_level(catalog: Catalog, embed_text: EmbedText) -> ChanceLevel | None:
    """Measured with a search for each of the unrelated texts; None for a library without tracks.

    Texts that the encoder refuses are left out.
    """
    best = [score for text in unrelated_texts() if (score := _best_score(catalog, embed_text, text)) is not None]
    if not best:
        return None
    return ChanceLevel(*(float(np.quantile(best, share)) for share in (WEAK, CHANCE)))


@cache
def unrelated_texts(path: Path = TEXTS_FILE) -> Sequence[str]:
    """Texts that no music is like, in sixteen languages."""
    return tuple(json.loads(path.read_text(encoding="utf-8")))


def _best_score(catalog: Catalog, embed_text: EmbedText, text: str) -> float | None:
    try:
        hits = catalog.search(Query(texts=(Text(text),), limit=1), embed_text)
    except UnavailableError:
        raise
    except UserError:
        return None
    return hits[0].score if hits else None


class LibraryChance:
    """The level of one library, measured when it is first needed and kept in a file that may be deleted at any time.

    Thread-safe.
    """

    def __init__(self, catalog: Catalog, embed_text: EmbedText, key: str, directory: Path) -> None:
        """`key` identifies the vectors of texts and tracks; `directory`: of the file, which others may delete."""
        self._catalog = catalog
        self._encode = embed_text
        self._key = key
        self._path = directory / "chance.json"
        self._lock = threading.Lock()  # one thread at a time measures
        self._known: tuple[int, ChanceLevel | None] | None = None  # for this number of tracks
        self._looked = -LOOK_SECONDS
        self._thread: threading.Thread | None = None
        self._closing = threading.Event()

    def close(self) -> None:
        """End the thread that measures."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join()

    def level(self) -> ChanceLevel | None:
        """The level of the library as it is, give or take a fifth of its tracks; None without tracks."""
        with self._lock:
            if self._outdated():
                self._look()
            return self._known[1] if self._known is not None else None

    def latest(self) -> ChanceLevel | None:
        """The level as it was last measured, or None; a thread looks whether it has to be measured again."""
        known = self._known
        if self._outdated() and (self._thread is None or not self._thread.is_alive()):
            self._thread = threading.Thread(target=self._measure_quietly, name="chance level", daemon=True)
            self._thread.start()
        return None if known is None else known[1]

    def _outdated(self) -> bool:
        return self._known is None or time.monotonic() - self._looked >= LOOK_SECONDS

    def _measure_quietly(self) -> None:
        try:
            self.level()
        except UserError as error:  # the service is closing, or the store is away; the next search tries again
            log.info("The level of chance was not measured: %s", error)

    def _embed_text(self, texts: Sequence[str]) -> np.ndarray:
        if self._closing.is_set():
            raise UnavailableError("The library is closing")
        return self._encode(texts)

    def _look(self) -> None:
        tracks = self._catalog.count()
        self._known = self._known or self._read()
        if self._known is None or abs(self._known[0] - tracks) > GROWTH * max(tracks, 1):
            self._known = (tracks, chance_level(self._catalog, self._embed_text))
            self._write()
        self._looked = time.monotonic()

    def _read(self) -> tuple[int, ChanceLevel | None] | None:
        try:
            kept = parse_json(self._path.read_bytes())
            if kept["key"] != self._key:
                return None
            return int(kept["tracks"]), ChanceLevel(float(kept["weak"]), float(kept["chance"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _write(self) -> None:
        if self._known is None or self._known[1] is None:
            return
        kept = {"key": self._key, "tracks": self._known[0], **asdict(self._known[1])}
        try:
            make_directories(self._path.parent)
            with write_atomically(self._path) as file:
                file.write(json.dumps(kept).encode())
        except OSError as error:
            log.warning("Cannot write %s: %s", self._path, error)
