"""Addresses that count as one client."""

import pytest

from search_api.clients import MAX_NAME, network_of


@pytest.mark.parametrize(
    ("client", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "::ffff:192.0.2.7"),
        ("testclient", "testclient"),
        ("x" * 1000, "x" * MAX_NAME),
        ("", ""),
    ],
)
def test_a_client_is_an_address_or_a_network(client: str, network: str) -> None:
    assert network_of(client) == network
