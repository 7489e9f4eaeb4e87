"""Executes a guide of `docs/guides` in a copy of the tree, so that a guide that no longer works fails its test.

A guide is Markdown. Its fenced blocks are taken in order, by the info string behind the fence:

- `diff` is applied with `git apply`, so it needs the real paths, hunk headers and context lines. Three ways to get
  one: `git diff`, `git diff --no-index /dev/null FILE` for a new file, or make the change and paste what those print.
- `console` holds commands, each on a line that begins with `$ `. `python` is the interpreter that runs the tests and
  `polymuse` the command line of the copy; there is no shell, so no pipes, globs or variables. A command must exit
  with 0, and the lines below it must be among those that it prints, in order; `…` in a line stands for anything.
- every other block (`python`, `json`, `text`) is only shown.

A test of a guide is one line:

    def test_works_as_written(tmp_path: Path) -> None:
        follow(GUIDES / "add_an_embedder.md", tmp_path)
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.helpers.paths import ROOT

GUIDES = ROOT / "docs" / "guides"
PROGRAMS = {"python": [sys.executable], "polymuse": [sys.executable, "-m", "indexer"]}
FENCE = re.compile(r"^(?P<fence>`{3,}) *(?P<info>[^`\n]*)\n(?P<text>.*?)^(?P=fence) *$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of a Markdown file."""

    info: str  # what stands behind the opening fence, such as "diff"
    text: str
    line: int  # of the opening fence, from 1


def blocks(markdown: str) -> list[Block]:
    """The fenced blocks of a Markdown text that begin at the margin, in order."""
    return [
        Block(match["info"].strip(), match["text"], markdown.count("\n", 0, match.start()) + 1)
        for match in FENCE.finditer(markdown)
    ]


def follow(guide: Path, tmp_path: Path) -> Path:
    """Applies each diff and runs each command of a guide in a copy of the tree, whose directory it returns.

    Raises AssertionError for the first block that does not do what it says, with the line of the guide.
    """
    tree = copy_tree(tmp_path / "tree")
    for block in blocks(guide.read_text("utf-8")):
        where = f"{guide.name}:{block.line}"
        if block.info == "diff":
            _apply(block.text, tree, where)
        elif block.info == "console":
            for command, expected in _commands(block.text):
                _expect(_run(command, tree, where), expected, f"{where}: $ {command}")
    return tree


def copy_tree(target: Path) -> Path:
    """A copy of the files that git tracks, as they are now. Skips the test where there is no git checkout."""
    if not (ROOT / ".git").exists():
        pytest.skip("needs a git checkout")
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
    for name in filter(None, tracked.split("\0")):
        if (ROOT / name).is_file():  # one that was deleted is tracked until the next commit
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    return target


def _apply(diff: str, tree: Path, where: str) -> None:
    apart = os.environ | {"GIT_CEILING_DIRECTORIES": str(tree.parent)}  # no repository above it decides anything
    result = subprocess.run(
        ["git", "apply", "--whitespace=error-all", "-"],
        cwd=tree,
        env=apart,
        input=diff,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert result.returncode == 0, f"{where}: the diff does not apply\n{result.stderr}"


def _commands(console: str) -> list[tuple[str, list[str]]]:
    """Each command of a block with the lines below it."""
    commands: list[tuple[str, list[str]]] = []
    for line in console.splitlines():
        if line.startswith("$ "):
            commands.append((line.removeprefix("$ "), []))
        elif line.strip():
            assert commands, f"a console block begins with {line!r}, not with a command"
            commands[-1][1].append(line)
    return commands


def _run(command: str, tree: Path, where: str) -> str:
    """What a command prints, on both streams. Its data lie below the copy."""
    program, *arguments = shlex.split(command)
    result = subprocess.run(
        [*PROGRAMS.get(program, [program]), *arguments],
        cwd=tree,
        env=os.environ | {"PYTHONPATH": str(tree), "POLYMUSE_HOME": str(tree.parent / "home"), "COLUMNS": "120"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    assert result.returncode == 0, f"{where}: $ {command} ends with status {result.returncode}\n{result.stdout}"
    return result.stdout


def _expect(output: str, expected: list[str], where: str) -> None:
    """Each expected line is one of the output, below the one before it."""
    lines = iter(output.splitlines())
    for wanted in expected:
        pattern = re.compile(".*".join(re.escape(part.strip()) for part in wanted.split("…")))
        assert any(pattern.fullmatch(line.strip()) for line in lines), f"{where} does not print {wanted!r}\n{output}"
