"""The public face of the package, and what starts fast must not import."""

import subprocess
import sys

import pytest

import catalog as package
from tests.helpers.paths import ROOT


def test_no_engine_is_imported_before_a_catalog_is_opened() -> None:
    script = (
        "import sys, catalog.catalog, catalog.query, catalog.filters, catalog.planning\n"
        "print([name for name in ('qdrant_client', 'qdrant_edge', 'torch') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_the_package_alone_loads_neither_numpy_nor_an_engine() -> None:
    script = (
        "import sys, catalog, catalog.filters\n"
        "print([name for name in ('numpy', 'qdrant_client', 'qdrant_edge') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_public_names_are_sorted() -> None:
    assert package.__all__ == sorted(package.__all__)


@pytest.mark.parametrize("name", package.__all__)
def test_a_public_name_is_there_and_documented(name: str) -> None:
    value = getattr(package, name)
    assert value.__name__ == name
    assert value.__doc__
    assert not value.__doc__.startswith(f"{name}("), "what dataclass makes, in place of a docstring"


def test_another_name_is_not_there() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Catalogue'"):
        package.Catalogue  # noqa: B018
