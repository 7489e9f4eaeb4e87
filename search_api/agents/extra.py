"""Whether the package for agents is installed."""

from importlib.util import find_spec

from polymuse.errors import UserError


def check_installed() -> None:
    """Raises UserError without the extra."""
    if find_spec("mcp") is None:
        raise UserError(
            "Agents need the package mcp, which is not installed",
            'Install it with `pip install "poly-muse[mcp]"`, or in a checkout with `pip install -e ".[mcp]"`',
        )
