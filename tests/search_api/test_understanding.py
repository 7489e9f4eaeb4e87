from catalog.understanding.asking import ReadText
from catalog.understanding.reading import understand
from models.embedder import TextMeaning
from search_api.understanding import TextUnderstood

TEXT = "piano before 1900"


def test_each_part_has_the_texts_that_change_it() -> None:
    sound, limit = TextUnderstood.of(ReadText(understand(TEXT, ()), "piano"), lambda _: None).parts
    assert (sound.value, sound.without) == ("piano", "before 1900")
    assert (limit.value, limit.without, limit.literal) == ("year:..1899", "piano", 'piano "before 1900"')
    assert [part.value for part in understand(limit.turned, ()).parts] == ["piano", "year:..1899"]
    assert not understand(limit.turned, ()).parts[1].wanted


def test_the_meaning_is_that_of_the_sound() -> None:
    asked: list[str] = []

    def meaning_of(text: str) -> TextMeaning:
        asked.append(text)
        return TextMeaning((("piano", 0.98765), ("drums", -0.5)), sure=True)

    answer = TextUnderstood.of(ReadText(understand(TEXT, ()), "piano"), meaning_of)
    assert asked == ["piano"]
    assert [(each.slug, each.weight) for each in answer.meaning or ()] == [("piano", 0.988), ("drums", -0.5)]
    assert TextUnderstood.of(ReadText(understand("before 1900", ()), ""), meaning_of).meaning is None
