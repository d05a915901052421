"""Programs as Python source: what may be in it, numbers in floats and `math`, what is printed."""

from __future__ import annotations

import gc
import linecache
import math
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff import straightline
from symdiff.errors import SymdiffError
from symdiff.inputs.code import from_code
from symdiff.methods.base import Task
from symdiff.methods.tape import numbers
from symdiff.methods.tape.arrays import swept
from symdiff.methods.tape.known import same_bits
from symdiff.methods.tape.numbers import FUNCTIONS, NumberPlan
from symdiff.methods.tape.program import planned
from symdiff.operators._again import Again
from symdiff.ops import TABLE

# -- the only exec -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        "def run(v0):\n    return __import__(v0)\n", "def run(v0):\n    return v0.__class__\n",
        "def run(v0):\n    return 'text'\n", "def run(Weights):\n    return Weights\n",
        "def run(v0):\n    return v\u0430\n", "def run(v0):\n    return v0.mro\n    'doc'\n",
    ],
    ids=["import", "dunder", "text", "capital", "cyrillic", "docstring"],
)  # fmt: skip
def test_words_that_no_writer_makes_are_not_run(source: str) -> None:
    with pytest.raises(SymdiffError, match="none of ours"):
        straightline.function(source, "run", {})


def test_a_program_has_no_builtins_and_goes_with_its_function() -> None:
    f = straightline.function("def run(v0):\n    return open(v0)\n", "run", {})
    with pytest.raises(NameError):
        f("x")
    name = f.__code__.co_filename
    assert linecache.getline(name, 2) == "    return open(v0)\n"
    del f
    gc.collect()
    assert name not in linecache.cache


def test_names_and_files_of_a_user_are_comments_without_a_way_out() -> None:
    def f(x: Any) -> Any:
        return np.sum(x * x)

    f.__name__ = f.__qualname__ = "f\nimport os; os.abort()"
    assert "\nimport" not in sd.grad(f).program(np.ones(2))
    assert [line for line in sd.grad("x*y").program(1.0, 2.0).splitlines() if line.startswith("#")] == ["# grad of x*y"]


# -- numbers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted({row.name for row in TABLE.values() if row.forward in FUNCTIONS}))
def test_math_is_within_an_ulp_or_two_of_numpy(name: str, rng: np.random.Generator) -> None:
    """Both say they are right to the last bit or so; NumPy's own error bound is in the row."""
    row = TABLE[name]
    low_high = row.domain.draw or ((-30.0, 30.0),) * row.arity
    worst = 0.0
    for _ in range(2000):
        args = [float(rng.uniform(*ends)) for ends in low_high]
        try:
            mine = FUNCTIONS[row.forward][1](*args)
        except numbers.RAISES:
            continue
        with np.errstate(all="ignore"):
            numpys = float(row.forward(*map(np.float64, args)))
        if mine != numpys:
            worst = max(worst, abs(mine - numpys) / math.ulp(numpys))
    assert worst <= 1.0


def random_number_function(seed: int) -> Any:
    """A function of three numbers made of most of what there is, with branches."""

    def f(x: Any, y: Any, z: Any) -> Any:
        rng, values = np.random.default_rng(seed), [x, y, z]
        one = [np.exp, np.sin, np.tanh, np.sqrt, np.log, np.arctan, np.cosh, np.expm1, np.abs, np.negative, np.square,
               lambda v: v**3, lambda v: v**0.5, lambda v: 1.0 / v]  # fmt: skip
        two = [np.add, np.subtract, np.multiply, np.divide, np.maximum, np.hypot, np.arctan2, np.power,
               lambda a, b: np.where(a > b, a, b * 2.0), lambda a, b: a * b if a > b else a - b]  # fmt: skip
        for _ in range(12):
            a, b = (values[k] for k in rng.integers(len(values), size=2))
            if rng.integers(2):
                values.append(one[rng.integers(len(one))](a))
            else:
                values.append(two[rng.integers(len(two))](a, b))
        return values[-1] * values[-2] + values[-3]

    return f


def an_ulp_off(problem: Any, task: Task, leaves: Any, x: Any) -> list[float]:
    """The program with functions that are an ulp off, up or down by chance."""
    rng = np.random.default_rng()

    def off(f: Any) -> Any:
        return lambda *args: float(np.nextafter(f(*args), rng.choice([-np.inf, np.inf])))

    with pytest.MonkeyPatch.context() as patch:
        for key, (name, f) in FUNCTIONS.items():
            patch.setitem(FUNCTIONS, key, (name, off(f)))
        plan = planned(problem, task, leaves, [])
    assert isinstance(plan, NumberPlan)
    found = plan.numbers(*map(float, x))
    return found or [math.inf] * 4  # an ulp, and another branch


@pytest.mark.parametrize("seed", range(120))
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_program_of_numbers_is_the_sweep(seed: int, rng: np.random.Generator) -> None:
    """With NumPy's functions bit for bit; with `math` as near as functions that are an ulp off come, and inf and nan
    alike."""
    f = random_number_function(seed)
    edges = [0.0, -0.0, 1.0, -1.0, 1e-310, 1e300, -800.0, 2.5]
    points = [tuple(rng.normal(size=3) * 2.0) for _ in range(12)] + [tuple(rng.choice(edges, 3)) for _ in range(12)]
    for x in points:
        recording, leaves = from_code(f).recorded(tuple(map(float, x)), {}, (0, 1, 2))
        task = Task("value_and_grad", (0, 1, 2))
        plan = planned(recording.problem, task, leaves, [])
        assert isinstance(plan, NumberPlan)
        wanted = swept(recording.problem, task, leaves, [])
        exact = plan.with_numpy(*x)
        assert exact is not None
        assert all(map(same_bits, map(np.array, exact), wanted)), plan.source
        found = plan.numbers(*map(float, x))
        assert found is not None
        if all(map(same_bits, map(np.array, found), wanted)):
            continue
        near = np.array([an_ulp_off(recording.problem, task, leaves, x) for _ in range(12)])
        for a, b, some in zip(found, map(float, wanted), near.T, strict=True):
            spread = float(np.max(np.abs(some - b))) if np.all(np.isfinite(some)) else math.inf
            assert a == b or (math.isnan(a) and math.isnan(b)) or abs(a - b) <= 4.0 * spread, (a, b, x, plan.source)


