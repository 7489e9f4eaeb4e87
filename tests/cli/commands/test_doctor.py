"""`polymuse doctor`: what it prints, and the exit status."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app


def test_a_good_installation(polymuse_home: Path) -> None:
    result = CliRunner().invoke(app, ["doctor", "--repair", "--json"])
    checks = {check["check"]: check for check in map(json.loads, result.stdout.splitlines())}
    assert {"python", "torch", "environment", "free disk", "leftovers"} <= checks.keys()
    assert result.exit_code == (0 if all(check["good"] for check in checks.values()) else 3)
    assert result.stderr == "Nothing to repair.\n"


def test_problems_are_marked_and_are_exit_status_3(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLYMUSE_PORT", "none")
    result = CliRunner().invoke(app, ["doctor"])
    assert result.exit_code == 3
    assert result.stdout.splitlines()[1].split()[:2] == ["BAD", "settings"]
