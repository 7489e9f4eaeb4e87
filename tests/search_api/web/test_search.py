"""Searching, filtering, mixing and exporting on the page."""

import csv
import io
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from data import __path__ as data_path
from tests.search_api.web.conftest import ANALYSIS, HOSTILE, PIECES, Open, Site, holding, picture, showing

pytestmark = pytest.mark.slow


sync_api = pytest.importorskip("playwright.sync_api", reason="needs the package playwright")
expect = sync_api.expect

CLIP = Path(data_path[0]) / "demo" / "satie_gymnopedie.opus"


def search(page: Any, text: str) -> None:
    box = page.get_by_role("combobox", name="Describe the music you want")
    box.fill(text)
    box.press("Enter")
    expect(page).to_have_title(re.compile(f"^{text}"))
    expect(page.locator("#results")).to_have_attribute("aria-busy", "false")


def rows(page: Any) -> Any:
    return page.locator("#results .row")


def row(page: Any, title: str) -> Any:
    return rows(page).filter(has=page.get_by_role("heading", name=title, exact=True))


def asked(page: Any) -> dict[str, list[str]]:
    return parse_qs(page.evaluate("location.search.slice(1)"))  # `page.url` comes a moment later


@pytest.mark.parametrize(
    ("text", "best"), [("calm piano", "Gymnopédie No. 1"), ("平静的钢琴", "Gymnopédie No. 1"), ("重金属", "Iron Gate")]
)
def test_texts_in_any_language_find_music(page: Any, text: str, best: str) -> None:
    search(page, text)
    expect(page.locator("#results")).to_contain_text("Best matches")
    expect(rows(page).first.get_by_role("heading")).to_have_text(best)
    assert asked(page) == {"q": [text]}
    expect(page).to_have_title(f"{text} · Poly-Muse")


@pytest.mark.parametrize("late", ["app.js", "strings.en.json", "/v1/stats"])
def test_enter_before_the_page_is_ready_searches_once_it_is(open_page: Open, site: Site, late: str) -> None:
    page = open_page("about:blank")
    with holding(page, late):
        page.goto(f"{site.address}/?where=tag:calm", wait_until="commit")
        page.locator("#words").fill("heavy metal")
        page.locator("#words").press("Enter")
    expect(page.locator("#results")).to_contain_text("Best matches")
    expect(page.locator("#words")).to_have_value("heavy metal")
    expect(rows(page)).to_have_count(4)
    assert asked(page) == {"q": ["heavy metal"], "where": ["tag:calm"]}


def test_an_example_is_a_search(page: Any) -> None:
    expect(page.get_by_text("12 tracks")).to_be_visible()
    page.get_by_role("button", name="平静的钢琴").click()
    expect(rows(page).first.get_by_role("heading")).to_have_text("Gymnopédie No. 1")


def test_the_text_is_autocompleted(page: Any) -> None:
    box = page.get_by_role("combobox", name="Describe the music you want")
    expect(rows(page).first).to_be_visible()  # the names of the descriptors are loaded
    box.press_sequentially("calm pia")
    expect(page.get_by_role("listbox", name="Suggestions").get_by_role("option")).to_have_text("calm piano")
    box.press("ArrowDown")
    expect(box).to_have_attribute("aria-activedescendant", "suggestion-0")
    box.press("Enter")
    expect(rows(page).first.get_by_role("heading")).to_have_text("Gymnopédie No. 1")
    assert asked(page) == {"q": ["calm piano"]}


def test_a_hit_shows_its_score_and_best_moment(page: Any) -> None:
    search(page, "calm piano")
    first = rows(page).first
    expect(first.get_by_role("button", name="Play the best moment, 0:15 to 0:30")).to_be_visible()
    expect(first.locator(".fit")).to_contain_text("whole track")
    meters = page.locator(".meter i").evaluate_all("bars => bars.map(bar => bar.getBoundingClientRect().width)")
    assert meters == sorted(meters, reverse=True)
    assert meters[0] > 40


def test_why_a_hit_matches(page: Any) -> None:
    search(page, "calm piano")
    first = rows(page).first
    first.get_by_role("button", name="Why Gymnopédie").click()
    part = first.get_by_role("row", name="calm piano")
    expect(part).to_contain_text("whole track")
    total = first.get_by_role("row", name="Score").get_by_role("cell")
    assert part.get_by_role("cell").last.inner_text() == f"+{total.inner_text()}"  # one part contributes everything
    expect(first.get_by_text("satie_gymnopedie.opus")).to_be_visible()


