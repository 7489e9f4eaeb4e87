"""A service or a command without the package for agents."""

import sys
from pathlib import Path

import pytest

from polymuse.errors import UserError
from polymuse.settings import load_settings
from search_api.agents import stdio
from search_api.app import create_app


def test_one_line_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "meta_path", [])  # nothing further can be found
    monkeypatch.setattr(sys, "path", [])
    for name in [name for name in sys.modules if name.partition(".")[0] == "mcp"]:
        monkeypatch.delitem(sys.modules, name)
    settings = load_settings(home=tmp_path, mcp=True)
    for start in (create_app, stdio.run):
        with pytest.raises(UserError, match=r'^Agents need the package mcp.*pip install "poly-muse\[mcp\]"') as error:
            start(settings)
        assert "\n" not in str(error.value)
