"""A subject with a boundary."""


def shipping(total: int) -> int:
    if total >= 5000:
        return 0
    return 490


def discount(quantity: int) -> int:
    if quantity < 0:
        raise ValueError("quantity must not be negative")
    if quantity >= 10:
        return 10
    return 0
