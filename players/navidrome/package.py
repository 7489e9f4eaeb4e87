"""The plugin as the file that Navidrome installs: a zip with `manifest.json` and `plugin.wasm`."""

import io
import json
import zipfile
import zlib
from importlib.resources import files
from pathlib import Path
from typing import Any

from polymuse import __version__
from polymuse.errors import UserError
from polymuse.music import MIX

PLUGIN = "polymuse"  # the name of the file without `.ndp` is what Navidrome calls the plugin
EXTENSION = ".ndp"
MAX_MANIFEST = 1 << 20  # bytes that are read of the manifest of a file
_EPOCH = (
    1980,
    1,
    1,
    0,
    0,
    0,
)  # of all members, so that the same version makes the same bytes; zip knows no earlier time
_NO_PACKAGE = (  # what reading another file as one can raise
    *(OSError, ValueError, KeyError, TypeError, RecursionError, RuntimeError),
    *(zipfile.BadZipFile, zlib.error, EOFError),
)
_FURTHER = {  # stem -> what its mixes are called in Navidrome's list of plugins
    "vocals": "same voice",
    "drums": "same drums",
    "bass": "same bass",
    "guitar": "same guitar",
    "piano": "same piano",
    "other": "same other instruments",
    "instrumental": "same instruments",
}


def plugin_name(stem: str = MIX) -> str:
    """The name of the file without its extension."""
    return PLUGIN if stem == MIX else f"{PLUGIN}-{stem}"


def plugin_file(stem: str = MIX) -> bytes:
    """The plugin; for another stem than the mix a further copy, beside the plugin itself, that asks for this stem.

    A further copy has only what the agents of Navidrome are asked for, in the order of its setting; of several plugins
    with sonic similarity, Navidrome takes any. Raises UserError for a stem that has no mixes.
    """
    data = files("players.navidrome")
    wasm = (data / ("plugin.wasm" if stem == MIX else "further_mix.wasm")).read_bytes()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as package:
        for name, content in (("manifest.json", _manifest(stem)), ("plugin.wasm", wasm)):
            member = zipfile.ZipInfo(name, _EPOCH)
            member.create_system, member.external_attr = 3, 0o644 << 16  # the same on every system
            package.writestr(member, content)  # stored, as compressors differ between versions of zlib
    return packed.getvalue()


def is_plugin_file(file: Path) -> bool:
    """Whether a file is this plugin, of any version."""
    try:
        with zipfile.ZipFile(file) as package, package.open("manifest.json") as manifest:
            name = json.loads(manifest.read(MAX_MANIFEST))["name"]
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
        RecursionError,
        NotImplementedError,
        zipfile.BadZipFile,
        zlib.error,
    ):
        return False
    return isinstance(name, str) and name.partition(":")[0] == "Poly-Muse"


def _manifest(stem: str) -> bytes:
    manifest: dict[str, Any] = json.loads((files("players.navidrome") / "manifest.json").read_bytes())
    manifest["version"] = __version__
    if stem != MIX:
        if stem not in _FURTHER:
            raise UserError(f'There are no mixes by "{stem}"', f"Choose {', '.join(_FURTHER)}.")
        manifest["name"] += f": {_FURTHER[stem]}"
        manifest["config"]["schema"]["properties"]["stem"]["default"] = stem
    return json.dumps(manifest, indent=2).encode()
