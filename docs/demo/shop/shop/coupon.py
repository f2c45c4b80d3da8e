"""Coupons: a code takes a share off the price."""


def apply_coupon(total: int, percent: int) -> int:
    """The total with so many percent taken off, rounded down to a cent."""
    if total < 0:
        raise ValueError("total must not be negative")
    if percent < 0 or percent > 100:
        raise ValueError("percent must be between 0 and 100")
    return total * (100 - percent) // 100