def test_what_the_file_says(page: Any) -> None:
    search(page, "calm piano")
    first = rows(page).first
    first.get_by_role("button", name="Why Gymnopédie").click()
    said = first.locator(".file-tags").last
    expect(said).to_be_visible()
    assert said.inner_text().split("\n") == [
        *("Album artist", "Aldo Ciccolini", "Track", "2–4", "Composer", "Erik Satie", "Tempo (BPM)", "72")
    ]
    words = first.get_by_text("et douloureux")
    expect(words).to_be_hidden()
    first.get_by_text("Lyrics").click()
    expect(words).to_be_visible()
    assert words.inner_text() == "Lent <b>\net douloureux"


def test_tempo_key_and_loudness(page: Any) -> None:
    search(page, "heavy metal")
    first = rows(page).first
    expect(first.locator(".facts")).to_contain_text("174 BPM")
    first.get_by_role("button", name="Why Iron Gate").click()
    expect(first.get_by_text(re.compile(r"174\.2 BPM measured, 80\s?% sure, or 87\.1"))).to_be_visible()
    expect(first.get_by_text(re.compile(r"Em · 9A measured, 70\s?% sure"))).to_be_visible()
    expect(first.get_by_text("-8.1 LUFS range 6 LU, peak -1 dBTP")).to_be_visible()
    satie = row(page, "Gymnopédie No. 1")
    satie.get_by_role("button", name="Why Gymnopédie").click()
    expect(satie.get_by_text("72 BPM from the file")).to_be_visible()
    first.get_by_role("button", name="Tracks that mix with 9A").click()
    expect(rows(page)).to_have_count(1)
    assert asked(page)["where"] == ["compatible:9A"]


def test_tempo_and_key_filter_and_order(page: Any) -> None:
    search(page, "calm piano")
    expect(rows(page).first.get_by_role("heading")).to_have_text("Gymnopédie No. 1")
    page.get_by_label("Sort by").select_option("Energy")
    expect(rows(page).first.get_by_role("heading")).to_have_text("Gymnopédie No. 1")  # .18; the next is Iron Gate, .93
    expect(rows(page).nth(1).get_by_role("heading")).to_have_text("Iron Gate")
    page.get_by_label("Sort by").select_option("Key")
    expect(rows(page).first.get_by_role("heading")).to_have_text("Iron Gate")  # 9A before 10B
    page.get_by_role("group", name="Tempo").get_by_role("button", name="170–179 BPM").click()
    expect(rows(page)).to_have_count(1)
    assert asked(page)["where"] == ["bpm:170..179.9"]
    page.get_by_role("group", name="Tempo").get_by_role("button", name="70–79 BPM").click()
    expect(rows(page)).to_have_count(2)  # either of them
    page.get_by_role("button", name="Remove the filter 70–79 BPM").click()
    page.get_by_role("group", name="Key").get_by_role("button", name="Em").click()
    assert asked(page)["where"] == ["bpm:170..179.9", "key:Em"]


def test_a_tag_filters(page: Any) -> None:
    search(page, "heavy metal")
    expect(rows(page).first.get_by_role("heading")).to_have_text("Iron Gate")
    page.get_by_role("group", name="Mood").get_by_role("button", name="calm").click()
    expect(rows(page)).to_have_count(4)  # Gymnopédie, Minuet, Old Hundredth, 茉莉花
    assert asked(page)["where"] == ["tag:calm"]
    row(page, "Minuet in G").get_by_role("button", name="piano", exact=True).click()
    expect(rows(page)).to_have_count(2)
    page.get_by_role("button", name="Remove the filter calm").click()
    assert asked(page)["where"] == ["tag:piano"]


