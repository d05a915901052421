"""The rooms: a module imports only from rooms above its own, wherever in the file the import stands."""

from __future__ import annotations

import ast
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# From the top of the house to its two front doors. Modules of one line are one room.
ROOMS = (
    ("errors", "listening", "vocabulary", "balls", "pytrees", "straightline"),
    ("ops",),
    ("graph", "groups", "overloads"),
    ("problem", "scalars", "arrays", "loops", "inputs"),
    ("methods",),
    ("operators",),
    ("crosscheck",),
    ("nets", "learn", "optimize", "torch"),
    ("sweep",),
    ("evidence", "selftest", "museum"),
    ("lecture", "comparison", "reports"),
    ("cli", "pytest_plugin", "__main__"),
)
ROOM_OF = {name: level for level, names in enumerate(ROOMS) for name in names}

# What one method may import from symdiff.methods: never a sibling, and never the registry, through
# which it could reach one.
SHARED_BY_METHODS = {
    "base",  # the interface
    "modes",  # names of compositions of forward and reverse mode
    "disturbance",  # random numbers, for programs that are run disturbed; it knows no derivative
    "black_box",  # slopes to tasks, for the two methods that see values only; it has no derivative of its own
    "shared",  # a memory, of which every method has one of its own; it knows no derivative
}

# Looking down is allowed where the public interface asks for it, and only when it is called.
LOOKS_DOWN = {
    ("crosscheck/report.py", "reports"): "a Report prints itself: str(report), report.to_json()",
    ("nets/report.py", "reports"): "a LayerReport prints and draws itself",
    ("nets/views.py", "reports"): "and so does a table of many nets",
    ("learn/pictures.py", "reports"): "pictures of training runs are drawn on the same figures",
    ("learn/directions.py", "reports"): "and a table of directions",
}

MODULE_NAME = re.compile(r"symdiff(\.[A-Za-z_]\w*)+")


def modules(root: Path) -> dict[str, ast.Module]:
    """Every module of the package by its path below symdiff/."""
    package = root / "symdiff"
    return {
        path.relative_to(package).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(package.rglob("*.py"))
    }


def imported(tree: ast.Module, path: str) -> Iterator[tuple[int, str]]:
    """(line, dotted name) of everything of symdiff that a module mentions as an import.

    Imports inside functions and under TYPE_CHECKING count, and so does a string that is a module's
    name, or an f-string that begins with one: `importlib.import_module("symdiff.graph")`.
    """
    here = ["symdiff", *path.split("/")[:-1]]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = here[: len(here) + 1 - node.level] if node.level else []
            module = ".".join([*start, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            name = node.value.rstrip(".:")
            if MODULE_NAME.fullmatch(name):
                yield node.lineno, name


def when_called(tree: ast.Module) -> set[int]:
    """The lines inside functions."""
    bodies = (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))
    return {line for body in bodies for line in range(body.lineno, (body.end_lineno or body.lineno) + 1)}


def violations(root: Path) -> list[str]:
    found = []
    for path, tree in modules(root).items():
        if path == "__init__.py":  # the front of the house shows what is in every room; it is lazy
            continue
        room, _, inside = path.removesuffix(".py").partition("/")
        if room not in ROOM_OF:
            found.append(f"symdiff/{path}: {room!r} is in no room; give it one in ROOMS and in ARCHITECTURE.md")
            continue
        for line, name in imported(tree, path):
            package, _, rest = name.partition(".")
            if package != "symdiff":
                continue
            target, _, deeper = rest.partition(".")
            if target not in ROOM_OF:  # `import symdiff`, `from symdiff import grad`: sees every room
                if ROOM_OF[room] < len(ROOMS) - 1 and target != "__version__":
                    found.append(f"symdiff/{path}:{line} goes through the front door ({name})")
            elif ROOM_OF[target] > ROOM_OF[room]:
                if (path, target) in LOOKS_DOWN and line in when_called(tree):
                    continue
                found.append(f"symdiff/{path}:{line} imports {name}, which stands below {room}")
            elif room == target == "methods" and inside != "__init__":
                me, sibling = inside.split("/")[0], deeper.split(".")[0]
                if sibling != me and sibling not in SHARED_BY_METHODS:
                    found.append(f"symdiff/{path}:{line}: a method imports its sibling ({name})")
    return found


def test_every_room_imports_only_from_rooms_above() -> None:
    assert violations(ROOT) == []


PLANTED = {
    "at the top of a module": ("graph.py", "from symdiff.operators import grad"),
    "inside a function": ("ops/planted.py", "def f():\n    import symdiff.graph"),
    "for the type checker": ("balls/series.py", "if TYPE_CHECKING:\n    from symdiff.graph import Graph"),
    "by a string": ("errors.py", 'import importlib\nimportlib.import_module("symdiff.problem")'),
    "by half a string": ("errors.py", 'import importlib\nimportlib.import_module(f"symdiff.problem.{1}")'),
    "relative": ("graph.py", "from .problem import Problem"),
    "relative, the room itself": ("ops/planted.py", "from .. import graph"),
    "a sibling method": ("methods/tape/planted.py", "from symdiff.methods.jax import method"),
    "a sibling method, relative": ("methods/tape/planted.py", "from ..jax import method"),
    "the registry": ("methods/ball.py", "from symdiff.methods import METHODS"),
    "through the front door": ("methods/ball.py", "import symdiff as sd"),
    "looking down before it is called": ("crosscheck/report.py", "from symdiff.reports import text"),
    "an unknown room": ("cellar.py", "import math"),
}


@pytest.mark.parametrize(("path", "code"), PLANTED.values(), ids=PLANTED)
def test_a_planted_violation_is_seen(path: str, code: str, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "symdiff", tmp_path / "symdiff", ignore=shutil.ignore_patterns("__pycache__"))
    before = violations(tmp_path)
    target = tmp_path / "symdiff" / path
    target.parent.mkdir(parents=True, exist_ok=True)
    old = target.read_text(encoding="utf-8") if target.exists() else ""
    target.write_text(f"{old}\n{code}\n", encoding="utf-8")
    new = set(violations(tmp_path)) - set(before)
    assert len(new) == 1
    assert path in new.pop()


def test_what_is_allowed_is_not_accused(tmp_path: Path) -> None:
    package = tmp_path / "symdiff"
    (package / "methods").mkdir(parents=True)
    (package / "methods" / "__init__.py").write_text('NAMES = ["symdiff.methods.tape"]\n')
    (package / "methods" / "tape.py").write_text(
        "from symdiff.methods.base import Method\nfrom symdiff.graph import Graph\nimport sympy\n"
    )
    (package / "cli").mkdir()
    (package / "cli" / "main.py").write_text("import symdiff as sd\nfrom symdiff.crosscheck import crosscheck\n")
    (package / "crosscheck").mkdir()
    (package / "crosscheck" / "report.py").write_text("def show():\n    from symdiff.reports import text\n")
    assert violations(tmp_path) == []
