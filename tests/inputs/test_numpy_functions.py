"""NumPy's functions on recorded values: the value is NumPy's own, here and elsewhere, and so is the derivative."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.arrays import flat
from symdiff.inputs.code import from_code
from symdiff.inputs.numpy import functions
from tests.inputs.calls import CALLS, Call

pytestmark = pytest.mark.filterwarnings("ignore:numpy.fix is deprecated")  # by NumPy 2.5; older ones have no other


def parameters(calls: list[Call]) -> list[Any]:
    return [pytest.param(c, id=c.name) for c in calls]


def of_each_function() -> list[Call]:
    """One call of every function: the first one with several entries."""
    found: dict[str, Call] = {}
    for c in CALLS:
        if all(0 not in s for s in c.shapes) and any(max(s, default=0) > 1 for s in c.shapes):
            found.setdefault(c.name.rpartition(" ")[0], c)
    return list(found.values())


def assert_same(got: Any, want: Any, ulps: float) -> None:
    """Equal shapes, and entries that are equal or a few ulps of the largest one apart."""
    want = np.asarray(want, np.float64)
    assert np.shape(got) == want.shape
    got = np.asarray(got)
    assert got.dtype == np.float64
    off = ~(np.equal(got, want) | (np.isnan(got) & np.isnan(want)))
    gap = np.abs(np.where(off, got, 0.0) - np.where(off, want, 0.0))
    assert np.max(gap, initial=0.0) <= ulps * np.spacing(np.max(np.abs(want[np.isfinite(want)]), initial=1e-300))


@pytest.mark.parametrize("c", parameters(CALLS))
def test_the_value_is_numpys_here_and_elsewhere(c: Call):
    code = from_code(c.f)
    for seed in (0, 1):
        args = c.arguments(seed)
        with np.errstate(all="ignore"):
            want = c.f(*[a.copy()[()] for a in args])
        recording, leaves = code.recorded(args, {}, tuple(range(len(args))))
        recording.problem.graph.check()
        for a, b in zip(leaves, args, strict=True):
            np.testing.assert_array_equal(a, b)  # nobody wrote into the caller's arrays
        assert_same(recording.problem.evaluate(leaves)[0], want, c.ulps)


@pytest.mark.parametrize("c", parameters([c for c in CALLS if all(0 in s for s in c.shapes)]))
def test_empty_arrays_have_empty_derivatives(c: Call):
    args = c.arguments(0)
    wrt = tuple(range(len(args)))
    for method in ("tape", "jax"):
        got = sd.jacobian(c.f, method=method, wrt=wrt)(*args)
        answer = np.shape(c.f(*args))
        assert [np.shape(g) for g in got] == [answer + a.shape for a in args]


@pytest.mark.parametrize("c", parameters(of_each_function()))
def test_the_methods_agree(c: Call):
    """Tape, JAX, SymPy and balls, each with its own column of every row that the call became."""
    args, wrt = c.arguments(0), tuple(range(len(c.shapes)))
    tape = flat(sd.jacobian(c.f, method="tape", wrt=wrt)(*args))
    scale = max(1.0, float(np.max(np.abs(tape), initial=0.0)))
    methods = ["jax", "ball"] if tape.size > 60 else ["jax", "symbolic", "ball"]
    for method in methods:
        try:
            other = flat(sd.jacobian(c.f, method=method, wrt=wrt)(*args))
        except sd.UnsupportedError as e:
            if method == "jax":
                assert re.match("JAX has no function", str(e))  # noqa: PT017 - it may do without
                continue
            assert method == "symbolic"
            assert re.search("SymPy leaves Derivative.(floor|ceiling)", str(e))  # noqa: PT017 - it may do without
            continue
        np.testing.assert_allclose(other, tape, rtol=1e-9, atol=1e-11 * scale, err_msg=method)


def test_every_function_of_the_table_is_called():
    table, called = functions._table(), set()

    def counting(key: Any, implementation: Callable[..., Any]) -> Callable[..., Any]:
        def implementation_called(*args: Any, **kwargs: Any) -> Any:
            called.add(key)
            return implementation(*args, **kwargs)

        implementation_called.__signature__ = inspect.signature(implementation)  # type: ignore[attr-defined]  # looked at by call
        return implementation_called

    before = dict(table)
    try:
        table.update({key: counting(key, f) for key, f in before.items()})
        for c in CALLS:
            args = c.arguments(0)
            from_code(c.f).recorded(args, {}, tuple(range(len(args))))
    finally:
        table.update(before)
    elsewhere = {f for f in table if str(getattr(f, "__module__", "")) == "numpy.linalg"}
    ordered = {np.argmax, np.argmin, np.argsort, np.sort, np.searchsorted, np.digitize, np.median, np.interp}
    ordered |= {np.partition, np.argpartition, np.quantile, np.percentile}  # tests/test_numpy_linalg.py
    missed = {functions.name_of(f) for f in set(table) - called - elsewhere - ordered}
    assert not missed


REFUSED = """
    bincount copyto
    einsum_path fill_diagonal histogram histogram2d histogram_bin_edges histogramdd intersect1d isin
    lexsort nanargmax nanmedian nanpercentile packbits place poly polyadd polydiv polyfit polymul put
    put_along_axis putmask roots setdiff1d union1d unique unpackbits i0
