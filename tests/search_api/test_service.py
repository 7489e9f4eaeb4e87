"""The life of a service, from before it is open to its end."""

from pathlib import Path

import pytest

from polymuse.errors import UnavailableError
from polymuse.settings import load_settings
from search_api.service import ServiceLoader, StartingError


def test_a_service_that_cannot_open_says_why_to_everybody(tmp_path: Path) -> None:
    loader = ServiceLoader(load_settings(home=tmp_path, profile="starter"))
    with pytest.raises(StartingError) as early:
        loader.service()
    assert early.value.retry_after == 2
    assert loader.service_if_open() is None
    loader.start()
    loader.close()
    for _ in range(2):
        with pytest.raises(UnavailableError, match="musicnn"):
            loader.service()
    assert loader.service_if_open() is None


def test_a_service_is_closed_though_nobody_waited_for_it(folder: Path, starter_weights: Path) -> None:
    (folder / "models").symlink_to(starter_weights.parent)
    loader = ServiceLoader(load_settings(home=folder, profile="starter"))
    loader.start()
    loader.close()
    assert loader.service().profile == "starter"
    assert loader.service_if_open() is loader.service()
    [owner] = (folder / "store").glob("*/owner.lock")
    assert not owner.with_name("owner.json").exists()
