"""Writes the lock files from pyproject.toml: `make lock`, or `make lock UPGRADE=--upgrade` for the newest versions.

| file | what | for |
|---|---|---|
| base.txt | what Poly-Muse needs, without torch | the images |
| torch-cpu.txt | the CPU build of torch for Linux, which has an index of its own | the image without CUDA, CI |
| torch-cuda.txt | torch of PyPI and what its CUDA build needs | the image for GPUs |
| dev.txt | what development needs, without torch | `make test`, CI |
| tools.txt | what checks and describes the others | `make lock`, `make audit`, `make sbom` |

torch-cpu.txt is only written when the version of torch has changed: not every machine reaches that index.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

FOLDER = Path(__file__).parent
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
UV = ("uv", "pip", "compile", "--quiet", "--no-header", "--no-annotate", "--generate-hashes", "--only-binary", ":all:")
# One version for every Python: the one that is tested.
PYTHONS = ("--universal", "--python-version", "3.11", "--fork-strategy", "fewest")
OF_CUDA = re.compile(r"torch|triton|nvidia-.+|cuda-.+")  # the CPU build comes with none of them
HEADER = "# Written by requirements/lock.py\n"

Entry = tuple[str, str]  # name, requirement with hashes


def main(*options: str) -> None:
    """Writes all files. `options` are passed on to uv. Raises CalledProcessError if it finds no solution."""
    locked = "".join((FOLDER / name).read_text("utf-8") for name in ("dev.txt", "torch-cuda.txt"))
    everything = resolve("pyproject.toml", "--extra", "dev", *options, preferred=locked)
    needed = resolve("pyproject.toml", preferred="".join(text for _, text in everything))
    cuda = {name for name, _ in needed if OF_CUDA.fullmatch(name)}
    write("base.txt", (entry for entry in needed if entry[0] not in cuda))
    write("torch-cuda.txt", (entry for entry in needed if entry[0] in cuda))
    write("dev.txt", (entry for entry in everything if entry[0] not in cuda - {"triton"}))  # its interpreter is tested
    tools = (FOLDER / "tools.txt").read_text("utf-8")
    write("tools.txt", resolve("--group", "tools", *options, preferred=tools))
    [torch] = [text.split()[0] for name, text in everything if name == "torch"]
    if f"{torch}+cpu" not in (FOLDER / "torch-cpu.txt").read_text("utf-8").split():
        write("torch-cpu.txt", resolve("-", "--no-deps", "--default-index", CPU_INDEX, given=f"{torch}+cpu\n"))


def resolve(*arguments: str, preferred: str = "", given: str | None = None) -> list[Entry]:
    """What uv finds for `arguments`, or for requirements that are `given`; `preferred` versions stay if they may."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "requirements.txt"
        output.write_text(preferred, "utf-8")
        command = [*UV, *PYTHONS, *arguments, "--output-file", str(output)]
        subprocess.run(command, cwd=FOLDER.parent, input=given, text=True, check=True)
        texts = re.split(r"^(?=\w)", output.read_text("utf-8"), flags=re.MULTILINE)[1:]
    return [(text.partition("==")[0], text) for text in texts]


def write(name: str, entries: Iterable[Entry]) -> None:
    """Writes one file."""
    (FOLDER / name).write_text(HEADER + "".join(text for _, text in entries), "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
