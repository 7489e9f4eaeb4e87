"""What would change in a file: its fields as they are, as they should be, and whose they are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from indexer.tag_writing.fields import OPUS, REPLAY_GAIN, is_blank
from indexer.tag_writing.items import RefusedError, TagArea
from indexer.tag_writing.replacing import OpenedFile
from indexer.tag_writing.run_journal import OURS, THEIRS, FieldChange, RunJournal
from indexer.tag_writing.wanted import Texts

Overwrite = Literal["never", "ours", "always"]
OVERWRITES: tuple[Overwrite, ...] = get_args(Overwrite)
MAX_KEPT = 2**18  # bytes of the tags of a field that the journal has to keep


@dataclass(frozen=True, slots=True)
class Plan:
    """What becomes of the tags of a file."""

    changes: Mapping[str, FieldChange] = field(default_factory=dict)  # by field
    kept: Mapping[str, Texts] = field(default_factory=dict)  # fields that stay as others have written them
    items: tuple[bytes, ...] = ()  # all tags of the file afterwards


def plan_for(
    opened: OpenedFile, track_id: str, wanted: Mapping[str, Texts], overwrite: Overwrite, journal: RunJournal
) -> Plan:
    """The plan for a file. Raises RefusedError if what it would replace is too large to be kept."""
    area, changes, kept = opened.area, {}, {}
    for name, texts in wanted.items():
        found = [item for item in area.items if item.field == name]
        old, raw = _texts(area, name), tuple(item.raw for item in found)
        new = opened.container.render(area.kind, name, texts) if texts else ()
        ours = bool(raw) and journal.is_ours(track_id, opened.path, name, raw)
        whose = OURS if ours else THEIRS if raw else ""
        if raw == new or (not raw and not new):
            continue
        if not _may_write(area, name, overwrite, ours=ours, new=bool(new)):
            if texts:
                kept[name] = old
            continue
        if sum(map(len, raw)) > MAX_KEPT:
            raise RefusedError(f"its {name} is too large to be kept in the journal")
        changes[name] = FieldChange(old, _shown(area.kind, name, texts), raw, new, _place(area, name), whose)
    return _plan(area, changes, kept, {name: change.at for name, change in changes.items()})


def plan_back(opened: OpenedFile, made: Mapping[str, FieldChange]) -> Plan:
    """The plan that takes back what a run has written; what has changed since is kept, and left out if it is undone."""
    area, changes, kept, places = opened.area, {}, {}, {}
    for name, change in made.items():
        raw = tuple(item.raw for item in area.items if item.field == name)
        if raw == change.old_raw:
            continue
        if raw != change.new_raw:
            kept[name] = _texts(area, name)
            continue
        now, at = _texts(area, name), _place(area, name)
        places[name] = change.at if at < 0 else at
        changes[name] = FieldChange(now, change.old, raw, change.old_raw, at, change.becomes, change.whose)
    return _plan(area, changes, kept, places)


def _may_write(area: TagArea, name: str, overwrite: Overwrite, *, ours: bool, new: bool) -> bool:
    """Whether a field may be replaced; what nobody may miss is a field that says nothing."""
    texts = _texts(area, name)
    if not is_blank(name, texts):
        return (ours and overwrite != "never") or (overwrite == "always" and new)
    if name in area.elsewhere:  # another tag system of the file says it
        return overwrite == "always" and new
    return new


def _texts(area: TagArea, name: str) -> Texts:
    return tuple(dict.fromkeys(text for item in area.items if item.field == name for text in item.texts))


def _place(area: TagArea, name: str) -> int:
    return next((number for number, item in enumerate(area.items) if item.field == name), -1)


def _shown(kind: str, name: str, texts: Texts) -> Texts:
    if name != REPLAY_GAIN:
        return texts
    return texts[2:] if kind == OPUS else texts[:1]


def _plan(area: TagArea, changes: dict[str, FieldChange], kept: dict[str, Texts], places: Mapping[str, int]) -> Plan:
    """With all tags: the new ones at their places, else at the end."""
    left = dict(changes)
    items: list[bytes] = []
    for number, item in enumerate(area.items):
        for name in [name for name in left if places[name] == number]:
            items += left.pop(name).new_raw
        if item.field not in changes:
            items.append(item.raw)
    for change in left.values():
        items += change.new_raw
    return Plan(changes, kept, tuple(items))
