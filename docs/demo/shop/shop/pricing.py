"""What an order costs: discounts, shipping, tax. All amounts are whole cents."""

FREE_SHIPPING_FROM = 5_000
BULK_FROM = 10


def bulk_discount(quantity: int) -> int:
    """The discount in percent for so many pieces of one article."""
    if quantity < 0:
        raise ValueError("quantity must not be negative")
    if quantity >= 100:
        return 20
    if quantity >= BULK_FROM:
        return 10
    return 0


def line_total(price: int, quantity: int) -> int:
    """Price of one line, the discount taken off, rounded down to a cent."""
    full = price * quantity
    return full - full * bulk_discount(quantity) // 100


def shipping(total: int, express: bool = False) -> int:
    """Shipping is free from 50.00 on; express always costs 7.50 more."""
    base = 0 if total >= FREE_SHIPPING_FROM else 490
    return base + 750 if express else base


def loyalty_tier(points: int) -> str:
    """Bronze below 100 points, silver below 500, gold from there on."""
    if points < 100:
        return "bronze"
    if points < 500:
        return "silver"
    return "gold"


def order_total(lines: list[tuple[int, int]], express: bool = False) -> int:
    """The sum of all lines and the shipping. An empty order costs nothing."""
    if not lines:
        return 0
    goods = sum(line_total(price, quantity) for price, quantity in lines)
    return goods + shipping(goods, express)
