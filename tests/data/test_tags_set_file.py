"""What the labels of data/eval/tags.jsonl must keep to."""

import json
from pathlib import Path, PurePosixPath

import data
from cli.evaluation.tags_file import read_tagged
from models.tagging.descriptor_bank import load_bank

TRACKS = read_tagged(Path(data.__file__).with_name("eval") / "tags.jsonl")
SOURCE = json.loads(Path(data.__file__).with_name("retrieval_eval.json").read_text("utf-8"))["tracks"]


def test_the_tracks_are_those_labelled_for_retrieval() -> None:
    assert len({track.track for track in TRACKS}) == len(TRACKS) == len(SOURCE)
    paths = {entry["path"].removeprefix("x/") for entry in SOURCE if "path" in entry}
    assert {track.track for track in TRACKS if track.package} == paths


def test_tags_are_those_of_the_bank() -> None:
    slugs = {each.slug for each in load_bank().descriptors}
    assert {slug for track in TRACKS for slug in track.right | track.wrong} <= slugs


def test_what_has_no_package_is_a_render_named_by_its_instrument() -> None:
    renders = [track for track in TRACKS if not track.package]
    assert len(renders) == 44
    for track in renders:
        assert track.right == {PurePosixPath(track.track).name.partition("__")[0].replace("_", "-")}
