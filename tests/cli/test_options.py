"""A dataclass as the options of a command."""

from dataclasses import dataclass
from typing import Annotated

import typer
from typer.testing import CliRunner

from cli.options import spread


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    size: Annotated[int, typer.Option("--size", "-s", min=1)] = 3
    round: bool = False


def test_fields_become_options_after_those_of_the_command() -> None:
    app = typer.Typer()

    @app.command()
    @spread
    def draw(name: str, colour: str = "red", *, shape: Shape) -> None:
        """Draw it."""
        typer.echo(f"{name} {colour} {shape}")

    drawn = CliRunner().invoke(app, ["ball", "-s", "5", "--round"])
    assert drawn.stdout == f"ball red {Shape(size=5, round=True)}\n"
    shown = CliRunner().invoke(app, ["--help"]).stdout
    assert "Draw it." in shown
    assert shown.index("--colour") < shown.index("--size") < shown.index("--round")
    assert CliRunner().invoke(app, ["ball", "--size", "0"]).exit_code == 2
