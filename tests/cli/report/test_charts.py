"""Charts: geometry worked out by hand."""

import pytest

from cli.report.charts import Step, steps, time_ticks, wave_path


class TestTicks:
    def test_round_times_that_fit(self) -> None:
        # 100 s: every 10 s would be more than 7, every 15 s is 0 to 90
        ticks = time_ticks(100)
        assert [tick.label for tick in ticks] == ["0:00", "0:15", "0:30", "0:45", "1:00", "1:15", "1:30"]
        assert [tick.percent for tick in ticks] == [0, 15, 30, 45, 60, 75, 90]

    @pytest.mark.parametrize("seconds", [0.5, 3, 59.9, 60, 3600, 7199])
    @pytest.mark.parametrize("max_ticks", [5, 7])
    def test_at_most_max_ticks(self, seconds: float, max_ticks: int) -> None:
        ticks = time_ticks(seconds, max_ticks)
        assert 1 <= len(ticks) <= max_ticks
        assert ticks[-1].percent <= 100


class TestWave:
    def test_mirrored_about_the_middle(self) -> None:
        # heights 50 and 25 about the middle, 50: the upper edge goes right, the lower one back
        path = "M0,0.0 1,0.0 1,25.0 2,25.0 2,75.0 1,75.0 1,100.0 0,100.0Z"
        assert wave_path([0.8, 0.4], full=0.8) == path

    def test_silence_is_a_line(self) -> None:
        assert wave_path([0.0], full=1.0) == "M0,49.6 1,49.6 1,50.4 0,50.4Z"


class TestSteps:
    def test_overlaps_are_shared(self) -> None:
        # 0-30 and 15-45 meet at 22.5 s, 15-45 and 30-60 at 37.5 s, of 60 s
        bars = steps([(0, 30), (15, 45), (30, 60)], [0.2, 0.5, 1.0], seconds=60)
        assert [bar.left for bar in bars] == [0, 37.5, 62.5]
        assert [bar.width for bar in bars] == [37.5, 25, 37.5]
        assert [bar.height for bar in bars] == [20, 50, 100]

    def test_gaps_stay_gaps(self) -> None:
        bars = steps([(10, 20), (30, 40)], [0.25, 0.5], seconds=100)
        assert bars == [Step(10, 10, 25, "0:10 to 0:20: 0.25"), Step(30, 10, 50, "0:30 to 0:40: 0.50")]
