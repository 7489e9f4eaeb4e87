"""`polymuse config show`."""

import pytest

from tests.helpers.command_line import Run, lines


def test_config_show_prints_the_origin_of_a_value(polymuse: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = {line["setting"]: line for line in lines(polymuse("config", "show", "--json"))}
    assert shown["jobs"] == {"setting": "jobs", "value": "1", "origin": "environment POLYMUSE_JOBS"}
    assert shown["port"]["origin"] == "default"
