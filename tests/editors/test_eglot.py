"""eglot, in an Emacs without windows: the tests are test_eglot.el, each in a project of its own."""

import re
import subprocess
import unittest

from support import EDITORS, HERE, PAGE, EditorTest

NAMES = re.findall(r"\(ert-deftest (\S+)", (HERE / "test_eglot.el").read_text())


class Eglot(EditorTest):
    def run_test(self, name: str) -> None:
        env = {**self.env, "TESTGEN_PROJECT": str(self.project), "TESTGEN_PAGE": str(PAGE)}
        run = f'(ert-run-tests-batch-and-exit "^{name}$")'
        emacs = [str(EDITORS / "emacs"), "-Q", "--batch", "-l", str(HERE / "test_eglot.el"), "--eval", run]
        done = subprocess.run(emacs, cwd=self.project, env=env, capture_output=True, text=True, timeout=300)
        self.assertIn("Ran 1 tests, 1 results as expected", done.stderr, done.stdout)
        self.assertEqual(done.returncode, 0, done.stderr)


for name in NAMES:
    setattr(Eglot, name.replace("-", "_").replace("test_eglot", "test", 1), lambda self, name=name: self.run_test(name))

if __name__ == "__main__":
    unittest.main()
