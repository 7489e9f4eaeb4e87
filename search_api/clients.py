"""What counts as one client."""

from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

MAX_NAME = 64  # characters of a client without an IP address
IPV6_PREFIX = 64  # bits; one household has at least as many addresses as the rest of them allows


def network_of(client: str) -> str:
    """An IPv4 address, an IPv6 network, or whatever else the server names the client."""
    return _network_of(client[:MAX_NAME])


@lru_cache(maxsize=4096)
def _network_of(client: str) -> str:
    try:
        address = ip_address(client)
    except ValueError:
        return client
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        return str(ip_network((address, IPV6_PREFIX), strict=False))
    return client
