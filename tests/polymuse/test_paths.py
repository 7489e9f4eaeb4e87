from polymuse.paths import printable


def test_bytes_that_are_no_utf8_are_shown() -> None:
    assert printable("/music/卡农\udcff.ogg") == r"/music/卡农\xff.ogg"
