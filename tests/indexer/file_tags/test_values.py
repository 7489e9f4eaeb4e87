from indexer.file_tags.values import MAX_FIELD, MAX_VALUES, collect, combine


def test_the_best_name_of_a_field_counts_and_empty_values_do_not() -> None:
    found = [("date", 1, "1971"), ("date", 0, "1970-05-06"), ("date", 2, "1999"), ("genre", 0, ""), ("date", 0, "1970")]
    assert collect(found) == {"date": ["1970-05-06", "1970"]}


def test_values_are_bounded() -> None:
    assert len(collect(("genre", 0, str(number)) for number in range(10_000))["genre"]) == MAX_VALUES


def test_the_length_of_all_values_of_a_field_is_bounded() -> None:
    long = "x" * (MAX_FIELD - 1)
    assert collect([("title", 0, long), ("title", 0, "yz"), ("title", 0, "z")]) == {"title": [long, "y"]}


def test_a_missing_field_is_taken_from_the_next_system() -> None:
    assert combine([{"title": ["A"]}, {"title": ["B"], "album": ["C"]}]) == {"title": ["A"], "album": ["C"]}


def test_artists_and_ids_are_never_mixed() -> None:
    first, second = {"artist": ["A"]}, {"artist": ["B"], "artists": ["B", "C"], "release": ["r"], "work": ["w"]}
    assert combine([first, second]) == {"artist": ["A"], "release": ["r"], "work": ["w"]}
    assert combine([{"work": ["v"]}, second])["work"] == ["v"]
    assert "release" not in combine([{"work": ["v"]}, second])


def test_a_value_that_lost_its_letters_counts_only_if_there_is_no_other() -> None:
    assert combine([{"title": ["?????? ??"]}, {"title": ["Дорога"]}]) == {"title": ["Дорога"]}
    assert combine([{"title": ["??????"]}, {"title": []}]) == {"title": ["??????"]}
    assert combine([{"title": ["?"]}, {"title": ["x"]}]) == {"title": ["?"]}
