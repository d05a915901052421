"""`sd.compare`: what every method costs on one function, and how exact it is.

The table is that of DifferentiationInterfaceTest's benchmark (https://github.com/JuliaDiff/DifferentiationInterface.jl):
calls of the function, time, allocations; and with it the error, which the crosscheck finds. Times are this machine's,
now: compare rows of one table, never with another's.
"""

from __future__ import annotations

import functools
import gc
import json
import os
import statistics
import time
import tracemalloc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from symdiff import operators
from symdiff.crosscheck import crosscheck
from symdiff.crosscheck.report import Report, plain
from symdiff.errors import InputError, SymdiffError
from symdiff.inputs import function
from symdiff.inputs.code import Code
from symdiff.methods import BUILT_IN
from symdiff.methods import method as find_method
from symdiff.problem import Wrt
from symdiff.pytrees import flatten

OPERATORS = ("value", "grad", "value_and_grad", "jacobian", "hessian", "third")  # those that take a point and no vector
WARM = 3  # calls after the first that are not timed: a second call writes programs, a third uses them
FEWEST, MOST = 5, 1000  # timed calls


@dataclass(frozen=True, slots=True)
class Cost:
    """One method on one function.

    Attributes:
        method: its name; "claimed" for the caller's own derivative.
        verdict: the worst of the crosscheck's on its entries.
        worst_ulps: the largest error of an entry, in units in the last place; None where that is not known.
        first: seconds of the first call: recording, deriving, compiling.
        seconds: the median of the calls that follow, once warm.
        calls: how often it calls the caller's own function for one answer, once warm; None of a formula.
        peak: bytes that one warm call has allocated at most at a time, as `tracemalloc` counts them: Python's
            objects and NumPy's arrays, not what XLA and FLINT keep for themselves.
        timed: how many calls the median is of.
        why: what the method says where it cannot do this.
    """

    method: str
    verdict: str = ""
    worst_ulps: float | None = None
    first: float | None = None
    seconds: float | None = None
    calls: int | None = None
    peak: int | None = None
    timed: int = 0
    why: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The costs, the quickest first. `print` shows the table; `plot` draws it."""

    source: str
    operator: str
    rows: list[Cost] = field(default_factory=list)

    def __str__(self) -> str:
        from symdiff.reports.comparison import comparison_text

        return comparison_text(self)

    def to_dict(self) -> dict[str, Any]:
        """Plain data; inf and nan are strings, as JSON has none."""
        rows = [plain(asdict(row)) for row in self.rows]
        return {"source": self.source, "operator": self.operator, "rows": rows}

    def to_json(self) -> str:
        """The same as JSON text."""
        return json.dumps(self.to_dict(), indent=2, allow_nan=False)

    def plot(self, path: str | os.PathLike[str]) -> None:
        """Draw time against error into a file, in the format that its name ends in.

        Raises:
            UnsupportedError: matplotlib, the extra `symdiff-toolkit[plot]`, is not installed.
            InputError: the file cannot be written.
        """
        from symdiff.reports.comparison_plot import comparison_plot

        comparison_plot(self, path)


def compare(
    f: Any,
    *args: Any,
    at: Mapping[str, Any] | None = None,
    wrt: Wrt = None,
    claimed: Callable[..., Any] | None = None,
    methods: Sequence[str] | None = None,
    operator: str | None = None,
    seconds: float = 0.2,
) -> Comparison:
    """Time every method on one function at one point, and judge its entries.

    Args:
        f: whatever `crosscheck` takes.
        *args: the point, by position.
        at: the point by name.
        wrt: what to differentiate by.
        claimed: the caller's own derivative, a function of the point, timed and judged with the rest.
        methods: which methods; all of them by default.
        operator: "grad" of a function with one value and "jacobian" of another by default; or "value",
            "value_and_grad", "hessian", "third".
        seconds: for how long each method is called again and again, once warm; at least five calls are timed.

    Raises:
        InputError: the function, the point, a name or an option does not fit.

    >>> import symdiff as sd
    >>> found = sd.compare("x1**2*x2", 3.0, 2.0, methods=("tape", "symbolic"), seconds=0.01)
    >>> sorted((row.method, row.verdict, row.worst_ulps) for row in found.rows)
    [('symbolic', 'AGREE', 0.0), ('tape', 'AGREE', 0.0)]
    """
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds <= 3600:
        raise InputError(f"seconds={repr(seconds)[:60]}: expected a number above 0, and at most 3600")
    names = (methods,) if isinstance(methods, str) else tuple(BUILT_IN if methods is None else methods)
    for name in names:
        find_method(name)
    if not names and claimed is None:
        raise InputError(f"methods is empty: expected some of {', '.join(BUILT_IN)}")
    if claimed is not None and not callable(claimed):
        raise InputError(f"claimed: compare calls it, so it takes a function, got {type(claimed).__name__}")
    point = _point(f, args, at)
    operator = operator or _operator(f, point, wrt)
    if operator not in OPERATORS:
        raise InputError(f"operator {operator!r:.60}: compare takes one of {', '.join(OPERATORS)}")
    _import(names)
    every = (*names, *(["claimed"] if claimed is not None else []))
    makers = {name: _maker(name, operator, wrt, claimed) for name in every}
    costs = [_cost(name, makers[name], f, point, seconds) for name in every]  # first: a check would warm them
    report = crosscheck(f, *point, wrt=wrt, claimed=claimed, methods=names, operators=operator)
    rows = [_judged(row, report) for row in costs]
    return Comparison(report.source, operator, sorted(rows, key=lambda row: (row.seconds is None, row.seconds)))


def _import(methods: Sequence[str]) -> None:
    """A first call is to be this function's, not the one in which a library is loaded."""
    for name in methods:
        operators.grad("x**2", method=name)(1.0)


