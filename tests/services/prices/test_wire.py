import pytest

from services.prices.errors import BadPrices
from services.prices.wire import read_prices


def test_optional_unknown_and_odd_fields() -> None:
    body = b"""[
      {"type_id": 34, "adjusted_price": 3.5, "average_price": 4, "new_field": {"a": 1}},
      {"type_id": "35", "average_price": null, "adjusted_price": 8.0},
      {"type_id": 36},
      {"type_id": 37, "average_price": 0.0, "adjusted_price": -2},
      {"type_id": 0, "average_price": 5.0},
      {"type_id": 99999999999, "average_price": 5.0},
      {"type_id": 34, "average_price": 6.0}
    ]"""
    found = [(item.type_id, item.adjusted, item.average) for item in read_prices(body)]
    assert found == [(34, None, 6.0), (35, 8.0, None)]


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[", b"<html>", b"[1]", b'[{"average_price": 1}]', b'[{"type_id":"a"}]']
)
def test_what_is_no_list_is_refused(body: bytes) -> None:
    with pytest.raises(BadPrices):
        read_prices(body)
