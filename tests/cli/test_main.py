"""The list of commands, and the help."""

import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import cli.commands
from cli.commands import COMMANDS
from cli.main import app
from tests.helpers.audio_files import touch
from tests.helpers.command_line import run_here

EMPTY_EXPORT = b"""\
{"format": "polymuse-export", "version": 1, "tracks": 0, \
"space": {"name": "s", "dim": 2, "fingerprint": "f", "profile": "starter"}}
{"end": {"tracks": 0}}
"""
HEAVY = ("torch", "qdrant_client", "qdrant_edge", "numpy", "av", "rich", "pydantic", "ray")


class TestHelp:
    def test_nothing_heavy_is_imported_for_it(self) -> None:
        code = f"import sys; import cli.main; print([m for m in {HEAVY} if m in sys.modules])"
        result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert result.stdout.strip() == "[]"

    def test_every_module_is_in_the_list_and_the_list_is_the_order_of_the_help(self) -> None:
        assert sorted(COMMANDS) == sorted(module.name for module in pkgutil.iter_modules(cli.commands.__path__))
        shown = CliRunner().invoke(app, ["--help"]).stdout.split("Commands:\n")[1].split("\n\n")[0]
        assert [line.split()[0] for line in shown.splitlines()] == [
            name.rstrip("_").replace("_", "-") for name in COMMANDS
        ]

    @pytest.mark.parametrize("command", COMMANDS)
    def test_every_command_has_a_help_text(self, command: str) -> None:
        result = CliRunner().invoke(app, [command.rstrip("_").replace("_", "-"), "--help"])
        assert result.exit_code == 0
        assert "Usage:" in result.stdout

    def test_a_wrong_option_is_exit_status_2(self) -> None:
        result = CliRunner().invoke(app, ["search", "--nonsense"])
        assert result.exit_code == 2
        assert "--nonsense" in result.stderr

    @pytest.mark.parametrize(
        ("command", "message"),
        [
            (["list", "--order", "size"], "Invalid value for '--sort' / '--order': 'size' is not one of 'artist'"),
            (["search", "x", "--without-same", "year"], "Invalid value for '--without-same': 'year' is not one of"),
            (["index", ".", "--engine", "dask"], "Invalid value for '--engine': 'dask' is not one of"),
        ],
    )
    def test_a_wrong_choice(self, command: list[str], message: str) -> None:
        result = CliRunner().invoke(app, command)
        assert result.exit_code == 2
        assert message in result.stderr


class TestLibrary:
    @pytest.mark.parametrize("command", [("--library", "jazz", "import"), ("import", "--library", "jazz")])
    def test_stands_before_or_after_the_command(self, command: tuple[str, ...], home: Path) -> None:
        exported = touch(home.parent / "empty.jsonl", EMPTY_EXPORT)
        result = run_here(*command, exported, "--json")
        assert result.returncode == 0, result.stderr
        assert str(home / "libraries" / "jazz" / "store") in result.stdout

    @pytest.mark.parametrize(
        ("command", "message"),
        [
            (["keys", "new"], "`polymuse keys` uses no library"),
            ([], "--library needs a command"),
        ],
    )
    def test_is_refused_where_it_would_mean_nothing(self, command: list[str], message: str) -> None:
        result = run_here("--library", "jazz", *command)
        assert result.returncode == 2
        assert message in result.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full here")
@pytest.mark.parametrize("command", [["--help"], ["config", "show", "--json"]])
def test_output_that_cannot_be_written_is_one_line(command: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        result = subprocess.run(
            [sys.executable, "-m", "indexer", *command], stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert result.returncode == 2
    assert result.stderr == "polymuse: Cannot write the output: No space left on device\n"
