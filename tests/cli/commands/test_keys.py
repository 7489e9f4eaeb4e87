"""`polymuse keys new`: the printed key gives access to the service."""

import json
import re
from pathlib import Path

import pytest
import yaml
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from cli.main import app
from polymuse.settings import config_file, load_settings
from search_api.app import create_app


@pytest.mark.parametrize(("flags", "status"), [([], 403), (["--admin"], 200)])
def test_the_printed_settings_accept_the_printed_key(tmp_path: Path, flags: list[str], status: int) -> None:
    printed = CliRunner().invoke(app, ["keys", "new", *flags]).stdout
    key = printed.splitlines()[0]
    lines = printed[printed.index("api_keys:") :]
    config_file().parent.mkdir(parents=True)
    config_file().write_text(lines)
    client = TestClient(create_app(load_settings(home=tmp_path, host="0.0.0.0")))
    assert client.get("/metrics", headers={"X-API-Key": key}).status_code == status
    assert client.get("/metrics", headers={"X-API-Key": f"{key}x"}).status_code == 401
    assert key not in str(yaml.safe_load(lines))


def test_json() -> None:
    made = json.loads(CliRunner().invoke(app, ["keys", "new", "--json"]).stdout)
    assert made["scope"] == "read"
    assert re.fullmatch(r"polymuse_read_[\w-]{43}", made["key"])
    assert re.fullmatch(r"read:[0-9a-f]{64}", made["stored"])
