from shop.pricing import bulk_discount, line_total, order_total, shipping


def test_bulk_discount():
    assert bulk_discount(1) == 0
    assert bulk_discount(50) == 10


def test_line_total_runs():
    line_total(250, 4)


def test_shipping_is_a_number():
    cost = shipping(2_000)
    assert isinstance(cost, int)


def test_order_total():
    total = order_total([(1_000, 2)])
    assert total == total


def test_order_total():
    assert order_total([]) == 0
