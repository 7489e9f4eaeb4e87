"""Names whose modules are imported when they are first used."""

import sys

import pytest

from polymuse.lazy_exports import lazy_exports


def test_a_module_is_imported_with_the_first_use_of_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    get = lazy_exports("package", {"rgb_to_hsv": "colorsys"})
    assert "colorsys" not in sys.modules
    assert get("rgb_to_hsv")(1, 0, 0) == (0, 1, 1)  # red: hue 0, full saturation and value


def test_other_names_are_missing_as_in_any_module() -> None:
    with pytest.raises(AttributeError, match="module 'package' has no attribute 'other'"):
        lazy_exports("package", {"name": "math"})("other")
