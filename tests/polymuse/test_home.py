"""The layout of POLYMUSE_HOME: libraries of earlier versions are found by these names."""

from pathlib import Path

from polymuse.home import Home


def test_names_of_existing_libraries() -> None:
    home = Home(Path("/h"))
    directories = {"models": home.models, "store": home.store, "tagging": home.tagging, "cache": home.cache}
    assert directories == {name: Path("/h", name) for name in directories}
    assert (home.failures, home.journal) == (Path("/h/failures.jsonl"), Path("/h/under-way.jsonl"))
