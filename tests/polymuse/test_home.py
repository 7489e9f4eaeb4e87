from pathlib import Path

from polymuse.home import DEMO, Home


def test_the_main_library_is_in_the_directory_itself() -> None:
    home = Home(Path("/h"))
    assert home.models == Path("/h/models")
    assert home.store == Path("/h/store")
    assert home.failures == Path("/h/failures.jsonl")


def test_a_library_with_a_name_has_all_but_weights_and_sessions_for_itself() -> None:
    home = Home(Path("/h"), "jazz")
    assert home.models == Path("/h/models")
    assert home.sessions == Path("/h/sessions.json")
    parts = [home.store, home.tagging, home.cache, home.failures, home.journal]
    assert {part.parent for part in parts} == {Path("/h/libraries/jazz")}


def test_a_demo_from_before_libraries_had_names_stays_where_it_is(tmp_path: Path) -> None:
    assert Home(tmp_path, DEMO).store == tmp_path / "libraries" / "demo" / "store"
    (tmp_path / "demo").mkdir()
    assert Home(tmp_path, DEMO).store == tmp_path / "demo" / "store"


def test_what_lies_in_the_directory_and_is_ours(tmp_path: Path) -> None:
    home = Home(tmp_path, "jazz")
    ours = (
        "store",
        "libraries",
        "demo",
        "cache",
        "failures.jsonl",
        "failures.lock",
        "under-way.2.lock",
        "sessions.json",
    )
    others = ("models", "public_html", ".bashrc", "Music", "store.tar")
    assert [home.holds(tmp_path / name) for name in ours] == [True] * len(ours)
    assert [home.holds(tmp_path / name) for name in others] == [False] * len(others)
