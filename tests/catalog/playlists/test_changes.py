"""Changes of playlists, worked out by hand, and what must hold for any of them."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.playlists.changes import Add, Arrange, Change, Describe, Move, PutBack, Remove, Requery, changed
from catalog.playlists.playlist import (
    MAX_ENTRIES,
    Playlist,
    PlaylistConflictError,
    PlaylistEntry,
    PlaylistError,
    PlaylistHead,
    SmartQuery,
)

ID = "6f0a1f0c-6f0e-5c8e-9a57-0f8a2f7f4f11"


def made(letters: str) -> Playlist:
    """Entries 1, 2, ... with these titles."""
    entries = tuple(PlaylistEntry(number, "", letter, duration=10.0) for number, letter in enumerate(letters, 1))
    return Playlist(PlaylistHead(ID, "List", revision=4, next_number=len(letters) + 1), entries)


def titles(playlist: Playlist) -> str:
    return "".join(entry.title for entry in playlist.entries)


def new(letters: str) -> tuple[PlaylistEntry, ...]:
    return tuple(PlaylistEntry(0, "", letter) for letter in letters)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (Add(new("xy")), "abcdexy"),
        (Add(new("xy"), before=3), "abxycde"),
        (Remove((1, 3, 99)), "bde"),
        (Move((4, 1), before=3), "bdace"),
        (Move((2,)), "acdeb"),
        (Move((2, 3), before=2), "abcde"),  # before itself: nothing moves
        (Move((5, 2), before=2), "aebcd"),
        (Arrange((5, 4)), "edabc"),
    ],
)
def test_what_a_change_does(change: Change, expected: str) -> None:
    after = changed(made("abcde"), [change], None)
    assert titles(after) == expected
    assert (after.head.revision, after.head.count) == (5, len(expected))
    assert len({entry.number for entry in after.entries}) == len(after.entries)


def test_what_was_removed_comes_back_to_its_place() -> None:
    shorter = changed(made("abcdef"), [Remove((1, 2, 4, 6))], None)
    assert titles(shorter) == "ce"
    grown = changed(shorter, [Add(new("x"), before=5)], None)
    assert titles(changed(grown, [PutBack((1, 2, 4, 6))], None)) == "abcxdef"
    assert titles(changed(grown, [PutBack((2,))], None)) == "bcxe"
    neighbour_gone = changed(shorter, [Remove((5,))], None)
    assert titles(changed(neighbour_gone, [PutBack((4, 6))], None)) == "cdf"


def test_changes_of_two_windows_merge() -> None:
    """Both have seen revision 4: one adds at the end and removes the first, the other moves and adds."""
    one = changed(made("abcd"), [Add(new("x")), Remove((1,))], 4)
    both = changed(one, [Move((4,), before=2), Add(new("y"), before=3)], 4)
    assert titles(both) == "dbycx"


@pytest.mark.parametrize("late", [Move((1,), before=3), Move((3,), before=1), Add(new("x"), before=1)])
def test_a_change_beside_what_has_gone_is_a_conflict(late: Change) -> None:
    one = changed(made("abc"), [Remove((1,))], 4)
    with pytest.raises(PlaylistConflictError, match="removed meanwhile"):
        changed(one, [late], 4)


def test_a_name_is_not_replaced_by_a_window_that_has_not_seen_it() -> None:
    one = changed(made("a"), [Describe(name=" Calm\nevening ")], 4)
    assert one.head.name == "Calm evening"
    with pytest.raises(PlaylistConflictError, match="renamed to Calm evening"):
        changed(one, [Describe(name="Other")], 4)
    assert changed(one, [Describe(name="Calm evening")], 4).head.name == "Calm evening"
    assert changed(one, [Add(new("x"))], 4).head.count == 2
    assert changed(one, [Describe(name="Other")], 5).head.name == "Other"


def test_what_cannot_be_stored_is_refused() -> None:
    with pytest.raises(PlaylistError, match="needs a name"):
        changed(made("a"), [Describe(name="\0 \u202e")], None)
    with pytest.raises(PlaylistError, match="50,001 tracks"):
        changed(made("a"), [Add(new("x") * MAX_ENTRIES)], None)
    with pytest.raises(PlaylistConflictError, match="no revision 9"):
        changed(made("a"), [Remove((1,))], 9)
    with pytest.raises(PlaylistError, match="fixed list"):
        changed(made("a"), [Requery(SmartQuery({}, 10))], None)
    smart = replace(made(""), head=replace(made("").head, smart=SmartQuery({"where": "year:1990"}, 10)))
    with pytest.raises(PlaylistError, match="its search finds"):
        changed(smart, [Add(new("x"))], None)
    assert changed(smart, [Requery(SmartQuery({}, 5))], 4).head.smart == SmartQuery({}, 5)


NUMBERS = st.lists(st.integers(1, 12), max_size=5).map(tuple)
BEFORE = st.none() | st.integers(1, 12)
CHANGES = st.one_of(
    st.builds(Add, st.text("xyz", min_size=1, max_size=3).map(new), BEFORE),
    st.builds(Remove, NUMBERS),
    st.builds(PutBack, NUMBERS),
    st.builds(Move, NUMBERS, BEFORE),
    st.builds(Arrange, NUMBERS),
)


@given(st.lists(CHANGES, max_size=12))
def test_no_entry_is_lost_or_twice_but_by_removal(changes: list[Change]) -> None:
    playlist = made("abcdef")
    for change in changes:
        numbers = [entry.number for entry in playlist.entries]
        try:
            playlist = changed(playlist, [change], None)
        except PlaylistConflictError:
            continue
        after = [entry.number for entry in playlist.entries]
        assert len(set(after)) == len(after)
        if isinstance(change, Remove):
            assert after == [number for number in numbers if number not in change.numbers]
            undone = changed(playlist, [PutBack(tuple(set(numbers) - set(after)))], None)
            assert [entry.number for entry in undone.entries] == numbers
        elif isinstance(change, Move | Arrange):
            assert sorted(after) == sorted(numbers)
        else:
            assert [number for number in after if number in numbers] == numbers
        assert all(number < playlist.head.next_number for number in after)
