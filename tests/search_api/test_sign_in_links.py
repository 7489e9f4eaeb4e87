"""One-time links."""

from polymuse.api_keys import Scope
from search_api.sign_in_links import LINK_SECONDS, MAX_OF_A_KEY, SignInLinks

PAGE = "https://music.example/"


def test_a_link_works_once() -> None:
    links = SignInLinks()
    link = links.make(PAGE, "key", Scope.READ)
    assert link.url == f"https://music.example/sign-in#{link.token}"
    assert links.by_name(link.name) == link
    assert links.take(link.name) is None  # the name, which the maker's page contains, does not sign in
    assert links.take(link.token) == link
    assert links.take(link.token) is None
    assert links.by_name(link.name) is None


def test_a_link_ends() -> None:
    now = 0.0
    links = SignInLinks(lambda: now)
    link = links.make(PAGE, "key", Scope.READ)
    now = LINK_SECONDS
    assert links.by_name(link.name) is None
    assert links.take(link.token) is None


def test_a_key_drops_only_its_own() -> None:
    links = SignInLinks()
    other = links.make(PAGE, "other", Scope.READ)
    made = [links.make(PAGE, "key", Scope.READ) for _ in range(MAX_OF_A_KEY + 1)]
    assert links.take(made[0].token) is None
    assert links.take(made[1].token) == made[1]
    assert links.take(made[-1].token) == made[-1]
    assert links.take(other.token) == other
