import pickle

import pytest

from polymuse.errors import BadAudioError, NotFoundError, UnavailableError, UserError


@pytest.mark.parametrize("kind", [UserError, NotFoundError, BadAudioError, UnavailableError])
def test_an_error_survives_the_way_between_processes(kind: type[UserError]) -> None:
    error = pickle.loads(pickle.dumps(kind("It is empty", "Restore it")))
    assert type(error) is kind
    assert (error.message, error.advice) == ("It is empty", "Restore it")


def test_an_error_reads_as_one_line_with_its_advice() -> None:
    assert str(UserError("It is empty.", "Restore it")) == "It is empty. Restore it"
    assert str(UserError("It is empty")) == "It is empty"
