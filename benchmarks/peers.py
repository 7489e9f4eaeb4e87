"""Packages that benchmarks compare with, and that need not be installed."""

from importlib.util import find_spec


def installed(package: str) -> bool:
    """Whether a package can be imported; says in one line that nothing is compared with it if not."""
    if find_spec(package) is not None:
        return True
    print(f"not compared with {package}: it is not installed")
    return False
