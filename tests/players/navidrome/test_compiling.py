"""The committed WebAssembly is what its source compiles to."""

from pathlib import Path

from players.navidrome.compiling import BUILDS, FOLDER, compile_plugin


def test_the_source_compiles_to_the_committed_bytes(tmp_path: Path) -> None:
    compile_plugin(tmp_path)
    for name in BUILDS:
        assert (tmp_path / name).read_bytes() == (FOLDER / name).read_bytes(), (
            "run python -m players.navidrome.compiling"
        )
