import json

import pytest

from catalog.understanding.query_words import FOLDER, LIMITS, TRIGGERS, query_words

KEYS = {"language", "common", "places", "named", "comparatives", "negating_suffixes", *TRIGGERS, *LIMITS} | {
    *("numbers", "decades", "decade_words", "centuries", "century_words", "early", "mid", "late"),
    *("units", "length_words", "bpm"),
}


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_a_file_has_only_known_keys_and_no_entry_twice(path: object) -> None:
    def pairs(items: list[tuple[str, object]]) -> dict[str, object]:
        assert len({key for key, _ in items}) == len(items)
        return dict(items)

    source = json.loads(FOLDER.joinpath(str(path)).read_text("utf-8"), object_pairs_hook=pairs)
    assert source.keys() <= KEYS
    assert source["language"] == FOLDER.joinpath(str(path)).stem
    for role in TRIGGERS:
        assert len(set(source.get(role, ()))) == len(source.get(role, ())), role


def test_all_files_are_read() -> None:
    assert sorted(query_words().languages) == sorted(path.stem for path in FOLDER.glob("*.json"))
    assert query_words().numbers[("three",)] == 3
