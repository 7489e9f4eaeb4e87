"""Versions of stored descriptors."""

from polymuse.descriptors import DescriptorsVersion, versioned


def test_the_text_version_is_read_from_that_of_the_bank() -> None:
    assert versioned("0123", "") == "0123"
    assert DescriptorsVersion(bank=versioned("0123", "abcd")).text_version == "abcd"
    assert DescriptorsVersion(bank="0123").text_version == DescriptorsVersion().text_version == ""