"""
USED_AS: dict[str, Callable[[Any], Any]] = {
    "bincount": lambda x: np.bincount([0, 1, 1], x),
    "copyto": lambda x: np.copyto(x, 1.0),
    "einsum_path": lambda x: np.einsum_path("i->", x),
    "fill_diagonal": lambda x: np.fill_diagonal(x, 1.0),
    "histogram2d": lambda x: np.histogram2d(x, x),
    "intersect1d": lambda x: np.intersect1d(x, x),
    "isin": lambda x: np.isin(x, x),
    "lexsort": lambda x: np.lexsort((x, x)),
    "nanpercentile": lambda x: np.nanpercentile(x, 50),
    "place": lambda x: np.place(x, x > 0, 1.0),
    "polyadd": lambda x: np.polyadd(x, x),
    "polydiv": lambda x: np.polydiv(x, x),
    "polyfit": lambda x: np.polyfit(x, x, 1),
    "polymul": lambda x: np.polymul(x, x),
    "put": lambda x: np.put(x, 0, 1.0),
    "put_along_axis": lambda x: np.put_along_axis(x, np.array([0]), 1.0, 0),
    "putmask": lambda x: np.putmask(x, x > 0, 1.0),
    "setdiff1d": lambda x: np.setdiff1d(x, x),
    "union1d": lambda x: np.union1d(x, x),
}


def test_functions_that_are_not_there_are_refused_in_a_sentence_that_names_them():
    refused = 0
    for name in REFUSED.split():
        f = USED_AS.get(name, getattr(np, name))
        with pytest.raises(sd.UnsupportedError) as e:
            sd.grad(f)(np.array([1.0, 2.0, 3.0]))
        text = str(e.value)
        assert f"np.{name}" in text or "plain array" in text, text
        assert "test_numpy_functions.py, line" in text
        assert len(text) < 300
        assert "\n" not in text
        refused += 1
    assert refused > 20


def _filled(x: Any) -> Any:
    out = np.zeros(3)
    for i in range(3):
        out[i] = x[i] ** 2
    return out.sum()


def _filled_rows(x: Any) -> Any:
    out = np.zeros((2, 3))
    out[0] = x
    return out.sum()


def _written(x: Any) -> Any:
    x[0] = 1.0
    return x.sum()


def _added(x: Any) -> Any:
    out = np.zeros(3)
    out += x
    return out.sum()


def bad(f: Callable[..., Any], says: str) -> Any:
    return pytest.param(f, says, id=says)


@pytest.mark.parametrize(
    ("f", "says"),
    [
        bad(lambda x: np.array([x[0], x[1]]), r"write sd.array\(\[...\]\) for np.array"),
        bad(lambda x: np.asarray(x).sum(), "sd.array"),
        bad(lambda x: np.sum([x[0], x[1]]), "a plain array cannot be made"),
        bad(lambda x: np.maximum.reduce([x[0], x[1]]), "a plain array"),
        bad(_filled, r"not out\[i\] = x|sd.array\(\[a, b, ...\]\)"),
        bad(_filled_rows, r"sd.array"),
        bad(_written, "writing into an array that is being differentiated: build the new array"),
        bad(_added, r"the array on the left holds plain numbers; write a = a \+ x"),
        bad(lambda x: np.add(x, 1.0, out=np.zeros(3)), r"out=\) cannot be recorded"),
        bad(lambda x: np.add(x, 1.0, where=[True, False, True]), r"np.add with where= cannot be recorded"),
        bad(lambda x: np.sum(x, out=np.zeros(())), "out= cannot be recorded"),
        bad(lambda x: np.sum(x, dtype=np.float32), "dtype=float32 cannot be recorded"),
        bad(lambda x: np.add.reduceat(x, [0, 1]), r"np.add.reduceat cannot be recorded"),
        bad(lambda x: np.nextafter(x, 0.0), r"np.nextafter cannot be recorded: the op table has no row"),
        bad(lambda x: np.ldexp(x, 2), r"np.ldexp cannot be recorded"),
        bad(lambda x: np.frexp(x)[0], r"np.frexp cannot be recorded"),
        bad(lambda x: np.gcd(x, 2), r"np.gcd cannot be recorded"),
        bad(np.vectorize(lambda v: v * v), "a plain array"),
        bad(np.unique, r"np.unique cannot be recorded: its values are those of np.sort"),
        bad(np.fft.hfft, r"np.fft.hfft cannot be recorded: np.fft.fft, ifft"),
        bad(lambda x: np.interp(x, [0.0, 1.0], [0.0, 1.0], period=2.0), "period="),
        bad(lambda x: np.pad(x, 1, "linear_ramp"), "mode='linear_ramp'"),
        bad(lambda x: x.astype(np.float32), r"astype\(float32\): values that are differentiated are float64"),
        bad(lambda x: x.astype(int), r"astype\(int64\) of a value that is being differentiated: use np.floor"),
        bad(lambda x: x.view(np.int64), r"x.view"),
        bad(lambda x: x.sort(), r"x.sort\(\) writes into .*: use y = np.sort"),
        bad(lambda x: x.fill(1.0), r"x.fill\(...\) writes into"),
        bad(lambda x: int(x[0]), r"int\(x\) of a value that is being differentiated: use np.floor"),
        bad(lambda x: float(x[0]), "is no plain float"),
        bad(lambda x: complex(x[0]), "is no plain complex number"),
        bad(lambda x: np.arange(3)[x[0]], "a plain array cannot be made"),
        bad(lambda x: range(x[0]), "is no index: it is not whole"),
        bad(lambda x: x[x], "is no index"),
        bad(lambda x: x[[0.5]], "arrays used as indices must be of integers"),
        bad(lambda x: 1.0 if x > 0 else 2.0, "the truth of an array with 3 entries is ambiguous: use np.any"),
        bad(lambda x: np.signbit(x * -0.0) * x, "the sign of -0.0 cannot be recorded"),
        bad(lambda x: np.sign(x * 1j).real, "sign of complex values cannot be recorded"),
        bad(lambda x: x * 1j > 0, "> of complex values cannot be recorded"),
        bad(lambda x: np.sort(x * 1j), "np.sort of complex values cannot be recorded: write it with z.real"),
        bad(lambda x: x + "a", "str met a recorded value in add: expected numbers"),
        bad(lambda x: x + None, "NoneType met a recorded value in add: expected numbers"),
        bad(lambda x: x * {"a": 1}, "dict met a recorded value in mul"),
        bad(lambda x: np.linalg.norm(x.astype(complex)), r"astype\(complex128\)"),
    ],
)
def test_what_cannot_be_recorded_is_one_sentence_with_the_line(f: Callable[..., Any], says: str):
    with pytest.raises(sd.UnsupportedError, match=says) as e:
        sd.grad(f)(np.array([1.0, 2.0, 3.0]))
    text = str(e.value)
    assert "test_numpy_functions.py, line" in text, text
    assert "\n" not in text
    assert len(text) <= 300, text


@pytest.mark.parametrize(
    ("f", "error"),
    [
        (lambda x: np.split(x, 2), ValueError),
        (lambda x: np.reshape(x, (2, 2)), ValueError),
        (lambda x: x[7], IndexError),
        (lambda x: np.sum(x, 3), np.exceptions.AxisError),
        (lambda x: np.matmul(x, np.ones(4)), ValueError),
        (lambda x: x + np.ones(4), ValueError),
        (lambda x: np.concatenate([x, np.ones((2, 2))]), ValueError),
        (lambda x: np.stack([x, np.ones(2)]), ValueError),
        (lambda x: np.max(x[:0]), ValueError),
        (lambda x: np.sum(x, wrong=1), TypeError),
        (lambda x: np.transpose(x, (0, 1)), ValueError),
        (lambda x: np.einsum("ij->i", x), ValueError),
        (lambda x: np.diff(x[0]), ValueError),
        (lambda x: np.gradient(x[:1]), ValueError),
        (lambda x: np.hsplit(x[0], 1), ValueError),
        (lambda x: np.moveaxis(x, 2, 0), np.exceptions.AxisError),
        (lambda x: np.average(x, weights=[1.0, 2.0]), TypeError),
        (lambda x: np.choose([5, 0, 0], [x, x]), ValueError),
        (lambda x: len(x[0]), TypeError),
        (lambda x: [v for v in x[0]], TypeError),  # noqa: C416 - the iteration is the mistake
        (lambda x: x.item(), ValueError),
        (lambda x: x.nothing, AttributeError),
    ],
)
def test_mistakes_that_are_numpys_too_are_numpys_own_errors(f: Callable[..., Any], error: type[Exception]):
    for run in (f, sd.grad(f)):
        with pytest.raises(error):
            run(np.array([1.0, 2.0, 3.0]))


def test_writing_into_an_array_with_another_name_is_refused_where_it_matters():
    def fine(x: Any) -> Any:
        y = x * 2.0
        y += 1.0
        y *= y
        x -= 3.0
        return np.sum(y * x)

    def shared(x: Any) -> Any:
        y = x
        y += 1.0
        return np.sum(y * x)

    def view(x: Any) -> Any:
        y = x * 2.0
        z = y[1:]
        z *= 3.0
        return np.sum(y)

    x = np.array([1.0, 2.0])
    np.testing.assert_allclose(sd.grad(fine)(x), sd.grad(fine, method="jax")(x))
    for f, line in ((shared, "y += 1.0"), (view, "z *= 3.0")):
        with pytest.raises(sd.UnsupportedError, match="this writes into an array that has another name, too") as e:
            sd.grad(f)(x)
        number = int(str(e.value).partition("line ")[2].partition(":")[0])
        lines, start = inspect.getsourcelines(f)
        assert lines[number - start].strip() == line
    np.testing.assert_array_equal(x, [1.0, 2.0])


def test_an_array_is_made_of_recorded_numbers():
    def f(x: Any) -> Any:
        return sd.array([[x[0], 1.0], [x[1] * x[0], x[2]]]) @ sd.array([1.0, 2.0])

    x = np.array([2.0, 3.0, 4.0])
    np.testing.assert_array_equal(sd.value(f)(x), [4.0, 14.0])
    np.testing.assert_array_equal(sd.jacobian(f)(x), [[1.0, 0.0, 0.0], [3.0, 2.0, 2.0]])
    assert sd.array([1, 2]).tolist() == [1, 2]
    assert isinstance(sd.array([[1.0], [2.0]]), np.ndarray)


def test_code_for_the_array_api_runs_unchanged():
    def f(x: Any) -> Any:
        xp = x.__array_namespace__()
        y = xp.asarray(x, dtype=xp.float64)
        z = xp.where(y > 0, y, xp.zeros_like(y)) + xp.ones_like(y) * xp.pi
        w = xp.concat([xp.expand_dims(y, axis=0), xp.asarray([[x[0], x[1], 1.0]])], axis=0)
        m = xp.max(y, axis=-1, keepdims=True)
        return xp.sum(xp.exp(y - m)) + xp.sum(z) + xp.sum(w * w) + xp.sum(xp.full((2,), x[0]))

    x = np.array([0.5, -1.0, 2.0])
    tape = sd.grad(f)(x)
    np.testing.assert_allclose(tape, sd.grad(f, method="jax")(x), rtol=1e-12)
    np.testing.assert_allclose(tape, sd.grad(f, method="ball")(x), rtol=1e-12)
    assert sd.crosscheck(f, x).lamps["R"].state == "green"


def test_the_result_of_a_function_is_real():
    with pytest.raises(sd.InputError, match=r"f returns complex values as result: .* return y.real"):
        sd.jacobian(f)(np.array([1.0, 2.0]))
    with pytest.raises(sd.InputError, match=r"as result\['z'\]"):
        sd.jacobian(lambda x: {"y": x, "z": f(x)})(np.array([1.0, 2.0]))


def f(x: Any) -> Any:
    return np.exp(1j * x)


def test_isnan_is_no_kink():
    """nan differs from itself: a comparison of a value with itself would be a tie everywhere."""
    x = np.array([1.0, 0.0, -2.0])
    for g in (
        lambda x: np.sum(np.where(np.isnan(x), 0.0, x) ** 2),
        lambda x: np.sum(np.nan_to_num(x) ** 2),
        lambda x: np.nansum(x**2),
        lambda x: np.sum(np.where(np.isfinite(x), x * x, 0.0)),
    ):
        report = sd.crosscheck(g, x)
        assert report.verdict.value == "AGREE", str(report)
