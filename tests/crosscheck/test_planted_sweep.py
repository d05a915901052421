"""Faults in how derivatives are chained: the tape's sweep, SymPy's straight-line program, JAX's call.

The rows are right, so V, R and B stay green and D is red; blame finds no guilty step and says that the
chaining is.
"""

from __future__ import annotations

import numpy as np
import pytest

from symdiff import crosscheck
from symdiff.crosscheck.blaming.blame import CHAINING
from symdiff.methods.jax import numbers as jax_numbers
from symdiff.methods.symbolic import method as symbolic_method
from symdiff.methods.symbolic import program
from symdiff.methods.tape import method as tape_method
from symdiff.methods.tape import record
from symdiff.methods.tape.compositions import Composition
from symdiff.methods.tape.record import Recorder
from symdiff.methods.tape.sweep import sweep
from symdiff.selftest.sweeps import FAULTS, f, faulty_sweep
from tests.faults import accused, patched, red, rewritten, states

AT = {"x": 1.37, "y": 0.61}


def g(x, y):
    return np.sin(x) * y, np.exp(x * y) - x


def test_the_sweep_written_once_more_is_healthy_without_a_fault() -> None:
    """Or the faults below would be caught for another reason."""
    with patched(record, "sweep", faulty_sweep("")):
        assert crosscheck(f, at=AT, wrt=(0, 1), methods=("tape",)).ok


def test_the_healthy_chains_light_four_green_lamps() -> None:
    operators = ("grad", "value_and_grad", "jvp", "vjp", "hessian", "hvp")
    report = crosscheck(f, at=AT, wrt=(0, 1), operators=operators)
    assert states(report) == "green green green green"
    assert report.ok
    assert crosscheck(g, at=AT, operators=("jacobian", "jvp", "vjp", "hessian")).ok


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_of_the_sweep_lights_d_alone_and_accuses_the_tape(name: str) -> None:
    with patched(record, "sweep", faulty_sweep(name)):
        report = crosscheck(f, at=AT, wrt=(0, 1))
    assert red(report) == "D"
    assert accused(report) == {"tape"}


@pytest.mark.parametrize("name", FAULTS[:3])
def test_blame_says_that_it_is_the_chaining(name: str) -> None:
    """Alone, every step is right: each has its arguments once."""
    with patched(record, "sweep", faulty_sweep(name)):
        report = crosscheck(f, at=AT, wrt=(0, 1), methods=("tape",))
    assert report.blame == [CHAINING]


RECORDER = {
    "the first seed is ignored": (
        "pulled", "vjp", ("zip(outputs, cotangents, strict=True)", "list(zip(outputs, cotangents))[1:]")),
    "the last seed is ignored": (
        "pulled", "vjp", ("zip(outputs, cotangents, strict=True)", "list(zip(outputs, cotangents))[:-1]")),
    "every seed is 1": ("pulled", "vjp", ("ct if o not in seeds", "1.0 if o not in seeds")),
    "tangents of one argument only": ("pushed", "jvp", ("if a in tangents}", "if a in tangents and not k}")),
    "where pushes the other branch": (
        "pushed", "jvp", ("node.args[1] if self.tape[node.args[0]].value else node.args[2]", "node.args[2]")),
    "hessian rows of the first sweep only": (
        "entries", "hessian",
        ("for entry in entries for further", "for entry in entries[:1] * len(entries) for further")),
    "hvp without its vector": ("slope", "hvp", ("_total(g * v) for g, v", "g for g, v")),
    "hvp without its vector, forward": (
        "slope", "hvp[reverse-over-forward]", ("pushed([y], tangent)", "pushed([y], [1.0] * len(tangent))")),
    "both tangents are the last": ("entries", "tvp", ("y, mode, left.pop()", "y, mode, left[-1]")),
    "a gradient by the first variable alone": (
        "gradient", "hvp[forward-over-forward]", ("in basis(shapes)", "in basis(shapes)[:1] * 2")),
}  # fmt: skip


@pytest.mark.parametrize("name", RECORDER)
def test_a_fault_of_one_operator_of_the_tape_lights_d_alone(name: str) -> None:
    where, operator, edit = RECORDER[name]
    function = g if operator == "vjp" else f
    place = Composition if "hvp" in operator or "tvp" in operator else Recorder
    with patched(place, where, rewritten(getattr(place, where), edit)):
        report = crosscheck(function, at=AT, wrt=(0, 1), operators=(operator,))
    assert red(report) == "D"
    assert accused(report) == {"tape"}


CHAIN = "a = sin(x)*y; b = exp(a); c = a + b; d = c*b*c; d + c"
STRAIGHT_LINE = {
    "adjoint overwritten instead of summed": ('target.apply("add", known[leaf], share)', "share"),
    "adjoints multiplied": ('target.apply("add", known[leaf], share)', 'target.apply("mul", known[leaf], share)'),
    "a leaf that had weight 1 keeps it": ("ones.discard(leaf)", "pass"),
    "the cotangent is forgotten": ("share = _scaled(target, ct, partial, constant)", "share = partial"),
}  # fmt: skip


@pytest.mark.parametrize("name", STRAIGHT_LINE)
def test_a_fault_of_the_straight_line_program_lights_d_alone_and_accuses_symbolic(name: str) -> None:
    """f as a chain of steps; the closed form is for small functions."""
    with (
        patched(symbolic_method, "CLOSED_OPS", 0),
        patched(symbolic_method, "adjoints", rewritten(program.adjoints, STRAIGHT_LINE[name])),
    ):
        report = crosscheck(CHAIN, at=AT)
    assert red(report) == "D"
    assert accused(report) == {"symbolic"}


def test_the_straight_line_program_is_healthy_on_that_function() -> None:
    with patched(symbolic_method, "CLOSED_OPS", 0):
        assert crosscheck(CHAIN, at=AT).ok


JAX = {
    "the wrong arguments": ("grad", ("argnums=self.once", "argnums=self.once[::-1]")),
    "the wrong component": ("jacobian", ("self.f(*x)[o]", "self.f(*x)[0]")),
    "cotangents in reverse": ("vjp", ("(list(v))", "(list(v)[::-1])")),
    "tangents of all ones": ("jvp", ("tangents[k] + t if k in tangents else t", "0 * t + 1.0")),
}


@pytest.mark.parametrize("name", JAX)
def test_a_fault_in_how_jax_is_called_lights_d_alone_and_accuses_jax(name: str) -> None:
    operator, edit = JAX[name]
    function = g if operator in ("jacobian", "vjp") else f
    with patched(jax_numbers, "Function", rewritten(jax_numbers.Function, edit)):
        report = crosscheck(function, at=AT, wrt=(0, 1), operators=(operator,))
    assert red(report) == "D"
    assert accused(report) == {"jax"}


def test_the_sweep_that_crosscheck_judges_is_the_sweep_that_grad_runs() -> None:
    """`grad` takes the eager path; both import one function."""
    assert record.sweep is tape_method.sweep is sweep
