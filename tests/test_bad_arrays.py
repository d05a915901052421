"""Bad input to Python functions of arrays: one clear sentence, of the right class, and no state left behind."""

from __future__ import annotations

import functools
import math
import traceback
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

import symdiff as sd
from symdiff.errors import InputError, SymdiffError, UnsupportedError

X = np.array([1.0, 2.0, 3.0])
Case = tuple[Callable[[], Any], type[Exception], str]


def square(x: Any) -> Any:
    return np.sum(x**2)


def twice(x: Any) -> Any:
    return x * 2.0


def two(x: Any, y: Any) -> Any:
    return np.sum(x * y)


def at(x: Any) -> Callable[[], Any]:
    return lambda: sd.grad(square)(x)


def gives(result: Callable[[Any], Any]) -> Callable[[], Any]:
    return lambda: sd.jacobian(result)(X)


def by(wrt: Any) -> Callable[[], Any]:
    return lambda: sd.grad(two, wrt=wrt)(X, 2 * X)


def keyword_only(x: Any, *, a: float) -> Any:
    return np.sum(x * a)


def writes(x: Any) -> Any:
    x[0] = 5.0
    return x.sum()


async def waits(x: Any) -> Any:
    return x


def tree(p: Any) -> Any:
    return np.sum(p["W"] @ p["b"]) + p["c"]


TREE = {"W": np.ones((2, 3)), "b": X, "c": 1.0}


class Model:
    def loss(self, x: Any) -> Any:
        return np.sum(x * x)

    def __call__(self, x: Any) -> Any:
        return np.sum(x * x)


