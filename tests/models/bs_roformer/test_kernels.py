"""The kernels alone: on a GPU if there is one, else in Triton's interpreter."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from tests.helpers.paths import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(importlib.util.find_spec("triton") is None, reason="Triton is for Linux"),
]
DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def test_rows_and_offset_are_normalised_together() -> None:
    """[3, 4] + [-3, 0] = [0, 4], of length 4, becomes [0, sqrt(2)]; [3, 0] + [-3, 0] stays zero."""
    from models.bs_roformer.kernels import normalised

    rows, offset = torch.tensor([[3.0, 4.0], [3.0, 0.0]], device=DEVICE), torch.tensor([-3.0, 0.0], device=DEVICE)
    torch.testing.assert_close(normalised(rows, offset).cpu(), torch.tensor([[0.0, 2**0.5], [0.0, 0.0]]))


def test_they_compile() -> None:
    """The interpreter takes what the compiler refuses."""
    environment = {name: value for name, value in os.environ.items() if name != "TRITON_INTERPRET"}
    command = [sys.executable, Path(__file__).with_name("compile_kernels.py")]
    environment["PYTHONPATH"] = str(ROOT)
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240)
    assert run.returncode == 0, run.stderr
    assert len(run.stdout.splitlines()) == 6


def test_what_the_kernels_cannot_do_is_known() -> None:
    from models.bs_roformer.kernels import fits

    assert fits(dim_head=64, bands=62)
    assert not fits(dim_head=48, bands=62)
    assert not fits(dim_head=64, bands=129)
