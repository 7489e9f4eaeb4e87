"""Entry point of the command line: installs signal handlers before the slow imports."""

from polymuse.signals import end_on_signals


def main() -> None:
    """Run the command line and exit with its status."""
    end_on_signals()
    from cli.main import main as run

    run()
