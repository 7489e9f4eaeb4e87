"""docs/architecture.md names files that exist."""

import re

import pytest

from tests.helpers.paths import ROOT

PAGE = ROOT / "docs" / "architecture.md"


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(\w+/[\w/]*(?:\.py)?)`", PAGE.read_text("utf-8")))))
def test_the_files_it_names_exist(name: str) -> None:
    assert (ROOT / name).exists()


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^)#:]+)\)", PAGE.read_text("utf-8")))))
def test_links_are_valid(link: str) -> None:
    assert (PAGE.parent / link).exists()
