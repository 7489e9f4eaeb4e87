"""plugin.c in the host that Navidrome runs plugins in, with servers of every kind."""

import json
from importlib.resources import files
from typing import Any

import pytest

from tests.helpers.navidrome_host import MAX_ANSWER, SETTINGS, CallFailedError, HttpAnswer, NavidromeHost
from tests.helpers.paths import ROOT

WASM = (files("players.navidrome") / "plugin.wasm").read_bytes()
RECORDED = json.loads((ROOT / "tests/golden/navidrome/requests.json").read_text("utf-8"))  # of a real Navidrome
ANSWERS = {  # function -> the smallest answer
    "nd_get_sonic_similar_tracks": b'{"matches":[]}',
    "nd_find_sonic_path": b'{"matches":[]}',
    "nd_get_similar_songs_by_track": b'{"songs":[]}',
    "nd_get_similar_songs_by_album": b'{"songs":[]}',
    "nd_get_similar_songs_by_artist": b'{"songs":[]}',
    "nd_get_similar_artists": b'{"artists":[]}',
}
BY_TRACK = "nd_get_similar_songs_by_track"


def failure(answer: HttpAnswer, settings: dict[str, str] | None = None, function: str = BY_TRACK) -> str:
    """What the listener sees."""
    with pytest.raises(CallFailedError) as failed:
        NavidromeHost(WASM, lambda _: answer, settings).call(function, {})
    return str(failed.value)


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda each: each["function"])
def test_the_input_goes_to_the_service_as_it_is(recorded: dict[str, Any]) -> None:
    function, given = recorded["function"], recorded["input"]
    host = NavidromeHost(WASM, lambda _: HttpAnswer(ANSWERS[function]))
    assert host.call(function, given) == ANSWERS[function]
    [request] = host.requests
    assert request["method"] == "POST"
    assert request["url"] == f"{SETTINGS['url']}/v1/navidrome/{function}"
    assert request["headers"] == {"Content-Type": "application/json", "X-API-Key": SETTINGS["key"]}
    assert json.loads(request["body"]) == given
    assert request["noFollowRedirects"]
    assert request["timeoutMs"] == 10_000


def test_every_length_of_the_input_and_of_the_answer() -> None:
    """Base64 ends in three ways, and eight digits are decoded at a time."""
    sent = HttpAnswer()
    host = NavidromeHost(WASM, lambda _: sent)
    for size in range(30):
        sent = HttpAnswer(b'{"songs":[' + b"1" * size + b"]}")
        assert host.call(BY_TRACK, b"\xff" * size) == sent.body
        assert host.requests[-1]["body"] == b"\xff" * size


def test_two_hundred_matches_that_are_not_ascii() -> None:
    songs = [{"name": f"夜の歌 {number} 🎵", "artist": 'Gymnopédie "No. 1" \\'} for number in range(200)]
    body = json.dumps({"songs": songs}, ensure_ascii=False, separators=(",", ":")).encode()
    assert NavidromeHost(WASM, lambda _: HttpAnswer(body)).call(BY_TRACK, {"name": "夜の歌"}) == body


def test_an_answer_of_ten_megabytes_and_one_that_is_cut_off_there() -> None:
    whole = b'{"songs":["' + b"x" * (MAX_ANSWER - 14) + b'"]}'
    assert len(whole) == MAX_ANSWER
    assert NavidromeHost(WASM, lambda _: HttpAnswer(whole)).call(BY_TRACK, {}) == whole
    assert "not Poly-Muse" in failure(HttpAnswer(whole[:11] + b"x" + whole[11:]))


class TestSettings:
    def test_those_of_the_answer_are_parameters(self) -> None:
        settings = {"stem": "drums", "where": 'artist:"Ada & Q" -tag:夜', "exclude_artist": "true", "per_artist": "2"}
        host = NavidromeHost(WASM, lambda _: HttpAnswer(ANSWERS[BY_TRACK]), {**SETTINGS, **settings})
        host.call(BY_TRACK, {})
        where = "artist%3A%22Ada%20%26%20Q%22%20%2Dtag%3A%E5%A4%9C"
        assert host.requests[0]["url"].partition("?")[2] == (
            f"stem=drums&where={where}&exclude_artist=true&per_artist=2"
        )

    def test_spaces_and_slashes_around_do_no_harm(self) -> None:
        settings = {"url": " http://host/music// \n", "key": "\tkey \n", "stem": "  "}
        host = NavidromeHost(WASM, lambda _: HttpAnswer(ANSWERS[BY_TRACK]), settings)
        host.call(BY_TRACK, {})
        assert host.requests[0]["url"] == f"http://host/music/v1/navidrome/{BY_TRACK}"
        assert host.requests[0]["headers"]["X-API-Key"] == "key"

    def test_none_of_them_leaves_its_place(self) -> None:
        settings = {"url": 'http://h"\\\n', "key": 'k\x01","X-Other":"'}
        host = NavidromeHost(WASM, lambda _: HttpAnswer(ANSWERS[BY_TRACK]), settings)
        host.call(BY_TRACK, {})
        assert host.requests[0]["headers"] == {"Content-Type": "application/json", "X-API-Key": settings["key"]}
        assert host.requests[0]["url"].startswith('http://h"\\/v1/')

    def test_without_a_key_none_is_sent(self) -> None:
        host = NavidromeHost(WASM, lambda _: HttpAnswer(ANSWERS[BY_TRACK]), {"url": "http://host"})
        host.call(BY_TRACK, {})
        assert "X-API-Key" not in host.requests[0]["headers"]

    @pytest.mark.parametrize("settings", [{}, {"url": ""}, {"url": " / "}])
    def test_without_an_address_nothing_is_sent(self, settings: dict[str, str]) -> None:
        assert failure(HttpAnswer(), settings).startswith("The plugin does not know the address of Poly-Muse.")


