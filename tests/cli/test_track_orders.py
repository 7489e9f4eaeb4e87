from catalog.orders import ORDERS
from cli.track_orders import Order


def test_they_are_those_of_the_catalog_and_those_of_the_command() -> None:
    assert set(Order) == {*ORDERS, "length", "path"}
