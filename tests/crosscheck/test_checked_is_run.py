"""What is checked is what runs: corrupt a method's program, and both its floats and its stage 1 change."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import jax
import numpy as np
import pytest

from symdiff import crosscheck
from symdiff.crosscheck.certified import stage1
from symdiff.crosscheck.certified.rounding import bounds
from symdiff.crosscheck.certified.stage1 import certify
from symdiff.errors import UnsupportedError
from symdiff.graph import Graph, run
from symdiff.inputs import function, recorded
from symdiff.methods import method
from symdiff.methods.base import Program, Task
from symdiff.methods.jax import method as jax_method
from symdiff.methods.symbolic import method as symbolic_method
from symdiff.methods.symbolic import program as symbolic_program
from symdiff.methods.symbolic import templates
from symdiff.methods.tape.known import program
from symdiff.methods.tape.numbers import NumberPlan
from symdiff.problem import Problem
from tests.crosscheck.formulas import random_formula
from tests.faults import FACTORS, accused, patched, pull_back, rewritten, row, sines_for_cosines, times

TEXT = "sin(x)*exp(y) + x*y"
POINT = (1.37, 0.61)
OPERATORS = ("value", "grad", "value_and_grad", "jvp", "vjp", "hessian", "hvp")


def answered(name: str, problem: Problem, operator: str = "grad") -> tuple[list[float], list[bool | None]]:
    """A method's floats and the verdict of stage 1 on its rule, entry by entry."""
    task = Task(operator, tuple(range(len(problem.names))))
    vector = (0.7, -1.3)[: task.vector_length(problem)]
    answer = method(name).answer(problem, task, POINT, vector)
    assert answer.program is not None
    limits = {name: bounds(answer.program, [*POINT, *vector])}
    certified = certify(problem, task, POINT, vector, {name: answer.program}, limits)
    return answer.entries, certified.rules[name]


def assert_both_change(healthy: tuple[list[float], Any], corrupt: tuple[list[float], Any], entry: int = 0) -> None:
    assert all(healthy[1])
    assert corrupt[0][entry] != healthy[0][entry], "its floats"
    assert corrupt[1][entry] is False, "its stage 1"


@pytest.mark.parametrize("factor", FACTORS.values(), ids=FACTORS)
def test_a_rule_of_the_tape(factor: float) -> None:
    healthy = answered("tape", function(TEXT))
    with pull_back("sin", times(factor)):
        assert_both_change(healthy, answered("tape", function(TEXT)))


@pytest.mark.parametrize("operator", ["grad", "value_and_grad", "jvp", "vjp", "hessian", "hvp"])
def test_a_rule_of_the_tape_under_every_operator(operator: str) -> None:
    healthy = answered("tape", function(TEXT), operator)
    with pull_back("sin", times(1 + 1e-9)):
        assert_both_change(healthy, answered("tape", function(TEXT), operator), operator == "value_and_grad")


@pytest.mark.parametrize("operator", ["grad", "jvp", "vjp", "hessian", "hvp"])
def test_a_template_of_the_symbolic_method(operator: str) -> None:
    """The partials of one step, 1e-9 too large: the template is part of every program made of it."""
    text = "a = sin(x); a*exp(y)"
    with patched(symbolic_method, "CLOSED_OPS", 0):
        healthy = answered("symbolic", function(text), operator)
        with patched(symbolic_program, "template", corrupt_template):
            assert_both_change(healthy, answered("symbolic", function(text), operator))


def corrupt_template(shape: Any, arity: int) -> templates.Template:
    ready = templates.template(shape, arity)
    graph = ready.graph.copy()
    graph.outputs = tuple(graph.apply("mul", o, graph.const(1 + 1e-9)) for o in ready.graph.outputs)
    return dataclasses.replace(ready, graph=graph, constant=(None,) * arity)


def test_the_closed_form_of_the_symbolic_method() -> None:
    healthy = answered("symbolic", function(TEXT))
    original = symbolic_method.closed_program

    def corrupt(*args: Any) -> Graph:
        graph = original(*args)
        graph.outputs = tuple(graph.apply("mul", o, graph.const(1 + 1e-9)) for o in graph.outputs)
        return graph

    with patched(symbolic_method, "closed_program", corrupt):
        assert_both_change(healthy, answered("symbolic", function(TEXT)))


def test_the_jaxpr() -> None:
    """Every cosine of the traced derivative is replaced by a sine; the primal values stay."""
    healthy = answered("jax", function(TEXT))
    with patched(jax_method.jax, "make_jaxpr", sines_for_cosines(jax.make_jaxpr)):
        assert_both_change(healthy, answered("jax", function(TEXT)))


def test_an_op_while_it_is_recorded() -> None:
    """The node says cosine, and so does the number: both become a hyperbolic one."""
    healthy = answered("tape", function(TEXT))
    original = recorded.record

    def corrupt(graph: Graph, name: str, args: Any, params: Any = ()) -> Any:
        return original(graph, "cosh" if name == "cos" else name, args, params)

    with patched(recorded, "record", corrupt):
        assert_both_change(healthy, answered("tape", function(TEXT)))


def test_every_node_of_the_tapes_program_is_checked() -> None:
    """Swap any op of the derivative program for another: stage 1 says wrong."""
    problem, task = function(TEXT), Task("grad", (0, 1))
    program = method("tape").answer(problem, task, POINT).program
    assert program is not None
    other = {"add": "sub", "sub": "add", "mul": "add", "sin": "cos", "cos": "sin", "exp": "sin"}
    limits = {"tape": bounds(program, POINT)}
    corrupted = 0
    for i in program.graph.live():
        node = program.graph.nodes[i]
        if node.op not in other:
            continue
        graph = program.graph.copy()
        graph.nodes[i] = dataclasses.replace(node, op=other[node.op])
        wrong = Program(graph, program.guards)
        rules = certify(problem, task, POINT, (), {"tape": wrong}, limits).rules["tape"]
        assert False in rules, f"node {i}: {node.op}"
        corrupted += 1
    assert corrupted >= 5