def test_filters_changed_quickly(page: Any) -> None:
    search(page, "piano")
    with holding(page, "/v1/facets"):
        row(page, "Minuet in G").get_by_role("button", name="piano", exact=True).click()
        row(page, "Minuet in G").get_by_role("button", name="calm", exact=True).click()
        page.get_by_role("button", name="Remove the filter piano").click()
        assert asked(page)["where"] == ["tag:calm"]
        page.get_by_role("textbox", name="Add a filter").fill("-artist:meera")
    moods = page.get_by_role("group", name="Mood").get_by_role("button")
    expect(moods).to_have_text(["calm4"])  # counted for the last filter, not for those before
    page.get_by_role("textbox", name="Add a filter").press("Enter")  # the text typed meanwhile is kept
    expect(page.get_by_role("list", name="Active filters")).to_contain_text("meera")
    assert asked(page)["where"] == ["tag:calm", "-artist:meera"]


def test_facets_count_the_remaining_tracks(page: Any) -> None:
    page.get_by_role("group", name="Mood").get_by_role("button", name="calm").click()
    expect(rows(page)).to_have_count(4)
    expect(page.get_by_role("group", name="Artist").get_by_role("button", name="Erik Satie")).to_contain_text("1")
    expect(page.get_by_role("group", name="Artist").get_by_role("button", name="Unit 7")).to_have_count(0)
    page.get_by_role("group", name="Years").get_by_role("button", name="1880–1889").click()
    expect(rows(page)).to_have_count(1)
    assert asked(page)["where"] == ["tag:calm", "year:1880..1889"]


def test_a_filter_can_be_typed(page: Any) -> None:
    box = page.get_by_role("textbox", name="Add a filter")
    box.fill('year:2018..2021 -artist:"Unit 7"')
    box.press("Enter")
    expect(rows(page)).to_have_count(3)  # Iron Gate, Late Bus, Evening Raga
    assert asked(page)["where"] == ["year:2018..2021", '-artist:"Unit 7"']
    expect(page.get_by_role("list", name="Active filters")).to_contain_text("−Unit 7")


def test_similar_by_stem(page: Any) -> None:
    search(page, "heavy metal")
    first = rows(page).first
    first.get_by_role("button", name="Why Iron Gate").click()
    first.get_by_role("button", name="vocals", exact=True).click()
    expect(page.locator("#results .row h2").first).to_have_text("Late Bus")  # male vocals as well
    expect(page.get_by_role("combobox", name="Compare")).to_have_value("vocals")
    assert asked(page)["stem"] == ["vocals"]


def test_one_stem_compared_with_whole_tracks(page: Any, site: Site) -> None:
    search(page, "choir")
    row(page, "Old Hundredth").get_by_role("button", name="More like Old Hundredth").click()
    page.get_by_role("combobox", name="Stem that represents Old Hundredth").select_option("its vocals")
    expect(rows(page).first).to_be_visible()
    assert asked(page)["with"] == [f"track:{site.ids['Old Hundredth']}:vocals"]


def test_a_mix_of_more_and_less(page: Any, site: Site) -> None:
    search(page, "rock")
    row(page, "Late Bus").get_by_role("button", name="More like Late Bus").click()
    row(page, "Iron Gate").get_by_role("button", name="Less like Iron Gate").click()
    page.get_by_role("combobox", name="Describe").fill("drums")
    page.get_by_role("button", name="less like this").click()
    expect(page.get_by_role("list", name="In the mix").get_by_role("listitem")).to_have_count(3)
    assert asked(page) == {
        "with": [f"track:{site.ids['Late Bus']}"],
        "without": [f"track:{site.ids['Iron Gate']}", "text:drums"],
    }
    picture(page, "mix")
    page.get_by_role("button", name="Less like drums. Press for more").click()
    expect(page.get_by_role("button", name="More like drums. Press for less")).to_be_visible()
    page.get_by_role("button", name="Take drums out of the mix").click()
    expect(page.get_by_role("list", name="In the mix").get_by_role("listitem")).to_have_count(2)


