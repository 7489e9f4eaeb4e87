"""`polymuse descriptors` over a library of three tracks, and beside a running service."""

import json
from pathlib import Path
from typing import get_args

import pytest

from cli.commands.descriptors import Category
from models.tagging.descriptor_bank import BankEntry
from polymuse.errors import UserError
from tests.helpers.command_line import Run, answers, invoke
from tests.helpers.service_process import serving, wait

RAIN = ("--category", "texture", "--name", "en=Rain", "--name", "zh=雨", "--prompt", "rain")


def test_categories_are_those_of_a_bank() -> None:
    assert set(Category) == set(get_args(BankEntry.model_fields["category"].annotation))


@pytest.mark.usefixtures("library")
class TestOverALibrary:
    def test_lists_what_the_profile_supports_then_own_ones(self) -> None:
        assert len(answers("descriptors", "list")) == 75
        invoke("descriptors", "add", "rain", *RAIN)
        *of_bank, rain = answers("descriptors", "list", "--language", "zh")
        assert (len(of_bank), rain["slug"], rain["name"], rain["own"]) == (75, "rain", "雨", True)
        assert [each["slug"] for each in answers("descriptors", "list", "--own")] == ["rain"]
        moods = answers("descriptors", "list", "--category", "mood")
        assert {each["category"] for each in moods} == {"mood"}

    def test_a_table_for_people(self) -> None:
        none = invoke("descriptors", "list", "--own")
        assert (none.stdout, none.stderr.split(".")[0]) == ("", "There are none")
        invoke("descriptors", "add", "rain", *RAIN)
        header, row = invoke("descriptors", "list", "--own", "--language", "zh").stdout.splitlines()
        assert header.split() == ["slug", "category", "name", "from"]
        assert row.split() == ["rain", "texture", "雨", "own"]

    def test_nearest_in_any_language(self) -> None:
        """The library has no bank before the first question."""
        [violin] = answers("descriptors", "nearest", "小提琴", "-n", "1", "--language", "de")
        assert (violin["slug"], violin["name"], violin["own"]) == ("violin", "Geige", False)
        invoke("descriptors", "add", "rain", *RAIN)
        near = answers("descriptors", "nearest", "rain", "--category", "texture")
        assert (near[0]["slug"], near[0]["cosine"], near[0]["own"]) == ("rain", 1.0, True)
        assert {each["category"] for each in near} == {"texture"}
        table = invoke("descriptors", "nearest", "rain", "-n", "1").stdout.splitlines()
        assert table[1].split() == ["1.000", "rain", "texture", "Rain"]

    def test_one_that_is_added_again_is_replaced(self) -> None:
        [added] = answers("descriptors", "add", "rain", *RAIN)
        assert (added["replaced"], added["retag"]) == (False, True)
        again = invoke("descriptors", "add", "rain", *RAIN[:-1], "storm").stderr
        assert again.startswith("Replaced rain.")
        assert "polymuse retag" in again
        [own] = answers("descriptors", "list", "--own")
        assert own["prompts"] == ["storm"]

    def test_filters_and_searches_know_it(self) -> None:
        with pytest.raises(UserError, match='There is no tag "rain"'):
            invoke("search", "--where", "tag:rain")
        invoke("descriptors", "add", "rain", *RAIN[:-1], "choir")
        assert answers("search", "--where", "tag:rain") == []
        assert answers("search", "--like-tag", "rain")[0]["title"] == "Choir"
        retagged = answers("retag")[-1]["summary"]
        assert retagged["changed"] > 0
        assert "Choir" in [each["title"] for each in answers("search", "--where", "tag:rain")]

    def test_one_of_the_bank_that_the_profile_does_not_know(self) -> None:
        """It never assigns such a tag, so that its slug is free."""
        with pytest.raises(UserError, match='The starter profile does not know the descriptor "mandolin"') as caught:
            invoke("search", "--like-tag", "calm", "--unlike-tag", "mandolin=2")
        assert "descriptors add mandolin" in caught.value.advice
        invoke("descriptors", "add", "mandolin", *RAIN[:-1], "choir")
        assert answers("descriptors", "list")[-1]["slug"] == "mandolin"
        assert answers("search", "--like-tag", "mandolin")[0]["title"] == "Choir"

    def test_the_bank_is_a_direction_in_a_library_that_was_never_indexed(self) -> None:
        assert answers("search", "--like-tag", "piano")[0]["title"] == "Piano"

    def test_remove_says_what_it_was(self) -> None:
        invoke("descriptors", "add", "rain", *RAIN)
        with pytest.raises(UserError, match="descriptor of your own") as caught:
            invoke("descriptors", "remove", "rian")
        assert caught.value.advice == "Did you mean rain?"
        [removed] = answers("descriptors", "remove", "rain")
        assert (removed["names"], removed["prompts"]) == ({"en": "Rain", "zh": "雨"}, ["rain"])
        with pytest.raises(UserError) as caught:
            invoke("descriptors", "remove", "rain")
        assert caught.value.advice == "There is none yet"
        for given in (("remove", "calm"), ("add", "calm", *RAIN)):
            with pytest.raises(UserError, match="calm is a descriptor of the bank"):
                invoke("descriptors", *given)


