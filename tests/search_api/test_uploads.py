"""The vectors of uploads, by token."""

import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from models.recipe import Recipe
from models.separator import SeparationSpec
from polymuse.errors import BadPictureError, NotFoundError
from polymuse.home import Home
from search_api.upload_analysis import AnalysedUpload
from search_api.uploads import UploadAnalyzer, UploadMemory
from search_api.worker import Worker
from tests.helpers.pictures import GRADIENT, install_blip


class TestUploadMemory:
    upload = AnalysedUpload({"mix": np.ones(1, np.float32)}, 1.0, False)

    def test_the_least_recently_used_is_evicted(self) -> None:
        memory = UploadMemory(max_uploads=2)
        first, second = memory.keep(self.upload), memory.keep(self.upload)
        memory.get(first)
        third = memory.keep(self.upload)
        assert memory.get(first) is memory.get(third)
        with pytest.raises(NotFoundError):
            memory.get(second)
        assert (len(memory), memory.total) == (2, 3)

    def test_uploads_expire(self) -> None:
        now = 0.0
        memory = UploadMemory(max_age=10, clock=lambda: now)
        token = memory.keep(self.upload)
        now = 9.0
        memory.get(token)
        now = 10.0
        with pytest.raises(NotFoundError):
            memory.get(token)
        assert len(memory) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="memory is limited on Linux only")
def test_a_picture_that_takes_too_much_memory_is_a_bad_picture(tmp_path: Path) -> None:
    install_blip(tmp_path / "models")
    recipe = Recipe(Home(tmp_path), "starter", SeparationSpec(), 60.0)
    with closing(UploadAnalyzer(recipe, Worker(memory=64 << 20))) as analyzer, pytest.raises(BadPictureError) as caught:
        analyzer.caption(GRADIENT)
    assert "picture" in caught.value.message
    assert "audio" not in str(caught.value)
