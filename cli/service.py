"""The service together with its indexer: `polymuse serve` and `python -m search_api`."""

import signal
import sys

from indexer.service.keeper import LibraryKeeper
from polymuse.errors import UserError
from polymuse.permissions import keep_private
from polymuse.settings import Settings, load_settings
from polymuse.signals import INTERRUPTED
from search_api.serve import serve


def run(settings: Settings) -> None:
    """Serve the library and keep it up to date, until SIGTERM.

    Raises KeyboardInterrupt after Ctrl-C, and UserError if the service cannot start.
    """
    serve(settings, LibraryKeeper(settings))


def main() -> int:
    """Run `python -m search_api`; returns the exit code. A failed start writes one line to stderr."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a shell sets this for jobs in the background
        signal.signal(signal.SIGINT, signal.default_int_handler)
    keep_private()
    try:
        if sys.argv[1:]:
            raise UserError(
                f"`python -m search_api` takes no arguments: {sys.argv[1]}",
                "Set POLYMUSE_PORT etc., or run `polymuse serve`, which has flags",
            )
        run(load_settings())
    except UserError as error:
        sys.stderr.write(f"polymuse: {error}\n")
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0
