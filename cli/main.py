"""The commands of `polymuse`. Nothing heavy is imported before a command needs it."""

import errno
import logging
import os
import signal
import sys
from contextlib import suppress
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from cli import options
from cli.commands import COMMANDS
from indexer.stopping import Interrupted, end_soon
from polymuse import __version__
from polymuse.errors import UserError
from polymuse.log_lines import LogLines
from polymuse.signals import SIGNALS, end_at_once
from polymuse.text import for_terminal
from polymuse.validation import plain_message

EPILOG = """Exit status: 0 all good; 1 some tracks failed (listed); 2 wrong usage; 3 store or weights unavailable;
130 interrupted. Results go to stdout, progress and messages to stderr. Settings come from flags, then POLYMUSE_* in
the environment, then config.yaml, then defaults: see `polymuse config show`."""

UNWRITABLE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF}  # what a stream may raise
FORMER_NAMES = {"no-duplicates": "without-duplicates", "not-same": "without-same"}  # of options; they still work


class Commands(TyperGroup):
    """The commands, with usage errors in plain words."""

    def invoke(self, ctx: Any) -> Any:  # its type differs between versions of Typer
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            error.message = plain_message(error.message)
            raise


app = typer.Typer(
    cls=Commands,
    name="polymuse",
    help="Search music by what it sounds like: by text in many languages, by another track, by one of its stems.",
    epilog=EPILOG,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={
        "help_option_names": ["-h", "--help"],
        "max_content_width": 120,
        "token_normalize_func": lambda name: FORMER_NAMES.get(name, name),
    },
)
for name in COMMANDS:
    module = import_module(f"cli.commands.{name}")
    if hasattr(module, "app"):
        app.add_typer(module.app, name=name)
    else:
        app.command(name.rstrip("_").replace("_", "-"), epilog=getattr(module, "EXAMPLES", None))(getattr(module, name))


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    library_name: options.Library = None,
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    if version:
        typer.echo(__version__)
        raise typer.Exit
    if library_name is not None:
        _choose_library(context, library_name)


def _choose_library(context: typer.Context, name: str) -> None:
    """Make the library the default of the command that follows. Raises UserError if the command uses none."""
    command, group = context.invoked_subcommand, context.command
    if command is None:
        raise UserError("--library needs a command", f"For example: polymuse --library {name} search calm piano")
    takes = group.commands[command].params if isinstance(group, TyperGroup) else []
    if "library_name" not in {each.name for each in takes}:
        raise UserError(f"`polymuse {command}` uses no library", "Leave out --library")
    context.default_map = {command: {"library_name": name}}


def main() -> None:
    """Run the command line and exit with its status."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy only handles single queries; a second thread slows them
    for number in SIGNALS:
        signal.signal(number, _interrupt)
    for stream in (sys.stdout, sys.stderr):  # file names may contain any bytes; this keeps JSON strings valid
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    if logging.lastResort is not None:  # warnings of libraries
        logging.lastResort.setFormatter(LogLines())
    try:
        _run()
    except UserError as error:
        print(f"polymuse: {for_terminal(str(error))}", file=sys.stderr)  # noqa: T201  the final message
        sys.exit(error.exit_code)
    except Interrupted:
        with suppress(OSError):  # the reader is gone
            sys.stdout.flush()
        end_at_once()  # Python would join threads first, which the exception may have left in any state
    except BrokenPipeError:  # the reader of our output stopped reading, as with `| head`
        _discard_output()
    except OSError as error:
        if error.errno not in UNWRITABLE or error.filename is not None:
            raise
        _discard_output()
        print(f"polymuse: Cannot write the output: {error.strerror}", file=sys.stderr)  # noqa: T201
        sys.exit(UserError.exit_code)
    finally:
        for number in SIGNALS:  # the exit status is final; Python would let a late signal replace it
            signal.signal(number, signal.SIG_IGN)


def _run() -> None:
    """Run the app and flush its output here, where errors are handled; Python would flush it at exit."""
    try:
        app()
    except SystemExit:
        sys.stdout.flush()
        raise


def _discard_output() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _interrupt(*_: object) -> None:
    """Raise Interrupted. A second signal ends the process at once; a timer ends it if cleaning up hangs.

    The exception may be raised where it is swallowed, or leave a lock held that cleaning up needs.
    """
    for number in SIGNALS:
        signal.signal(number, end_at_once)
    end_soon()
    raise Interrupted
