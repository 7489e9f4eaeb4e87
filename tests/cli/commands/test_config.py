"""`polymuse config show`."""

import pytest

from tests.helpers.command_line import Run, lines


def test_config_show_says_where_a_value_comes_from(polymuse: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = {line["setting"]: line for line in lines(polymuse("config", "show", "--json"))}
    assert shown["jobs"] == {"setting": "jobs", "value": "1", "origin": "environment POLYMUSE_JOBS"}
    assert shown["port"]["origin"] == "default"
