"""Faults in how derivatives are chained: the tape's sweep, SymPy's straight-line program, JAX's call.

The rows are right, so V, R and B stay green and D is red; blame finds no guilty step and says that the
chaining is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from symdiff import crosscheck
from symdiff.crosscheck.blame import CHAINING
from symdiff.graph import Graph
from symdiff.methods.jax import method as jax_method
from symdiff.methods.symbolic import method as symbolic_method
from symdiff.methods.symbolic import program
from symdiff.methods.tape import method as tape_method
from symdiff.methods.tape import record
from symdiff.methods.tape.record import Recorder
from symdiff.methods.tape.sweep import sweep
from symdiff.ops import TABLE
from tests.faults import accused, patched, red, rewritten, states

AT = {"x": 1.37, "y": 0.61}


def f(x, y):
    return np.sin(x) * np.exp(y) + np.where(x > y, x / y, y * x) + np.exp(y)


def g(x, y):
    return np.sin(x) * y, np.exp(x * y) - x


def faulty_sweep(fault: str) -> Callable[..., list[Any]]:  # noqa: C901 -- twelve faults in one sweep
    """The reverse sweep written once more, with one fault in it ("" for none)."""

    def sum_up(known: Any, share: Any) -> Any:
        if known is None or fault == "adjoint overwritten instead of summed":
            return share
        if fault == "first adjoint kept":
            return known
        return known - share if fault == "adjoints subtracted" else known + share

    def sweep(graph: Graph, values: Sequence[Any], seeds: Mapping[int, Any]) -> list[Any]:
        adjoints: list[Any] = [None] * len(graph.nodes)
        for i, seed in seeds.items():
            adjoints[i] = seed + seed if fault == "seed doubled" else seed
        varies = graph.varying()
        last = 4 if fault == "the first steps skipped" else 0
        for i in range(max(seeds) - (fault == "the last step skipped"), last - 1, -1):
            ct, node = adjoints[i], graph.nodes[i]
            if ct is None or not node.args or not varies[i]:
                continue
            args, rules = [values[a] for a in node.args], list(TABLE[node.op].vjp)
            if node.op == "where":
                taken = (
                    1 if bool(args[0]) != (fault == "where sends its adjoint into the other branch") else 2
                )
                rules = [None, *(lambda ct, *_, take=k == taken: ct if take else None for k in (1, 2))]
            if fault == "arguments in reverse":
                args.reverse()
            if fault == "the second rule for the first argument":
                rules.reverse()
            for a, rule in zip(
                node.args, rules[:1] if fault == "only the first argument" else rules, strict=False
            ):
                if rule is None or not varies[a]:
                    continue
                ct_, y = ct, values[i]
                if fault == "the answer in place of the cotangent":
                    ct_ = y
                if fault == "the cotangent in place of the answer":
                    y = ct
                share = rule(ct_, y, *args, **dict(node.params))
                if share is not None:
                    adjoints[a] = sum_up(adjoints[a], share)
        return adjoints

    return sweep


SWEEP = (
    "adjoint overwritten instead of summed", "first adjoint kept", "adjoints subtracted", "seed doubled",
    "where sends its adjoint into the other branch", "the answer in place of the cotangent",
    "the cotangent in place of the answer", "arguments in reverse", "only the first argument",
    "the second rule for the first argument", "the last step skipped", "the first steps skipped",
)  # fmt: skip


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


@pytest.mark.parametrize("name", SWEEP)
def test_a_fault_of_the_sweep_lights_d_alone_and_accuses_the_tape(name: str) -> None:
    with patched(record, "sweep", faulty_sweep(name)):
        report = crosscheck(f, at=AT, wrt=(0, 1))
    assert red(report) == "D"
    assert accused(report) == {"tape"}


@pytest.mark.parametrize("name", SWEEP[:3])
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
        "entries", "hessian", ("for first in row for second", "for first in row[:1] * len(row) for second")),
    "hvp without its vector": ("entries", "hvp", ("g * v for g, v", "g for g, v")),
}  # fmt: skip


@pytest.mark.parametrize("name", RECORDER)
def test_a_fault_of_one_operator_of_the_tape_lights_d_alone(name: str) -> None:
    where, operator, edit = RECORDER[name]
    function = g if operator == "vjp" else f
    with patched(Recorder, where, rewritten(getattr(Recorder, where), edit)):
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
    "the wrong arguments": ("grad", ("argnums=once", "argnums=once[::-1]")),
    "the wrong component": ("jacobian", ("f(*x)[o]", "f(*x)[0]")),
    "cotangents in reverse": ("vjp", ("(list(v))", "(list(v)[::-1])")),
    "tangents of all ones": ("jvp", ("tangents[k] + t if k in tangents else t", "0 * t + 1.0")),
}


@pytest.mark.parametrize("name", JAX)
def test_a_fault_in_how_jax_is_called_lights_d_alone_and_accuses_jax(name: str) -> None:
    operator, edit = JAX[name]
    function = g if operator in ("jacobian", "vjp") else f
    with patched(jax_method, "derivative", rewritten(jax_method.derivative, edit)):
        report = crosscheck(function, at=AT, wrt=(0, 1), operators=(operator,))
    assert red(report) == "D"
    assert accused(report) == {"jax"}


def test_the_sweep_that_crosscheck_judges_is_the_sweep_that_grad_runs() -> None:
    """`grad` takes the eager path; both import one function."""
    assert record.sweep is tape_method.sweep is sweep
