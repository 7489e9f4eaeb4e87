"""Calls during the start."""

import pytest

from polymuse.errors import MissingWeightsError
from polymuse.settings import load_settings
from search_api.agents.waiting import patient
from search_api.service import ServiceLoader, StartingError


def test_it_waits_no_longer_than_asked_and_not_for_what_does_not_come() -> None:
    loader = ServiceLoader(load_settings())
    with pytest.raises(StartingError):
        patient(loader, 0.0)()
    loader.opened.set_exception(MissingWeightsError("There are no weights"))
    with pytest.raises(MissingWeightsError):
        patient(loader, 60.0)()
