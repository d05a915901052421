"""How each method differentiates, and the registry by which they are found.

A third party adds a method with the entry point group `symdiff.methods`: name = "package:Class".
"""

from __future__ import annotations

from functools import cache
from importlib import import_module

from symdiff.errors import InputError
from symdiff.methods.base import Method

# name -> where its class is; imported when it is first asked for
BUILT_IN = {
    "symbolic": "symdiff.methods.symbolic.method:Symbolic",
    "tape": "symdiff.methods.tape:Tape",
    "jax": "symdiff.methods.jax:Jax",
    "ball": "symdiff.methods.ball:BallMethod",
    "complex_step": "symdiff.methods.complex_step:ComplexStep",
    "finite_difference": "symdiff.methods.finite_difference:FiniteDifference",
}
THREE = ("symbolic", "tape", "jax")  # the ones a check compares by default


@cache
def method(name: str) -> Method:
    """The method of that name, one instance per process. `InputError` for an unknown name."""
    where = BUILT_IN.get(name) or _plugins().get(name)
    if where is None:
        raise InputError(f"method {name!r} is not known: expected one of {', '.join([*BUILT_IN, *_plugins()])}")
    module, _, attribute = where.partition(":")
    return getattr(import_module(module), attribute)()


@cache
def _plugins() -> dict[str, str]:
    from importlib import metadata  # costs more than all of the tape

    return {e.name: e.value for e in metadata.entry_points(group="symdiff.methods")}
