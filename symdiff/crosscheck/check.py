"""`crosscheck` and `assert_agree`: the whole check, from a function to a report.

What was asked is looked at in `question`. Then the function takes one of three ways: `certified` judges every entry
in balls; `large` judges what is too large for that, or narrower than float64; `boxed` judges claims about what
cannot be recorded.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from symdiff.crosscheck import shrinking
from symdiff.crosscheck.asked import remembered
from symdiff.crosscheck.boxed import check as boxed
from symdiff.crosscheck.certified import check as certified
from symdiff.crosscheck.claimed.torch_scope import of_tensors
from symdiff.crosscheck.collector import sparing
from symdiff.crosscheck.jax_scope import in_jax_scope
from symdiff.crosscheck.large import check as large
from symdiff.crosscheck.question import Question, words
from symdiff.crosscheck.report import Finding, Report
from symdiff.crosscheck.sites import At, Taken, recordings
from symdiff.crosscheck.verdict import DECIDED, Verdict
from symdiff.errors import Disagreement, InputError, UnsupportedError
from symdiff.inputs import function
from symdiff.inputs.code import Code
from symdiff.listening import heard
from symdiff.methods.modes import split
from symdiff.problem import Problem, Wrt


@of_tensors
@remembered
@in_jax_scope
@sparing
def crosscheck(
    f: Any,
    *args: Any,
    at: At | None = None,
    kwargs: dict[str, Any] | None = None,
    wrt: Wrt = None,
    claimed: Any = None,
    methods: Sequence[str] | None = None,
    operators: Sequence[str] | str | None = None,
    order: int | None = None,
    points: int = 0,
    seed: int = 0,
    strict: bool = False,
    prove: bool = False,
    full: bool = False,
    progress: Callable[[int, int], None] | None = None,
    device: Any = None,
    platform: str | None = None,
    accuracy: float = 0.0,
) -> Report:
    """Differentiate `f` by every method and judge each result against a certified reference.

    Args:
        f: a formula as text, a SymPy expression, a plain NumPy function, a JAX function, a PyTorch function or
            module (with tensors, of which those that require a gradient are differentiated by; what torch.autograd
            says is the column "claimed:torch"), or a `Problem`.
        *args: the point, by position: numbers, or what the Python function takes (arrays and pytrees).
        at: the point by name, `{"x": 1.0, "y": 2.0}`, or a sequence of such points.
        kwargs: keyword arguments of a Python function; it is not differentiated by them.
        wrt: the variables to differentiate by; all of a formula, the first argument of a Python
            function by default.
        claimed: your own derivative, judged with the rest: a function of the point that returns the
            entries, a formula (or a list, one per variable), or a mapping {operator: one of these}.
        methods: which methods; ("symbolic", "tape", "jax") by default.
        operators: which operators; the gradient of a function with one value and the Jacobian of one
            with several by default. jvp, vjp, hvp and tvp get random vectors.
        order: instead of `operators`: all derivatives up to this order (1, 2 or 3), and every composition of
            forward and reverse mode of a second one; see `crosscheck.orders`.
        points: that many generated points in addition: half of them where the function itself says that something
            is special (see `crosscheck.places.sharp`; `Report.why` has the reasons), the others random ones.
        seed: for the generated points and vectors.
        strict: an INACCURATE finding makes `report.ok` false.
        prove: let SymPy try to show that each rule that agrees holds for every point: PROVED. Takes as
            long as SymPy takes.
        full: take the gradient of a function too large to be taken apart through ball arithmetic, however
            long it takes. Progress is then told op by op.
        progress: called with (points done, points in all).
        device, platform: where JAX computes, as in `grad`; the report names it, and how accurate its matrix
            products are, where that is not the CPU or the dtype is not float64.
        accuracy: how accurately a function that cannot be recorded computes its values, relative: the tolerance of
            a solver inside. A claim is held against slopes that are estimated from values (basis "estimated").

    Returns:
        A `Report`; `print(report)` shows it, `report.ok` is the answer.

    Raises:
        ExpressionError, InputError: the function, a point, a name or an option does not fit.

    >>> import symdiff as sd
    >>> report = sd.crosscheck("x1**2*(x2*x3 - 2*x1**2)", at={"x1": 1, "x2": 2, "x3": 3})
    >>> report.ok, str(report.verdict), report.reference["grad"]
    (True, 'AGREE', [4.0, 3.0, 2.0])
    """
    start = time.perf_counter()
    given = function(f)
    chosen = None if methods is None else tuple(words(methods, "methods", "tape"))
    asked = Question(
        given, args, kwargs or {}, at=at, wrt=wrt, claimed=claimed, chosen=chosen, operators=operators, order=order,
        points=points, seed=seed, strict=strict, prove=prove, full=full, progress=progress, accuracy=accuracy,
    )  # fmt: skip
    asked.look()
    report = _of_formula(asked, given) if isinstance(given, Problem) else _of_code(asked, given)
    report.seconds = time.perf_counter() - start
    return report


def _of_formula(asked: Question, formula: Problem) -> Report:
    if asked.kwargs:
        raise InputError("kwargs= is for Python functions: a formula has named variables, give them with at={...}")
    return certified.check(asked.about(formula))


def _of_code(asked: Question, code: Code) -> Report:
    """A Python function: recorded, and then judged entry by entry or measured; where it cannot be, a black box."""
    try:
        taken, chosen_for = _recordings(asked, code)
    except Exception as e:
        if not asked.has_claims:
            raise
        return boxed.check(asked, e)
    matter = asked.about(taken[0][0].problem, taken, chosen_for)
    why = large.why_measured(taken[0])
    return large.check(matter, why) if why else certified.check(matter)


def _recordings(asked: Question, code: Code) -> tuple[list[Taken], list[str]]:
    """`recordings`; where there are claims to judge, a second time entry by entry. Raises what was raised first."""
    where = (asked.args, asked.kwargs, asked.at, asked.wrt, asked.points, asked.seed)
    try:
        return recordings(code, *where)
    except UnsupportedError as e:  # and no other: compiled code must not be handed objects
        if asked.claimed is not None:
            with suppress(Exception):
                return recordings(replace(code, recordings=[], again={}, entry_by_entry=True), *where)
        raise e


def assert_agree(f: Any, *args: Any, allow_unsupported: bool = False, **options: Any) -> Report:
    """Raise `Disagreement` unless every derivative of `f` is right here; otherwise return the report.

    Takes what `crosscheck` takes. Also wants all of the three methods decided, unless `methods=` names
    fewer or `allow_unsupported=True`. The message ends with a short program that shows the failure, reduced
    within some twenty more checks and a second; `report.shrink()` looks further.

    >>> import symdiff as sd
    >>> bool(sd.assert_agree("sin(x)*exp(y)", at={"x": 1.0, "y": 2.0}))
    True
    >>> sd.assert_agree("x**3", 2.0, claimed=lambda x: 3 * x)
    Traceback (most recent call last):
    ...
    symdiff.errors.Disagreement: ...
    """
    __tracebackhide__ = True  # pytest then shows the line of the test
    report = crosscheck(f, *args, **options)
    missing = [] if allow_unsupported else _undecided_methods(report)
    if not report.ok or missing:
        text = str(report)
        if missing:
            text += "\nnot decided by " + ", ".join(missing) + " (allow_unsupported=True accepts that)"
        text += shrinking.in_short(report)
        raise Disagreement(text, report)
    heard(report)
    return report


def _undecided_methods(report: Report) -> list[str]:
    undecided = {f.method for f in report.findings if f.verdict not in DECIDED and not _without_this_mode(f)}
    return [m for m in report.methods if m in undecided]


def _without_this_mode(f: Finding) -> bool:
    """A composition of modes that a library has not, as JAX has no forward mode of a custom_vjp."""
    return f.verdict is Verdict.UNSUPPORTED and bool(split(f.operator)[1])
