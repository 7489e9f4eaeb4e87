"""Sessions in their file."""

import json
import logging
import stat
from dataclasses import asdict
from pathlib import Path

import pytest

from polymuse.api_keys import Scope
from search_api import sessions as module
from search_api.sessions import KEPT_SECONDS, MAX_FILE, MAX_OF_A_KEY, SHORT_SECONDS, Session, Sessions


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "sessions.json"


def test_they_survive_a_restart(path: Path) -> None:
    cookie, session = Sessions(path).open("key", Scope.ADMIN, kept=True, by_link=True)
    assert Sessions(path).find(cookie) == session
    assert (session.key, session.scope, session.kept, session.by_link) == ("key", Scope.ADMIN, True, True)


def test_the_file_is_private_and_its_content_opens_nothing(path: Path) -> None:
    cookie, _ = Sessions(path).open("key", Scope.READ, kept=False)
    Sessions(path).open("key", Scope.READ, kept=False)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert cookie not in path.read_text()
    assert [name.name for name in path.parent.iterdir()] == ["sessions.json"]


@pytest.mark.parametrize(("kept", "seconds"), [(True, KEPT_SECONDS), (False, SHORT_SECONDS)])
def test_they_end(path: Path, kept: bool, seconds: int) -> None:
    now = 1000.0
    sessions = Sessions(path, lambda: now)
    cookie, _ = sessions.open("key", Scope.READ, kept=kept)
    now += seconds - 1
    assert sessions.find(cookie)
    now += 2
    assert sessions.find(cookie) is None
    sessions.open("key", Scope.READ, kept=kept)
    assert path.read_text().count("scope") == 1  # those that have ended are removed


def test_services_share_the_file(path: Path) -> None:
    one, other = Sessions(path), Sessions(path)
    first, _ = one.open("key", Scope.READ, kept=True)
    second, _ = other.open("key", Scope.READ, kept=True)
    assert one.find(second)
    other.close(first)
    assert one.find(first) is None
    path.unlink()
    assert one.find(second) is None


@pytest.mark.parametrize("cookie", ["", "x", "é", "\udcff", "a" * 10_000])
def test_unknown_cookies(path: Path, cookie: str) -> None:
    sessions = Sessions(path)
    sessions.close(cookie)
    assert sessions.find(cookie) is None
    assert not path.exists()


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00\xff", b"[]", b"7", b'{"a": 1}', b'{"a": {"key": "k"}}', b"[" * 100_000, b" " * (MAX_FILE + 1)],
    ids=["empty", "binary", "list", "number", "no entry", "half", "deep", "large"],
)
def test_a_damaged_file_signs_everybody_out(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    sessions = Sessions(path)
    assert sessions.find("x") is None
    cookie, session = sessions.open("key", Scope.READ, kept=True)
    assert Sessions(path).find(cookie) == session


def test_without_a_file_they_are_kept_in_memory(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    blocked = tmp_path / "file"
    blocked.touch()
    sessions = Sessions(blocked / "sessions.json")
    with caplog.at_level(logging.WARNING):
        cookie, session = sessions.open("key", Scope.READ, kept=True)
        other, _ = sessions.open("key", Scope.READ, kept=True)
    assert sessions.find(cookie) == session
    assert sessions.find(other)
    assert len(caplog.records) == 1
    sessions.close(cookie)
    assert sessions.find(cookie) is None


def test_a_key_ends_only_its_own(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_OF_A_KEY", 5)
    sessions = Sessions(path)
    other, _ = sessions.open("other", Scope.ADMIN, kept=True)
    cookies = [sessions.open("key", Scope.READ, kept=True)[0] for _ in range(5 + 1)]
    assert [bool(sessions.find(cookie)) for cookie in (cookies[0], cookies[1], cookies[-1])] == [False, True, True]
    assert sessions.find(other)


def test_forty_keys_that_have_all_they_may_have_fit_into_the_file(path: Path) -> None:
    entry = asdict(Session("0" * 16, Scope.ADMIN, 1_800_000_000.123456, kept=False, by_link=False))
    path.parent.mkdir()
    path.write_text(json.dumps({f"{n:064}": {**entry, "key": f"{n % 40:016}"} for n in range(40 * MAX_OF_A_KEY)}))
    cookie, session = Sessions(path, lambda: 0.0).open("key", Scope.READ, kept=True)
    assert Sessions(path, lambda: 0.0).find(cookie) == session
    assert path.read_text().count("scope") == 40 * MAX_OF_A_KEY + 1