def _point(f: Any, args: Sequence[Any], at: Mapping[str, Any] | None) -> tuple[Any, ...]:
    """The point by position: every method and the claim are called with it."""
    if at is None:
        return tuple(args)
    if args:
        raise InputError("give the point either by position or by name, not both")
    if not isinstance(at, Mapping):
        raise InputError(f"at: compare takes one point, {{name: value}}, got {type(at).__name__}")
    given = function(f)
    return given.arguments((), dict(at)) if isinstance(given, Code) else given.point((), at)


def _operator(f: Any, point: Sequence[Any], wrt: Wrt) -> str:
    given = function(f)
    if not isinstance(given, Code):
        return "jacobian" if given.vector else "grad"
    if not point:
        raise InputError(f"no point given: give {given.name} its arguments, as it is called")
    return "jacobian" if given.recorded(tuple(point), {}, wrt)[0].problem.vector else "grad"


def _maker(method: str, operator: str, wrt: Wrt, claimed: Any) -> Callable[[Any], Callable[..., Any]]:
    """What makes the function to be timed, of the function itself or of a stand-in that counts its calls."""
    if method == "claimed":
        return lambda _: claimed
    by = {} if operator == "value" else {"wrt": wrt}
    return lambda g: getattr(operators, operator)(g, method=method, **by)


def _cost(
    method: str, make: Callable[[Any], Callable[..., Any]], f: Any, point: Sequence[Any], seconds: float
) -> Cost:  # fmt: skip
    """Call it: for the first time, a few times to get warm, then for so many seconds."""
    try:
        call = make(f)
        first = _timed(call, point)
        for _ in range(WARM):
            _timed(call, point)
        times = [_timed(call, point)]
        while len(times) < MOST and (sum(times) < seconds or len(times) < FEWEST):
            times.append(_timed(call, point))
    except SymdiffError as e:
        return Cost(method, why=" ".join(str(e).split()))
    except Exception as e:
        if method != "claimed":
            raise
        return Cost(method, why=f"{type(e).__name__}: {e}")
    calls = _calls_of(f, make, point) if method != "claimed" else None
    return Cost(method, "", None, first, statistics.median(times), calls, _peak(call, point), len(times))


def _judged(row: Cost, report: Report) -> Cost:
    found = [x for x in report.findings if x.method == row.method]
    worst = max((x.error_ulps for x in found if x.error_ulps is not None), default=None)
    return replace(row, verdict=str(report.part(found).verdict) if found else "", worst_ulps=worst)


def _timed(call: Callable[..., Any], point: Sequence[Any]) -> float:
    """Seconds of one call, until its answer is there: JAX returns before."""
    start = time.perf_counter()
    for leaf in flatten(call(*point))[0]:
        if hasattr(leaf, "block_until_ready"):
            leaf.block_until_ready()
    return time.perf_counter() - start


def _peak(call: Callable[..., Any], point: Sequence[Any]) -> int:
    """The most that one call has allocated at a time. A measurement of the caller's own goes on."""
    running = tracemalloc.is_tracing()
    if not running:
        gc.collect()
        tracemalloc.start()
    try:
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        _timed(call, point)
        return max(0, tracemalloc.get_traced_memory()[1] - before)
    finally:
        if not running:
            tracemalloc.stop()


def _calls_of(f: Any, make: Callable[[Any], Callable[..., Any]], point: Sequence[Any]) -> int | None:
    """How often the caller's own function runs for one answer, once warm: none for what is recorded."""
    if not (callable(f) and hasattr(f, "__code__")):  # a formula, or an object that is more than a function
        return None
    count = 0

    @functools.wraps(f)
    def counting(*args: Any, **kwargs: Any) -> Any:
        nonlocal count
        count += 1
        return f(*args, **kwargs)

    try:
        call = make(counting)
        for _ in range(WARM):
            _timed(call, point)
        count = 0
        _timed(call, point)
    except Exception:  # noqa: BLE001 - the stand-in may be refused where the function is not
        return None
    return count
