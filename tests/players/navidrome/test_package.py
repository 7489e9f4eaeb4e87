"""The file for Navidrome, held to the rules by which Navidrome reads plugins."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from players.navidrome.package import is_plugin_file, plugin_file, plugin_name
from polymuse import __version__
from polymuse.errors import UserError

REASON = {"reason": {"type": "string"}}
# What Navidrome 0.63 accepts as a manifest; of the permissions, those that this plugin could need.
MANIFEST = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name", "author", "version"],
    "properties": {
        **{name: {"type": "string", "minLength": 1} for name in ("name", "author", "version")},
        "description": {"type": "string"},
        "website": {"type": "string", "format": "uri"},
        "config": {
            "type": "object",
            "additionalProperties": False,
            "required": ["schema"],
            "properties": {"schema": {"type": "object"}, "uiSchema": {"type": "object"}},
        },
        "permissions": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "http": {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {**REASON, "requiredHosts": {"type": "array", "items": {"type": "string"}}},
                }
            },
        },
    },
}
STEMS = ("mix", "vocals", "drums", "bass", "guitar", "piano", "other", "instrumental")


def unpacked(data: bytes) -> tuple[dict[str, Any], bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        assert package.namelist() == ["manifest.json", "plugin.wasm"]
        assert package.testzip() is None
        return json.loads(package.read("manifest.json")), package.read("plugin.wasm")


@pytest.mark.parametrize("stem", STEMS)
def test_navidrome_accepts_the_package(stem: str) -> None:
    manifest, wasm = unpacked(plugin_file(stem))
    jsonschema_rs.validate(MANIFEST, manifest)
    jsonschema_rs.meta.validate(settings_schema(manifest))
    assert wasm.startswith(b"\0asm")
    assert manifest["version"] == __version__
    assert all(permission["reason"] for permission in manifest["permissions"].values())
    assert plugin_name(stem) == "polymuse" + ("" if stem == "mix" else f"-{stem}")


def settings_schema(manifest: dict[str, Any]) -> dict[str, Any]:
    """The schema of the settings, as the draft that Navidrome reads."""
    return {"$schema": "http://json-schema.org/draft-07/schema#", **manifest["config"]["schema"]}


def test_the_same_version_always_has_the_same_bytes() -> None:
    assert plugin_file() == plugin_file()
    with zipfile.ZipFile(io.BytesIO(plugin_file())) as package:
        assert {each.date_time for each in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}


class TestSettings:
    """Navidrome checks them by the schema before it stores them, and fills its form by the layout."""

    def test_valid_ones(self) -> None:
        manifest, _ = unpacked(plugin_file())
        schema = jsonschema_rs.validator_for(settings_schema(manifest))
        assert schema.is_valid({"url": "http://192.168.1.10:8765"})
        everything = {"key": "k", "stem": "drums", "where": "-tag:christmas", "exclude_artist": True, "per_artist": 0}
        assert schema.is_valid({"url": "https://music.example/polymuse/", "exclude_album": False, **everything})

    @pytest.mark.parametrize(
        "settings",
        [
            {},
            {"url": "192.168.1.10:8765"},
            {"url": "ftp://host"},
            {"url": "http://host/?key=1"},
            {"url": "http://host", "stem": "kazoo"},
            {"url": "http://host", "per_artist": -1},
            {"url": "http://host", "kez": "a misspelt setting"},
        ],
    )
    def test_invalid_ones(self, settings: dict[str, Any]) -> None:
        manifest, _ = unpacked(plugin_file())
        assert not jsonschema_rs.validator_for(settings_schema(manifest)).is_valid(settings)

    def test_the_form_has_each_of_them_once_and_hides_the_key(self) -> None:
        manifest, _ = unpacked(plugin_file())
        controls = manifest["config"]["uiSchema"]["elements"]
        named = [control["scope"].removeprefix("#/properties/") for control in controls]
        assert sorted(named) == sorted(manifest["config"]["schema"]["properties"])
        assert [name for name, each in zip(named, controls, strict=True) if "options" in each] == ["key"]

    def test_a_further_copy_has_a_name_and_a_stem_of_its_own(self) -> None:
        manifest, _ = unpacked(plugin_file("drums"))
        assert manifest["name"] == "Poly-Muse: same drums"
        assert manifest["config"]["schema"]["properties"]["stem"]["default"] == "drums"


def test_a_stem_without_mixes() -> None:
    with pytest.raises(UserError, match="Choose vocals, drums"):
        plugin_file("kazoo")


def test_only_files_of_the_plugin_are_recognised(tmp_path: Path) -> None:
    file = tmp_path / "some.ndp"
    assert not is_plugin_file(file)
    file.write_bytes(plugin_file("vocals"))
    assert is_plugin_file(file)
    for other in (b"", b"PK\x03\x04", plugin_file()[:-30]):
        file.write_bytes(other)
        assert not is_plugin_file(file)
    for manifest in (b'{"name": "Another plugin"}', b"[]", b'{"name": 1}', b"\xff"):
        with zipfile.ZipFile(file, "w") as package:
            package.writestr("manifest.json", manifest)
        assert not is_plugin_file(file)
