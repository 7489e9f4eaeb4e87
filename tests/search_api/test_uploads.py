"""The vectors of uploads, by token."""

import numpy as np
import pytest

from polymuse.errors import NotFoundError
from search_api.upload_analysis import AnalysedUpload
from search_api.uploads import UploadMemory


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
