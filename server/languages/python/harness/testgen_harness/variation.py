"""Circumstances that a test must not depend on: which random numbers come."""

from __future__ import annotations

import random
import sys

# Their first numbers are 0.32, 0.01, 0.98, 0.62 and 0.38, their first dice 3, 1, 6, 5 and 4.
_SEEDS = (7, 31, 103, 5, 25)
VARIATIONS = len(_SEEDS)


def vary(number: int) -> None:
    """For the rest of the process. A test that seeds for itself does not notice."""
    random.seed(_SEEDS[number])
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed(_SEEDS[number])
