"""`polymuse mark`, and what was marked in lists."""

import pytest

from polymuse.errors import UserError
from tests.helpers.command_line import answers, invoke

pytestmark = pytest.mark.usefixtures("library")

PIANO = "/music/piano.ogg"


def test_favourites_hidden_tracks_and_wrong_tags() -> None:
    [track] = answers("mark", PIANO, "--favourite", "--hide", "--wrong-tag", "sad")
    assert track["marks"]["favourite_since"] == track["marks"]["hidden_since"] != ""
    assert track["marks"]["wrong_tags"] == ["sad"]
    assert [each["title"] for each in answers("list", "--where", "favourite:yes hidden:yes")] == ["Piano"]
    assert "Piano" not in [each["title"] for each in answers("list")]
    [track] = answers("mark", track["id"], "--no-favourite", "--no-hide", "--not-wrong-tag", "sad")
    assert not any(track["marks"].values())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((PIANO,), "not said how"),
        (("/music/none.ogg", "--favourite"), "not in the library"),
        ((PIANO, "--wrong-tag", "sda"), 'no tag "sda"'),
        ((PIANO, "--wrong-tag", "<b>"), "not the name of a tag"),
    ],
)
def test_what_cannot_be_marked_is_refused(arguments: tuple[str, ...], said: str) -> None:
    with pytest.raises(UserError, match=said):
        invoke("mark", *arguments)
