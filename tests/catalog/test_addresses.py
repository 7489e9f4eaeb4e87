"""Where an owner answers, and who may ask."""

import os
import socket
import stat
from pathlib import Path

import pytest

from catalog import addresses

pytestmark = pytest.mark.skipif(not addresses.UNIX, reason="Unix sockets")


def test_beside_the_lock_for_the_user_alone(short_folder: Path) -> None:
    listener, address = addresses.bind(short_folder)
    with listener, addresses.connect(address, short_folder):
        assert address == {"unix": str(short_folder / "owner.sock")}
        assert stat.S_IMODE((short_folder / "owner.sock").stat().st_mode) == 0o600
        assert [each.name for each in short_folder.iterdir()] == ["owner.sock"]


def test_what_a_killed_owner_left_is_replaced(short_folder: Path) -> None:
    listener, address = addresses.bind(short_folder)
    listener.close()
    listener, _ = addresses.bind(short_folder)
    addresses.connect(address, short_folder).close()
    listener.close()
    with pytest.raises(ConnectionRefusedError):
        addresses.connect(address, short_folder)


@pytest.mark.parametrize("why", ["long", "open to others"])
def test_elsewhere_if_the_store_is_no_place_for_it(
    short_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(short_folder))
    store = tmp_path / ("x" * 100 if why == "long" else "x")
    store.mkdir()
    store.chmod(0o777)
    listener, address = addresses.bind(store)
    with listener, addresses.connect(address, store):
        assert Path(address["unix"]).parent == short_folder / "polymuse"
        assert stat.S_IMODE((short_folder / "polymuse").stat().st_mode) == 0o700


def test_nowhere(short_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The runtime directory is not private, as one in /tmp that somebody else has prepared."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(short_folder))
    for each in (tmp_path, short_folder / "polymuse"):
        each.mkdir(exist_ok=True)
        each.chmod(0o777)
    with pytest.raises(OSError, match="no private folder"):
        addresses.bind(tmp_path)


def test_loopback(tmp_path: Path) -> None:
    listener, address = addresses.bind_loopback()
    with listener, addresses.connect(address, tmp_path):
        assert listener.getsockname()[0] == "127.0.0.1"
        assert len(address["secret"]) == 64


@pytest.mark.parametrize("address", [{}, {"unix": "/nowhere/x"}, {"unix": "\0"}, {"port": 10**9}, {"port": "x"}])
def test_an_address_where_nobody_is(tmp_path: Path, address: dict[str, object]) -> None:
    with pytest.raises(OSError):  # noqa: PT011  refused, missing or invalid
        addresses.connect(address, tmp_path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
@pytest.mark.skipif(not hasattr(socket, "SO_PEERCRED"), reason="the system does not tell")
def test_the_socket_of_another_user(short_folder: Path) -> None:
    """A stranger listens at the address; the credentials are those of when it began to."""
    path = short_folder / "owner.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        os.seteuid(12345)
        try:
            listener.listen()
        finally:
            os.seteuid(0)
        with pytest.raises(PermissionError, match="12345"):
            addresses.connect({"unix": str(path)}, short_folder)
        os.chown(short_folder, 12345, -1)  # it is the user of the store
        addresses.connect({"unix": str(path)}, short_folder).close()


def test_a_socket_that_is_gone_is_noticed(short_folder: Path) -> None:
    listener, address = addresses.bind(short_folder)
    with listener:
        assert addresses.is_at(listener, address)
        (short_folder / "owner.sock").unlink()
        assert not addresses.is_at(listener, address)
        (short_folder / "owner.sock").write_text("a file")
        assert not addresses.is_at(listener, address)
