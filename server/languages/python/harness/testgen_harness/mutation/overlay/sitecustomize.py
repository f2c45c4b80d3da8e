"""Python runs this when it starts in a program that a test started: modules come with the mutant's change there, too.

It stands by itself: such a program need not be able to import anything else of the harness.
"""

import codecs
import importlib.machinery
import io
import json
import os
import sys
import tokenize

VARIABLE = "TESTGEN_MUTANT"


def _install(path, start, end, replacement):
    loader = importlib.machinery.SourceFileLoader
    original = loader.get_code

    def get_code(self, name):
        if os.path.realpath(self.path) != path:
            return original(self, name)
        data = self.get_data(self.path)
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        mark = b"\f\f\f" if data.startswith(codecs.BOM_UTF8) else b""  # as in variants.py
        text = mark + data.decode(encoding).encode("utf-8")
        changed = text[:start] + replacement.encode("utf-8") + text[end:]
        return compile(changed.decode("utf-8"), self.path, "exec", dont_inherit=True)

    loader.get_code = get_code


def _make_way():
    """For the program's own sitecustomize."""
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) != here]
    del sys.modules["sitecustomize"]
    try:
        import sitecustomize  # noqa: F401
    except ImportError:
        return


if VARIABLE in os.environ:
    _install(*json.loads(os.environ[VARIABLE]))
_make_way()
