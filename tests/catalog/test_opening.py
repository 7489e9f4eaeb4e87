"""Which catalog the settings ask for."""

from dataclasses import replace
from pathlib import Path

import pytest

from catalog.opening import check_excerpts, connect, known_spaces, library_excerpts, open_catalog, open_to_look
from catalog.store import Space
from polymuse.errors import UnavailableError, UserError
from polymuse.excerpts import quick_fingerprint
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


class TestExcerpts:
    """A library keeps those that it is made of."""

    def test_of_a_new_library_are_those_of_the_settings(self, tmp_path: Path, space: Space) -> None:
        assert library_excerpts(load_settings(home=tmp_path), space.name) == "full"
        assert library_excerpts(load_settings(home=tmp_path, excerpts="quick"), space.name) == "quick"

    @pytest.mark.parametrize(("kind", "other"), [("full", "quick"), ("quick", "full")])
    def test_of_a_library_are_its_own(self, tmp_path: Path, space: Space, kind: str, other: str) -> None:
        if kind == "quick":
            space = replace(space, fingerprint=quick_fingerprint(64 * "0"))
        open_catalog(load_settings(home=tmp_path), space).close()
        for setting in ("auto", kind):
            assert library_excerpts(load_settings(home=tmp_path, excerpts=setting), space.name) == kind
        settings = load_settings(home=tmp_path, excerpts=other)
        assert library_excerpts(settings, space.name) == kind
        message = rf"is made of {kind} excerpts, {other} ones were requested.*migrate model --excerpts {other}"
        with pytest.raises(UserError, match=message):
            check_excerpts(settings, space.name)
        assert library_excerpts(settings, space.name, staged=True) == other
        assert library_excerpts(settings, "another") == other

    def test_the_advice_names_what_asked_for_others(
        self, tmp_path: Path, space: Space, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        open_catalog(load_settings(home=tmp_path), space).close()
        check_excerpts(load_settings(home=tmp_path), space.name, excerpts=None)
        monkeypatch.setenv("POLYMUSE_EXCERPTS", "quick")
        with pytest.raises(UserError) as caught:
            check_excerpts(load_settings(home=tmp_path), space.name, excerpts=None)
        assert caught.value.advice.startswith("Set excerpts: auto (environment POLYMUSE_EXCERPTS), or run")
        with pytest.raises(UserError) as caught:
            check_excerpts(load_settings(home=tmp_path, excerpts="quick"), space.name, excerpts="quick")
        assert caught.value.advice.startswith("Leave out --excerpts, or run")

    def test_on_a_server(self, tmp_path: Path, space: Space, monkeypatch: pytest.MonkeyPatch) -> None:
        quick = replace(space, fingerprint=quick_fingerprint(64 * "0"))
        with listening(FakeQdrant()) as url:
            monkeypatch.setenv("POLYMUSE_QDRANT_URL", url)
            settings = load_settings(home=tmp_path)
            open_catalog(settings, quick).close()
            assert library_excerpts(settings, space.name) == "quick"
            whole = replace(quick, fingerprint=64 * "0")
            with pytest.raises(UnavailableError, match="holds vectors of quick excerpts, not vectors of whole tracks"):
                open_catalog(settings, whole)

    def test_others_are_never_opened(self, tmp_path: Path, space: Space) -> None:
        settings = load_settings(home=tmp_path)
        open_catalog(settings, space).close()
        quick = replace(space, fingerprint=quick_fingerprint(64 * "0"))
        with pytest.raises(UnavailableError, match="holds vectors of whole tracks, not vectors of quick excerpts"):
            open_catalog(settings, quick)
