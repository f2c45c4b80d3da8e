"""The limit on processes: where the kernel can hold it, and never above what is set already."""

from __future__ import annotations

import multiprocessing
import resource

import pytest
from testgen_harness.limits import kernel_version, limit_processes


@pytest.mark.parametrize(
    ("release", "version"),
    [("5.14.0-70.el9", (5, 14)), ("6.18.44", (6, 18)), ("4.19", (4, 19)), ("unknown", (0, 0))],
)
def test_kernel_version(release: str, version: tuple[int, int]) -> None:
    assert kernel_version(release) == version


def _limit_in_a_process(most: int, release: str) -> tuple[bool, tuple[int, int]]:
    with multiprocessing.get_context("fork").Pool(1) as pool:  # the limit must not stay with this process
        return pool.apply(_limit, (most, release))


def _limit(most: int, release: str) -> tuple[bool, tuple[int, int]]:
    is_set = limit_processes(most, release)
    return is_set, resource.getrlimit(resource.RLIMIT_NPROC)


def test_limit_is_set_and_final() -> None:
    assert _limit_in_a_process(321, "6.1") == (True, (321, 321))


def test_older_kernels_count_what_is_outside() -> None:
    before = resource.getrlimit(resource.RLIMIT_NPROC)
    assert _limit_in_a_process(321, "5.13.9") == (False, before)


def test_lower_limit_stays() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NPROC)
    if hard == resource.RLIM_INFINITY:
        pytest.skip("there is no limit here that could be lower")
    assert _limit_in_a_process(hard + 1, "6.1") == (True, (hard, hard))
