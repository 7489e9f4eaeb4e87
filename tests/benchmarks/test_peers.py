"""A peer that is not installed costs its own rows and a line, not a traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.paths import ROOT


@pytest.mark.parametrize(
    ("peer", "script", "arguments"),
    [
        ("transformers", "clamp3.py", ["--measure", "text", "--form", "transformers"]),
        ("transformers", "clamp3.py", ["--measure", "audio", "--form", "transformers"]),
        ("transformers", "clamp3.py", ["--measure", "windows"]),
        ("transformers", "chained_baseline.py", []),
        ("bs_roformer", "separation.py", []),
    ],
)
def test_one_line_says_so(peer: str, script: str, arguments: list[str], tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(f"import sys; sys.modules[{peer!r}] = None")
    place = [] if script == "separation.py" else [str(tmp_path)]
    done = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / script), *place, *arguments],
        env=os.environ | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}", "POLYMUSE_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == f"not compared with {peer}: it is not installed"
    assert done.stdout.count("\n") == 1
