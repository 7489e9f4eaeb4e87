"""From `plugin.c` to the WebAssembly that is committed beside it: `python -m players.navidrome.compiling`.

Needs the package ziglang, which the development tools have. One version of it makes the same bytes on every machine.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

FOLDER = Path(__file__).parent
SOURCE = FOLDER / "plugin.c"
FLAGS = ("-target", "wasm32-freestanding", "-Os", "-s", "-nostdlib", "-fno-builtin", "-Wall", "-Wextra", "-Werror")
LINKING = ("-Wl,--no-entry",)
BUILDS = {  # file -> its own flags
    "plugin.wasm": (),
    "further_mix.wasm": ("-DFURTHER_MIX",),
}


def compile_plugin(target: Path) -> None:
    """Write all BUILDS into the folder `target`. Raises CalledProcessError, with what the compiler says on stderr."""
    with tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, "ZIG_GLOBAL_CACHE_DIR": cache, "ZIG_LOCAL_CACHE_DIR": cache}
        for name, own in BUILDS.items():
            compiler = (sys.executable, "-m", "ziglang", "cc")
            subprocess.run(
                [*compiler, *FLAGS, *own, *LINKING, SOURCE.name, "-o", target.absolute() / name],
                cwd=FOLDER,  # so that no path can become a part of the output
                env=environment,
                check=True,
            )
            (target / name).chmod(0o644)


if __name__ == "__main__":
    compile_plugin(FOLDER)
