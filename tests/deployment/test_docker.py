"""Checks of Dockerfile, docker-compose.yml and the wheel that need no container engine."""

import http.server
import re
import shlex
import shutil
import subprocess
import sys
import threading
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from polymuse.settings import Settings
from tests.helpers.paths import ROOT

TOOLS = Path(sys.executable).parent
INTERPOLATION = re.compile(r"\$\{(\w+)(:[-?])?([^}]*)\}")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))


def run(*command: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(part) for part in command], cwd=ROOT, capture_output=True, text=True, check=False)


def instructions(name: str) -> list[list[str]]:
    """The arguments of every such instruction in the Dockerfile."""
    text = (ROOT / "Dockerfile").read_text("utf-8").replace("\\\n", " ")
    return [shlex.split(line)[1:] for line in text.splitlines() if line.startswith(name + " ")]


def copied() -> set[str]:
    """The paths that the Dockerfile copies from the checkout."""
    return {source for words in instructions("COPY") if not words[0].startswith("--") for source in words[:-1]}


def environment_example() -> dict[str, str]:
    lines = (ROOT / ".env.example").read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


class TestDockerfile:
    def test_the_linter_finds_nothing(self) -> None:
        result = run(TOOLS / "hadolint", "Dockerfile")
        assert result.returncode == 0, result.stdout + result.stderr

    def test_copied_files_exist_and_are_not_ignored(self) -> None:
        let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line[:1] == "!"}
        assert copied() == let_in
        assert all((ROOT / source).exists() for source in copied())

    def test_gpu_kernels_can_be_built_and_cached(self) -> None:
        """The file system of the service is read-only except for its volumes."""
        assert any({"gcc", "libc6-dev"} <= set(words) and "$TORCH" in words for words in instructions("RUN"))
        settings = dict(word.split("=", 1) for words in instructions("ENV") for word in words)
        [volume] = instructions("VOLUME")[0]
        assert settings["TRITON_CACHE_DIR"].startswith(volume)

    def test_every_package_is_copied(self) -> None:
        project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
        packages = {name.rstrip("*") for name in project["tool"]["setuptools"]["packages"]["find"]["include"]}
        assert packages <= copied()

    def test_it_does_not_run_as_root(self) -> None:
        [[user]] = instructions("USER")
        assert int(user) > 0


NOT_PACKED = {"data/situations.jsonl", "data/situation_phrases.jsonl"}  # read by benchmarks alone


class TestWheel:
    """The image installs the wheel, while all other tests run from the checkout."""

    def test_it_contains_every_data_file(self, tmp_path: Path) -> None:
        sources = sorted(copied() - {"requirements"})  # which are installed by pip
        files = run("git", "ls-files", "-z", *sources).stdout.split("\0")[:-1]
        for file in files:  # a copy: a build in the checkout would include leftovers of earlier builds
            (tmp_path / "source" / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / file, tmp_path / "source" / file)
        options = ("--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", tmp_path)
        result = run(TOOLS / "pip", "wheel", *options, tmp_path / "source")
        assert result.returncode == 0, result.stderr
        [wheel] = tmp_path.glob("*.whl")
        packed = set(zipfile.ZipFile(wheel).namelist())
        assert {file for file in files if "/" in file} - NOT_PACKED <= packed
        # A namespace of its own would hide the plugins that beets brings, and those of others.
        assert "beetsplug/polymuse/__init__.py" in packed
        assert "beetsplug/__init__.py" not in packed


class TestCompose:
    def test_it_follows_the_compose_specification(self) -> None:
        result = run(TOOLS / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml")
        assert result.returncode == 0, result.stdout + result.stderr

    def test_every_variable_is_in_the_example(self) -> None:
        used = {name for name, _, _ in INTERPOLATION.findall((ROOT / "docker-compose.yml").read_text("utf-8"))}
        assert used == set(environment_example())

    def test_variables_without_default_are_required_and_empty_in_the_example(self) -> None:
        example = environment_example()
        for name, operator, rest in INTERPOLATION.findall((ROOT / "docker-compose.yml").read_text("utf-8")):
            assert operator in {":-", ":?"}, f"{name} may be empty unnoticed"
            assert example[name] == ("" if operator == ":?" else rest), name

    def test_settings_exist(self, compose: dict[str, Any]) -> None:
        names = [name for name in compose["services"]["api"]["environment"] if name.startswith("POLYMUSE_")]
        assert {name.removeprefix("POLYMUSE_").lower() for name in names} <= set(Settings.model_fields)

    def test_the_database_is_not_reachable_from_outside(self, compose: dict[str, Any]) -> None:
        qdrant = compose["services"]["qdrant"]
        assert "ports" not in qdrant
        assert qdrant["networks"] == ["vectors"]
        assert compose["networks"]["vectors"]["internal"]

    def test_the_service_is_published_on_loopback_by_default(self, compose: dict[str, Any]) -> None:
        assert compose["services"]["api"]["ports"] == ["${POLYMUSE_BIND:-127.0.0.1}:8765:8765"]

    def test_every_service_is_confined(self, compose: dict[str, Any]) -> None:
        for name, service in compose["services"].items():
            assert service["read_only"], name
            assert service["cap_drop"] == ["ALL"], name
            assert service["security_opt"] == ["no-new-privileges:true"], name
            assert service["mem_limit"], name
            assert service["pids_limit"], name

    def test_external_images_are_pinned(self, compose: dict[str, Any]) -> None:
        images = [service["image"] for service in compose["services"].values() if "build" not in service]
        assert images
        assert all(re.search(r":v\d+\.\d+\.\d+", image) for image in images)

    @pytest.mark.parametrize("service", ["api", "index", "index-gpu"])
    def test_commands_are_valid(self, compose: dict[str, Any], service: str) -> None:
        command, *arguments = compose["services"][service]["command"]
        help_text = run(sys.executable, "-m", "indexer", command, "--help")
        assert help_text.returncode == 0
        assert all(option in help_text.stdout for option in arguments if option.startswith("--"))

    def test_the_health_check_requires_status_200(self, compose: dict[str, Any], tmp_path: Path) -> None:
        statuses = [200, 503]

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(statuses[0] if self.path == "/readyz" else 404)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002

        _, *command = compose["services"]["qdrant"]["healthcheck"]["test"]
        with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            port = str(server.server_address[1])
            command = [part.replace("6333", port).replace("$$", "$") for part in command]
            assert run(*command).returncode == 0
            statuses.pop(0)
            assert run(*command).returncode == 1
            server.shutdown()
        assert run(*command).returncode == 1