CASES: dict[str, Case] = {
    # tangents and cotangents
    "tangent's shape": (lambda: sd.jvp(square, (X,), (np.ones(2),)), InputError,
        r"the tangent of x has shape \(2,\): expected \(3,\)"),
    "too many tangents": (lambda: sd.jvp(square, (X,), (X, X)), InputError, r"2 tangent\(s\) given for 1 argument"),
    "complex tangent": (lambda: sd.jvp(square, (X,), (X * 1j,)), InputError,
        r"tangents\[0\] is complex: expected real"),
    "tangent's structure": (lambda: sd.jvp(square, (X,), ({"a": X},)), InputError,
        r"tangents\[0\] is a dict with a: expected a number"),
    "structure of two": (lambda: sd.jvp(sum, ([X, X],), ([X],)), InputError, r"a list of 1: expected a list of 2"),
    "nan in a tangent": (lambda: sd.jvp(square, (X,), (X * math.nan,)), InputError, r"tangents\[0\]\[0\] = nan"),
    "bare tangent": (lambda: sd.jvp(square, (X,), X), InputError,
        r"tangents: expected a sequence .* got an array: write \(t,\)"),
    "bare primal": (lambda: sd.jvp(square, X, (X,)), InputError,
        r"primals: expected a sequence .* got an array: write \(p,\)"),
    "bare primal, hvp": (lambda: sd.hvp(square, X, (X,)), InputError, r"primals: expected a sequence"),
    "cotangent's shape": (lambda: sd.vjp(twice, X)[1](np.ones(2)), InputError,
        r"cotangent has shape \(2,\): expected \(3,\)"),
    "cotangent's structure": (lambda: sd.vjp(twice, X)[1]((X,)), InputError,
        "the cotangent is a tuple of 1: expected a number"),
    "text as cotangent": (lambda: sd.vjp(twice, X)[1]("a"), InputError, "the cotangent is text"),
    "None as cotangent": (lambda: sd.vjp(twice, X)[1](None), InputError,
        "the cotangent is None: expected a number or an array"),
    # the point
    "complex": (at(X * 1j), InputError, "x is complex: expected real numbers; give real and imaginary part"),
    "objects": (at(np.array([1, None])), InputError, "x is an array of object: expected real numbers"),
    "masked": (at(np.ma.array([1.0, 2.0], mask=[0, 1])), InputError, r"x is a masked array: .* x.filled"),
    "matrix": (at(np.array([[1.0]]).view(np.matrix)), InputError, r"np.matrix, whose \* is the matrix product"),
    "structured": (at(np.zeros(2, [("a", float), ("b", int)])), InputError,
        r"structured array \(a, b\): give its fields"),
    "strings": (at(np.array(["a", "b"])), InputError, "x is an array of <U1: expected real numbers"),
    "text": (at("abc"), InputError, "x is text"),
    "dates": (at(np.array(["2020-01-01"], "datetime64[D]")), InputError, "array of datetime64"),
    "None": (at(None), InputError, "x is None: expected a number, an array or a pytree"),
    "nan": (at(np.array([1.0, math.nan])), InputError, r"x\[1\] = nan: expected finite numbers"),
    "inf": (at(np.array([[1.0, -math.inf]])), InputError, r"x\[0, 1\] = -inf: expected finite numbers"),
    "nan in a tree": (at({"w": [1.0, math.nan]}), InputError, r"x\['w'\]\[1\] = nan"),
    "truth values": (at(np.array([True])), InputError, "made of truth values"),
    "set": (at({1.0, 2.0}), InputError, "x is set: expected real numbers"),
    "huge integer": (at(10**400), InputError, "x is an integer too large for a float64"),
    "large integers": (at(np.array([2**60 + 1])), InputError, "above 2\\*\\*53, which no float64 holds exactly"),
    "Decimal": (at(Decimal("1.5")), InputError, r"x is Decimal: expected a float; give float\(x\)"),
    "Fraction": (at(Fraction(1, 2)), InputError, r"x is Fraction: expected a float"),
    "nan, checked": (lambda: sd.crosscheck(square, X * math.nan), InputError, r"x\[0\] = nan"),
    "no point": (lambda: sd.crosscheck(square), InputError, "no point given: give square a value for x"),
    "no point by name": (lambda: sd.crosscheck(square, at={"y": X}), InputError, "'y' is not an argument of square"),
    "two points": (lambda: sd.crosscheck(square, X, at={"x": X}), InputError, "not both"),
    "kwargs": (lambda: sd.crosscheck(square, X, kwargs=[1]), InputError,
        "kwargs: expected a mapping"),  # type: ignore[arg-type]  # that is the mistake
    # what the function returns
    "returns None": (gives(lambda x: None), InputError, "returns None: expected numbers or arrays; is there a return"),
    "returns text": (gives(lambda x: "a"), InputError, "returns str as result"),
    "returns an object": (gives(lambda x: {"a": object()}), InputError, r"returns object as result\['a'\]"),
    "returns nothing": (gives(lambda x: ()), InputError, "returns tuple: expected numbers or arrays"),
    "returns a generator": (gives(lambda x: (v for v in x)), InputError, "returns generator as result"),
    "returns truth values": (gives(lambda x: x > 0), InputError,
        "returns truth values as result: they have no derivative"),
    "returns a truth value": (gives(lambda x: [x, True]), InputError, r"truth values as result\[1\]"),
    "returns complex values": (gives(lambda x: x * 1j), InputError, "returns complex values as result"),
    "returns an array, grad": (lambda: sd.grad(twice)(X), InputError,
        r"an array of shape \(3,\): use jacobian, jvp or vjp"),
    "is async": (gives(waits), InputError, "waits is an async function: expected a plain one"),
    "writes": (lambda: sd.grad(writes)(X), UnsupportedError,
        r"test_bad_arrays.py, line \d+: writing into an array that is"),
    "plain array of a list": (lambda: sd.grad(lambda x: np.sum(np.asarray(x)))([1.0, 2.0]), UnsupportedError,
        r"sd.array"),
    "np.vectorize": (lambda: sd.grad(lambda x: np.sum(np.vectorize(lambda v: v * v)(x)))(X), UnsupportedError,
        r"line \d+: np.vectorize makes a plain array .*: write the function for arrays"),
    "np.testing": (lambda: sd.grad(lambda x: [np.testing.assert_allclose(x, X), x][1])(X), UnsupportedError,
        r"line \d+: np.testing makes a plain array .*: compare with assert np.allclose"),
    "jax.numpy": (lambda: sd.grad(lambda x: np.sin(np.asarray(jnp.sum(x * x))))(X), InputError,
        "gives an array that JAX differentiates by to a function of NumPy's: write jnp for np, in all of it"),
    # for functions of numbers
    "steps of arrays": (lambda: sd.steps(lambda x: x @ X, at={"x": X}), InputError,
        "cannot be read as a formula: every argument is one number here"),
    "formula of arrays": (lambda: sd.formula(lambda x: X @ x), InputError, "a function of arrays is for grad"),
    "point without a name": (lambda: sd.crosscheck(square, at=X), InputError,  # type: ignore[arg-type]  # a mistake
        r"at: expected \{name: value\} or a list of these, got ndarray"),
    "points without names": (lambda: sd.crosscheck(square, at=[1.0]), InputError,  # type: ignore[list-item]  # a wrong type is the point
        "a list of these, got list of float"),
    # which argument
    "wrt unknown": (by("z"), InputError, "wrt='z' is not an argument of two"),
    "wrt too large": (by(5), InputError, "wrt=5: expected the name of an argument of two or a position below 2"),
    "wrt too small": (by(-3), InputError, "wrt=-3"),
    "wrt float": (by(1.5), InputError, "wrt=1.5: expected an argument's name or position"),
    "wrt bool": (by(True), InputError, "wrt=True"),
    "wrt twice": (by((0, "x")), InputError, "has argument 0 of two twice"),
    "wrt a default": (lambda: sd.grad(lambda x, y=2.0: x * y, wrt="y")(1.0), InputError,
        "was given no value for it; a default is no"),
    "wrt a keyword": (lambda: sd.grad(keyword_only, wrt="a")(X, a=2.0), InputError, "wrt='a' is not an argument"),
    "no argument": (sd.grad(square), InputError, "square was given no argument"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_mistake_is_one_sentence_and_leaves_nothing_behind(name: str):
    run, error, says = CASES[name]
    before = np.geterr()
    for _ in range(2):
        with pytest.raises(error, match=says) as e:
            run()
        assert isinstance(e.value, SymdiffError)
        assert "\n" not in str(e.value)
        assert len(str(e.value)) <= 300
    assert np.geterr() == before
    np.testing.assert_array_equal(sd.grad(square)(X), 2 * X)
    np.testing.assert_array_equal(X, [1.0, 2.0, 3.0])


def raising(error: BaseException) -> Callable[[Any], Any]:
    def f(x: Any) -> Any:
        if np.sum(x) > 0:
            raise error
        return x

    return f


def deep(x: Any, n: int = 100_000) -> Any:
    return x.sum() if n == 0 else deep(x, n - 1)


@pytest.mark.parametrize(
    ("f", "error"),
    [
        (raising(KeyError("k")), KeyError),
        (raising(ZeroDivisionError("mine")), ZeroDivisionError),
        (raising(KeyboardInterrupt()), KeyboardInterrupt),
        (raising(ValueError("mine")), ValueError),
        (deep, RecursionError),
        (lambda: 1.0, TypeError),
        (keyword_only, TypeError),
        (two, TypeError),
        (Model, TypeError),
    ],
)
def test_the_functions_own_errors_are_its_own(f: Callable[..., Any], error: type[BaseException]):
    before = np.geterr()
    for run in (sd.grad(f), lambda x: sd.crosscheck(f, x)):
        with pytest.raises(error) as e:
            run(X)
        assert not isinstance(e.value, SymdiffError)
        if "mine" in str(e.value):
            assert "raise error" in "".join(traceback.format_exception(e.value))  # the line is in the traceback
    assert np.geterr() == before


def test_what_is_no_mistake(capsys: pytest.CaptureFixture[str]):
    def chatty(x: Any) -> Any:
        print("hello")  # noqa: T201 - that is the point
        return np.sum(x * x)

    np.testing.assert_array_equal(sd.grad(chatty)(X), 2 * X)
    assert "hello" in capsys.readouterr().out
    for f in (
        Model(), Model().loss, functools.partial(lambda a, x: np.sum(a * x * x), 1.0),
        functools.partial(lambda x, a: np.sum(a * x * x), a=1.0), lambda x, a=1.0: np.sum(a * x * x),
        lambda *x: np.sum(x[0] * x[0]), lambda x, **kw: np.sum(x * x),
    ):  # fmt: skip
        np.testing.assert_array_equal(sd.grad(f)(X), 2 * X)
        np.testing.assert_allclose(sd.grad(f, method="jax")(X), 2 * X)
    np.testing.assert_array_equal(sd.grad(keyword_only)(X, a=2.0), [2.0, 2.0, 2.0])
    assert sd.crosscheck(keyword_only, X, kwargs={"a": 2.0})
    assert sd.grad(np.sin)(1.0) == math.cos(1.0)  # a ufunc does not say its arguments
    np.testing.assert_array_equal(sd.grad(np.sum)(X), np.ones(3))
    assert sd.grad(lambda x: 3.0)(X).tolist() == [0.0, 0.0, 0.0]


def test_by_name_position_and_sequence():
    for wrt in (1, -1, "y"):
        np.testing.assert_array_equal(sd.grad(two, wrt=wrt)(X, 2 * X), X)
    y, x = sd.grad(two, wrt=(1, "x"))(X, 2 * X)
    np.testing.assert_array_equal(y, X)
    np.testing.assert_array_equal(x, 2 * X)
    np.testing.assert_array_equal(sd.grad(two)(X, y=2 * X), 2 * X)
    np.testing.assert_array_equal(sd.grad(two)(y=2 * X, x=X), 2 * X)
    assert sd.grad(two, wrt=())(X, X) == ()


@pytest.mark.parametrize("dtype", [np.int8, np.int64, np.uint16, np.longdouble])
def test_other_numbers_are_made_float64_and_the_report_says_so(dtype: type):
    x = np.array([1, 2, 3], dtype)
    got = sd.grad(square)(x)
    assert got.dtype == np.float64
    np.testing.assert_array_equal(got, [2.0, 4.0, 6.0])
    report = sd.crosscheck(square, x)
    assert report.ok
    assert report.notes == [f"x is {x.dtype}: differentiated as float64"]


def test_python_numbers_and_lists_of_them():
    assert sd.grad(lambda x: x * x)(3) == 6.0
    assert sd.grad(lambda x: x[0] * x[1])([3, 4.0]) == [4.0, 3.0]  # a list is a pytree of leaves, as in JAX
    assert sd.grad(lambda p: p["a"] * p["b"][0])({"a": 2, "b": [5.0]}) == {"a": 5.0, "b": [2.0]}
    assert sd.crosscheck(lambda x: x * x, 3).notes == ["x is int: differentiated as float64"]
    notes = sd.crosscheck(lambda x: x[0] * x[1], [3, np.float64(2.0)]).notes
    assert notes == ["x[0] is int: differentiated as float64"]


def test_empty_arrays():
    empty = np.zeros((0, 2))
    assert sd.grad(np.sum)(empty).shape == (0, 2)
    assert sd.jacobian(twice)(empty).shape == (0, 2, 0, 2)
    assert sd.hessian(square)(empty).shape == (0, 2, 0, 2)
    y, pull_back = sd.vjp(twice, empty)
    assert y.shape == pull_back(empty)[0].shape == (0, 2)
    assert sd.jvp(twice, (empty,), (empty,))[1].shape == (0, 2)
    assert sd.grad(lambda d: 1.0)({}) == {}


def test_results_are_the_callers_own():
    """A function may return its argument or a view of it; what comes back is neither."""
    for f in (lambda x: x, lambda x: x[::2], lambda x: x.T, lambda x: x.reshape(3, 1)):
        x = X.copy()
        y = sd.value(f)(x)
        y *= 0.0
        ct = sd.value(f)(x)
        back = sd.vjp(f, x)[1](ct)[0]
        back *= 0.0
        np.testing.assert_array_equal(x, X)
        np.testing.assert_array_equal(ct, f(X))
        tangent = X.copy()
        moved = sd.jvp(f, (x,), (tangent,))[1]
        moved *= 0.0
        np.testing.assert_array_equal(tangent, X)


def test_the_callers_arrays_are_never_written_into():
    def grows(x: Any, y: Any) -> Any:
        x += 1.0
        x *= y
        return np.sum(x)

    x, y = X.copy(), 2 * X
    np.testing.assert_array_equal(sd.grad(grows)(x, y), 2 * X)
    assert sd.crosscheck(grows, x, y).ok
    np.testing.assert_array_equal(x, X)
    np.testing.assert_array_equal(y, 2 * X)


def test_random_numbers_and_globals_are_red():
    rng, count = np.random.default_rng(0), [1.0]

    def draws(x: Any) -> Any:
        return np.sum(x * rng.normal(size=3))

    def counts(x: Any) -> Any:
        count[0] += 1.0
        return np.sum(x * count[0])

    for f in (draws, counts):
        lamp = sd.crosscheck(f, X).lamps["R"]
        assert lamp.state == "red"
        assert "own function" in lamp.note


def test_values_kept_between_calls_are_refused():
    kept: list[Any] = []

    def keeps(x: Any) -> Any:
        kept.append(x.sum())
        return kept[0]

    assert sd.grad(keeps)(X).tolist() == [1.0, 1.0, 1.0]
    with pytest.raises(InputError, match="keeps returns a value of another recording: it keeps values between calls"):
        sd.grad(keeps)(np.ones(2))


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.einsum("i,i->", x, x, dtype=np.float32), lambda x: np.sum(x, dtype=np.float32),
        lambda x: np.trace(np.outer(x, x), dtype=np.float32),
        lambda x: np.sum(np.cov(np.outer(x, x), dtype=np.float32)),
    ],
)  # fmt: skip
def test_another_dtype_is_refused_and_not_ignored(f: Any) -> None:
    with pytest.raises(UnsupportedError, match="float32 cannot be recorded"):
        sd.grad(f)(np.array([1.0, 2.0, 4.0]))


def test_a_format_in_an_f_string_is_the_numbers():
    said = []

    def f(x: Any) -> Any:
        said.append(f"{x[0]:.3f}")
        return np.sum(x**2)

    np.testing.assert_array_equal(sd.grad(f)(X), 2 * X)
    assert said[0] == "1.000"


def test_a_claim_in_float32_is_told_so():
    report = sd.crosscheck(lambda x: np.sum(x**3), X / 7, claimed=lambda x: (3 * x**2).astype(np.float32))
    said, whose = report.notes
    assert said == "claimed returns float32, whose digits do not do for a float64: compute it in float64"
    assert whose.startswith("claimed is <lambda> (test_bad_arrays.py, line ")
    assert not report.ok
    assert not sd.crosscheck(square, X, claimed=lambda x: 2 * x).notes


def test_an_assertion_about_the_type_is_explained():
    def f(x: Any) -> Any:
        assert isinstance(x, np.ndarray)
        return np.sum(x)

    with pytest.raises(AssertionError) as caught:
        sd.grad(f)(X)
    assert "isinstance(x, np.ndarray) is False" in caught.value.__notes__[0]
