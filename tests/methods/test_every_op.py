"""Every row of the table and every example, three ways: the reverse sweep, the program, and as the step of a scan.

The program is the sweep's bits: at the point where it was written and at others, with its memory full of nan between
the calls. A scan whose step is the function is the loop written out in Python, to the last bit but for the sign of a
zero. Where numbers alone go through `math` instead of NumPy, an ulp an op is allowed.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from examples.functions import examples
from symdiff.arrays import ArrayProblem
from symdiff.errors import UnsupportedError
from symdiff.inputs.code import from_code
from symdiff.methods import method
from symdiff.methods.base import Task
from symdiff.methods.tape.arrays import swept
from symdiff.methods.tape.known import same_bits
from symdiff.methods.tape.program import planned
from symdiff.ops import TABLE
from symdiff.selftest.probes import Probe, probes
from symdiff.sweep.manifest import Formula, read

PROBES = {probe.name: probe for probe in probes()}
FORMULAS = read(Path(__file__).parents[2] / "examples" / "physics.symdiff.toml").formulas
EXAMPLES = {example.name: example for example in examples()}
STEPS = np.array([1.0, 1.015625, 0.984375])
# why a function is no step of a scan
NO_STEP = {"eigh": "which sign an eigenvector has is decided by looking at it"}

each_probe = pytest.mark.parametrize("name", PROBES)
each_example = pytest.mark.parametrize("name", EXAMPLES)


def near(leaves: Sequence[np.ndarray], k: int) -> list[np.ndarray]:
    rng = np.random.default_rng(k)
    return [v * (1.0 + 0.01 * rng.uniform(-1.0, 1.0, np.shape(v))) for v in leaves]


def poison(problem: ArrayProblem) -> None:
    """Whatever memory is taken next holds nan."""
    for _ in range(3):
        _ = [np.full(n.shape, np.nan) for n in problem.graph.nodes]


def same(found: Sequence[Any] | None, wanted: Sequence[Any], ulps: int) -> bool:
    """The same bits; where `ulps` is not 0, numbers that lie so many units in the last place apart at most."""
    if found is None:
        return False
    pairs = [(np.asarray(a), np.asarray(b)) for a, b in zip(found, wanted, strict=True)]
    return all(same_bits(a, b) or (ulps and np.abs(a - b) <= ulps * np.spacing(np.abs(b))) for a, b in pairs)


def the_program_is_the_sweep(problem: ArrayProblem, leaves: list[np.ndarray], operators: Sequence[str]) -> int:
    """How many points were compared."""
    compared, ulps = 0, 0 if any(node.shape for node in problem.graph.nodes) else 3 * len(problem.graph.nodes)
    for operator in operators:
        task = Task(operator, tuple(range(len(leaves))))
        rng = np.random.default_rng(0)
        vector = [rng.normal(size=s) for s in problem.answers] if operator == "vjp" else []
        plan = planned(problem, task, leaves, vector)
        for k in range(4):
            point = near(leaves, k) if k else leaves
            if not problem.holds(point):
                continue
            poison(problem)
            found = plan([*point, *vector])
            assert same(found, swept(problem, task, point, vector), ulps), (operator, k)
            compared += 1
    return compared


def recorded(f: Callable[..., Any], args: Sequence[Any]) -> tuple[ArrayProblem, list[np.ndarray]]:
    recording, leaves = from_code(f).recorded(tuple(args), {}, tuple(range(len(args))), fresh=True)
    return recording.problem, leaves


def test_no_row_is_left_out() -> None:
    """The two rows without a function are scalar steps of eigvalsh and eigh, which the tape never takes."""
    reached = {op for probe in PROBES.values() for op, _ in probe.sites} | {"scan"}
    flows = {name for name, row in TABLE.items() if any(rule is not None for rule in row.vjp)}
    assert flows - reached == {"eigenvalue", "eigenvector"}


@each_probe
def test_the_program_of_every_op_is_the_sweep(name: str) -> None:
    probe = PROBES[name]
    problem, leaves = recorded(probe.f, probe.args)
    assert the_program_is_the_sweep(problem, leaves, ("grad", "value_and_grad", "vjp")) >= 6


def looped(probe: Probe, scan: Callable[..., Any]) -> Callable[..., Any]:
    """The function at three multiples of its arguments, one a step; the carry adds up."""

    def total(*args: Any) -> Any:
        xs = tuple(a * np.reshape(STEPS, (3, *[1] * np.ndim(a))) for a in args)
        return scan(lambda carry, x: (carry * 0.9375 + probe.f(*x), None), 0.0, xs)[0]

    return total


def in_python(step: Callable[..., Any], carry: Any, xs: Any) -> tuple[Any, None]:
    for k in range(len(STEPS)):
        carry, _ = step(carry, tuple(x[k] for x in xs))
    return carry, None


@each_probe
def test_every_op_as_the_step_of_a_scan(name: str) -> None:
    """The program of the scan is its sweep, and that is the sweep of the loop in Python."""
    probe = PROBES[name]
    if name in NO_STEP:
        with pytest.raises(UnsupportedError, match="a decision by a value"):
            recorded(looped(probe, sd.scan), probe.args)
        return
    problem, leaves = recorded(looped(probe, sd.scan), probe.args)
    assert the_program_is_the_sweep(problem, leaves, ("grad",)) >= 2
    unrolled, _ = recorded(looped(probe, in_python), probe.args)
    task = Task("grad", tuple(range(len(leaves))))
    for a, b in zip(swept(problem, task, leaves, []), swept(unrolled, task, leaves, []), strict=True):
        np.testing.assert_array_equal(a, b)


@each_example
def test_the_program_of_every_example_is_the_sweep(name: str) -> None:
    example = EXAMPLES[name]
    args = example.arguments()
    recording, leaves = from_code(example.function).recorded(tuple(args), {}, fresh=True)
    operators = ("vjp",) if recording.problem.vector else ("grad", "value_and_grad", "vjp")
    assert the_program_is_the_sweep(recording.problem, leaves, operators) >= len(operators)


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu"])
@pytest.mark.parametrize("loss", ["squared", "softmax_cross_entropy"])
def test_the_program_of_a_net_is_the_sweep(activation: str, loss: str) -> None:
    net = sd.mlp([3, 4, 4, 2], activation=activation, loss=loss, l2=0.01)
    rng, params = np.random.default_rng(0), net.init(seed=0)
    X, y = rng.normal(size=(5, 3)), rng.normal(size=(5, 2)) if loss == "squared" else rng.integers(0, 2, 5)
    recording, leaves = from_code(net.risk).recorded((params, X, y), {}, 0, fresh=True)
    assert the_program_is_the_sweep(recording.problem, leaves, ("grad", "value_and_grad")) >= 4


@pytest.mark.parametrize("formula", [f for f in FORMULAS if not f.fault and f.range], ids=lambda f: f.name)
def test_the_program_of_every_law_of_physics_is_the_sweep(formula: Formula) -> None:
    """The first calls are the sweep's, the later ones the program's."""
    assert isinstance(formula.expr, str)
    problem = sd.function(formula.expr)
    rng = np.random.default_rng(0)
    points = [[rng.uniform(*formula.range[name]) for name in problem.names] for _ in range(4)]  # type: ignore[index]  # the ones without a range are left out above
    task = Task("grad", tuple(range(len(problem.names))))
    wanted = [method("tape").answer(problem, task, tuple(map(np.float64, x)), ()).entries for x in points]
    gradient = sd.grad(problem)
    for x in points:  # until there is a program
        gradient(*x)
    steps = len(problem.graph.nodes)
    for x, entries in zip(points, wanted, strict=True):
        assert same(np.atleast_1d(gradient(*x)), entries, 3 * steps)


def test_a_planted_fault_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sweep that differs from the program in the last place of one entry."""
    problem, leaves = recorded(PROBES["div"].f, PROBES["div"].args)
    healthy = swept

    def off(*given: Any) -> list[np.ndarray]:
        first, *rest = healthy(*given)
        return [np.nextafter(first, np.inf), *rest]

    monkeypatch.setattr(sys.modules[__name__], "swept", off)
    with pytest.raises(AssertionError):
        the_program_is_the_sweep(problem, leaves, ("grad",))
