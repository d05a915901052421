"""A derivative that checks itself at its first calls inside an optimization, and then steps aside."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from symdiff.crosscheck import Report, crosscheck, shrinking
from symdiff.crosscheck.verdict import DECIDED, Verdict
from symdiff.errors import Disagreement, InputError


class Checked:
    """What `checked` returns: called like the derivative it stands around.

    Attributes:
        left: how many calls will still be checked.
        reports: the report of every call that was.
    """

    def __init__(
        self, fun: Callable[..., Any], kind: str, derivative: Callable[..., Any], calls: int, accuracy: float
    ) -> None:
        self._fun, self._kind, self._derivative, self._accuracy = fun, kind, derivative, accuracy
        self.left, self.reports = calls, []
        self.__name__ = _name(derivative)
        self.__wrapped__ = derivative

    left: int
    reports: list[Report]

    def __call__(self, x: Any, *args: Any) -> Any:
        """What the derivative returns; the first calls are checked before."""
        if self.left:
            self._look(np.array(x, float), args)
        return self._derivative(x, *args)

    def _look(self, x: np.ndarray, args: tuple[Any, ...]) -> None:
        self.left -= 1
        data = args[1:] if self._kind == "hessp" else args  # SciPy's vector; the check has one of its own
        fun, claimed, as_given = self._asked(self._derivative(np.array(x), *args))
        report = crosscheck(
            fun, x, *data, claimed=claimed, methods=(), seed=len(self.reports), accuracy=self._accuracy
        )  # fmt: skip
        self.reports.append(report)
        if report.verdict is Verdict.DIFFER:
            self.left = 0
            again = shrinking.in_short(report) if as_given else ""
            where = f"{self.__name__}, call {len(self.reports)}, is not the derivative of {_name(self._fun)} here"
            raise Disagreement(f"{where}:\n\n{report}{again}", report)
        open_ = next((f for f in report.findings if f.method.startswith("claimed") and f.verdict not in DECIDED), None)
        if open_ is not None:
            said = f"{self.__name__}, call {len(self.reports)}, was not decided: {open_.verdict}: {open_.reason}"
            warnings.warn(said, stacklevel=3)

    def _asked(self, result: Any) -> tuple[Callable[..., Any], Any, bool]:
        """The function and the claim as the check calls them, with the function's own arguments and a tangent after
        them; and whether they are just what was given."""
        fun, derivative = self._fun, self._derivative
        if self._kind == "both":
            return wraps(fun)(lambda *a: fun(*a)[0]), wraps(fun)(lambda *a: fun(*a)[1]), False
        if self._kind == "hessp":
            return fun, {"hvp": wraps(derivative)(lambda *a: derivative(a[0], a[-1], *a[1:-1]))}, False
        sparse = hasattr(result, "toarray")
        claim = wraps(derivative)(lambda *a: derivative(*a).toarray()) if sparse else derivative
        return fun, {"hessian": claim} if self._kind == "hess" else claim, not sparse


def _name(f: Any) -> str:
    return getattr(f, "__name__", type(f).__name__)


def checked(
    fun: Callable[..., Any], jac: Callable[..., Any] | bool | None = None, *, hess: Callable[..., Any] | None = None,
    hessp: Callable[..., Any] | None = None, calls: int = 3, accuracy: float = 0.0,
) -> Checked:  # fmt: skip
    """A derivative of `fun` that checks itself the first times an optimizer calls it.

    It is handed over where the derivative itself would be, one at a time:

        minimize(fun, x0, jac=sd.checked(fun, jac))
        minimize(sd.checked(fun, jac=True), x0, jac=True)         # fun returns the value and its gradient
        minimize(fun, x0, jac=jac, hess=sd.checked(fun, hess=hess), method="trust-exact")
        minimize(fun, x0, jac=jac, hessp=sd.checked(fun, hessp=hessp), method="Newton-CG")
        least_squares(fun, x0, jac=sd.checked(fun, jac))          # a Jacobian; root and fsolve, too

    A wrong one stops the optimization at the first call where it shows. After the last check what is left is the
    comparison of a number with zero at every call.

    Args:
        fun: the function that is optimized, `fun(x, *args)`.
        jac: its gradient or Jacobian, `jac(x, *args)`; True if `fun` returns the value and the gradient.
        hess: its Hessian, `hess(x, *args)`.
        hessp: its Hessian times a vector, `hessp(x, p, *args)`, as in SciPy.
        calls: how many calls are checked.
        accuracy: how accurately `fun` computes its values, where it is a black box; see `crosscheck`.

    Returns:
        The derivative (with jac=True: `fun`), of type `Checked`; its `reports` are there afterwards.

    Raises:
        InputError: not one of jac, hess and hessp is given, or `calls` is no number of calls.
        Disagreement: raised by the call, with the whole report; what cannot be decided is a warning.

    >>> import symdiff as sd
    >>> from scipy.optimize import minimize, rosen, rosen_der
    >>> jac = sd.checked(rosen, rosen_der, calls=2)
    >>> minimize(rosen, [1.3, 0.7], jac=jac, method="BFGS").success, [str(r.verdict) for r in jac.reports]
    (True, ['AGREE', 'AGREE'])
    """
    if jac is False:
        jac = None
    given = {name: d for name, d in (("jac", jac), ("hess", hess), ("hessp", hessp)) if d is not None}
    if len(given) != 1:
        what = " and ".join(given) or "none"
        raise InputError(f"checked takes one of jac, hess and hessp, got {what}: wrap each on its own")
    if isinstance(calls, bool) or not isinstance(calls, int) or calls < 0:
        raise InputError(f"calls={repr(calls)[:60]}: expected how many calls to check, 0 or more")
    (kind, derivative), known = next(iter(given.items())), callable(fun)
    if kind == "jac" and derivative is True:
        kind, derivative = "both", fun
    if not known or not callable(derivative):
        odd, name = (derivative, kind) if known else (fun, "fun")
        raise InputError(f"checked: {name} is {type(odd).__name__}, expected a function")
    return Checked(fun, kind, derivative, calls, accuracy)
