"""Which items of beets a track of Poly-Muse is: by path, by the MusicBrainz id of the recording, or by tags."""

from __future__ import annotations

import os
import unicodedata
from collections import defaultdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from beets.library import Item

TOLERANCE = 2.0  # seconds between the lengths of a recording


class Matcher:
    """Finds items. `mapped` gives the path of one as Poly-Muse sees it, `recordings` the MusicBrainz ids of a track."""

    def __init__(
        self, items: Iterable[Item], mapped: Callable[[str], str], recordings: Callable[[dict[str, Any]], list[str]]
    ) -> None:
        self._recordings = recordings
        self._by_path: dict[str, list[Item]] = defaultdict(list)
        self._by_recording: dict[str, list[Item]] = defaultdict(list)
        self._by_names: dict[tuple[str, str], list[Item]] = defaultdict(list)
        self.count = 0
        for item in items:
            self.count += 1
            self._by_path[_path_key(mapped(os.fsdecode(item.path)))].append(item)
            if item.mb_trackid:
                self._by_recording[item.mb_trackid.lower()].append(item)
            if item.title and item.artist:
                self._by_names[_folded(item.title), _folded(item.artist)].append(item)

    def items(self, track: dict[str, Any]) -> list[Item]:
        """The items of a track: all at its paths, or else those with its recording, or its names and length.

        Those that only have the names are none if they are of several albums, none of which is the track's.
        """
        by_path = [item for path in track["paths"] for item in self._by_path.get(_path_key(path), ())]
        if by_path:
            return by_path
        found = self._with(track.get("recordings", ())) or self._named(track)
        if found or "recordings" in track or not self._by_recording:
            return found
        return self._with(self._recordings(track))

    def _with(self, recordings: Iterable[str]) -> list[Item]:
        return [item for each in recordings for item in self._by_recording.get(each.lower(), ())]

    def _named(self, track: dict[str, Any]) -> list[Item]:
        alike = self._by_names.get((_folded(track["title"]), _folded(track["artist"])), ())
        seconds = track["duration"] or 0.0
        found = [item for item in alike if abs(item.length - seconds) <= TOLERANCE]
        same_album = [item for item in found if _folded(item.album) == _folded(track["album"])]
        if same_album:
            return same_album
        return found if len({item.album for item in found}) == 1 else []


def _path_key(path: str) -> str:
    """Bytes that are not UTF-8 as the service writes them; one form of letters with accents."""
    shown = path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return unicodedata.normalize("NFC", shown)


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
