"""What `models` and its families export."""

import subprocess
import sys
from importlib import import_module

import pytest

from tests.helpers.paths import ROOT

PACKAGES = ("models", "models.bs_roformer", "models.clamp3", "models.pictures", "models.starter")


@pytest.mark.parametrize("package", PACKAGES)
def test_every_exported_name_is_there(package: str) -> None:
    module = import_module(package)
    assert list(module.__all__) == sorted(module.__all__)
    assert all(getattr(module, name).__name__ == name for name in module.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'Nothing'"):
        _ = module.Nothing


@pytest.mark.parametrize("package", [*PACKAGES, "models.profiles"])
def test_importing_a_package_loads_no_network(package: str) -> None:
    program = f"import {package}, sys; print(*({{'torch', 'numpy', 'safetensors', 'yaml'}} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert (result.stdout, result.stderr) == ("\n", "")
