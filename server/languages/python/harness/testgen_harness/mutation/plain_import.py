"""The files with mutants are imported as Python does it. Pytest rewrites the assertions of plugins: the code of such a
module would then come from elsewhere than the change."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

_files: set[str] = set()


def import_plainly(files: Iterable[str]) -> None:
    """In this process and in those forked from it. Pytest is imported."""
    from _pytest.assertion.rewrite import AssertionRewritingHook

    if not _files:
        find_spec = AssertionRewritingHook.find_spec

        def find(self: Any, *arguments: Any, **named: Any) -> Any:
            spec = find_spec(self, *arguments, **named)
            is_ours = spec is not None and spec.origin and os.path.realpath(spec.origin) in _files
            return None if is_ours else spec

        AssertionRewritingHook.find_spec = find  # type: ignore[method-assign]
    _files.update(map(os.path.realpath, files))
