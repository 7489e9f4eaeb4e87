"""`polymuse serve`: its flags, and how it ends."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.command_line import Run, run_polymuse

pytestmark = pytest.mark.slow


def test_another_command_uses_the_library_of_the_service(
    polymuse: Run, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    polymuse("index", music, "--stems", "none")
    monkeypatch.setenv("POLYMUSE_PORT", "no number")  # the flag wins
    command = [sys.executable, "-m", "indexer", "serve", "--port", "0"]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        assert server.stderr is not None
        assert any("listening on" in line for line in server.stderr)  # ends at that line, or with the server
        monkeypatch.delenv("POLYMUSE_PORT")
        result = polymuse("status", "--json")
        assert result.returncode == 0, result.stderr
        assert json.loads(result.stdout)["tracks"] > 0
    finally:
        server.send_signal(signal.SIGINT)
        _, stderr = server.communicate(timeout=120)
    assert server.returncode == 130
    assert stderr.splitlines()[-1] == "polymuse: interrupted"


def test_a_service_that_cannot_start_is_a_one_line_error(home: Path) -> None:
    result = run_polymuse("serve", "--host", "0.0.0.0", "--port", "0")
    assert result.returncode == 2
    assert "API key" in result.stderr
    assert result.stderr.splitlines()[-1].startswith("polymuse: ")
    assert "Traceback" not in result.stderr
