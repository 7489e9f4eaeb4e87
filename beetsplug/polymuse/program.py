"""A library of Poly-Muse on this computer, by its program."""

from __future__ import annotations

import os
import shlex
import subprocess
from typing import TYPE_CHECKING, Any

from .tracks import PolymuseError, one_line, read_json, read_track

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

INTERRUPTED = 130


class Program:
    """Runs `polymuse`, which may be in an environment of its own."""

    def __init__(self, command: str, settings: Mapping[str, str]) -> None:
        """`settings`: home, library, profile; "" is not set."""
        try:
            self._command = shlex.split(command)
        except ValueError as error:
            raise PolymuseError(f"the setting command cannot be read: {error}") from error
        given = {f"POLYMUSE_{name.upper()}": value for name, value in settings.items() if value}
        self._environment = {**os.environ, **given}

    def tracks(self) -> Iterator[dict[str, Any]]:
        """All tracks of the library."""
        return self._tracks("list", "--json")

    def search(self, text: str, limit: int) -> Iterator[dict[str, Any]]:
        """The hits for a text, the best first."""
        return self._tracks("search", "--json", "-n", str(limit), "--", text)

    def recordings(self, track: dict[str, Any]) -> list[str]:
        """The MusicBrainz ids of a track, which are known already."""
        return track.get("recordings", [])

    def index(self, folder: str, say: Callable[[str], None]) -> None:  # noqa: ARG002  the program shows its progress
        """Index a folder. Raises PolymuseError if that fails altogether."""
        status = self._start("index", folder).wait()
        if status == INTERRUPTED:
            raise PolymuseError("interrupted; run it again to go on")
        if status not in (0, 1):  # 1: some files failed, which it has listed
            raise PolymuseError(f"`polymuse index` ended with status {status}")

    def _tracks(self, *arguments: str) -> Iterator[dict[str, Any]]:
        process = self._start(*arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        printed, said = process.communicate()
        if process.returncode != 0:
            lines = said.decode("utf-8", "replace").strip().splitlines()
            raise PolymuseError(one_line(lines[-1] if lines else f"the program ended with {process.returncode}"))
        for line in printed.splitlines():
            try:
                yield read_track(read_json(line))
            except ValueError as error:
                message = f"`{one_line(self._command[0])} {arguments[0]}` printed something else than a track"
                raise PolymuseError(f"{message}; do the plugin and the program have the same version?") from error

    def _start(self, *arguments: str, stdout: int | None = None, stderr: int | None = None) -> subprocess.Popen[bytes]:
        command = [*self._command, *arguments]
        try:
            return subprocess.Popen(command, env=self._environment, stdout=stdout, stderr=stderr)
        except (OSError, IndexError, ValueError) as error:
            name = one_line(self._command[0]) if self._command else ""
            raise PolymuseError(
                f"the program {name!r} cannot be run ({one_line(error)}); install it (`pipx install poly-muse`), set "
                "polymuse.command to its path, or polymuse.url to the address of a running `polymuse serve`"
            ) from error
