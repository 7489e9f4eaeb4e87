"""Real beets with a small library, and a service of Poly-Muse that knows some of its files."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from polymuse.api_keys import Scope, new_key, stored_form
from polymuse.music import Tag
from polymuse.settings import load_settings
from tests.helpers.paths import ROOT
from tests.helpers.tagged_files import vorbis
from tests.search_api.shelf import Shelf, serving

KEYS = {scope: new_key(scope) for scope in Scope}
RECORDING = "b1a9c0e9-d987-4042-ae91-78d6a3267d69"
LENGTH = 0.1  # seconds of the files
SURE = (Tag("calm", "mood", 0.9), Tag("dark", "mood", 0.7), Tag("sad", "mood", 0.3), Tag("piano", "instruments", 0.9))


@dataclass
class Beets:
    """A library of beets below `folder`."""

    folder: Path

    def configure(self, **options: Any) -> None:
        """Write config.yaml with these options of the plugin."""
        config = {
            "directory": str(self.folder / "music"),
            "library": str(self.folder / "library.db"),
            "plugins": ["polymuse", "types"],  # another plugin of the same namespace
            "import": {"copy": False, "write": False, "autotag": False},
            "polymuse": options,
        }
        (self.folder / "config.yaml").write_text(yaml.safe_dump(config, allow_unicode=True), "utf-8")

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Runs `beet` as a user does."""
        environment = {**os.environ, "BEETSDIR": str(self.folder), "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
        command = [sys.executable, "-m", "beets", *arguments]
        return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=120)

    def said(self, *arguments: str) -> str:
        """What a command that succeeds prints."""
        result = self.run(*arguments)
        assert result.returncode == 0, result.stderr
        return result.stdout

    def refused(self, *arguments: str) -> str:
        """The one line that a command ends with that fails."""
        result = self.run(*arguments)
        assert result.returncode == 1, result.stdout
        assert "Traceback" not in result.stderr
        [line] = result.stderr.splitlines()
        return line


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of beets with four files, imported as they are."""
    pytest.importorskip("beets", reason="needs the package beets")
    folder = tmp_path_factory.mktemp("beets")
    (folder / "music").mkdir()
    for name, artist in (("Calm", "A"), ("卡农", "B"), ("Third", "C"), ("Unknown", "D")):
        names = ("title", name), ("artist", artist), ("album", "One")
        recording = [("musicbrainz_trackid", RECORDING)] if artist == "B" else []
        vorbis(folder / "music" / f"{name}.flac", *names, *recording)
    beets = Beets(folder)
    beets.configure()
    beets.said("import", "-A", "-q", str(folder / "music"))
    return folder


@pytest.fixture
def beets(filled: Path) -> Iterator[Beets]:
    """The library as it was imported."""
    database = filled / "library.db"
    before = database.read_bytes()
    files = {path: path.read_bytes() for path in (filled / "music").iterdir()}
    yield Beets(filled)
    database.write_bytes(before)
    for path, content in files.items():
        path.write_bytes(content)


@pytest.fixture(scope="session")
def known(filled: Path, starter_weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    """A service that knows three of the files, by path, by recording and by tags; and a stranger."""
    home = tmp_path_factory.mktemp("known")
    (home / "models").symlink_to(starter_weights.parent)
    keys = tuple(stored_form(key, scope) for scope, key in KEYS.items())
    with pytest.MonkeyPatch.context() as environment:
        for name in [name for name in os.environ if name.startswith("POLYMUSE_")]:
            environment.delenv(name)
        environment.setenv("XDG_CONFIG_HOME", str(home))
        settings = load_settings(home=home, profile="starter").model_copy(update={"api_keys": keys})
    music = tmp_path_factory.mktemp("elsewhere")
    with serving(settings, music) as shelf:
        shelf.add(filled / "music" / "Calm.flac", title="Calm", artist="A", tags=SURE, tag_bpm=92.4, tag_key="Am")
        shelf.add(shelf.write("b", b"b"), title="x", musicbrainz={"recording": (RECORDING,)}, tags=SURE[1:])
        shelf.add(shelf.write("c", b"c"), title="THIRD", artist="c", album="one", duration=LENGTH, tags=SURE[:1])
        shelf.add(shelf.write("d", b"d"), title="Stranger", artist="E")
        yield shelf
