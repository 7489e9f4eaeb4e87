"""Servers of music in config.yaml, and their secrets."""

from pathlib import Path

import pytest

from polymuse.errors import UserError
from polymuse.player_settings import PlayerSettings, read_secret
from polymuse.settings import config_file, load_settings

CONFIG = """
players:
  nas:
    kind: subsonic
    url: http://nas:4533/music/
    user: anna
    secret: from-config
    paths: {/data: /srv/music}
"""


def test_from_config_without_showing_the_secret() -> None:
    config_file().parent.mkdir(parents=True)
    config_file().write_text(CONFIG)
    settings = load_settings()
    nas = settings.players["nas"]
    assert (nas.url, nas.paths) == ("http://nas:4533/music", {"/data": "/srv/music"})
    assert read_secret("nas", nas) == "from-config"
    assert "from-config" not in f"{settings} {nas!r} {nas} {settings.players}"


@pytest.mark.parametrize(
    "change",
    [
        "kind: winamp",
        "url: ftp://nas",
        "url: http://anna:pw-in-url@nas",
        "url: http://nas?apiKey=pw-in-url",
        "url: http://[nas",
        "colour: red",
    ],
)
def test_mistakes_are_one_line_without_secrets(change: str) -> None:
    config_file().parent.mkdir(parents=True)
    key = change.partition(":")[0]
    lines = [line for line in CONFIG.splitlines() if not line.strip().startswith(f"{key}:")]
    config_file().write_text("\n".join([*lines, f"    {change}"]))
    with pytest.raises(UserError, match="players") as caught:
        load_settings()
    assert "\n" not in str(caught.value)
    assert "pw-in-url" not in str(caught.value)
    assert "from-config" not in str(caught.value)


def test_environment_before_file_before_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "secret"
    file.write_text(" in-file \n")
    nas = PlayerSettings.model_validate({"kind": "plex", "url": "http://n", "secret": "s", "secret_file": str(file)})
    assert read_secret("my-nas", nas) == "in-file"
    monkeypatch.setenv("POLYMUSE_PLAYER_MY_NAS_SECRET", "in-environment")
    assert read_secret("my-nas", nas) == "in-environment"
    monkeypatch.delenv("POLYMUSE_PLAYER_MY_NAS_SECRET")
    for content in (b"", b"\xff\xfe", b"a\nb"):
        file.write_bytes(content)
        with pytest.raises(UserError, match="secret"):
            read_secret("my-nas", nas)
