"""The chips that say what was understood of a text."""

import re
from typing import Any

import pytest

from tests.search_api.web.test_search import asked, expect, row, rows, search

pytestmark = pytest.mark.slow


def chips(page: Any) -> Any:
    return page.get_by_role("list", name="How the words were understood").get_by_role("listitem")


def test_the_parts_of_a_text_are_chips(page: Any) -> None:
    search(page, "piano before 1800 without vocals")
    expect(chips(page)).to_have_text(
        [re.compile("sound.*piano"), re.compile("only.*before 1800"), re.compile("vocals")]
    )
    expect(row(page, "Minuet in G")).to_be_visible()
    expect(row(page, "Gymnopédie No. 1")).to_be_hidden()  # of 1888


def test_a_part_can_be_removed_turned_round_and_taken_as_words(page: Any) -> None:
    search(page, "piano before 1800")
    box = page.get_by_role("combobox", name="Describe the music you want")
    page.get_by_role("button", name="Without: before 1800").click()
    expect(row(page, "Gymnopédie No. 1")).to_be_visible()
    expect(row(page, "Minuet in G")).to_be_hidden()
    page.get_by_role("button", name="Remove: ").last.click()
    expect(box).to_have_value("piano")
    expect(chips(page)).to_have_count(0)
    page.go_back()
    page.go_back()
    page.get_by_role("button", name="Take “before 1800” as plain words").click()
    expect(box).to_have_value('piano "before 1800"')
    expect(row(page, "Gymnopédie No. 1")).to_be_visible()
    assert asked(page)["q"] == ['piano "before 1800"']


def test_a_name_comes_first(page: Any) -> None:
    search(page, "piano by Erik Satie")
    expect(chips(page)).to_have_text([re.compile("sound.*piano"), re.compile("artist.*Erik Satie")])
    expect(rows(page).first).to_contain_text("Gymnopédie No. 1")


def test_a_description_of_sound_has_no_chips(page: Any) -> None:
    search(page, "calm piano")
    expect(rows(page).first).to_be_visible()
    expect(page.locator("#understood")).to_be_empty()


def test_a_situation_says_what_was_searched_for(page: Any) -> None:
    search(page, "music for a candlelight dinner")
    expect(page.locator("#understood")).to_contain_text("Searched for: ")


def test_words_about_something_else_fill_no_meter(page: Any) -> None:
    search(page, "replace the gasket of the dishwasher pump")
    expect(page.locator("#understood .note").last).to_contain_text(re.compile("not much like|no nearer than chance"))
