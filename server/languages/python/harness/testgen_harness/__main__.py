"""Entry point: `python -m testgen_harness`, with the control channel as descriptor 3."""

from __future__ import annotations

import sys

from testgen_harness.server import serve

if __name__ == "__main__":
    sys.exit(serve())
