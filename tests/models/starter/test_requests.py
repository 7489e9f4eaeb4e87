"""What is left of a request for music for something."""

import pytest

from models.starter.concepts import normalise
from models.starter.requests import load_requests


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Musik zum Putzen", "putzen"),
        ("music for cleaning the house", "cleaning the house"),
        ("Some music for a rainy day", "rainy day"),
        ("músicas pra lavar louça", "lavar louça"),
        ("музыка для уборки", "уборки"),
        ("适合睡觉的音乐", "睡觉"),
        ("お茶の時間の音楽", "お茶の時間"),
        ("잠을 위한 음악", "잠"),
        ("temizlik için müzik", "temizlik"),
    ],
)
def test_the_situation_is_left(text: str, left: str) -> None:
    assert load_requests().situation(normalise(text)) == left


@pytest.mark.parametrize("text", ["music", "music for", "musical forest", "rainy day", "Musikzimmer", "的音乐", ""])
def test_what_is_no_such_request_stays_as_it_is(text: str) -> None:
    assert load_requests().situation(normalise(text)) == normalise(text)