def test_a_program_that_is_not_the_floats_is_told_by_stage_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """Floats of a faulty rule shown with the program of a healthy one: rounding cannot have done that."""
    tape = method("tape")
    with pull_back("sin", times(1 + 1e-9)):
        floats = tape.answer(function(TEXT), Task("grad", (0, 1)), POINT).entries
    original = type(tape).answer

    def dishonest(self: Any, problem: Problem, task: Task, *args: Any) -> Any:
        answer = original(self, problem, task, *args)
        return (
            dataclasses.replace(answer, entries=floats)
            if problem.source == TEXT and task.operator == "grad"
            else answer
        )

    monkeypatch.setattr(type(tape), "answer", dishonest)
    report = crosscheck(TEXT, *POINT, methods=("tape",))
    assert accused(report) == {"tape"}
    assert "further off than rounding" in report.findings[0].reason


# -- stage 1 itself ------------------------------------------------------------------------------------

STAGE_1 = {
    "every ball overlaps": (
        "_compare", ("result.append(bool(abs(e - t) <= off))", "result.append(True)")),
    "literals widened to 1e-3": ("_run", ("width(float(value))", "arb(0, abs(float(value)) * 1e-3)")),
    "every constant widened": ("_run", ("if loose and value in program.loose:", "if True:")),
}  # fmt: skip


@pytest.mark.parametrize("name", STAGE_1)
def test_a_mutant_of_stage_1_lets_a_fault_pass_that_it_catches(name: str) -> None:
    """1e-15 is below what stage 2 can tell: stage 1 alone catches it."""
    where, edit = STAGE_1[name]
    with pull_back("exp", times(1 + 2.0**-52)):
        caught = crosscheck("3*exp(y) + x/3", *POINT, methods=("tape",))
        assert accused(caught) == {"tape"}
        one_way = patched(stage1, "_in_all_cases", lambda *given, sure: (given[-1], None not in given[-1]))
        with patched(stage1, where, rewritten(getattr(stage1, where), edit)), one_way:
            missed = crosscheck("3*exp(y) + x/3", *POINT, methods=("tape",))
    if where == "_compare":
        assert accused(missed) == set()
    else:  # the tape has no loose literal: nothing of its program may be widened
        assert (accused(missed) == set()) is (name == "every constant widened")


# -- the eager path ------------------------------------------------------------------------------------


def point_of(rng: np.random.Generator, count: int) -> Sequence[float]:
    return [float(v) for v in rng.uniform(0.05, 3.0, count) * rng.choice([1.0, 1.0, -1.0], count)]


def same(a: list[float], b: list[float]) -> bool:
    """Bit for bit; -0.0 is not 0.0. Any nan is any other."""
    x, y = (np.where(np.isnan(v), np.nan, v) for v in (a, b))
    return x.tobytes() == y.tobytes()


def test_the_eager_sweep_has_the_floats_of_the_recorded_program_bit_for_bit() -> None:
    rng, planned = np.random.default_rng(0), 0
    for _ in range(400):
        problem = function(random_formula(rng), ("x", "y", "z"))
        task = Task(str(rng.choice(["grad", "value_and_grad"])), (0, 1, 2))
        for _ in range(3):
            x = point_of(rng, 3)
            answer = method("tape").answer(problem, task, x)
            plan = program(problem, task)  # from the third time on; `math` may be an ulp off
            exact = plan.with_numpy(*map(float, x)) if isinstance(plan, NumberPlan) else None
            found = method("tape").entries(problem, task, x)
            assert same(found if exact is None else exact, answer.entries), problem.source
            planned += exact is not None
            with np.errstate(all="ignore"):
                values = run(answer.program.graph, "forward", x, np.float64)
            assert same([float(values[o]) for o in answer.program.graph.outputs], answer.entries), problem.source
    assert planned > 200


def test_that_comparison_can_fail() -> None:
    """A NumPy column that is one ulp off shows."""
    problem = function("sin(x)*y*z", ("x", "y", "z"))
    task = Task("grad", (0, 1, 2))
    healthy = method("tape").answer(problem, task, (0.3, 0.4, 0.5)).entries
    with row("sin", forward=lambda x: np.nextafter(np.sin(x), 2)):
        assert not same(method("tape").entries(problem, task, (0.3, 0.4, 0.5)), healthy)


@pytest.mark.parametrize("name", ["tape", "symbolic"])
def test_the_floats_are_those_of_the_program_that_is_shown(name: str) -> None:
    """Under every operator, bit for bit."""
    rng, looked_at = np.random.default_rng(1), 0
    for _ in range(25):
        problem = function(random_formula(rng), ("x", "y", "z"))
        x = point_of(rng, 3)
        for operator in OPERATORS:
            task = Task(operator, (0, 1, 2))
            vector = point_of(rng, task.vector_length(problem))
            try:
                answer = method(name).answer(problem, task, x, vector)
            except UnsupportedError:
                continue
            looked_at += 1
            with np.errstate(all="ignore"):
                values = run(answer.program.graph, "forward", [*x, *vector], lambda c: np.float64(float(c)))
            assert same([float(values[o]) for o in answer.program.graph.outputs], answer.entries), problem.source
    assert looked_at > 100
