from pathlib import Path

import pytest

from polymuse.errors import UserError
from polymuse.settings import config_file, load_settings, origins


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("platformdirs.user_config_path", lambda name: tmp_path / "config" / name)
    config_file().parent.mkdir(parents=True)
    return config_file()


def test_flags_go_before_environment_before_file_before_default(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().port == 8765
    config.write_text("port: 1\n")
    assert load_settings().port == 1
    monkeypatch.setenv("POLYMUSE_PORT", "2")
    assert load_settings().port == 2
    assert load_settings(port=3).port == 3
    assert load_settings(port=None).port == 2  # a flag that was not given


def test_every_value_says_where_it_comes_from(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config.write_text("stems: none\nport: 1\n")
    monkeypatch.setenv("POLYMUSE_PORT", "2")
    shown = origins(load_settings())
    assert shown["port"] == "environment POLYMUSE_PORT"
    assert shown["stems"] == str(config)
    assert shown["host"] == "default"


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ("colour: red\n", "colour"),
        ("port: many\n", "port"),
        ("port: [\n", "config.yaml"),
        ("- a\n- list\n", "config.yaml"),
    ],
)
def test_an_invalid_file_is_one_clear_line(config: Path, content: str, word: str) -> None:
    config.write_text(content)
    with pytest.raises(UserError, match=word) as caught:
        load_settings()
    assert "\n" not in str(caught.value)
    assert caught.value.advice


def test_a_wrong_environment_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLYMUSE_JOBS", "0")
    with pytest.raises(UserError, match="environment POLYMUSE_JOBS"):
        load_settings()


def test_overlap_is_at_least_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLYMUSE_OVERLAP", "4")
    assert load_settings().overlap == 4
    with pytest.raises(UserError, match="flag --overlap"):
        load_settings(overlap=0)


@pytest.mark.parametrize("name", ["klingon", "hex", "utf-16", "cp037", "undefined", "a\0", ""])
def test_the_encoding_of_tags_is_one_that_python_knows(name: str) -> None:
    with pytest.raises(UserError, match="flag --tag-encoding"):
        load_settings(tag_encoding=name)
    assert [load_settings(tag_encoding=name).tag_encoding for name in ("auto", "gbk", "windows-1251")]


def test_home_is_absolute_and_may_start_at_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLYMUSE_HOME", "~/tunes")
    assert load_settings().home == Path.home() / "tunes"


def test_the_key_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLYMUSE_API_KEY", "sesame")
    assert "sesame" not in str(load_settings())


@pytest.mark.parametrize("name", ["../x", "a/b", "-x", "_x", ".x", "x" * 41, "a b", "a\n"])
def test_names_of_libraries_are_names_of_folders(name: str) -> None:
    with pytest.raises(UserError, match="flag --library"):
        load_settings(library=name)
    assert load_settings(library="Ähnlich-2_b").layout.store.parts[-3:] == ("libraries", "Ähnlich-2_b", "store")


def test_a_library_with_a_name_is_never_on_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLYMUSE_QDRANT_URL", "http://localhost:6333")
    assert load_settings().qdrant_url
    assert load_settings(library="jazz").qdrant_url is None


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PORT", "many", "is 'many', not a whole number"),
        ("PORT", "70000", "is 70000, and must be at most 65535"),
        ("MAX_MINUTES", "0", "is 0, and must be above 0"),
        ("OFFLINE", "maybe", "is 'maybe', neither true nor false"),
        ("LOG_FORMAT", "xml", "is 'xml', and must be 'text' or 'json'"),
        ("QDRANT_URL", "ftp://x", "is wrong: it must look like http://HOST:6333"),
        ("PAUSE", "25:00-3", "is wrong: '25:00-3' is not a time range like 09:00-18:30"),
        ("HOME", "/dev/null", "is wrong: /dev/null is not a folder"),
    ],
)
def test_what_is_wrong_with_a_value_is_said_plainly(
    name: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"POLYMUSE_{name}", value)
    with pytest.raises(UserError) as caught:
        load_settings()
    assert f"(environment POLYMUSE_{name}) {said}" in caught.value.message
    assert caught.value.advice.startswith("`")


@pytest.mark.parametrize(
    "url",
    [
        "http://:secret@host:6333",
        "http://user:secret@host",
        "http://secret@host",
        "http://host?api-key=secret",
        "http://host:6333/#secret",
    ],
)
def test_a_url_with_a_secret_is_refused_and_not_repeated(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLYMUSE_QDRANT_URL", url)
    with pytest.raises(UserError, match="the key goes into POLYMUSE_QDRANT_API_KEY") as caught:
        load_settings()
    assert "secret" not in str(caught.value)
