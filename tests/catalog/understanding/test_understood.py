from catalog.understanding.understood import Understood, UnderstoodPart


def test_a_text_is_only_sound_if_all_of_it_is_wanted_sound() -> None:
    calm = UnderstoodPart("sound", 0, 4, "calm")
    assert Understood("calm", (calm,)).only_sound
    assert not Understood("no drums", (UnderstoodPart("sound", 0, 8, "drums", wanted=False),)).only_sound
    assert not Understood("calm 1990", (calm, UnderstoodPart("limit", 5, 9, "year:1990", field="year"))).only_sound
