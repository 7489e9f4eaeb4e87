"""The lock files against pyproject.toml, and against what the installed packages say they need."""

import re
import runpy
import tomllib
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, distribution

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.helpers.paths import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
FILES = {path.stem: path.read_text("utf-8") for path in (ROOT / "requirements").glob("*.txt")}
DECLARED = {
    "base": PROJECT["project"]["dependencies"],
    "dev": [*PROJECT["project"]["dependencies"], *PROJECT["project"]["optional-dependencies"]["dev"]],
    "tools": PROJECT["dependency-groups"]["tools"],
}


def locked(*names: str) -> dict[str, list[Requirement]]:
    """{package: its pins} in lock files; several pins are for different machines."""
    pins: dict[str, list[Requirement]] = {}
    for name in names:
        for line in FILES[name].splitlines():
            if re.match(r"\w", line):
                pin = Requirement(line.rstrip("\\"))
                pins.setdefault(canonicalize_name(pin.name), []).append(pin)
    return pins


def version(pin: Requirement) -> str:
    return str(pin.specifier).removeprefix("==")


def needs(requirements: Iterable[str], extras: Iterable[str] = ()) -> list[Requirement]:
    """Those of the requirements that hold on this machine."""
    parsed = [Requirement(text) for text in requirements]
    environments = [{"extra": extra} for extra in ("", *extras)]
    return [each for each in parsed if not each.marker or any(map(each.marker.evaluate, environments))]


@pytest.mark.parametrize("name", FILES)
def test_every_file_is_pinned_by_hash_and_from_no_certain_host(name: str) -> None:
    entries = re.split(r"^(?=\w)", FILES[name], flags=re.MULTILINE)[1:]
    assert entries
    entry = re.compile(r"[\w.-]+==[\w.+]+( ; [^\\]+)?( \\\n    --hash=sha256:[0-9a-f]{64})+\n")
    assert [text for text in entries if not entry.fullmatch(text)] == []


@pytest.mark.parametrize("name", DECLARED)
def test_the_pins_are_what_pyproject_allows(name: str) -> None:
    pins = locked(name, "torch-cuda")
    for wanted in map(Requirement, DECLARED[name]):
        of_it = pins[canonicalize_name(wanted.name)]
        assert all(wanted.specifier.contains(version(pin), prereleases=True) for pin in of_it), wanted


def test_all_files_have_the_same_versions() -> None:
    base, dev = locked("base", "torch-cuda"), locked("dev")
    versions = {name: [set(map(version, pins[name])) for pins in (base, dev)] for name in base.keys() & dev.keys()}
    assert {name: found for name, found in versions.items() if found[0] != found[1]} == {}
    assert locked("base").keys() <= dev.keys()
    [cpu], [cuda] = locked("torch-cpu")["torch"], base["torch"]
    assert version(cpu) == f"{version(cuda)}+cpu"


@pytest.mark.parametrize("name", ["base", "dev"])
def test_what_the_pinned_packages_need_is_pinned(name: str) -> None:
    """As far as the pinned versions are installed, as they are in CI."""
    pins = locked(name, "torch-cpu")
    todo = needs(DECLARED[name])
    done: set[tuple[str, frozenset[str]]] = set()
    while todo:
        wanted = todo.pop()
        key = canonicalize_name(wanted.name), frozenset(wanted.extras)
        if key in done:
            continue
        done.add(key)
        here = [pin for pin in pins.get(key[0], ()) if not pin.marker or pin.marker.evaluate()]
        assert [pin for pin in here if wanted.specifier.contains(version(pin), prereleases=True)], wanted
        try:
            found = distribution(wanted.name)
        except PackageNotFoundError:
            continue
        if found.version == version(here[0]):
            todo += needs(found.requires or (), wanted.extras)
    assert len(done) > len(DECLARED[name])


PERMISSIVE = {"0BSD", "Apache-2.0", "BSD", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "CC0-1.0", "ISC", "MIT", "MIT-0"}
PERMISSIVE |= {"LLVM-exception", "PSF-2.0", "Zlib"}


def test_the_table_of_licences() -> None:
    """A licence that asks for more than a notice is explained on the page, above the table."""
    script = runpy.run_path(str(ROOT / "requirements" / "licences.py"))
    page = (ROOT / "docs" / "licences.md").read_text("utf-8")
    [found] = script["TABLE"].finditer(page)
    try:
        assert found[0] == script["table"]()
    except PackageNotFoundError as error:
        pytest.skip(f"{error} is not installed")
    explained = page[: found.start()]
    for package in script["packages"]():
        if not set(re.split(r" (?:AND|OR|WITH) ", script["licence"](package))) <= PERMISSIVE:
            assert re.search(rf"\b{package}\b", explained), package
