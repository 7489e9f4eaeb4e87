"""Marks: what people say of a track, when it was played here, and what other servers call it.

They are no property of the music, so no analysis makes them, and none may lose them: `Catalog.mark` alone changes them.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from polymuse.errors import UserError
from polymuse.music import SLUG

MAX_RECENT = 20  # plays whose times are kept; older ones are only counted
MAX_WRONG = 1000  # tags of a track, as many as it can have
MAX_SLUG = 100  # characters of a tag that is said to be wrong
MAX_KNOWN_AS = 100  # names of a track at other servers; a server has one for each copy of it
MAX_ALIAS = 200  # characters of one
_MAX_SHOWN = 100  # characters in a message


@dataclass(frozen=True, slots=True)
class Marks:
    """The marks of a track. Moments are ISO 8601, UTC, in whole seconds, as of `as_moment`."""

    favourite_since: str = ""  # "" if it is none
    hidden_since: str = ""
    wrong_tags: tuple[str, ...] = ()  # slugs, ordered; also of tags that the track does not have at present
    plays: int = 0
    played: tuple[str, ...] = ()  # when the latest MAX_RECENT plays began, the last one first
    known_as: tuple[str, ...] = ()  # what other servers call it, as `alias` writes it, ordered

    @property
    def last_played(self) -> str:
        return self.played[0] if self.played else ""


NO_MARKS = Marks()


def alias(server: str, id: str) -> str:  # noqa: A002  # the field's own word
    """What a server calls a song, as it is remembered: "navidrome:0hX5uGKn3CB9caSe8AUGi4"; "" if it cannot be."""
    text = f"{server}:{id}"
    return text if ":" not in server and is_alias(text) else ""


def is_alias(text: str) -> bool:
    """Whether it is the name of a server and an id, short and without spaces and what cannot be printed."""
    server, _, id_ = text.partition(":")
    return bool(server and id_) and len(text) <= MAX_ALIAS and text.isprintable() and " " not in text


def as_moment(text: str) -> str:
    """A moment as it is stored. Raises ValueError for a text that is no ISO 8601 with a time zone."""
    read = datetime.fromisoformat(text)
    if read.tzinfo is None:
        raise ValueError(f"{text} has no time zone")
    try:
        return read.astimezone(UTC).isoformat(timespec="seconds")
    except OverflowError as error:  # at the ends of the calendar
        raise ValueError(str(error)) from error


def this_moment() -> str:
    """The time as it is stored."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def joined(one: Marks, other: Marks) -> Marks:
    """All marks of both, for copies of one track. A play that both know, by its time, counts once."""
    played = tuple(sorted({*one.played, *other.played}, reverse=True))
    return Marks(
        favourite_since=_earlier(one.favourite_since, other.favourite_since),
        hidden_since=_earlier(one.hidden_since, other.hidden_since),
        wrong_tags=tuple(sorted({*one.wrong_tags, *other.wrong_tags})[:MAX_WRONG]),
        plays=max(one.plays, other.plays, len(played)),
        played=played[:MAX_RECENT],
        known_as=tuple(sorted({*one.known_as, *other.known_as})[:MAX_KNOWN_AS]),
    )


@dataclass(frozen=True, slots=True)
class MarkChange:
    """A change of marks; None and "" change nothing. Repeated, it changes nothing more.

    A play that is older than all of MAX_RECENT known ones is not counted, because it may have been counted before.
    More than MAX_KNOWN_AS names at servers take the place of some that were known. Raises UserError for a name that is
    not of a tag or no alias, and for something that is no moment.
    """

    favourite: bool | None = None
    hidden: bool | None = None
    wrong: tuple[str, ...] = ()  # tags that do not apply
    not_wrong: tuple[str, ...] = ()  # tags that are no longer said not to apply
    played_at: str = ""  # when a play began
    join: Marks | None = None  # marks of a copy of the track
    at: str = field(default_factory=this_moment)  # when the change is made
    known_as: tuple[str, ...] = ()  # as `alias` writes them
    not_known_as: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for slug in (*self.wrong, *self.not_wrong):
            if not SLUG.fullmatch(slug) or len(slug) > MAX_SLUG:
                raise UserError(
                    f"{slug[:_MAX_SHOWN]!r} is not the name of a tag", "Use lower-case letters, digits, - and _."
                )
        if both := sorted({*self.wrong} & {*self.not_wrong}):
            raise UserError(f"The tag {both[0]} is both wrong and not wrong", "Leave one of them out.")
        for text in (*self.known_as, *self.not_known_as):
            if not is_alias(text):
                raise UserError(
                    f"{text[:_MAX_SHOWN]!r} is not what a server calls a song", "Write navidrome:ID, without spaces."
                )
        if both := sorted({*self.known_as} & {*self.not_known_as}):
            raise UserError(f"The track is both known and not known as {both[0]}", "Leave one of them out.")
        for name in ("played_at", "at"):
            if text := getattr(self, name):
                try:
                    object.__setattr__(self, name, as_moment(text))  # the class is frozen
                except ValueError:
                    raise UserError(
                        f"{text[:_MAX_SHOWN]!r} is not a time with a time zone", "Write 2026-01-31T12:00:00+00:00."
                    ) from None

    def applied(self, marks: Marks) -> Marks:
        """The marks after the change. Raises UserError for more than MAX_WRONG wrong tags."""
        wrong = {*marks.wrong_tags, *self.wrong} - {*self.not_wrong}
        if len(wrong) > MAX_WRONG and self.wrong:
            raise UserError(f"A track cannot have more than {MAX_WRONG} wrong tags", "Take some of them back.")
        marks = replace(
            marks,
            favourite_since=_since(marks.favourite_since, self.favourite, self.at),
            hidden_since=_since(marks.hidden_since, self.hidden, self.at),
            wrong_tags=tuple(sorted(wrong)),
            known_as=self._known_as(marks.known_as),
        )
        if self.played_at:
            marks = _played(marks, self.played_at)
        return marks if self.join is None else joined(marks, self.join)

    def _known_as(self, before: tuple[str, ...]) -> tuple[str, ...]:
        """They can be learnt again, so those that have no room are forgotten, but never one that is told now."""
        kept = [text for text in before if text not in self.not_known_as]
        return tuple(sorted(list(dict.fromkeys((*self.known_as, *kept)))[:MAX_KNOWN_AS]))


def _since(before: str, now: bool | None, at: str) -> str:
    if now is None:
        return before
    return (before or at) if now else ""


def _played(marks: Marks, at: str) -> Marks:
    is_old = len(marks.played) >= MAX_RECENT and at < marks.played[-1]
    if at in marks.played or is_old:
        return marks
    played = tuple(sorted((*marks.played, at), reverse=True))
    return replace(marks, plays=marks.plays + 1, played=played[:MAX_RECENT])


def _earlier(one: str, other: str) -> str:
    return min(one, other) if one and other else one or other
