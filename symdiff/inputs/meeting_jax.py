"""Whether a function is one of JAX's: what it is made of, and how it objects to recorded values.

JAX itself is not imported to find out: who has a JAX function has imported it.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any

from symdiff.inputs.recorded import Recorded, is_of_jax
from symdiff.pytrees import flatten

MARK = "__symdiff_jax__"
_OURS = ("symdiff", "numpy")


def jax_function(f: Callable[..., Any]) -> Callable[..., Any]:
    """The function, marked as one of JAX's: its jaxpr is read, and JAX differentiates the function itself.

    Functions that call JAX on their arguments are known to be JAX's without that; this is for one that only uses
    operators (`lambda x: x**2`), which NumPy would run as well.

    >>> import symdiff as sd
    >>> f = sd.jax_function(lambda x: 3.0 * x**2)
    >>> sd.grad(f, method="jax")(2.0)
    12.0
    """

    @functools.wraps(f)
    def marked(*args: Any, **kwargs: Any) -> Any:
        return f(*args, **kwargs)

    setattr(marked, MARK, True)
    return marked


def is_jax_function(f: Any) -> bool:
    """Whether it says so, or is made by `jax.jit`, `jax.custom_jvp`, `jax.custom_vjp`."""
    while isinstance(f, functools.partial):
        f = f.func
    return bool(getattr(f, MARK, False)) or is_of_jax(f)


def objects(e: BaseException) -> bool:
    """Whether an exception is JAX's, about a recorded value: of one of its classes, raised in its code, or naming ours.

    Of one of its classes where a function that JAX traces uses a recorded value from around it: JAX's tracer has no
    numbers to write down.
    """
    if "jax" not in sys.modules:
        return False
    if is_of_jax(e):
        return True
    if isinstance(e, AttributeError) and isinstance(e.obj, Recorded):
        return hasattr(sys.modules["jax"].Array, str(e.name))  # x.at[0].set(1.0)
    if isinstance(e, TypeError) and f"{Recorded.__module__}.{Recorded.__name__}" in str(e):
        return True
    rooms = []
    trace = e.__traceback__
    while trace is not None:
        rooms.append(str(trace.tb_frame.f_globals.get("__name__", "")).partition(".")[0])
        trace = trace.tb_next
    while rooms and rooms[-1] in _OURS:
        rooms.pop()
    return bool(rooms) and rooms[-1] in ("jax", "jaxlib")


def among(given: Any) -> bool:
    """Whether an array of JAX's is in a pytree of arguments."""
    return any(is_of_jax(leaf) for leaf in flatten(given)[0])
