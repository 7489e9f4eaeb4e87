"""The checks of `polymuse doctor`."""

from pathlib import Path

import pytest

from cli.doctor import examine


def test_the_device_is_checked(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLYMUSE_DEVICE", "cuda:99")
    [check] = [check for check in examine() if check.name == "torch runs on"]
    assert not check.good
    assert "no device 'cuda:99'" in check.found
    monkeypatch.setenv("POLYMUSE_DEVICE", "cpu")
    [check] = [check for check in examine() if check.name == "torch runs on"]
    assert check.good
    assert "CPU threads" in check.found


def test_a_fresh_home_is_good_and_says_what_it_needs(home: Path) -> None:
    needed = [check for check in examine() if check.needed]
    assert [check.name for check in needed] == ["weights", "store"]
    assert all(check.good for check in examine() if check.name.startswith(("weights", "store")))
    assert "`polymuse models pull starter` (102 MB) or `polymuse models pull clamp3`" in needed[0].advice
    assert not home.exists()
