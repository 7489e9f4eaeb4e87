from cli.track_lists import KEYS
from cli.track_orders import Order


def test_each_order_has_a_key() -> None:
    assert KEYS.keys() == set(Order)
