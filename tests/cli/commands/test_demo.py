"""`polymuse demo`: the bundled music."""

from cli.commands.demo import demo_music


def test_the_music_comes_with_the_package() -> None:
    assert len(list(demo_music().glob("*.opus"))) >= 12
