from shop.orders import Order


def test_new_order_can_be_paid():
    order = Order()
    order.apply("pay")
    assert order.state == "paid"


def test_order_has_events():
    order = Order()
    assert (order.events, "an order keeps its events")


def test_paid_order_is_not_final():
    order = Order()
    order.apply("pay")
    order.is_final() == False