@pytest.mark.parametrize(
    ("slug", "options", "said"),
    [
        ("Rain", RAIN, "not a slug"),
        ("_rain", RAIN, "not a slug"),
        ("r" * 101, RAIN, "not a slug"),
        ("rain", ("--category", "mood", "--name", "zh=雨", "--prompt", "rain"), "no English name"),
        ("rain", (*RAIN, "--name", "Regen"), "not a name with its language"),
        ("rain", (*RAIN, "--name", "en=Drizzle"), "two names in en"),
        ("rain", (*RAIN, "--name", "ENGLISH=Drizzle"), "names.ENGLISH"),
        ("rain", (*RAIN, "--prompt", " "), "A prompt is empty"),
        ("rain", (*RAIN, "--prompt", "x" * 301), r"prompts\[1\]"),
        ("rain", (*RAIN, "--prompt", "a\udcff"), r"prompts\[1\]"),
        ("rain", (*RAIN, *["--prompt", "rain"] * 8), "prompts: must have at most 8 items"),
        ("rain", (*RAIN, "--stem", "zither"), "must be 'mix'"),
        ("rain", (*RAIN, "--voice", "loud"), "must be 'present'"),
    ],
)
def test_a_wrong_one_is_refused_in_one_line(slug: str, options: tuple[str, ...], said: str) -> None:
    with pytest.raises(UserError, match=said) as caught:
        invoke("descriptors", "add", slug, *options)
    assert "\n" not in str(caught.value)


def test_a_category_that_there_is_not() -> None:
    refused = invoke("descriptors", "add", "rain", "--category", "weather", *RAIN[2:])
    assert refused.exit_code == 2
    assert "'mood', 'genre', 'instruments', 'texture'" in refused.stderr


@pytest.mark.usefixtures("library")
def test_one_of_yours_that_a_later_bank_has_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    invoke("descriptors", "add", "rain", *RAIN)
    bank = tmp_path / "bank.json"
    rain = {"slug": "rain", "category": "mood", "names": {"en": "rainy"}, "prompts": ["A rainy day."]}
    piano = {"slug": "piano", "category": "instruments", "names": {"en": "piano"}, "prompts": ["A piano."]}
    bank.write_text(json.dumps({"descriptors": [rain, piano]}))
    monkeypatch.setenv("POLYMUSE_BANK", str(bank))
    listed = [(each["slug"], each["own"]) for each in answers("descriptors", "list")]
    assert listed == [("piano", False), ("rain", True)]  # the starter profile supports only piano
    assert [each["slug"] for each in answers("descriptors", "remove", "rain")] == ["rain"]


@pytest.mark.usefixtures("library")
def test_a_bank_of_which_the_profile_supports_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bank = tmp_path / "bank.json"
    rain = {"slug": "rain", "category": "mood", "names": {"en": "rainy"}, "prompts": ["A rainy day."]}
    bank.write_text(json.dumps({"descriptors": [rain]}))
    monkeypatch.setenv("POLYMUSE_BANK", str(bank))
    said = " ".join(invoke("descriptors", "list").stderr.split())
    assert said.startswith("The starter profile supports none of the bank. `polymuse descriptors add --help`")


@pytest.mark.slow
def test_a_running_service_sees_them(library: Path, polymuse: Run) -> None:
    with serving(library) as service:

        def own() -> list[str]:
            return [each["slug"] for each in service.get("/v1/descriptors")["descriptors"] if each["own"]]

        added = polymuse("descriptors", "add", "rain", *RAIN, "--json")
        assert added.returncode == 0, added.stderr
        assert wait(own) == ["rain"]
        assert service.client.post("/v1/search", json={"descriptors": ["rain"]}).status_code == 200
        near = polymuse("descriptors", "nearest", "rain", "-n", "1", "--json")
        assert json.loads(near.stdout)["slug"] == "rain"
        assert polymuse("descriptors", "remove", "rain").returncode == 0
        wait(lambda: not own())
