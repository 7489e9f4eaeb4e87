import pytest

from indexer.file_tags.scripts import MODELS, log_probability


@pytest.mark.parametrize(
    ("encoding", "text", "other"),
    [
        ("cp1251", "Группа крови", "koi8_r"),
        ("gbk", "爱你一万年", "cp949"),
        ("cp932", "涙そうそう", "gbk"),
        ("cp949", "사랑했지만", "gbk"),
    ],
)
def test_the_right_encoding_is_more_probable(encoding: str, text: str, other: str) -> None:
    misread = text.encode(encoding).decode(other, "replace")
    assert log_probability(text, MODELS[encoding][0]) > log_probability(misread, MODELS[other][0])


def test_capitals_belong_at_the_start_of_words() -> None:
    model = MODELS["cp1251"][0]
    assert log_probability("Кино", model) > log_probability("КИНО", model) > log_probability("кИнО", model)
