from indexer.workers.stage_times import STORE, Lane, StageTimes

WORKERS = Lane("2 worker processes", 2, ("decode", "separate", "embed"))


def times(**seconds: float) -> StageTimes:
    found = StageTimes()
    found.add(seconds)
    return found


def test_the_busiest_lane_is_named_with_its_longest_stage() -> None:
    # 15 s of work in two processes over 10 s: 75 % busy, 12 of the 15 s separating; storing took 20 % of one
    line = times(decode=1, separate=12, embed=2, store=2).bottleneck([WORKERS, STORE], wall=10)
    assert line == "Bottleneck: 2 worker processes, busy 75% of the time, 80% of it separating stems."


def test_a_lane_of_one_can_be_busier_than_a_lane_of_many() -> None:
    # 6 s over two processes are 3 s each; the one catalog works for 4 s of 5
    line = times(separate=6, store=4).bottleneck([WORKERS, STORE], wall=5)
    assert line.startswith("Bottleneck: the catalog, busy 80% of the time, 100% of it storing.")


def test_advice_is_appended() -> None:
    decoders = Lane("1 decoder", 1, ("decode",), "Use more --jobs")
    line = times(decode=9).bottleneck([decoders], wall=10)
    assert line == "Bottleneck: 1 decoder, busy 90% of the time, 100% of it decoding. Use more --jobs."


def test_seconds_are_summed_in_the_order_of_the_stages() -> None:
    found = times(store=1, decode=1.234, tag=0.001)
    found.add({"decode": 1})
    assert list(found.rounded.items()) == [("decode", 2.23), ("tag", 0), ("store", 1)]


def test_measured_seconds_are_added() -> None:
    found = StageTimes()
    with found.measure("store"):
        sum(range(100_000))
    assert found.seconds["store"] > 0


def test_nothing_done_has_no_bottleneck() -> None:
    assert StageTimes().bottleneck([WORKERS], wall=1) == ""
