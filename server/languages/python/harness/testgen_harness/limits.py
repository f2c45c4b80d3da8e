"""Limits that hold inside the sandbox only, so the harness sets them on itself: its children inherit them."""

from __future__ import annotations

import platform
import re
import resource

# Since this release the kernel counts the processes of a user by user namespace, so those outside do not matter.
FIRST_WITH_COUNTS_BY_NAMESPACE = (5, 14)


def kernel_version(release: str) -> tuple[int, int]:
    found = re.match(r"(\d+)\.(\d+)", release)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def limit_processes(most: int, release: str = "") -> bool:
    """At most so many processes and threads from now on; False where the kernel cannot say so of the sandbox alone.

    The kernel never limits the superuser.
    """
    if kernel_version(release or platform.release()) < FIRST_WITH_COUNTS_BY_NAMESPACE:
        return False
    _, hard = resource.getrlimit(resource.RLIMIT_NPROC)
    allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(resource.RLIMIT_NPROC, (allowed, allowed))
    return True
