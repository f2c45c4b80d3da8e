"""Circumstances that a test must not depend on: which random numbers come."""

from __future__ import annotations

import random
import sys

# Their first numbers are 0.32, 0.01, 0.98, 0.62 and 0.38, their first dice 3, 1, 6, 5 and 4.
_SEEDS = (7, 31, 103, 5, 25)
VARIATIONS = len(_SEEDS)


class Variation:
    """Sets the random numbers, for the rest of the process. A test that seeds for itself does not notice."""

    def __init__(self, number: int) -> None:
        random.seed(_SEEDS[number])
        numpy = sys.modules.get("numpy")
        if numpy is not None:
            numpy.random.seed(_SEEDS[number])
        self._before = _state()

    def is_noticed(self) -> bool:
        """Whether random numbers were drawn since then: what draws none is not worth repeating."""
        return _state() != self._before


def _state() -> str:
    numpy = sys.modules.get("numpy")
    return repr((random.getstate(), numpy.random.get_state()[1:3] if numpy is not None else None))
