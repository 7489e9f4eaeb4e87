"""Host names, paths and networks, as people write them in settings and as proxies send them."""

import re
from ipaddress import ip_network

HOST_NAME = re.compile(r"(?=.{1,253}$)[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*")
MAX_ROOT_PATH = 200  # characters

_HOST_HEADER = re.compile(
    r"(?:\[(?P<ipv6>[0-9A-Fa-f:.]{2,45})\]|(?P<name>[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*)\.?)(?::(?P<port>[0-9]{0,5}))?"
)
_IPV6 = re.compile(r"[0-9A-Fa-f:.]{2,45}")
_ROOT_PATH = re.compile(r"(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*")
_ROUTES = {"v1", "web", "docs", "openapi.json", "sign-in", "healthz", "readyz", "metrics"}  # of the service


def host_name(host: str) -> str:
    """The name in a `Host` header, without the port; `::1` for `[::1]:8765`, "" if it is not a valid one."""
    found = _HOST_HEADER.fullmatch(host)
    return (found["ipv6"] or found["name"]).lower() if found else ""


def port_of(host: str) -> str:
    """The port in a `Host` header; "" if it has none or is not a valid one."""
    found = _HOST_HEADER.fullmatch(host)
    return (found["port"] or "") if found else ""


def allowed_host(host: str) -> str:
    """The name of a host that a setting allows, with or without a port. Raises ValueError unless it is one."""
    name = host.lower() if host.count(":") > 1 and "[" not in host else host_name(host)
    if "/" in host or not (HOST_NAME.fullmatch(name) or _IPV6.fullmatch(name)):
        raise ValueError(f"{host!r} is not a host name such as music.example.org, without https:// and without *")
    return name


def normal_root_path(path: str) -> str:
    """`/music` for `music/`; "" for `/`. Raises ValueError unless it can be told from the service's own paths."""
    normal = f"/{path.strip('/')}".rstrip("/")
    if len(normal) > MAX_ROOT_PATH or not _ROOT_PATH.fullmatch(normal):
        raise ValueError("it must look like /music: letters, digits, and . _ ~ - between slashes")
    first = normal[1:].partition("/")[0]
    if first in _ROUTES:
        raise ValueError(f"/{first} is a path of the service itself; choose another, such as /music")
    return normal


def proxy_network(proxy: str) -> str:
    """The network of a trusted address or network. Raises ValueError."""
    try:
        network = ip_network(proxy, strict=False)
    except ValueError:
        raise ValueError(f"{proxy!r} is not an address or a network, such as 172.16.0.0/12") from None
    return str(network if network.num_addresses > 1 else network.network_address)
