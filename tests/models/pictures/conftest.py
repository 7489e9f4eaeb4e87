"""The tiny BLIP of the golden data."""

import pytest

from models.pictures import Captioner
from tests.helpers.pictures import BLIP_TINY


@pytest.fixture(scope="session")
def captioner() -> Captioner:
    return Captioner.load(BLIP_TINY)