class TestFailures:
    """Their texts reach listeners, so that they help, and show neither address nor key nor what a server says."""

    @pytest.mark.parametrize(
        ("status", "text"),
        [
            (302, "leads to another one"),
            (308, "leads to another one"),
            (400, "cannot use a setting"),
            (401, "does not accept the key"),
            (403, "does not accept the key"),
            (404, "another version than the plugin"),
            (405, "another version than the plugin"),
            (413, "Its log says why"),
            (421, "Its log names what to allow"),
            (422, "another version than the plugin"),
            (429, "starting or busy"),
            (500, "Its log says why"),
            (503, "starting or busy"),
        ],
    )
    def test_a_status(self, status: int, text: str) -> None:
        told = f"wrong key {SETTINGS['key']} at {SETTINGS['url']}".encode()
        shown = failure(HttpAnswer(told, status, {"Location": "http://elsewhere"}))
        assert text in shown
        self.check_secrecy(shown)

    @pytest.mark.parametrize(
        ("error", "text"),
        [
            ('Post "{url}": context deadline exceeded', "in time"),
            ('Post "{url}": net/http: timeout awaiting response headers', "in time"),
            ('Post "{url}": dial tcp 127.0.0.1:8765: connect: connection refused', "does not run"),
            ('Post "{url}": dial tcp: lookup polymuse.test: no such host', "unknown to Navidrome"),
            ('Post "{url}": tls: failed to verify certificate: x509: signed by unknown authority', "certificate"),
            ('Post "{url}": http: server gave HTTP response to HTTPS client', "speaks http"),
            ('invalid URL scheme "": must be http or https', "must begin with http://"),
            ('host "{url}" is not allowed', "cannot be reached"),
            ("夜" * 100_000, "cannot be reached"),
        ],
    )
    def test_no_answer(self, error: str, text: str) -> None:
        shown = failure(HttpAnswer(error=error.format(url=SETTINGS["url"])))
        assert text in shown
        self.check_secrecy(shown)

    @pytest.mark.parametrize("function", ANSWERS)
    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{}",
            b"]}",
            b"<html>secret-key-of-the-test</html>",
            b'{"status":"ok"}',
            b'{"other":[]}',
            b'{"songs":[{"name"',
            b'{"matches":[{"name"',
            bytes(range(256)),
        ],
    )
    def test_something_else_answers(self, function: str, body: bytes) -> None:
        shown = failure(HttpAnswer(body), function=function)
        assert shown.startswith("What answers at the address is not Poly-Muse")
        self.check_secrecy(shown)

    def test_headers_like_a_body(self) -> None:
        headers = {"Body": '","body":"eyJzb25ncyI6W119"', "body": "eyJzb25ncyI6W119"}
        answer = HttpAnswer(b'{"songs":[1]}', headers=headers)
        assert NavidromeHost(WASM, lambda _: answer).call(BY_TRACK, {}) == b'{"songs":[1]}'

    def check_secrecy(self, shown: str) -> None:
        assert SETTINGS["key"] not in shown
        assert "polymuse.test" not in shown
        assert "elsewhere" not in shown
        assert shown.endswith(".")
        assert "\n" not in shown


def test_a_further_copy_has_only_what_navidrome_asks_in_an_order() -> None:
    host = NavidromeHost(
        (files("players.navidrome") / "further_mix.wasm").read_bytes(), lambda _: HttpAnswer(ANSWERS[BY_TRACK])
    )
    assert [function for function in ANSWERS if not host.has(function)] == [
        "nd_get_sonic_similar_tracks",
        "nd_find_sonic_path",
    ]
    assert host.call(BY_TRACK, {}) == ANSWERS[BY_TRACK]