def test_tracks_of_the_same_artist_are_excluded(open_page: Open, page: Any, site: Site) -> None:
    search(page, "flute")
    page.get_by_text("More options").click()
    expect(page.get_by_role("checkbox", name="same artist")).to_have_count(0)  # without an artist so far
    row(page, "Glide").get_by_role("button", name="More like Glide").click()
    expect(row(page, "Gone")).to_have_count(1)
    page.get_by_role("checkbox", name="same artist").press("Space")
    expect(rows(page)).to_have_count(9)  # of 12 without Glide itself, Gone and Tape, which are also by Nobody
    expect(page.get_by_role("checkbox", name="same artist")).to_be_focused()  # the search can continue from here
    page.get_by_role("checkbox", name="same album").press("Space")
    expect(page.locator("#mix .badge")).to_have_text("2")
    with page.expect_request("**/v1/search") as sent:
        page.get_by_role("checkbox", name="near-duplicates").check()
    assert sent.value.post_data_json["without_duplicates"] is True
    assert asked(page) == {
        "q": ["flute"],
        "with": [f"track:{site.ids['Glide']}"],
        "not_same": ["artist,album"],
        "copies": ["hidden"],
    }
    picture(page, "options")
    other = open_page(page.url)
    expect(rows(other)).to_have_count(9)
    other.get_by_text("More options 3").click()
    other.get_by_role("checkbox", name="same artist").uncheck()
    other.get_by_role("checkbox", name="same album").uncheck()
    expect(row(other, "Gone")).to_have_count(1)


def test_hits_below_a_score_are_excluded(page: Any) -> None:
    search(page, "calm piano")
    page.get_by_text("More options").click()
    lowest = page.get_by_role("spinbutton", name="Lowest score")
    lowest.fill("0.9")  # the noise leaves a cosine of 0.95 to the one that sounds just like this
    lowest.press("Enter")
    expect(rows(page).get_by_role("heading")).to_have_text(["Gymnopédie No. 1"])
    assert asked(page) == {"q": ["calm piano"], "min_score": ["0.9"]}
    lowest.fill("1")
    lowest.press("Enter")
    expect(page.locator("#results")).to_contain_text("Try a lower score")
    lowest.fill("")
    lowest.press("Enter")
    expect(rows(page)).to_have_count(12)
    page.go_back()
    expect(page.locator("#results")).to_contain_text("Try a lower score")
    expect(lowest).to_have_value("1")


def test_a_file_is_a_query_and_mixes(page: Any) -> None:
    expect(rows(page).first).to_be_visible()
    page.locator("#file").set_input_files(CLIP)
    expect(page.get_by_text("satie_gymnopedie.opus").first).to_be_visible()
    expect(page.locator("#results")).to_contain_text("Best matches", timeout=ANALYSIS)
    assert asked(page)["with"][0].endswith(":satie_gymnopedie.opus")
    search(page, "heavy metal")
    expect(rows(page).first.get_by_role("heading")).to_have_text("Iron Gate")
    rows(page).first.get_by_role("button", name="Why Iron Gate").click()
    expect(rows(page).first.get_by_role("row", name="the uploaded file")).to_be_visible()


def test_a_file_is_dropped(page: Any) -> None:
    expect(rows(page).first).to_be_visible()
    data = page.evaluate_handle(
        """async bytes => {
             const transfer = new DataTransfer()
             transfer.items.add(new File([new Uint8Array(bytes)], 'dropped.opus', {type: 'audio/ogg'}))
             return transfer
           }""",
        list(CLIP.read_bytes()),
    )
    page.dispatch_event("body", "dragenter", {"dataTransfer": data})
    expect(page.get_by_text("Drop audio files or pictures to find music like them")).to_be_visible()
    page.dispatch_event("body", "drop", {"dataTransfer": data})
    expect(page.get_by_role("list", name="In the mix")).to_contain_text("dropped.opus", timeout=ANALYSIS)
    expect(page.get_by_text("Drop audio files or pictures to find music like them")).to_be_hidden()


def test_a_shared_url_repeats_the_search(open_page: Open, page: Any, site: Site) -> None:
    search(page, "calm piano")
    page.get_by_role("group", name="Mood").get_by_role("button", name="calm").click()
    row(page, "茉莉花").get_by_role("button", name="More like 茉莉花").click()
    page.get_by_label("Sort by").select_option("varied")
    expect(page.locator("#results")).to_have_attribute("aria-busy", "false")
    titles = rows(page).get_by_role("heading").all_inner_texts()
    other = open_page(page.url)
    expect(other.get_by_role("list", name="In the mix")).to_contain_text("茉莉花")  # named from its id
    expect(other.get_by_role("combobox", name="Describe")).to_have_value("calm piano")
    expect(other.get_by_label("Sort by")).to_have_value("varied")
    expect(rows(other).get_by_role("heading")).to_have_text(titles)


