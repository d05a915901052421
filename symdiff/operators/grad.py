"""The gradient of a function with one value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from symdiff.inputs.code import Code
from symdiff.operators._arrays import on_arrays
from symdiff.operators._bind import bind, placed
from symdiff.problem import Wrt


def grad(
    f: Any, method: str = "tape", wrt: Wrt = None, device: Any = None, platform: str | None = None,
    fuse: bool = False, verify_every: int = 0,
) -> Callable[..., Any]:  # fmt: skip
    """A function that computes the gradient of `f`, as `jax.grad` would shape it.

    Args:
        f: a formula as text, a SymPy expression, a Python function of scalars, or a `Problem`.
        method: "symbolic", "tape", "jax", "ball" (correctly rounded), "complex_step" or
            "finite_difference".
        wrt: a variable's name or position (the result is a bare float), a sequence of them (a tuple),
            or None: all variables in natural order of their names (a tuple, or a bare float if there
            is only one).
        device, platform: where JAX computes, for method="jax": "cpu:1", "cuda:1", a `jax.Device`; or "gpu", its
            first device.
        fuse: with method="tape", have runs of elementwise steps on arrays compiled into loops by numba (the extra
            `symdiff-toolkit[fast]`). It pays on long arrays and where a function is called often: the first calls
            take a second or two for compiling. The answers are the same to the last bit.
        verify_every: of a Python function, have every n-th call recorded anew and compared with what is replayed:
            a random draw, a global that changed, a counter is an `UnsupportedError`. 0 is never.

    Returns:
        A callable of all variables, by position or by name, in float64. A Python function whose arrays are all
        float32, float16 or bfloat16 is differentiated in that dtype, and so is the answer; Python's own numbers
        and integers do not count. float16 and bfloat16 are computed by JAX alone.

        All other arguments of a Python function are data. The tape and JAX answer for new arrays of the same shapes
        with the program they have, as in a loop over minibatches, wherever it is known to be the same function: it
        runs once for `net.risk`, three times for any other. Where the code looks at its data in a way that no
        recording can follow (converts them, asks for their type, takes them for indices), or decides otherwise than
        before, it is recorded anew. It must depend on its arguments only.

    With method="tape", `grad(f).program(x)` is the source of the program that answers calls with such arguments:
    the forward and the backward pass as straight-line Python, to be read and debugged.

    Raises:
        ExpressionError, InputError: the function, the method or the point does not fit; arrays of two dtypes;
            fuse=True without numba, or with another method.
        UnsupportedError: the method cannot do this function; the message says why. With `verify_every`, a function
            that depends on something besides its arguments.

    >>> import symdiff as sd
    >>> sd.grad("x1**2*(x2*x3 - 2*x1**2)")(1.0, 2.0, 3.0)
    (4.0, 3.0, 2.0)
    >>> sd.grad("x*y", method="symbolic", wrt="y")(x=2.0, y=5.0)
    2.0
    >>> print(sd.grad("x1**2*(x2*x3 - 2*x1**2)").program(1.0, 2.0, 3.0))
    # grad of x1**2*(x2*x3 - 2*x1**2)
    def run(v0, v3, v4):
        v2 = v0 * v0  # column 3
        # backward
        v15 = v2 * v4
        v16 = v2 * v3
        v18 = (((v3 * v4) - (2.0 * v2)) + ((-v2) * 2.0)) * (2.0 * v0)
        return [v18, v15, v16]
    <BLANKLINE>
    """
    bound = bind(f, "grad", method, wrt, fuse)
    if isinstance(bound, Code):
        return placed(on_arrays(bound, "grad", method, wrt, fuse, verify_every), method, device, platform)

    def gradient(*args: float, **named: float) -> Any:
        return bound.shaped(bound(bound.problem.point(args, named or None)))

    gradient.program = bound.program  # type: ignore[attr-defined]  # functions may have attributes
    return placed(gradient, method, device, platform)
