"""JSON, valid and not."""

import pytest

from polymuse.parse_json import parse_json


def test_what_is_not_json_is_a_value_error() -> None:
    assert parse_json(b'{"a": [1]}') == {"a": [1]}
    deep = 100_000
    for text in ("{", b"\xff", "[" * deep + "]" * deep, b'{"a":' * deep + b"1" + b"}" * deep):
        with pytest.raises(ValueError):  # noqa: PT011  that is the contract
            parse_json(text)
