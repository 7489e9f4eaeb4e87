"""What keys, sessions and links permit."""

from pathlib import Path

import pytest

from polymuse.api_keys import Scope, new_key, stored_form
from polymuse.settings import load_settings
from search_api import key_ring
from search_api.access import AccessControl, UnauthorizedError
from search_api.attempts import MAX_WRONG, TooManyAttemptsError


def control(home: Path, **keys: Scope) -> AccessControl:
    return AccessControl(load_settings(home=home, api_keys=[stored_form(key, scope) for key, scope in keys.items()]))


def test_a_session_ends_with_its_key(tmp_path: Path) -> None:
    first = control(tmp_path, one=Scope.ADMIN, two=Scope.READ)
    access = first.by_key(b"one", "here")
    cookie, session = first.sessions.open(access.key, access.scope, kept=True)
    assert first.by_cookie(cookie) == access.__class__(access.key, Scope.ADMIN, session)
    demoted = control(tmp_path, one=Scope.READ).by_cookie(cookie)
    assert demoted is not None
    assert demoted.scope is Scope.READ
    assert control(tmp_path, two=Scope.READ).by_cookie(cookie) is None


def test_a_session_is_back_with_the_file_of_its_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An editor may replace the file by another, and so take it away for a moment."""
    monkeypatch.setattr(key_ring, "LOOK_SECONDS", 0.0)
    path = tmp_path / "key"
    path.write_text("of the file")
    opened = AccessControl(load_settings(home=tmp_path / "home", api_key_file=path))
    access = opened.by_key(b"of the file", "here")
    cookie, _ = opened.sessions.open(access.key, access.scope, kept=True)
    path.rename(tmp_path / "aside")
    assert opened.by_cookie(cookie) is None
    (tmp_path / "aside").rename(path)
    assert opened.by_cookie(cookie) is not None


def test_a_link_permits_what_was_chosen(tmp_path: Path) -> None:
    opened = control(tmp_path, one=Scope.ADMIN)
    key = opened.by_key(b"one", "here").key
    for scope in Scope:
        link = opened.links.make("https://music.example/", key, scope)
        assert opened.by_link(link.token, "there").scope is scope
        with pytest.raises(UnauthorizedError, match="works once"):
            opened.by_link(link.token, "there")


def test_guesses_are_limited(tmp_path: Path) -> None:
    opened = control(tmp_path, one=Scope.ADMIN)
    for number in range(MAX_WRONG):
        with pytest.raises(UnauthorizedError):
            opened.by_key(b"wrong", "there") if number % 2 else opened.by_link("wrong", "there")
    for guess in (lambda: opened.by_key(b"one", "there"), lambda: opened.by_link("wrong", "there")):
        with pytest.raises(TooManyAttemptsError):
            guess()
    opened.by_key(b"one", "here")


def test_what_nobody_can_guess_works_behind_an_address_that_guesses(tmp_path: Path) -> None:
    """A proxy may show all clients under one address."""
    key = new_key(Scope.READ)
    opened = control(tmp_path, **{key: Scope.READ})
    for _ in range(MAX_WRONG):
        with pytest.raises(UnauthorizedError):
            opened.by_key(b"wrong", "proxy")
    with pytest.raises(TooManyAttemptsError):
        opened.by_key(b"wrong", "proxy")
    access = opened.by_key(key.encode(), "proxy")
    cookie, _ = opened.sessions.open(access.key, access.scope, kept=False)
    assert opened.by_cookie(cookie) is not None
    assert opened.by_link(opened.links.make("https://music.example/", access.key, Scope.READ).token, "proxy")


def test_wrong_keys_are_logged_with_the_address(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(UnauthorizedError):
        control(tmp_path, one=Scope.READ).by_key(b"secret-guess", "192.0.2.7")
    assert "192.0.2.7" in caplog.text
    assert "secret-guess" not in caplog.text
