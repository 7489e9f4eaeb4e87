"""Which catalog the settings ask for."""

from pathlib import Path

import pytest

from catalog.opening import connect, known_spaces, open_catalog, open_to_look
from catalog.store import Space
from polymuse.errors import UserError
from polymuse.settings import load_settings
from tests.helpers.qdrant_server import FakeQdrant, listening


def test_a_store_below_home_unless_a_server_is_set(tmp_path: Path, space: Space) -> None:
    settings = load_settings(home=tmp_path)
    assert known_spaces(settings) == []
    with open_catalog(settings, space) as catalog:
        assert catalog.place == f"embedded, {tmp_path / 'store' / 'tracks__test'}"
    assert known_spaces(settings) == [space]


def test_looking_creates_nothing(tmp_path: Path, space: Space) -> None:
    settings = load_settings(home=tmp_path / "home")
    with open_to_look(settings, space) as catalog:
        assert catalog.count() == 0
    assert not (tmp_path / "home").exists()
    with open_catalog(settings, space) as catalog:
        place = catalog.place
    with open_to_look(settings, space) as catalog:
        assert catalog.place == place


def test_the_server_of_the_environment(tmp_path: Path, space: Space, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeQdrant(api_key="s3cret")
    with listening(fake) as url:
        monkeypatch.setenv("POLYMUSE_QDRANT_URL", url)
        monkeypatch.setenv("POLYMUSE_QDRANT_API_KEY", "s3cret")
        settings = load_settings(home=tmp_path)
        assert known_spaces(settings) == []
        with open_catalog(settings, space) as catalog:
            assert catalog.place == f"Qdrant server {url}"
        assert known_spaces(settings) == [space]
    assert not (tmp_path / "store").exists()
    assert "s3cret" not in repr(settings)


def test_without_a_server_there_is_none_to_connect_to(tmp_path: Path, space: Space) -> None:
    with pytest.raises(UserError, match="POLYMUSE_QDRANT_URL"):
        connect(load_settings(home=tmp_path), space)


@pytest.mark.parametrize(
    "url", ["localhost:6333", "ftp://host", "http://", "http://user:secret@host:6333", "http://host:x"]
)
def test_addresses_that_are_none(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLYMUSE_QDRANT_URL", url)
    with pytest.raises(UserError, match=r"'qdrant_url' \(environment POLYMUSE_QDRANT_URL\)") as caught:
        load_settings()
    assert "secret" not in str(caught.value)
