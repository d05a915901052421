"""What importing costs, counted in modules and not in seconds: heavy libraries load when they are used."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HEAVY = {"jax", "jaxlib", "sympy", "mpmath", "flint", "scipy", "matplotlib", "rich", "torch", "hypothesis"}


def loaded_after(code: str) -> set[str]:
    """The heavy libraries a fresh interpreter has loaded after running `code`."""
    report = "\nimport sys\nprint('\\nLOADED', *{m.partition('.')[0] for m in sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", code + report], cwd=ROOT, env=os.environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.rpartition("LOADED")[2].split()) & HEAVY


def exists(module: str) -> bool:
    """Whether a room is furnished: a package without `__init__` is still an empty folder."""
    try:
        found = importlib.util.find_spec(module)
    except ModuleNotFoundError:
        return False
    return found is not None and found.origin is not None


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert loaded_after("import symdiff") == set()


def test_the_room_of_pytorch_waits_for_it_until_it_is_used() -> None:
    code = "import symdiff as sd; sd.torch.gradcheck; sd.crosscheck('x**2', 3.0, methods=[])"
    assert "torch" not in loaded_after(code)


def test_importing_the_package_loads_not_even_numpy() -> None:
    assert "numpy" not in subprocess.run(
        [sys.executable, "-c", "import symdiff, sys; print(*sys.modules)"], cwd=ROOT, capture_output=True, text=True,
        check=True,
    ).stdout.split()  # fmt: skip


def test_the_op_table_loads_nothing_heavy() -> None:
    assert loaded_after("import symdiff.ops") == set()


def test_the_graph_and_the_errors_load_nothing_heavy() -> None:
    assert loaded_after("import symdiff.graph, symdiff.problem, symdiff.errors, symdiff.inputs") == set()


@pytest.mark.skipif(not exists("symdiff.inputs.text"), reason="no text parser yet")
def test_reading_a_formula_loads_nothing_heavy() -> None:
    assert loaded_after("import symdiff as sd; sd.function('sin(x)*y**2')(1.0, 2.0)") == set()


@pytest.mark.skipif(not exists("symdiff.operators"), reason="no operators yet")
def test_the_tape_loads_nothing_heavy() -> None:
    assert loaded_after("import symdiff as sd; sd.grad('x*y**2', method='tape')(1.0, 2.0)") == set()


FIRST_GRADIENT = "import numpy as np, symdiff as sd; g = sd.grad(lambda x: np.sum(np.tanh(x))); g(np.ones(3))"


def modules_after(code: str) -> set[str]:
    """Every module that a fresh interpreter has loaded after running `code`."""
    report = "\nimport sys\nprint('\\nLOADED', *sys.modules)"
    done = subprocess.run([sys.executable, "-c", code + report], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.rpartition("LOADED")[2].split())


def test_a_first_gradient_waits_for_nothing_that_only_others_need() -> None:
    loaded = modules_after(FIRST_GRADIENT)
    assert "symdiff.methods.tape.sweep" in loaded
    assert not loaded & {"importlib.metadata", "numpy.ma", "difflib", "symdiff.methods.tape.program"}


def test_the_second_gradient_is_written_down() -> None:
    assert "symdiff.methods.tape.program" in modules_after(FIRST_GRADIENT + "; g(np.ones(3))")


def test_the_delta_recursion_of_a_net_waits_for_sympy_only() -> None:
    loaded = loaded_after("import symdiff as sd; str(sd.mlp([9, 8, 7], 'tanh', 'absolute').formula('W1'))")
    assert "sympy" in loaded
    assert not loaded & {"scipy", "jax", "matplotlib"}


@pytest.mark.skipif(not exists("symdiff.cli"), reason="no shell yet")
@pytest.mark.parametrize("arguments", ["--help", "--version", "check --help"])
def test_the_help_of_the_shell_loads_nothing_heavy(arguments: str) -> None:
    code = f"""
import sys
sys.argv = ["symdiff", *{arguments.split()!r}]
from symdiff.cli import main
try:
    status = main()
except SystemExit as e:
    status = e.code
assert not status, status
"""
    assert loaded_after(code) == set()


@pytest.mark.skipif(not exists("symdiff.pytest_plugin"), reason="no plugin yet")
def test_the_pytest_plugin_loads_nothing_heavy() -> None:
    assert loaded_after("import symdiff.pytest_plugin") == set()


def test_the_counting_sees_a_heavy_import() -> None:
    assert "sympy" in loaded_after("import sympy")
