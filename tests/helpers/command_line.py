"""Runs `polymuse`: as a user does, in a process of its own, or quickly in this one."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from typer.testing import CliRunner, Result

from cli.main import app
from polymuse.errors import UserError

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def run_polymuse(*arguments: object, **options: Any) -> "subprocess.CompletedProcess[str]":
    """A process with these arguments; `options` are those of `subprocess.run`."""
    command = [sys.executable, "-m", "indexer", *map(os.fspath, arguments)]  # type: ignore[arg-type]
    return subprocess.run(command, capture_output=True, text=True, timeout=240, check=False, **options)


def run_here(*arguments: object, **environment: str) -> "subprocess.CompletedProcess[str]":
    """The same in this process, where a process of its own is not what is tested: it takes a tenth of the time."""
    command = [*map(str, arguments)]
    result = CliRunner().invoke(app, command, env=environment)
    status, said = result.exit_code, result.stderr
    if isinstance(result.exception, UserError):  # as in cli.main.main
        status, said = result.exception.exit_code, f"{said}polymuse: {result.exception}\n"
    elif result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return subprocess.CompletedProcess(command, status, result.stdout, said)


def lines(result: "subprocess.CompletedProcess[str]") -> list[dict]:
    """What `--json` printed."""
    assert result.returncode in (0, 1), result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def summary(result: "subprocess.CompletedProcess[str]", status: int = 0) -> dict:
    """What the last line of `--json` says, of a run that ends with this exit status."""
    assert result.returncode == status, result.stderr
    return lines(result)[-1]["summary"]


def invoke(*arguments: str) -> Result:
    """The command in this process, with the starter profile. Raises the UserError that it ends with."""
    result = CliRunner().invoke(app, [*arguments, "--profile", "starter"])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def answers(*arguments: str) -> list[dict[str, Any]]:
    """What the command prints with `--json`."""
    return [json.loads(line) for line in invoke(*arguments, "--json").stdout.splitlines()]
