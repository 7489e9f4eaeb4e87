"""The time limit of a track."""

from pathlib import Path

import pytest

from indexer.file_tags import TagInfo
from indexer.jobs import Identified, Job
from indexer.scan import AudioFile
from indexer.workers.backend import MAX_ANALYZE_SECONDS
from indexer.workers.cpu_workers import MIN_SECONDS, Pace
from models.analysis import Analysis


class TestPace:
    def job(self, claimed: float | None) -> Job:
        return Job(Identified(AudioFile(Path("/a.mp3"), 1, 1), "id", TagInfo("a"), length=claimed), None)

    def analysis(self, seconds: float, work: float) -> Analysis:
        return Analysis(seconds, "mp3", {}, {}, (), (), busy={"decode": work / 4, "embed": 3 * work / 4})

    def test_the_first_track_has_the_maximum_limit(self) -> None:
        assert Pace(3600).limit(self.job(240)) == MAX_ANALYZE_SECONDS

    def test_the_limit_is_thirty_times_the_slowest_speed(self) -> None:
        pace = Pace(3600)
        pace.learn(self.analysis(seconds=200, work=20))  # 0.1 seconds of work for one of audio
        pace.learn(self.analysis(seconds=200, work=10))
        assert pace.limit(self.job(300)) == pytest.approx(900)  # 30 * 0.1 * 300
        assert pace.limit(self.job(5)) == MIN_SECONDS
        assert pace.limit(self.job(None)) == pytest.approx(10_800)  # like one hour
        assert pace.limit(self.job(10**9)) == pytest.approx(10_800)  # capped at one hour

    def test_the_limit_is_capped(self) -> None:
        pace = Pace(3600)
        pace.learn(self.analysis(seconds=100, work=2600))
        assert pace.limit(self.job(3600)) == MAX_ANALYZE_SECONDS
