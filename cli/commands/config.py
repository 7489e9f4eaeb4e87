"""`polymuse config`: settings and where they come from."""

import typer

from cli import options

app = typer.Typer(help="Settings and where they come from.", no_args_is_help=True)


@app.command("show")
def show(as_json: options.Json = False) -> None:
    """Print every setting, its value and its origin."""
    from cli import output
    from polymuse.settings import load_settings, origins

    settings = load_settings()
    rows = [(key, str(getattr(settings, key)), origin) for key, origin in origins(settings).items()]
    if as_json:
        for key, value, origin in rows:
            output.print_json({"setting": key, "value": value, "origin": origin})
    else:
        output.print_table(("setting", "value", "from"), rows)
