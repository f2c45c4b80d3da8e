"""The life of an order, as a state machine."""

TRANSITIONS = {
    "new": {"pay": "paid", "cancel": "cancelled"},
    "paid": {"ship": "shipped", "cancel": "refunded"},
    "shipped": {"deliver": "delivered", "lose": "refunded"},
    "delivered": {"return": "refunded"},
    "cancelled": {},
    "refunded": {},
}


class OrderError(Exception):
    """An event that the order's state does not allow."""


class Order:
    """One order: its state, and how it came to it."""

    def __init__(self) -> None:
        self.state = "new"
        self.events: list[str] = []

    def apply(self, event: str) -> str:
        """Moves on by one event and returns the new state."""
        if event not in TRANSITIONS[self.state]:
            raise OrderError(f"an order that is {self.state} cannot {event}")
        self.state = TRANSITIONS[self.state][event]
        self.events.append(event)
        return self.state

    def is_final(self) -> bool:
        """Nothing can happen to it any more."""
        return not TRANSITIONS[self.state]

    def can_return(self, days_since_delivery: int) -> bool:
        """Within 30 days of the delivery."""
        return self.state == "delivered" and days_since_delivery <= 30
