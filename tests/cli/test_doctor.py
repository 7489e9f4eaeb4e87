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
