"""The fixture of all tests of exploration."""

from __future__ import annotations

from sample import samples

__all__ = ["samples"]
