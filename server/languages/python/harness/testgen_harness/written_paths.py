"""Which files a test writes or deletes: those of its temporary folders are its own business."""

from __future__ import annotations

import ast
from typing import Optional

from testgen_harness.local_names import LocalNames, derived_names, names_in

_TEMPORARY = {"tmp_path", "tmp_path_factory", "tmpdir", "tmpdir_factory"}

# Functions, with the numbers of the arguments that name what is written or deleted.
_FIRST = (0,)
_SECOND = (1,)
_BOTH = (0, 1)
_FUNCTIONS: dict[str, tuple[int, ...]] = {
    "os.chmod": _FIRST,
    "os.chown": _FIRST,
    "os.lchown": _FIRST,
    "os.link": _SECOND,
    "os.makedirs": _FIRST,
    "os.mkdir": _FIRST,
    "os.mkfifo": _FIRST,
    "os.mknod": _FIRST,
    "os.open": _FIRST,
    "os.remove": _FIRST,
    "os.removedirs": _FIRST,
    "os.rename": _BOTH,
    "os.renames": _BOTH,
    "os.replace": _BOTH,
    "os.rmdir": _FIRST,
    "os.symlink": _SECOND,
    "os.truncate": _FIRST,
    "os.unlink": _FIRST,
    "shutil.chown": _FIRST,
    "shutil.copy": _SECOND,
    "shutil.copy2": _SECOND,
    "shutil.copyfile": _SECOND,
    "shutil.copytree": _SECOND,
    "shutil.move": _BOTH,
    "shutil.rmtree": _FIRST,
    "shutil.unpack_archive": _SECOND,
}
_METHODS = {"hardlink_to", "rmdir", "rmtree", "symlink_to", "unlink", "write_bytes", "write_text"}
_METHODS_OF_PATHS = {"chmod", "mkdir", "rename", "replace", "touch"}  # others have methods of these names, too
_OPEN = {"codecs.open", "io.open", "open"}


class WrittenPaths:
    def __init__(self, tree: ast.Module, names: LocalNames) -> None:
        self._names = names
        self._temporary = derived_names(tree, _TEMPORARY | names.of("tempfile"), lambda value: not _leaves(value))
        self._paths = derived_names(tree, names.of("pathlib"))
        self._is_at_home = any(
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "chdir"
            and any(self._is_temporary(argument) for argument in node.args)
            and "os" not in names_in(node.func)
            for node in ast.walk(tree)
        )
        self._own = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call) and self._is_own(node)}

    def find(self, node: ast.AST) -> Optional[str]:
        """What the expression writes or deletes outside of the temporary folders, if it does; also a function that is
        only mentioned: whoever gets it may call it."""
        if isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Load):
            name = self._names.full(node)
            return name if name in _FUNCTIONS and id(node) not in self._own else None
        if not isinstance(node, ast.Call) or id(node.func) in self._own:
            return None
        name = self._names.full(node.func)
        if name in _FUNCTIONS:
            return name
        if name in _OPEN:
            return "open for writing" if _writes(node, 1) else None
        return self._find_method(node) if isinstance(node.func, ast.Attribute) else None

    def _find_method(self, node: ast.Call) -> Optional[str]:
        assert isinstance(node.func, ast.Attribute)
        method, receiver = node.func.attr, node.func.value
        is_path = bool(names_in(receiver) & self._paths)
        if method in _METHODS or (is_path and method in _METHODS_OF_PATHS):
            return method
        return "open for writing" if is_path and method == "open" and _writes(node, 0) else None

    def _is_own(self, node: ast.Call) -> bool:
        name = self._names.full(node.func)
        if name in _FUNCTIONS:
            return all(number < len(node.args) and self._is_temporary(node.args[number]) for number in _FUNCTIONS[name])
        if name in _OPEN:
            return bool(node.args) and self._is_temporary(node.args[0])
        return isinstance(node.func, ast.Attribute) and self._is_temporary(node.func.value)

    def _is_temporary(self, path: ast.AST) -> bool:
        if _leaves(path):
            return False
        if names_in(path) & self._temporary:
            return True
        texts = [item for item in ast.walk(path) if isinstance(item, ast.Constant) and isinstance(item.value, str)]
        return self._is_at_home and bool(texts) and names_in(path) <= {"Path", "pathlib"}


def _leaves(path: ast.AST) -> bool:
    """Whether it leads out of the folder that it begins with."""
    for node in ast.walk(path):
        if isinstance(node, ast.Attribute) and node.attr in ("parent", "parents", "home", "expanduser"):
            return True
        text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
        if text.startswith(("/", "~")) or ".." in text.split("/"):
            return True
    return False


def _writes(node: ast.Call, position: int) -> bool:
    """By its mode; one that is worked out may be any."""
    modes = [*node.args[position : position + 1], *(item.value for item in node.keywords if item.arg == "mode")]
    return any(not isinstance(mode, ast.Constant) or bool(set("wax+") & set(str(mode.value))) for mode in modes)
