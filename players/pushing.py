"""Sends a playlist to a server: what is there is kept until the new songs are, and what others made is not touched.

New songs are added behind the former ones and read back, and only then the former ones are taken out. So whatever
fails, the playlist has all of its former songs, or all of the new ones; the error says which. Jellyfin replaces them
in one step.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

from players.http import PlayerError
from players.pushed import Pushed, PushedLists
from players.server import RemoteEntry, RemotePlaylist, Server
from polymuse.errors import UserError
from polymuse.text import clean

FIRST = 40  # songs with which a playlist is made

Action: TypeAlias = Literal["create", "change", "rename", "nothing"]


class TheirsError(UserError):
    """A playlist on a server that is not ours to change."""

    exit_code: ClassVar[int] = 1
    kind: ClassVar[str] = "playlist-changed"
    http_status: ClassVar[int] = 409


@dataclass(frozen=True, slots=True)
class Plan:
    """What a push would do."""

    name: str
    songs: tuple[str, ...]  # ids of the server
    action: Action
    target: RemotePlaylist | None  # None: it will be made
    before: tuple[str, ...]  # the songs that it has now


@dataclass(frozen=True, slots=True)
class Done:
    """What a push has done."""

    id: str  # of the playlist on the server
    action: Action
    refused: tuple[str, ...]  # songs that the server has not taken


def plan(
    server: Server,
    url: str,
    lists: PushedLists,
    playlist: str,
    name: str,
    songs: Sequence[str],
    *,
    replace: bool = False,
) -> Plan:
    """What it takes to have these songs on the server, which is only read.

    `playlist`: our id. With `replace`, also a playlist that we have not made, or that was changed there, is changed.
    Raises TheirsError, PlayerError and UnavailableError.
    """
    wanted = tuple(dict.fromkeys(songs)) if server.unique else tuple(songs)
    there = server.playlists()
    known = lists.get(server.name, playlist)
    ours = next((each for each in there if known and known.url == url and each.id == known.id), None)
    target = ours or _named(server, there, name, replace=replace)
    if target is None:
        return Plan(name, wanted, "create", None, ())
    if not target.writable:
        raise TheirsError(
            f"{_called(target)} on {server.name} is smart, or belongs to somebody else", "Rename ours, or that one"
        )
    before = _songs(server, target.id)
    if ours is not None and known is not None and not replace:
        _check_ours(server, target, known, name, before)
    action: Action = "change" if before != wanted else "rename" if target.name != name else "nothing"
    return Plan(name, wanted, action, target, before)


def push(server: Server, url: str, lists: PushedLists, playlist: str, planned: Plan) -> Done:
    """Do what was planned, and remember the playlist as ours.

    Raises PlayerError, which says what state the playlist is in, and UnavailableError.
    """
    if planned.target is None:
        return _create(server, url, lists, playlist, planned)
    target = planned.target
    possible = (*planned.before, *planned.songs)  # every state on the way is a part of this, in its order
    lists.put(server.name, playlist, Pushed(target.id, url, target.name, possible))
    refused: tuple[str, ...] = ()
    if planned.action == "change":
        refused = _change(server, planned, target)
    if target.name != planned.name:
        server.rename(target.id, planned.name)
    lists.put(server.name, playlist, Pushed(target.id, url, planned.name, planned.songs))
    return Done(target.id, planned.action, refused)


def _named(server: Server, there: Sequence[RemotePlaylist], name: str, *, replace: bool) -> RemotePlaylist | None:
    """The playlist of that name that `replace` means; None if there is none. Raises TheirsError."""
    same = [each for each in there if each.name.strip().casefold() == name.strip().casefold()]
    if same and not replace:
        raise TheirsError(
            f"{server.name} has a playlist {clean(name)} already, which was not made from this one",
            "Give --replace to change that one, or rename yours",
        )
    if len(same) > 1:
        raise TheirsError(f"{server.name} has {len(same)} playlists {clean(name)}", "Rename or remove some of them")
    return same[0] if same else None


def _check_ours(server: Server, target: RemotePlaylist, known: Pushed, name: str, before: Sequence[str]) -> None:
    """Raises TheirsError for one that was renamed, or has got songs or another order, since we wrote it."""
    if target.name not in (known.name, name):
        raise TheirsError(
            f"{clean(known.name)} is called {_called(target)} on {server.name} now",
            "Give --replace to fill it all the same, or rename it back",
        )
    if not _is_part(before, known.songs):
        raise TheirsError(
            f"{_called(target)} was changed on {server.name} since it was sent",
            "Give --replace to overwrite that, or rename it there to keep both",
        )


def _create(server: Server, url: str, lists: PushedLists, playlist: str, planned: Plan) -> Done:
    try:
        id_ = server.create(planned.name, planned.songs[:FIRST])
    except PlayerError as error:
        raise _said(error, f"Perhaps {planned.name} was made all the same: look before you push again") from None
    lists.put(server.name, playlist, Pushed(id_, url, planned.name, planned.songs))  # ours, however far it gets
    try:
        server.append(id_, planned.songs[FIRST:])
        now = _songs(server, id_)
    except PlayerError as error:
        raise _said(
            error, f"{planned.name} is there with a part of its {len(planned.songs)} songs: push again to complete it"
        ) from None
    return Done(id_, "create", _refused(server, planned.songs, now, planned.name))


def _change(server: Server, planned: Plan, target: RemotePlaylist) -> tuple[str, ...]:
    """The songs that the server has not taken."""
    try:
        replaced = server.replace(target.id, planned.name, planned.songs)
        if replaced:
            now = _songs(server, target.id)
            if not now:
                server.replace(target.id, target.name, planned.before)
                raise PlayerError(f"{server.name} has taken none of the songs", _renew(server))
            return _refused(server, planned.songs, now, planned.name)
    except PlayerError as error:
        raise _said(error, _state(server, target, planned)) from None
    return _exchange(server, planned, target)


def _exchange(server: Server, planned: Plan, target: RemotePlaylist) -> tuple[str, ...]:
    """New songs behind the former ones, then these away; what both begin with stays."""
    kept = _common(planned.before, planned.songs)
    new = planned.songs[kept:]
    try:
        server.append(target.id, new)
        entries = server.entries(target.id)
        added = tuple(each.song for each in entries[len(planned.before) :])
        if _ids(entries[: len(planned.before)]) != planned.before or not _is_part(added, new):
            raise PlayerError(f"{server.name} has other songs than it was sent", "Does somebody change it just now?")
        if new and not added and not kept:
            raise PlayerError(f"{server.name} has taken none of the songs", _renew(server))
    except PlayerError as error:
        _undo(server, planned, target)
        raise _said(error, _state(server, target, planned)) from None
    try:
        if kept < len(planned.before):
            server.cut(target.id, entries, kept, len(planned.before))
        now = _songs(server, target.id)
    except PlayerError as error:
        raise _said(error, _state(server, target, planned)) from None
    return _refused(server, planned.songs, now, planned.name)


def _undo(server: Server, planned: Plan, target: RemotePlaylist) -> None:
    """Take out what was added, if the playlist is otherwise as it was."""
    try:
        entries = server.entries(target.id)
        former = len(planned.before)
        if len(entries) > former and _ids(entries[:former]) == planned.before:
            added = _ids(entries[former:])
            if _is_part(added, planned.songs):
                server.cut(target.id, entries, former, len(entries))
    except PlayerError:
        return  # what state it is in is said next


def _state(server: Server, target: RemotePlaylist, planned: Plan) -> str:
    """What is to be said of a playlist after something has failed."""
    name = _called(target)
    try:
        now = _songs(server, target.id)
    except PlayerError:
        return f"What {name} has now is unknown, as {server.name} does not say: push again when it answers"
    if now == planned.before:
        return f"{name} is as it was"
    if now == planned.songs:
        return f"{name} has all of the new songs"
    return f"{name} has {len(now)} songs now, former and new ones: push again to complete it"


def _refused(server: Server, songs: Sequence[str], now: Sequence[str], name: str) -> tuple[str, ...]:
    """The songs that are not there. Raises PlayerError if there are others, or none."""
    if songs and not now:
        raise PlayerError(f"{server.name} has taken none of the songs of {clean(name)}", _renew(server))
    if not _is_part(now, songs):
        raise PlayerError(
            f"{clean(name)} has other songs on {server.name} than were sent",
            "Look at it there: does somebody change it just now? Push again to set it right",
        )
    left = list(now)
    refused = []
    for song in songs:
        if left and left[0] == song:
            del left[0]
        else:
            refused.append(song)
    return tuple(refused)


def _renew(server: Server) -> str:
    return f"`polymuse players sync {server.name}` asks for its songs anew"


def _said(error: PlayerError, state: str) -> PlayerError:
    """The error, with the state of the playlist as advice."""
    advice = f"{state}. {error.advice}" if error.advice else state
    return PlayerError(error.message, advice, status=error.status, code=error.code)


def _songs(server: Server, playlist: str) -> tuple[str, ...]:
    return _ids(server.entries(playlist))


def _ids(entries: Sequence[RemoteEntry]) -> tuple[str, ...]:
    return tuple(each.song for each in entries)


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """How many songs both begin with."""
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        count += 1
    return count


def _is_part(part: Sequence[str], whole: Sequence[str]) -> bool:
    """Whether all of a part are in the whole, in its order."""
    rest = iter(whole)
    return all(any(each == other for other in rest) for each in part)


def _called(playlist: RemotePlaylist) -> str:
    return clean(playlist.name)[:100]
