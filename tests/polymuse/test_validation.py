from typing import Annotated

import pytest
from pydantic import AfterValidator, TypeAdapter, ValidationError

from polymuse.validation import plain_message


def refuse(value: int) -> int:
    raise ValueError(f"{value} is not allowed")


def test_what_a_validator_raises_is_the_whole_message() -> None:
    with pytest.raises(ValidationError) as raised:
        TypeAdapter(Annotated[int, AfterValidator(refuse)]).validate_python(7)
    [error] = raised.value.errors()
    assert error["msg"] != "7 is not allowed"
    assert plain_message(error["msg"]) == "7 is not allowed"


def test_other_messages_stay() -> None:
    assert plain_message("Input should be a valid integer") == "Input should be a valid integer"
