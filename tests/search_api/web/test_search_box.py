"""Suggestions while typing: names first, then descriptors that mean about the same."""

from typing import Any

import pytest

from tests.search_api.web.conftest import PHONE, Open, Site, holding, picture

sync_api = pytest.importorskip("playwright.sync_api", reason="needs the package playwright")
expect = sync_api.expect

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

NEAREST = "**/v1/descriptors/nearest*"
OWN = {"category": "texture", "names": {"en": "downpour", "zh": "暴雨"}, "prompts": ["rain"]}


@pytest.fixture
def box(page: Any) -> Any:
    expect(page.locator("#results .row").first).to_be_visible()  # the names of the descriptors are loaded
    return page.locator("#words")


def options(page: Any) -> list[str]:
    return page.locator("#suggestions li").all_inner_texts()


def watched(page: Any) -> list[str]:
    """The addresses of the questions for descriptors from now on."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/descriptors/nearest" in request.url else None)
    return asked


def test_descriptors_of_the_same_meaning_follow_and_replace_the_text(page: Any, box: Any) -> None:
    box.press_sequentially("小提琴")
    expect(page.locator("#suggestions li").filter(has_text="violin")).to_be_visible()
    picture(page, "suggestions by meaning")
    for _ in range(options(page).index("violin") + 1):
        box.press("ArrowDown")
    chosen = page.get_by_role("option", name="violin")
    expect(chosen).to_have_attribute("aria-selected", "true")
    assert box.get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    box.press("Enter")
    expect(box).to_have_value("violin")
    expect(page.locator("#suggestions")).to_be_hidden()
    expect(page.locator("#results")).to_contain_text("Best matches")


def test_names_come_first_and_none_twice(page: Any, box: Any) -> None:
    box.press_sequentially("pian")
    expect(page.locator("#suggestions li")).to_have_text(["piano"])
    with page.expect_response(NEAREST):
        box.press_sequentially("o")
    box.press("Backspace")
    with page.expect_response(NEAREST) as answer:
        pass
    near = [each["name"] for each in answer.value.json()["descriptors"]]
    page.wait_for_timeout(200)
    assert options(page)[0] == "piano"
    assert len(set(options(page))) == len(options(page))
    assert set(options(page)) <= {"piano", *near}


def test_one_question_after_a_pause_and_an_old_answer_is_dropped(page: Any, box: Any) -> None:
    asked = watched(page)
    with holding(page, "/v1/descriptors/nearest"):
        box.press_sequentially("violinist")
        page.wait_for_timeout(500)
        box.fill("zz")
    page.wait_for_timeout(500)
    assert len(asked) == 1
    assert "q=violinist" in asked[0]
    expect(page.locator("#suggestions")).to_be_hidden()


@pytest.mark.parametrize("text", ["vi", "7 8 9", "小"])
def test_too_little_to_mean_something_is_not_asked(page: Any, box: Any, text: str) -> None:
    asked = watched(page)
    box.press_sequentially(text)
    page.wait_for_timeout(600)
    assert asked == []


@pytest.mark.parametrize("key", ["Escape", "Enter", "Tab"])
def test_a_user_who_goes_on_or_leaves_is_not_followed(page: Any, box: Any, key: str) -> None:
    asked = watched(page)
    box.press_sequentially("pian")  # has one name, so there is a list to close
    box.press(key)
    page.wait_for_timeout(600)
    assert asked == []
    expect(page.locator("#suggestions")).to_be_hidden()


@pytest.mark.parametrize("status", [401, 429, 500])
def test_a_refusal_is_silent_and_ends_the_questions(page: Any, box: Any, status: int) -> None:
    asked = watched(page)
    page.route(NEAREST, lambda route: route.fulfill(status=status, body="{}"))
    with page.expect_response(NEAREST):
        box.press_sequentially("violinist")
    box.press_sequentially(" plays")
    page.wait_for_timeout(600)
    assert len(asked) == 1
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(page.get_by_role("alert")).to_have_count(0)


def test_offline_nothing_is_asked(page: Any, box: Any) -> None:
    asked = watched(page)
    page.context.set_offline(True)
    box.press_sequentially("violinist")
    page.wait_for_timeout(600)
    page.context.set_offline(False)
    assert asked == []


def test_a_descriptor_of_your_own_is_suggested_on_a_phone_in_chinese(open_page: Open, site: Site) -> None:
    address = f"{site.address}/v1/descriptors/downpour"
    page = open_page(site.address, viewport=PHONE, locale="zh-CN")
    try:
        assert page.request.put(address, data=OWN).ok
        expect(page.locator("#results .row").first).to_be_visible()
        page.locator("#words").press_sequentially("rain")
        expect(page.get_by_role("option", name="暴雨")).to_be_visible()
        picture(page, "suggestions by meaning on a phone")
        page.get_by_role("option", name="暴雨").click()
        expect(page.locator("#words")).to_have_value("暴雨")
    finally:
        page.request.delete(address)
