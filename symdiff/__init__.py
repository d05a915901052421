"""symdiff: one function, differentiated three times, and judged.

A derivative is computed independently by SymPy (`method="symbolic"`), by a hand-written reverse-mode
tape (`"tape"`) and by JAX (`"jax"`), and every one of them is held against a certified reference in
ball arithmetic: the verdict is a proof or a plain "cannot tell", never a tolerance somebody guessed.

    import symdiff as sd

    f = sd.function("x1**2*(x2*x3 - 2*x1**2)")   # text or a SymPy expression; every call takes them, too
    sd.grad(f, method="tape")(1.0, 2.0, 3.0)     # also value, jacobian, hessian, third, jvp, vjp, hvp
    sd.formula(f, "x1")                          # the derivative as a SymPy expression
    sd.steps(f, at={"x1": 1, "x2": 2, "x3": 3})  # the table of the lecture: every step, value and adjoint

    report = sd.crosscheck(f, at={"x1": 1, "x2": 2, "x3": 3})
    report.ok, report.verdict, report.findings   # print(report) shows the methods, the lamps, the verdict
    sd.assert_agree(f, at={"x1": 1, "x2": 2, "x3": 3})  # in a test: raises sd.Disagreement, a diagnosis

All variables in the natural order of their names (x2 before x10), unless `variables` or `wrt` say.

Importing symdiff imports none of the libraries it stands on: a name below is looked up when it is used.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # for type checkers and editors: the same names as in _HOME, which a test compares
    from symdiff import learn, nets
    from symdiff import torch as torch
    from symdiff.comparison import compare
    from symdiff.crosscheck import Report, assert_agree, crosscheck
    from symdiff.errors import (
        Disagreement,
        DomainError,
        ExpressionError,
        InputError,
        SymdiffError,
        UnsupportedError,
    )
    from symdiff.inputs import function
    from symdiff.inputs.loops import checkpoint, scan
    from symdiff.inputs.meeting_jax import jax_function
    from symdiff.inputs.numpy.shaping import array
    from symdiff.lecture import steps
    from symdiff.methods.symbolic.formula import formula
    from symdiff.nets import MLP, mlp
    from symdiff.operators import (
        grad,
        hessian,
        hvp,
        jacobian,
        jvp,
        per_example_grad,
        third,
        value,
        value_and_grad,
        vjp,
    )
    from symdiff.ops import TABLE, Domain, Kink, elementwise, primitive
    from symdiff.optimize import check_grad, checked

    __version__: str

# Where each public name lives. A new one is one word here and one above.
_HOME = {
    "symdiff.inputs": ("function",),
    "symdiff.inputs.loops": ("scan", "checkpoint"),
    "symdiff.inputs.meeting_jax": ("jax_function",),
    "symdiff.inputs.numpy.shaping": ("array",),
    "symdiff.operators": (
        "value", "grad", "value_and_grad", "jacobian", "hessian", "jvp", "vjp", "hvp", "third",
        "per_example_grad",
    ),
    "symdiff.crosscheck": ("crosscheck", "assert_agree", "Report"),
    "symdiff.optimize": ("check_grad", "checked"),
    "symdiff.comparison": ("compare",),
    "symdiff.lecture": ("steps",),
    "symdiff.methods.symbolic.formula": ("formula",),
    "symdiff.nets": ("MLP", "mlp"),
    "symdiff.ops": ("TABLE", "elementwise", "primitive", "Domain", "Kink"),
    "symdiff.errors": (
        "SymdiffError", "ExpressionError", "InputError", "DomainError", "UnsupportedError", "Disagreement",
    ),
}
_ROOMS = ("learn", "nets", "torch")  # public as they are: sd.learn.train; `import *` leaves torch to PyTorch
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}

__all__ = [
    "MLP",
    "TABLE",
    "Disagreement",
    "Domain",
    "DomainError",
    "ExpressionError",
    "InputError",
    "Kink",
    "Report",
    "SymdiffError",
    "UnsupportedError",
    "array",
    "assert_agree",
    "check_grad",
    "checked",
    "checkpoint",
    "compare",
    "crosscheck",
    "elementwise",
    "formula",
    "function",
    "grad",
    "hessian",
    "hvp",
    "jacobian",
    "jax_function",
    "jvp",
    "learn",
    "mlp",
    "nets",
    "per_example_grad",
    "primitive",
    "scan",
    "steps",
    "third",
    "value",
    "value_and_grad",
    "vjp",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import PackageNotFoundError, version

        try:
            found: Any = version("symdiff-toolkit")
        except PackageNotFoundError:  # run from a folder: pyproject.toml is the only place that knows
            found = "(not installed)"
    elif name in _ROOMS:
        found = importlib.import_module(f"symdiff.{name}")
    elif name in _MODULE_OF:
        found = getattr(importlib.import_module(_MODULE_OF[name]), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found  # the next look-up does not come here
    return found


class _Package(ModuleType):
    """A package in which `crosscheck` is always the function.

    Importing the subpackage symdiff.crosscheck binds its name here as well; that one binding is refused.
    """

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in _MODULE_OF and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_ROOMS, "__version__"})
