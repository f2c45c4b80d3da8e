from pricing import shipping


def test_shipping():
    assert shipping(100) == 490


def test_runs():
    shipping(1)


def test_names():
    grüße = "äöü"; assert grüße == grüße


def test_twice():
    assert shipping(1) == 490


def test_twice():
    assert shipping(2) == 490
