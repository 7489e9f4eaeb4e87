"""API keys at rest."""

from polymuse.api_keys import Scope, new_key


def test_keys_differ_and_say_what_they_are() -> None:
    assert new_key(Scope.READ) != new_key(Scope.READ)
    assert new_key(Scope.READ).startswith("polymuse_read_")
