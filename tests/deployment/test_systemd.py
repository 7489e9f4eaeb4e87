"""The units and the configuration of docs/deploying.md."""

import configparser
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from polymuse.settings import Settings, load_settings
from tests.docs.guide import blocks
from tests.helpers.command_line import run_here
from tests.helpers.paths import ROOT

TEXT = (ROOT / "docs" / "deploying.md").read_text("utf-8")
FILES = {
    Path(match[1]): block.text
    for block in blocks(TEXT)
    if (match := re.match(r"# (/etc/\S+)\n", block.text)) and block.info in ("ini", "yaml")
}
UNITS = {path.name: text for path, text in FILES.items() if path.suffix != ".yaml"}
SERVICES = [name for name in UNITS if name.endswith(".service")]
PROGRAM = "/opt/poly-muse/.venv/bin/polymuse"


def unit(name: str) -> configparser.ConfigParser:
    parsed = configparser.ConfigParser(interpolation=None)
    parsed.optionxform = str  # type: ignore[assignment]
    parsed.read_string(UNITS[name])
    return parsed


def test_they_are_what_the_page_enables() -> None:
    assert set(UNITS) == {"polymuse.service", "polymuse-index.service", "polymuse-index.timer"}
    assert "systemctl enable --now polymuse\n" in TEXT
    assert "systemctl enable --now polymuse-index.timer" in TEXT


def test_systemd_finds_nothing(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("needs systemd-analyze")
    for name, text in UNITS.items():
        assert name.endswith(".timer") or PROGRAM in text
        (tmp_path / name).write_text(text.replace(PROGRAM, shutil.which("true") or "true"))
    command = ["systemd-analyze", "verify", *(str(tmp_path / name) for name in UNITS)]
    result = subprocess.run(command, capture_output=True, text=True)
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize("name", SERVICES)
def test_the_commands_exist(name: str) -> None:
    program, command, *_ = shlex.split(unit(name)["Service"]["ExecStart"])
    assert f"ln -s {program} " in TEXT
    assert run_here(command, "--help").returncode == 0


@pytest.mark.parametrize("name", SERVICES)
def test_the_library_is_where_the_service_may_write(name: str) -> None:
    [path] = [path for path in FILES if path.suffix == ".yaml"]
    service = unit(name)["Service"]
    assert service["ProtectSystem"] == "strict"
    assert yaml.safe_load(FILES[path])["home"] == f"/var/lib/{service['StateDirectory']}"
    assert service["Environment"] == f"XDG_CONFIG_HOME={path.parents[1]}"


def test_the_configuration_is_valid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    [text] = [text for path, text in FILES.items() if path.suffix == ".yaml"]
    file = tmp_path / "polymuse" / "config.yaml"
    file.parent.mkdir()
    file.write_text(text)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    settings = load_settings()
    assert settings.api_keys
    assert settings.music == (Path("/srv/music"),)
    assert settings.allowed_hosts == ("music.example.org",)


def test_every_setting_that_is_named_exists() -> None:
    named = {name.lower() for name in re.findall(r"\bPOLYMUSE_([A-Z_]+)\b", TEXT)} - {"bind", "memory"}  # of compose
    assert named
    assert named <= set(Settings.model_fields)
