"""Durations as people write them: "1h 30m", "45s", "2d"."""

import re

SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}

_PART = re.compile(r"(\d+)\s*([smhd])")


def parse_duration(text: str) -> int:
    """Seconds of "1h 30m". Each unit at most once, in any order."""
    seconds = 0
    seen = set()
    rest = text.strip().lower()
    if not rest:
        raise ValueError("a duration must not be empty")
    while rest:
        part = _PART.match(rest)
        if part is None:
            raise ValueError(f"not a duration: {rest!r}")
        number, unit = part.groups()
        if unit in seen:
            raise ValueError(f"the unit {unit!r} stands twice")
        seen.add(unit)
        seconds += int(number) * SECONDS[unit]
        rest = rest[part.end() :].lstrip()
    return seconds


def format_duration(seconds: int) -> str:
    """The shortest way to write so many seconds: "1h 30m"."""
    if seconds < 0:
        raise ValueError("a duration must not be negative")
    if seconds == 0:
        return "0s"
    parts = []
    for unit in ("d", "h", "m", "s"):
        count, seconds = divmod(seconds, SECONDS[unit])
        if count:
            parts.append(f"{count}{unit}")
    return " ".join(parts)
