"""Every array row, every case: the columns mean one function, and its derivatives are right, twice over."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from flint import arb

from symdiff import balls
from symdiff.arrays import flat
from symdiff.errors import UnsupportedError
from symdiff.graph import Graph, run
from symdiff.inputs.recorded import Recorded
from symdiff.methods.base import Program, Task
from symdiff.methods.tape.arrays import Sweeps
from symdiff.methods.tape.push import push
from symdiff.ops import TABLE, Op
from symdiff.scalars import steps, to_scalars

from .array_case import ArrayCase
from .arrays import CASES, ELSEWHERE, EVERY, REAL
from .judging import Truth, complaints, exactly, of_squares, one_op, rounded, size_of, tape
from .rows import BITS

ROWS = [row for row in TABLE.values() if not row.elementwise]


def test_every_array_row_has_cases() -> None:
    names = {row.name for row in ROWS}
    assert names - set(CASES) == set(ELSEWHERE), "a row without cases is not tested"
    assert set(CASES) <= names
    assert all(CASES.values())


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_row_is_coherent(row: Op) -> None:
    assert row.doc
    assert (row.scalars is None) == (row.rounding is not None), "a scalar step of its own says how it rounds"
    assert row.kink is None
    assert not row.variadic or row.arity == 1
    if row.boolean or row.whole:
        assert all(rule is None for rule in row.vjp)
    for case in CASES.get(row.name, ()):
        assert tuple(case.params) == row.params


# -- values --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", EVERY, ids=repr)
def test_the_columns_mean_one_function(case: ArrayCase) -> None:
    import jax

    problem, point = one_op(case), flat(case.args)
    node = problem.graph.nodes[problem.graph.outputs[0]]
    ours = case.answer()
    with jax.enable_x64(True):
        theirs = np.asarray(case.row.jax(*case.seen(map(jax.numpy.asarray, case.args)), **case.params))
    assert node.shape == ours.shape == theirs.shape
    assert node.kind == ours.dtype.kind == theirs.dtype.kind
    scalars = to_scalars(problem.graph, case.args)
    step_by_step = [run(scalars, "forward", list(point), np.float64)[o] for o in scalars.outputs]
    with balls.precision(BITS):
        found = rounded(Program(scalars), list(point))
        wider = rounded(Program(scalars), list(point), any_order=True)
        for k, reach in enumerate(found):
            two = [np.ravel(ours)[k], step_by_step[k]]
            if node.kind == "b":
                assert [*two, np.ravel(theirs)[k]] == [reach] * 3, k
                continue
            assert reach.rad() <= 2.0**-40 * case.loses * size_of(reach, point), k
            assert all(reach.contains(arb(float(v))) for v in two), (k, two, reach)
            assert wider[k].contains(arb(float(np.ravel(theirs)[k]))), (k, theirs, wider[k])


@pytest.mark.parametrize("case", EVERY, ids=repr)
def test_sympy_means_the_same(case: ArrayCase) -> None:
    """The scalar steps on fractions."""
    import sympy as sp

    problem, point = one_op(case), flat(case.args)
    scalars = to_scalars(problem.graph, case.args)
    symbols = [sp.Rational(float(v)) for v in point]
    if no_closed_form(case):
        with pytest.raises(UnsupportedError, match="closed form"):
            run(scalars, "sympy", symbols, sp.Rational)
        return
    values = run(scalars, "sympy", symbols, sp.Rational)
    with balls.precision(BITS):
        for o, truth in zip(scalars.outputs, exactly(Program(scalars), list(point)), strict=True):
            if isinstance(truth, bool):
                assert bool(values[o]) is truth
            else:
                value = arb(str(sp.sympify(values[o]).evalf(60)))
                assert abs(value - truth) <= abs(truth) * arb("1e-50") + arb("1e-60"), values[o]


def no_closed_form(case: ArrayCase) -> bool:
    smallest = {"eigvalsh": 3, "eigenvectors": 1}.get(case.name)
    return smallest is not None and case.args[0].size > 0 and case.args[0].shape[-1] >= smallest


# -- first derivatives -----------------------------------------------------------------------------------


def of_jax(case: ArrayCase) -> Callable[..., Any]:
    return lambda *args: case.row.jax(*case.seen(args), **case.params)


def truth_of(case: ArrayCase, problem: Any, operator: str, vector: Sequence[np.ndarray]) -> Truth:
    """FLINT's entries; that there are none must be what the case says."""
    truth = Truth.of(problem, Task(operator, tuple(range(len(case.args)))), case.args, vector)
    assert (None in truth.entries) == bool(case.kink)
    return truth


def jax_pulls(case: ArrayCase, ct: np.ndarray) -> np.ndarray:
    import jax

    with jax.enable_x64(True):
        return flat(jax.vjp(of_jax(case), *map(jax.numpy.asarray, case.args))[1](jax.numpy.asarray(ct)))


def cotangent(case: ArrayCase) -> np.ndarray:
    shape = one_op(case).answers[0]
    return np.asarray(case.rng.normal(size=shape))


@pytest.mark.parametrize("case", REAL, ids=repr)
def test_the_pull_back_is_the_derivative(case: ArrayCase) -> None:
    problem, ct = one_op(case), cotangent(case)
    truth = truth_of(case, problem, "vjp", [ct])
    plain = Sweeps(problem, case.args).pulled(range(len(case.args)), [ct])
    assert [p.shape for p in plain] == [a.shape for a in case.args]
    others = [("the plain sweep", flat(plain)), ("JAX", jax_pulls(case, ct))]
    assert not list(complaints(problem, "vjp", case.args, [ct], truth, others, case.loses))


