import pytest

from tests.catalog.understanding.helpers import brief, spans


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nothing electronic", ["-sound electronic"]),
        ("anything but jazz", ["-sound jazz"]),
        ("not too fast", ["-sound fast"]),
        ("free of drums", ["-sound drums"]),
        ("no vocals calm piano", ["-sound vocals", "sound calm piano"]),
        ("no electronic drums", ["-sound electronic drums"]),
        ("piano without drums for studying", ["sound piano", "-sound drums", "sound studying"]),
        ("no drums, guitar or vocals", ["-sound drums", "-sound guitar", "-sound vocals"]),
        ("no drums, calm piano", ["-sound drums", "sound calm piano"]),
        ("without drums and bass", ["-sound drums", "-sound bass"]),
        ("no drums and slow piano", ["-sound drums", "sound slow piano"]),
        ("no drums and bass", ["-sound drums", "-sound bass"]),
        ("no drums but with piano", ["-sound drums", "sound piano"]),
        ("not from the 80s or 90s", ["-limit year:1980..1989", "-limit year:1990..1999"]),
        ("nothing like Greensleeves", ["-like Greensleeves"]),
        ("everything except rap and metal", ["-sound rap", "-sound metal"]),
        ("no bass and no drums", ["-sound bass", "-sound drums"]),
        ("rock but no guitar solos", ["sound rock", "-sound guitar solos"]),
        ("jazz without vuvuzela", ["sound jazz", "-sound vuvuzela"]),
        ("a map on the knees, no plan, the road", ["sound map on the knees, no plan, the road"]),
        ("peru no forno, primos na sala", ["sound peru no forno, primos na sala"]),
        ("no-nonsense punk", ["sound no-nonsense punk"]),
        ("slow sunday, no hurry", ["sound slow sunday, no hurry"]),
        ("ギターもドラムもなし", ["-sound ギター", "-sound ドラム"]),
        ("静かなピアノ、歌なし", ["sound 静かなピアノ", "-sound 歌"]),
        ("不要太吵", ["-sound 吵"]),
        ("davulsuz caz", ["-sound davul", "sound caz"]),
        ("drumless jazz", ["-sound drum", "sound jazz"]),
        ("without the singing of a drunk sailor", ["-sound singing", "sound drunk sailor"]),
        ("no", ["sound no"]),
        ("piano without", ["sound piano"]),
        ("symphony no. 5", ["sound symphony no. 5"]),
        ("not only sad", ["sound not only sad"]),
    ],
)
def test_the_reach_of_negations(text: str, expected: list[str]) -> None:
    assert brief(text) == expected


def test_spans_have_the_negator_and_not_the_comma() -> None:
    assert spans("piano with no drums, bass or vocals") == ["piano", "with no drums", "bass", "vocals"]