def test_what_math_refuses_is_numpys_answer() -> None:
    gradient = sd.grad(lambda x, y: np.exp(x) / y, wrt=(0, 1))
    for _ in range(4):
        assert gradient(0.0, 2.0) == (0.5, -0.25)
        assert gradient(800.0, 2.0) == (math.inf, -math.inf)
        assert gradient(0.0, 0.0) == (math.inf, -math.inf)


def test_numbers_take_the_branch_of_the_point() -> None:
    gradient = sd.grad(lambda x: x * x if x > 1.0 else 3.0 * x)
    for _ in range(4):
        assert [gradient(v) for v in (2.0, 0.5, 1.0, 4.0)] == [4.0, 3.0, 3.0, 8.0]
    formula = sd.grad("max(x, 0)*y")
    for _ in range(4):
        assert formula(2.0, 3.0) == (3.0, 2.0)
        assert formula(-2.0, 3.0) == (0.0, 0.0)


def test_a_formula_is_answered_by_its_program_from_the_third_time_on(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    real = NumberPlan.numbers
    monkeypatch.setattr(NumberPlan, "numbers", lambda self, *x: (calls.append(1), real(self, *x))[1])
    gradient = sd.grad("x1**2*(x2*x3 - 2*x1**2)")
    for k in range(5):
        assert gradient(1.0, 2.0, 3.0 + k) == (4.0 + 4.0 * k, 3.0 + k, 2.0)
        assert len(calls) == max(0, k - 1)


def test_a_planted_fault_in_a_program_of_numbers_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The program is not used where it is not the sweep."""
    monkeypatch.setitem(numbers.WRITTEN, TABLE["sub"].forward, "{0} + {1}")
    gradient = sd.grad(lambda x, y: (x - y) * (x - y) * y, wrt=(0, 1))
    for _ in range(4):
        assert gradient(3.0, 1.0) == (4.0, 0.0)


# -- to be read --------------------------------------------------------------------------------------


def test_the_program_of_a_function_of_arrays_reads_like_one_by_hand() -> None:
    def rosenbrock(x: Any) -> Any:
        return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)

    source = sd.grad(rosenbrock).program(np.arange(5.0))
    assert source.startswith("# grad of rosenbrock")
    for line in ("def workspace():", "    v3 = empty((4,), double)", "        v2 = v0[:-1]", "        square(v2, v3)",
                 "        # backward", "    return run"):  # fmt: skip
        assert line in source
    assert "subtract(v1, v3, v3)" in source


def test_the_program_of_a_matrix_is_that_of_its_products() -> None:
    x = np.linspace(1.0, 2.0, 12)
    for operator, title in ((sd.hessian, "# hvp of"), (sd.jacobian, "# vjp of")):
        f = (lambda v: np.sum(v[1:] * v[:-1] ** 2)) if operator is sd.hessian else (lambda v: v[1:] * v[:-1] ** 2)
        source = operator(f).program(x)
        assert source.startswith(title)
        assert "def run(v0, v1):" in source
    with pytest.raises(sd.UnsupportedError, match="several values"):
        sd.hessian(lambda v: v * v).program(x)


def test_only_the_tape_writes_a_program() -> None:
    with pytest.raises(sd.UnsupportedError, match="'jax' writes no program"):
        sd.grad("x*y", method="jax").program(1.0, 2.0)
    with pytest.raises(sd.InputError, match="1 value"):
        sd.grad("x*y").program(1.0)


# -- the entry for plain floats ----------------------------------------------------------------------


def test_the_entry_for_floats_answers_floats_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything else goes the long way, and is answered alike."""
    long_way: list[int] = []
    real = Again.__call__
    monkeypatch.setattr(Again, "__call__", lambda self, *a: (long_way.append(1), real(self, *a))[1])
    gradient, single = sd.grad(lambda x, y: x * x * y, wrt=(0, 1)), sd.grad(lambda x: x**3)
    both = sd.value_and_grad(lambda x, y: x * y, wrt=(0,))
    for _ in range(4):
        assert gradient(2.0, 3.0) == (12.0, 4.0)
        assert single(2.0) == 12.0
        assert both(2.0, 3.0) == (6.0, (3.0,))
    long_way.clear()
    assert gradient(2.0, 5.0) == (20.0, 4.0)
    assert single(3.0) == 27.0
    assert not long_way
    assert gradient(2, 3.0) == (12.0, 4.0)
    assert gradient(np.float64(2.0), 3.0) == (12.0, 4.0)
    assert gradient(y=3.0, x=2.0) == (12.0, 4.0)
    assert gradient(2**53 + 1, 1.0) == gradient(float(2**53 + 1), 1.0)
    assert long_way
    for bad in (math.nan, math.inf, -math.inf):
        with pytest.raises(sd.InputError, match="x"):
            gradient(bad, 1.0)
    with pytest.raises(sd.InputError):
        gradient(1.0)
    assert gradient(1e308, 1e308)[0] == math.inf  # their sum is no float, they are
