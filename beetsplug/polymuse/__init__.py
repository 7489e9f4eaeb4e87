"""The plugin `polymuse` of beets: searches by sound, and moods, tempo, key and energy as attributes.

It needs beets and the standard library alone, and talks to a running service or to the program `polymuse`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from beets import ui
from beets.dbcore import types
from beets.exceptions import UserError
from beets.plugins import BeetsPlugin

from .attributes import FIELDS, attributes
from .matching import Matcher
from .program import Program
from .service import Service
from .tracks import PolymuseError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from beets.library import Item, Library

NOTHING = (
    "Poly-Muse has none of these items. `beet polymuse` indexes them; if they are indexed under other paths, set "
    "path_map"
)
MIN_HITS = 100  # of a search: the library of beets may be a part of that of Poly-Muse
HITS_PER_ITEM = 5
USAGE = "beet polymuse [options] [search TEXT... | moods [QUERY...]]"
HELP = """Without a command, Poly-Muse indexes the folder of the library; with -p, what it does not have is listed.
`search` finds items by what they sound like; `moods` sets attributes of items that match a query of beets."""


class PolymusePlugin(BeetsPlugin):
    """`beet polymuse`, `beet polymuse search`, `beet polymuse moods`."""

    def __init__(self) -> None:
        super().__init__()
        self.config.add(
            {
                "url": "",
                "key": "",
                "command": "polymuse",
                "home": "",
                "library": "",
                "profile": "",
                "path_map": {},
                "fields": "mood",
                "min_confidence": 0.6,
                "max_moods": 4,
                "limit": 20,
                "write": False,
                "force": False,
            }
        )
        self.config["key"].redact = True
        self.item_types = {"mood": types.STRING, "energy": types.Float(2)}

    def commands(self) -> list[ui.Subcommand]:
        """The one command, whose first word says what to do."""
        command = ui.Subcommand("polymuse", help="search by sound, and moods as attributes (Poly-Muse)")
        parser = command.parser
        parser.usage = USAGE
        parser.description = HELP
        path = "search: print paths; moods: show changes but make none; else: list what is missing"
        write = "moods: also write what files can have (bpm, initial_key) to them"
        force = "moods: also replace values that are there"
        parser.add_option("-p", "--path", "--pretend", dest="p", action="store_true", default=False, help=path)
        parser.add_option("-f", "--format", dest="format", help="search: print with a custom format")
        parser.add_option("-n", "--limit", dest="limit", type="int", help="search: items at most")
        parser.add_option("-w", "--write", dest="write", action="store_true", default=None, help=write)
        parser.add_option("-W", "--nowrite", dest="write", action="store_false", help="moods: do not write to files")
        parser.add_option("--force", dest="force", action="store_true", default=None, help=force)
        command.func = self._run
        return [command]

    def _run(self, lib: Library, opts: Any, args: list[str]) -> None:
        try:
            match args:
                case ["search", *words] if words:
                    self._search(lib, opts, " ".join(words))
                case ["moods", *query]:
                    self._moods(lib, opts, query)
                case []:
                    self._missing(lib) if opts.p else self._index(lib)
                case _:
                    raise PolymuseError(f"usage: {USAGE}")
        except PolymuseError as error:
            raise UserError(f"polymuse: {error}") from error

    def _search(self, lib: Library, opts: Any, text: str) -> None:
        limit = opts.limit if opts.limit is not None else self.config["limit"].get(int)
        if not 1 <= limit <= 1000:
            raise PolymuseError(f"the limit is {limit}, and may be 1 to 1000")
        matcher = self._matcher(lib.items())
        form = "$path" if opts.p else opts.format
        shown: set[int | None] = set()
        hits = 0
        for hit in self._library.search(text, min(1000, max(MIN_HITS, HITS_PER_ITEM * limit))):
            hits += 1
            for item in matcher.items(hit):
                if item.id not in shown and len(shown) < limit:
                    shown.add(item.id)
                    ui.print_(format(item, form) if form else format(item))
            if len(shown) == limit:
                return
        if hits and not shown and matcher.count:
            raise PolymuseError(NOTHING)

    def _moods(self, lib: Library, opts: Any, query: list[str]) -> None:
        fields = self.config["fields"].as_str_seq()
        if unknown := [name for name in fields if name not in FIELDS]:
            raise PolymuseError(f"there is no field {unknown[0]!r}; `fields` may have: {', '.join(FIELDS)}")
        write = self.config["write"].get(bool) if opts.write is None else opts.write
        force = self.config["force"].get(bool) if opts.force is None else opts.force
        confidence = self.config["min_confidence"].as_number()
        most = self.config["max_moods"].get(int)
        matcher = self._matcher(lib.items(query))
        changed = found = 0
        for item, track in self._found(matcher):
            found += 1
            for name, value in attributes(track, fields, confidence, most).items():
                if (force or not item.get(name)) and item.get(name) != value:
                    item[name] = value
            if not ui.show_model_changes(item):
                continue
            changed += 1
            if not opts.p:
                if write:
                    item.try_write()
                item.store()
        done = "would change" if opts.p else "changed"
        ui.print_(f"{done}: {changed}, as they were: {found - changed}, not in Poly-Muse: {matcher.count - found}")
        if matcher.count and not found:
            raise PolymuseError(NOTHING)

    def _index(self, lib: Library) -> None:
        self._library.index(self._mapped(os.fsdecode(lib.directory)), ui.print_)

    def _missing(self, lib: Library) -> None:
        matcher = self._matcher(lib.items())
        found = {item.id for item, _ in self._found(matcher)}
        missing = [item for item in lib.items() if item.id not in found]
        for item in missing:
            ui.print_(format(item))
        ui.print_(f"in Poly-Muse: {len(found)}, missing: {len(missing)}")

    def _found(self, matcher: Matcher) -> Iterator[tuple[Item, dict[str, Any]]]:
        """Each item of the matcher that Poly-Muse has, once, with its track."""
        seen = set()
        for track in self._library.tracks():
            for item in matcher.items(track):
                if item.id not in seen:
                    seen.add(item.id)
                    yield item, track

    def _matcher(self, items: Any) -> Matcher:
        return Matcher(items, self._mapped, self._library.recordings)

    def _mapped(self, path: str) -> str:
        """The path as Poly-Muse sees it."""
        for own, other in self.config["path_map"].get(dict).items():
            if path == own.rstrip("/") or path.startswith(f"{own.rstrip('/')}/"):
                return other.rstrip("/") + path[len(own.rstrip("/")) :]
        return path

    @property
    def _library(self) -> Service | Program:
        if url := self.config["url"].as_str():
            return Service(url, self.config["key"].as_str())
        home = self.config["home"].as_filename() if self.config["home"].get() else ""
        settings = {
            "home": home,
            "library": self.config["library"].as_str(),
            "profile": self.config["profile"].as_str(),
        }
        return Program(self.config["command"].as_str(), settings)
