"""The tasks, over the sets that come with the package and over files of one's own."""

import json
from pathlib import Path

import pytest

from cli.commands import eval_
from cli.evaluation.tasks import SETS, TASKS, measure
from polymuse.errors import UserError


def test_every_task_has_a_set_and_is_offered() -> None:
    assert tuple(TASKS) == eval_.TASKS
    assert all((SETS / f"{task}.jsonl").is_file() for task in TASKS)


def test_names_of_a_library_of_ones_own(tmp_path: Path) -> None:
    file = tmp_path / "n.jsonl"
    query = {"text": "halka", "language": "pl", "kind": "exact", "expected": {"field": "title", "value": "Halka"}}
    tracks = [{"title": "Odeon", "artist": "Ernesto Nazareth"}, {"title": "Halka", "artist": "Stanisław Moniuszko"}]
    objects = [*({"track": track} for track in tracks), {"query": query}]
    file.write_text("\n".join(map(json.dumps, objects)))
    measured = measure("names", file)
    assert [table.rows["all"] for table in measured.tables] == [(1, 1.0, 1.0)] * 2
    assert (measured.remark, measured.profile) == ("1 queries of a library of 2 tracks", None)


def test_sentences_of_ones_own(tmp_path: Path) -> None:
    file = tmp_path / "s.jsonl"
    part = '{"kind": "sound", "text": "calm piano", "value": "calm piano"}'
    file.write_text(f'{{"text": "calm piano", "language": "en", "parts": [{part}]}}')
    languages, kinds = measure("parsing", file).tables
    assert languages.rows["en"] == languages.rows["all"] == (1, 1.0, 1.0, 1.0, 1.0)
    assert kinds.rows["sound"] == (1, 1.0, 1.0, 1.0)


@pytest.mark.slow
@pytest.mark.parametrize(("task", "group", "column"), [("names", "exact", "first right"), ("parsing", "en", "F1")])
def test_the_sets_that_come_with_it(task: str, group: str, column: str) -> None:
    table = measure(task).tables[0]
    figure = dict(zip(table.columns, table.rows[group], strict=True))[column]
    assert isinstance(figure, float)
    assert figure > 0.6  # a floor; docs/quality.md has the figures


def test_situations_that_name_their_concepts_are_right(polymuse_home: Path, tmp_path: Path) -> None:
    file = tmp_path / "s.jsonl"
    file.write_text(
        '{"text": "calm piano", "language": "en", "right": ["calm", "piano"], "wrong": ["metal"]}\n'
        '{"text": "heavy metal", "language": "en", "right": ["calm"], "wrong": ["metal"]}\n'
    )
    measured = measure("situations", file, profile="starter")
    [table] = measured.tables
    assert measured.profile == "starter"
    assert table.rows["en"][:4] == table.rows["all"][:4] == (2, 0.5, 0.5, 0.5)


def test_all_situations_that_come_with_it(polymuse_home: Path) -> None:
    [table] = measure("situations", profile="starter").tables
    row = dict(zip(table.columns, table.rows["all"], strict=True))
    assert row["sentences"] == 160
    assert isinstance(row["one of three right"], float)
    assert row["one of three right"] > 0.5  # a floor; docs/quality.md has the figures


def test_a_concept_that_does_not_exist(polymuse_home: Path, tmp_path: Path) -> None:
    file = tmp_path / "s.jsonl"
    file.write_text('{"text": "x", "right": ["calmm"]}')
    with pytest.raises(UserError, match="there is no concept calmm") as refused:
        measure("situations", file, profile="starter")
    assert "calm" in refused.value.advice


def test_a_profile_without_concepts_says_so(score_home: Path) -> None:
    with pytest.raises(UserError, match="Profile clamp3 has no concepts"):
        measure("situations", profile="clamp3")


def test_labelled_tracks_that_the_library_lacks(library: Path) -> None:
    with pytest.raises(UserError, match="0 of the 176 labelled tracks are in the library"):
        measure("tags", profile="starter")