@pytest.mark.parametrize("case", REAL, ids=repr)
def test_the_push_is_the_derivative(case: ArrayCase) -> None:
    import jax

    problem = one_op(case)
    tangents = [np.asarray(case.rng.normal(size=a.shape)) for a in case.args]
    args = case.seen(case.args)
    y = case.row.forward(*args, **case.params)
    node = problem.graph.nodes[problem.graph.outputs[0]]
    real = [k for k in range(len(case.args)) if k not in case.truth]
    for moving in ([], *([k] for k in real)):  # none, one after the other
        _same_push(case, problem, node, y, args, {k: tangents[k] for k in moving})
    pushed = _same_push(case, problem, node, y, args, {k: tangents[k] for k in real})
    truth = truth_of(case, problem, "jvp", tangents)
    with jax.enable_x64(True):
        primals, along = (tuple(map(jax.numpy.asarray, arrays)) for arrays in (case.args, tangents))
        theirs = jax.jvp(of_jax(case), primals, along)
    others = [("the plain push", pushed), ("JAX", np.ravel(theirs[1]))]
    assert not list(complaints(problem, "jvp", case.args, tangents, truth, others, case.loses))


def _same_push(
    case: ArrayCase, problem: Any, node: Any, y: Any, args: list[Any], tangents: dict[int, Any]
) -> np.ndarray:
    """What push says of these tangents on plain numbers: what the recorded program says of them, and zeros."""
    n = len(case.args)
    found = push(node, y, args, {k + j * n: t for k, t in tangents.items() for j in range(case.times)})
    pushed = np.zeros(node.shape) if found is None else np.asarray(found)
    assert pushed.shape == node.shape
    full = [tangents.get(k, np.zeros(a.shape)) for k, a in enumerate(case.args)]
    _, program = tape(problem, "jvp", case.args, full)
    with balls.precision(BITS):
        reach = rounded(program, [*flat(case.args), *flat(full)])
        assert all(r.contains(arb(float(v))) for r, v in zip(reach, pushed.flat, strict=True))
    return np.ravel(pushed)


@pytest.mark.parametrize("name", ["amax", "amin"])
def test_an_infinite_cotangent_reaches_the_extreme_alone(name: str) -> None:
    """sqrt(amax(x)) where it is zero: the entries below have the derivative 0, not 0 times infinity."""
    x = np.array([[0.0, 1.0], [1.0, 0.0]]) * (-1.0 if name == "amax" else 1.0)
    share = TABLE[name].vjp[0](np.array([np.inf, np.inf]), TABLE[name](x, axis=(0,)), x, axis=(0,))
    assert np.array_equal(share, [[np.inf, 0.0], [0.0, np.inf]])


def test_a_constant_truth_value_is_not_the_number_one() -> None:
    graph = Graph()
    x = Recorded(graph, graph.input("x", (2,)), np.array([1.5, -0.5]))
    graph.outputs = (np.where(np.True_, x * 1.0, 1.0).index,)
    scalars = to_scalars(graph, [x.value])
    assert [run(scalars, "forward", [1.5, -0.5], np.float64)[o] for o in scalars.outputs] == [1.5, -0.5]


# -- second derivatives ----------------------------------------------------------------------------------


@pytest.mark.parametrize("case", REAL, ids=repr)
def test_the_rule_can_be_differentiated_again(case: ArrayCase) -> None:
    import jax

    weights = np.asarray(case.rng.normal(size=one_op(case).answers[0]))
    problem = of_squares(case, weights)
    direction = [np.asarray(case.rng.normal(size=a.shape)) for a in case.args]
    truth = truth_of(case, problem, "hvp", direction)

    def loss(*args: Any) -> Any:
        return jax.numpy.sum(weights * of_jax(case)(*args) ** 2)

    with jax.enable_x64(True):
        args, along = (tuple(map(jax.numpy.asarray, a)) for a in (case.args, direction))
        theirs = jax.jvp(jax.grad(loss, tuple(range(len(args)))), args, along)[1]
    others = [("JAX", flat(theirs))]
    assert not list(complaints(problem, "hvp", case.args, direction, truth, others, case.loses))


# -- what a row says of itself ----------------------------------------------------------------------------


@pytest.mark.parametrize("case", EVERY, ids=repr)
def test_equal_parameters_are_one_node(case: ArrayCase) -> None:
    again = {name: copy.deepcopy(value) for name, value in case.params.items()}
    assert again == case.params
    assert hash(tuple(again.items())) == hash(tuple(case.params.items()))
    problem = one_op(case)
    graph = problem.graph.copy()
    node = graph.nodes[graph.outputs[0]]
    assert graph.apply(node.op, *node.args, params=tuple(again.items())) == graph.outputs[0]


@pytest.mark.parametrize("name", [n for n, cases in CASES.items() if cases[0].params], ids=str)
def test_other_parameters_are_another_node(name: str) -> None:
    """What two cases say differently compares as different, unless they name one thing."""
    for a in CASES[name]:
        for b in CASES[name]:
            assert (a.params == b.params) == (repr(a.params) == repr(b.params)), (a, b)


@pytest.mark.parametrize("case", EVERY, ids=repr)
def test_the_cost_is_what_is_made(case: ArrayCase) -> None:
    problem = one_op(case)
    graph = to_scalars(problem.graph, case.args)
    made, said = sum(graph.varying()) - len(graph.inputs), steps(problem.graph)
    assert made <= said
    assert said <= 4 * (made + len(graph.inputs) + len(graph.outputs))
