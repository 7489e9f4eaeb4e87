"""Keys: which are right, and what stands for them."""

import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from polymuse.api_keys import Scope, stored_form
from polymuse.errors import UserError
from polymuse.settings import config_file, load_settings
from search_api.key_ring import LOOK_SECONDS, KeyRing


def ring(*keys: tuple[str, Scope]) -> KeyRing:
    return KeyRing(load_settings(api_keys=[stored_form(key, scope) for key, scope in keys]))


def test_a_key_has_its_scope() -> None:
    keys = ring(("one", Scope.READ), ("two", Scope.ADMIN), ("both", Scope.READ), ("both", Scope.ADMIN))
    found = {text: key and key.scope for text in ("one", "two", "both", "three") for key in [keys.find(text.encode())]}
    assert found == {"one": Scope.READ, "two": Scope.ADMIN, "both": Scope.ADMIN, "three": None}


def test_an_id_is_found_as_long_as_its_key_is_there() -> None:
    key = ring(("one", Scope.READ)).find(b"one")
    assert key is not None
    assert ring(("two", Scope.READ), ("one", Scope.ADMIN)).by_id(key.id) == key.__class__(key.id, Scope.ADMIN)
    assert ring(("two", Scope.READ)).by_id(key.id) is None


def test_without_keys_it_is_empty() -> None:
    assert not KeyRing(load_settings())
    assert KeyRing(load_settings(api_key="one"))


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        self.now += LOOK_SECONDS
        return self.now


def configure(*keys: str) -> None:
    config_file().parent.mkdir(parents=True, exist_ok=True)
    lines = ["api_keys:", *(f"  - {stored_form(key, Scope.READ)}" for key in keys)]
    config_file().write_text("\n".join(lines) if keys else "jobs: 2\n")


def test_keys_of_the_configuration_change_without_a_restart() -> None:
    configure("one", "two")
    keys = KeyRing(load_settings(), Clock())
    configure("two", "three and more")
    assert [keys.find(key) is not None for key in (b"one", b"two", b"three and more")] == [False, True, True]
    config_file().write_text("api_keys: [broken")
    assert keys.find(b"two")  # the previous ones hold
    configure()
    assert not keys.find(b"two")
    assert keys  # it stays closed


def test_a_key_file_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("  the first key\n")
    keys = KeyRing(load_settings(api_key_file=path), Clock())
    found = keys.find(b"the first key")
    assert found
    assert found.scope is Scope.ADMIN
    path.write_text("another key")
    assert not keys.find(b"the first key")
    assert keys.find(b"another key")


def remove(path: Path) -> None:
    path.unlink()


def empty(path: Path) -> None:
    path.write_bytes(b"")


def replace_by_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("spoil", [remove, empty, replace_by_a_folder])
def test_without_its_file_a_key_ends_until_it_is_back(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, spoil: Callable[[Path], None]
) -> None:
    path = tmp_path / "key"
    path.write_text("of the file")
    settings = load_settings(api_key_file=path, api_keys=[stored_form("of the settings", Scope.READ)])
    keys = KeyRing(settings, Clock())
    before = keys.find(b"of the file")
    assert before
    spoil(path)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert keys.find(b"of the file") is None
            assert keys.by_id(before.id) is None
    assert len(caplog.messages) == 1
    assert str(path) in caplog.text
    assert keys.find(b"of the settings")
    replacement = tmp_path / "new"
    replacement.write_text("of the file")
    if path.is_dir():
        path.rmdir()
    replacement.replace(path)
    assert keys.by_id(before.id) == before


def test_without_any_key_left_it_stays_closed(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("the only key")
    keys = KeyRing(load_settings(api_key_file=path), Clock())
    path.unlink()
    assert keys.find(b"the only key") is None
    assert keys


def test_a_removed_file_counts_while_the_configuration_is_broken(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("of the file")
    configure("one")
    keys = KeyRing(load_settings(api_key_file=path), Clock())
    config_file().write_text("api_keys: [broken")
    path.unlink()
    assert keys.find(b"of the file") is None
    assert keys.find(b"one")  # the previous ones hold


@pytest.mark.parametrize("content", [b"", b" \n", b"two\nlines", b"\xff\xfe", b"x" * 5000])
def test_a_file_without_a_key_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "key"
    path.write_bytes(content)
    with pytest.raises(UserError, match="key"):
        KeyRing(load_settings(api_key_file=path))


def test_a_service_that_started_without_keys_stays_open() -> None:
    """Its routes have no guards: it is closed by a restart."""
    keys = KeyRing(load_settings(), Clock())
    configure("one")
    assert not keys
