"""Runs real proxies with the configurations of docs/deploying.md, each changed only in ports and certificates."""

import os
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.docs.guide import blocks
from tests.helpers.paths import ROOT

SERVICE = "127.0.0.1:8765"  # of the documentation
PATIENCE = 60  # seconds for a proxy to start

# Debian installs servers where only root's PATH leads.
PROGRAMS = f"{os.environ['PATH']}{os.pathsep}/usr/sbin"
CADDY, NGINX, OPENSSL = (shutil.which(name, path=PROGRAMS) for name in ("caddy", "nginx", "openssl"))
NO_PROXIES = "" if CADDY and NGINX and OPENSSL else "needs proxies: apt-get install nginx caddy openssl"


@dataclass(frozen=True)
class Proxy:
    """A running proxy. `address` is that of the page, which ends with a slash."""

    address: str
    host: str
    port: int

    def client(self, **options: Any) -> httpx.Client:
        """A client for which every name leads to this machine. It does not check certificates."""
        return httpx.Client(base_url=self.address, transport=_ToThisMachine(), timeout=120, **options)


class _ToThisMachine(httpx.BaseTransport):
    def __init__(self) -> None:
        self._transport = httpx.HTTPTransport(verify=_no_checks())

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        here = httpx.Request(
            request.method,
            request.url.copy_with(host="127.0.0.1"),
            headers=request.headers,
            stream=request.stream,
            extensions={**request.extensions, "sni_hostname": request.url.host},
        )
        return self._transport.handle_request(here)

    def close(self) -> None:
        self._transport.close()


def documented(info: str, part: str) -> str:
    """The only block of docs/deploying.md of this kind that contains the text."""
    text = (ROOT / "docs" / "deploying.md").read_text("utf-8")
    [found] = [block.text for block in blocks(text) if block.info == info and part in block.text]
    return found


@contextmanager
def caddy(configuration: str, host: str, service: int, folder: Path, path: str = "/") -> Iterator[Proxy]:
    """Caddy with certificates of its own authority."""
    assert CADDY
    port, plain = _free_ports()
    options = f"{{\n\tadmin off\n\tlocal_certs\n\tskip_install_trust\n\thttps_port {port}\n\thttp_port {plain}\n}}\n"
    file = folder / "Caddyfile"
    file.write_text(options + configuration.replace(SERVICE, f"127.0.0.1:{service}"))
    command = [CADDY, "run", "--config", str(file), "--adapter", "caddyfile"]
    with _running(command, folder, Proxy(f"https://{host}:{port}{path}", host, port)) as proxy:
        yield proxy


@contextmanager
def nginx(configuration: str, host: str, service: int, folder: Path, path: str = "/") -> Iterator[Proxy]:
    """nginx with a certificate that it has signed itself."""
    assert NGINX
    assert OPENSSL
    port, _ = _free_ports()
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    request = ("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")
    names = ("-subj", f"/CN={host}", "-addext", f"subjectAltName=DNS:{host}")
    subprocess.run(
        [OPENSSL, *request, *names, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True
    )
    server = _in_place_of(
        configuration,
        {
            SERVICE: f"127.0.0.1:{service}",
            "listen 443 ssl http2;": f"listen 127.0.0.1:{port} ssl http2;",
            "/etc/ssl/certs/music.example.org.pem": str(certificate),
            "/etc/ssl/private/music.example.org.key": str(key),
        },
    )
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    folders = "".join(f"{kind}_temp_path {folder / kind};\n" for kind in kinds)
    file = folder / "nginx.conf"
    file.write_text(
        f"daemon off;\nmaster_process off;\npid {folder / 'pid'};\nerror_log stderr warn;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{folders}{server}}}\n"
    )
    command = [NGINX, "-p", str(folder), "-c", str(file), "-e", "stderr"]
    with _running(command, folder, Proxy(f"https://{host}:{port}{path}", host, port)) as proxy:
        yield proxy


PROXIES: dict[str, Callable[..., AbstractContextManager[Proxy]]] = {"caddy": caddy, "nginx": nginx}


def _in_place_of(text: str, changes: dict[str, str]) -> str:
    for old, new in changes.items():
        assert old in text, f"the configuration has no {old}"
        text = text.replace(old, new)
    return text


@contextmanager
def _running(command: list[str], folder: Path, proxy: Proxy) -> Iterator[Proxy]:
    log = folder / "log"
    home = {"HOME": str(folder), "XDG_DATA_HOME": str(folder / "data"), "XDG_CONFIG_HOME": str(folder / "config")}
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env={**os.environ, **home})
    try:
        deadline = time.monotonic() + PATIENCE
        while not _speaks_tls(proxy):
            assert process.poll() is None, log.read_text("utf-8", "replace")
            assert time.monotonic() < deadline, log.read_text("utf-8", "replace")
            time.sleep(0.05)
        yield proxy
    finally:
        process.terminate()
        process.wait()


def _speaks_tls(proxy: Proxy) -> bool:
    try:
        with (
            socket.create_connection(("127.0.0.1", proxy.port), timeout=5) as connection,
            _no_checks().wrap_socket(connection, server_hostname=proxy.host),
        ):
            return True
    except OSError:  # not yet, or its certificate is still being made
        return False


def _no_checks() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _free_ports() -> tuple[int, int]:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        return one.getsockname()[1], other.getsockname()[1]
