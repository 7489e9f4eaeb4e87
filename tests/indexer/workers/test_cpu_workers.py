"""How long a track may take."""

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
        return Job(Identified(AudioFile(Path("/a.mp3"), 1, 1), "id", TagInfo("a", duration=claimed)), None)

    def analysis(self, seconds: float, work: float) -> Analysis:
        return Analysis(seconds, "mp3", {}, {}, (), (), busy={"decode": work / 4, "embed": 3 * work / 4})

    def test_before_a_track_is_done_only_the_longest_time_is_known(self) -> None:
        assert Pace(3600).limit(self.job(240)) == MAX_ANALYZE_SECONDS

    def test_a_track_gets_thirty_times_what_the_slowest_one_took_for_its_length(self) -> None:
        pace = Pace(3600)
        pace.learn(self.analysis(seconds=200, work=20))  # 0.1 seconds of work for one of audio
        pace.learn(self.analysis(seconds=200, work=10))
        assert pace.limit(self.job(300)) == pytest.approx(900)  # 30 * 0.1 * 300
        assert pace.limit(self.job(5)) == MIN_SECONDS
        assert pace.limit(self.job(None)) == pytest.approx(10_800)  # as one of an hour
        assert pace.limit(self.job(10**9)) == pytest.approx(10_800)  # no more than an hour is heard

    def test_nothing_takes_longer_than_the_longest_time(self) -> None:
        pace = Pace(3600)
        pace.learn(self.analysis(seconds=100, work=2600))
        assert pace.limit(self.job(3600)) == MAX_ANALYZE_SECONDS
