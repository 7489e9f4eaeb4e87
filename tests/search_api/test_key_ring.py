"""Keys: which are right, and what stands for them."""

from polymuse.api_keys import Scope, stored_form
from polymuse.settings import load_settings
from search_api.key_ring import KeyRing


def ring(*keys: tuple[str, Scope]) -> KeyRing:
    return KeyRing(load_settings(api_keys=[stored_form(key, scope) for key, scope in keys]))


def test_a_key_has_its_scope() -> None:
    keys = ring(("one", Scope.READ), ("two", Scope.ADMIN), ("both", Scope.READ), ("both", Scope.ADMIN))
    found = {text: key and key.scope for text in ("one", "two", "both", "three") for key in [keys.find(text.encode())]}
    assert found == {"one": Scope.READ, "two": Scope.ADMIN, "both": Scope.ADMIN, "three": None}


def test_an_id_is_found_as_long_as_its_key_is_there() -> None:
    key = ring(("one", Scope.READ)).find(b"one")
    assert key is not None
    assert ring(("two", Scope.READ), ("one", Scope.ADMIN)).by_id(key.id) == key.__class__(key.id, Scope.ADMIN)
    assert ring(("two", Scope.READ)).by_id(key.id) is None


def test_without_keys_it_is_empty() -> None:
    assert not KeyRing(load_settings())
    assert KeyRing(load_settings(api_key="one"))
