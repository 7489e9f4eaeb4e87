"""What works on which file system: a library on it, and music on it. For Linux, as root.

    python benchmarks/file_systems.py [--only ext4,xfs]

Makes a disk of each kind that this machine can make and mount: image files of 1 GB, a layer over another folder, or a
share of its own ssh server. With the library on it: index, search by a second process while the first one has it open,
kill -9 during a run and run again. With the music on it: names in two Unicode forms and in two cases, a run with the
disk out, and one with the disk back, which must do nothing. The profile is that of quick_indexer.py.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
from quick_indexer import NAME, SPACE

from catalog.catalog import Catalog
from models.audio.write import write_wav
from polymuse.errors import UserError
from polymuse.home import Home
from polymuse.mounts import file_system_of

RATE = 44_100  # Hz
CLIPS = 24
SIZE = "1G"
NAMES = ("Café nfc.wav", "Café nfd.wav", "Case.wav", "CASE.wav", "空 ~ ' \" name.wav")
QUICK_INDEXER = Path(__file__).with_name("quick_indexer.py")

Mount = Callable[[Path, Path], None]  # takes a place for its own files, and the folder to mount at


def image(make: list[str], mount: list[str]) -> Mount:
    def run(own: Path, at: Path) -> None:
        file = own / "image"
        subprocess.run(["truncate", "-s", SIZE, str(file)], check=True)
        subprocess.run([*make, str(file)], check=True, capture_output=True)
        made = subprocess.run(["losetup", "--find", "--show", str(file)], check=True, capture_output=True, text=True)
        device = made.stdout.strip()
        subprocess.run([*mount, device, str(at)], check=True, capture_output=True)
        subprocess.run(["losetup", "--detach", device], check=True)  # once it is unmounted

    return run


def layer(own: Path, at: Path) -> None:
    for name in ("lower", "upper", "work"):
        (own / name).mkdir()
    places = f"lowerdir={own}/lower,upperdir={own}/upper,workdir={own}/work"
    subprocess.run(["mount", "-t", "overlay", "overlay", "-o", places, str(at)], check=True, capture_output=True)


def share(own: Path, at: Path) -> None:
    """A folder of this machine through its own ssh server, which is started for this connection alone."""
    (own / "shared").mkdir()
    server = shutil.which("sftp-server") or "/usr/lib/openssh/sftp-server"
    (own / "ssh").write_text(f'#!/bin/sh\nexec "{server}"\n')
    (own / "ssh").chmod(0o700)
    command = ["sshfs", "-o", f"ssh_command={own}/ssh", f"localhost:{own}/shared", str(at)]
    subprocess.run(command, check=True, capture_output=True)


FILE_SYSTEMS: dict[str, Mount] = {
    "ext4": image(["mkfs.ext4", "-q"], ["mount"]),
    "xfs": image(["mkfs.xfs", "-q"], ["mount"]),
    "btrfs": image(["mkfs.btrfs", "-q"], ["mount"]),
    "tmpfs": lambda _, at: mount_in_memory(at),
    "overlay": layer,
    "ntfs-3g": image(["mkfs.ntfs", "-q", "-F"], ["ntfs-3g"]),
    "exfat": image(["mkfs.exfat"], ["mount.exfat-fuse"]),
    "sshfs": share,
}


def mount_in_memory(at: Path) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1g", "tmpfs", str(at)], check=True)


@contextmanager
def mounted(mount: Mount, own: Path) -> Iterator[Path]:
    own.mkdir()
    (at := own / "disk").mkdir()
    mount(own, at)
    try:
        yield at
    finally:
        subprocess.run(["umount", "--lazy", str(at)], check=True)


def polymuse(home: Path, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, str(QUICK_INDEXER), *arguments],
        env=os.environ | {"POLYMUSE_HOME": str(home), "POLYMUSE_JOBS": "1", "POLYMUSE_PROFILE": NAME},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def index(home: Path, music: Path) -> tuple[int, dict[str, int], str]:
    """Exit status, counts, and the last line for people."""
    process = polymuse(home, "index", str(music), "--prune", "--json", "--stems", "none")
    out, errors = process.communicate(timeout=300)
    lines = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
    return process.returncode, lines[-1].get("summary", {}) if lines else {}, (errors.strip().splitlines() or [""])[-1]


def write_clips(folder: Path, names: list[str]) -> None:
    for name in names:
        seed = abs(hash((str(folder), name))) % 2**32
        noise = 0.2 * np.random.default_rng(seed).standard_normal((2, RATE))
        write_wav(folder / name, noise.clip(-0.9, 0.9).astype(np.float32), RATE)


def library_on(disk: Path, music: Path) -> str:
    home = disk / "home"
    first = polymuse(home, "index", str(music), "--json", "--stems", "none")
    for _ in first.stdout or ():
        break
    first.send_signal(signal.SIGKILL)
    first.communicate()
    status, counts, line = index(home, music)
    if status != 0:
        return f"refused: {line}" if "Traceback" not in line else f"FLAW: {line}"
    with Catalog.share(Home(home).store, SPACE) as catalog:
        stored = catalog.count()
        searched = polymuse(home, "list", "--json")
        out, errors = searched.communicate(timeout=300)
        attached = len(out.splitlines())
    if stored != CLIPS or searched.returncode != 0:
        return f"FLAW: {stored} of {CLIPS}, {counts}, {attached} for a second process {errors.strip()}"
    return f"{stored} of {CLIPS} tracks after a kill, a second process is attached"


def music_on(disk: Path, home: Path) -> str:
    folder = disk / "music"
    folder.mkdir()
    written = []
    for name in NAMES:
        with suppress(UserError):  # a name that it cannot store
            write_clips(folder, [name])
            written.append(name)
    there = len([*folder.iterdir()])
    _, counts, _ = index(home, folder)
    folder.rename(disk / "away")  # what a program sees when the disk is out
    folder.mkdir()
    index(home, folder)
    folder.rmdir()
    (disk / "away").rename(folder)
    _, again, _ = index(home, folder)
    with Catalog.open(Home(home).store, SPACE) as catalog:
        stored = catalog.count()
    flaw = "" if stored == there == counts.get("indexed") and again.get("indexed") == 0 else "FLAW: "
    return f"{flaw}{stored} of {there} files indexed, {again.get('indexed')} again after the disk was out"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", help="names, separated by commas")
    names = parser.parse_args().only
    flaws = 0
    with tempfile.TemporaryDirectory(prefix="polymuse-file-systems-") as directory:
        (music := Path(directory) / "clips").mkdir()
        write_clips(music, [f"{number}.wav" for number in range(CLIPS)])
        for name in names.split(",") if names else FILE_SYSTEMS:
            begin = time.monotonic()
            try:
                with mounted(FILE_SYSTEMS[name], Path(directory) / name) as disk:
                    kind = file_system_of(disk)
                    (homes := Path(directory) / f"{name}-homes").mkdir()
                    told = [f"library: {library_on(disk, music)}", f"music: {music_on(disk, homes)}"]
            except (OSError, subprocess.CalledProcessError) as error:
                print(f"{name}: cannot be made or mounted here: {error}", flush=True)
                continue
            flaws += sum("FLAW" in line for line in told)
            print(f"{name} ({kind}), {time.monotonic() - begin:.0f} s\n  " + "\n  ".join(told), flush=True)
    print(f"flaws: {flaws}")
    sys.exit(bool(flaws))


if __name__ == "__main__":
    if sys.platform != "linux" or os.geteuid() != 0:
        sys.exit("This needs the right to mount")
    main()