def test_back_and_forward(page: Any) -> None:
    search(page, "calm piano")
    expect(rows(page).first.get_by_role("heading")).to_have_text("Gymnopédie No. 1")
    search(page, "heavy metal")
    expect(rows(page).first.get_by_role("heading")).to_have_text("Iron Gate")
    page.go_back()
    expect(rows(page).first.get_by_role("heading")).to_have_text("Gymnopédie No. 1")
    expect(page.get_by_role("combobox", name="Describe")).to_have_value("calm piano")
    page.go_back()
    expect(page.get_by_text("All tracks in the library")).to_be_visible()
    page.go_forward()
    expect(rows(page).first.get_by_role("heading")).to_have_text("Gymnopédie No. 1")


def saved(page: Any, format_: str) -> str:
    with page.expect_download() as download:
        page.get_by_role("button", name=format_, exact=True).click()
    return Path(download.value.path()).read_bytes().decode()


def test_a_selection_becomes_files(page: Any) -> None:
    search(page, "banjo")
    page.get_by_role("checkbox", name=f"Select {HOSTILE}").check()
    page.get_by_role("checkbox", name="Select Gymnopédie No. 1").check()
    expect(page.get_by_text("2 selected")).to_be_visible()
    playlist = saved(page, "M3U").splitlines()
    assert playlist[0] == "#EXTM3U"
    assert playlist[3] == "#EXTINF:30,Erik Satie - Gymnopédie No. 1"
    assert playlist[4] == str(CLIP)
    table = list(csv.DictReader(io.StringIO(saved(page, "CSV"))))
    assert [line["title"] for line in table] == [HOSTILE, "Gymnopédie No. 1"]
    assert table[1]["tags"] == "calm piano classical"
    assert [track["paths"][0] for track in json.loads(saved(page, "JSON"))][1] == str(CLIP)
    page.get_by_role("button", name="Clear", exact=True).click()
    expect(page.get_by_role("checkbox", checked=True)).to_have_count(0)


def test_cells_are_not_formulas(page: Any) -> None:
    text = page.evaluate(
        r"""async () => {
             const app = document.querySelector('script[src$="app.js"]').src
             const {toCsv} = await import(new URL('export.js', app))
             return toCsv([
               {title: '=HYPERLINK("x")', artist: 'a,b', album: ' ＝1', paths: ['/m'], tags: [], score: -0.5},
               {title: '-5', artist: '-5 a', album: '\u200b\ufeff=1', paths: ['/m\r\n\u2028=1'], tags: [], score: 1}
             ])
           }"""
    )
    first, second = csv.DictReader(io.StringIO(text))
    assert (first["title"], first["artist"], first["score"]) == ('\'=HYPERLINK("x")', "a,b", "-0.5")
    assert (first["album"], second["title"], second["artist"]) == ("' ＝1", "-5", "'-5 a")
    assert (second["album"], second["path"]) == ("'\u200b\ufeff=1", r"/m\r\n\u2028=1")


def test_a_playlist_has_one_line_for_each_name_and_path(page: Any) -> None:
    text = page.evaluate(
        r"""async () => {
             const app = document.querySelector('script[src$="app.js"]').src
             const {toM3u} = await import(new URL('export.js', app))
             return toM3u([{title: 'a\u2028b\u0085c\n#EXT', duration: 1, paths: ['/m/\n#1.mp3']}])
           }"""
    )
    assert text == "#EXTM3U\n#EXTINF:1,a b c #EXT\nfile:///m/%0A%231.mp3\n"


def test_a_library_without_stems_has_none_to_compare(
    open_page: Open, starter_weights: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    without = [piece for piece in PIECES if not piece.vocals]
    with showing(without, starter_weights, tmp_path_factory) as site:
        page = open_page(site.address)
        search(page, "piano")
        expect(page.get_by_label("Sort by")).to_be_visible()
        expect(page.get_by_role("combobox", name="Compare")).to_have_count(0)


def test_titles_are_text(page: Any) -> None:
    search(page, "banjo")
    expect(rows(page).first.get_by_role("heading")).to_have_text(HOSTILE)
    rows(page).first.get_by_role("button", name="Why").click()
    rows(page).first.get_by_role("button", name="More like").first.click()
    expect(page.get_by_role("list", name="In the mix")).to_contain_text(HOSTILE)
    assert page.locator("#results img[src=x], #results script, #mix img").count() == 0
    # `open_page` checks that no dialog opened
