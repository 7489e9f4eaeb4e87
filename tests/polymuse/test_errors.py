"""The tree of errors meant for people."""

import importlib
import pkgutil
from collections.abc import Iterator

from polymuse import errors
from polymuse.errors import UserError

PACKAGES = ("catalog", "cli", "indexer", "models", "players", "polymuse", "search_api")


def import_everything() -> None:
    for name in PACKAGES:
        package = importlib.import_module(name)
        for module in pkgutil.walk_packages(package.__path__, f"{name}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)


def drawn(error: type[UserError], depth: int = 0) -> Iterator[str]:
    """The class and those below it, one a line: name, package, exit code, HTTP status, kind."""
    package = error.__module__.partition(".")[0]
    name = "    " * depth + error.__name__
    yield f"{name:<30}{package:<12}{error.exit_code:<6}{error.http_status:<6}{error.kind}"
    for each in sorted(error.__subclasses__(), key=lambda each: each.__name__):
        if each.__module__.partition(".")[0] in PACKAGES:  # not one of a test
            yield from drawn(each, depth + 1)


def test_the_tree_is_as_it_is_drawn() -> None:
    import_everything()
    tree = "\n".join(f"    {line}" for line in drawn(UserError))
    assert tree in str(errors.__doc__), f"draw in the docstring of polymuse/errors.py:\n{tree}"


def test_message_and_advice_make_one_line() -> None:
    assert str(UserError("It is broken.", "Mend it.")) == "It is broken. Mend it."
    assert str(UserError("It is broken")) == "It is broken"
