"""What the operators share: from the caller's arguments to a task, and from flat entries to JAX's shapes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import wraps
from typing import Any

from symdiff.errors import InputError
from symdiff.inputs import function
from symdiff.inputs.code import Code
from symdiff.methods import method as find_method
from symdiff.methods.base import Task
from symdiff.problem import Problem, Wrt, finite


@dataclass(frozen=True, slots=True)
class Bound:
    """A function, a task and a method: called at a point, it gives the flat entries."""

    problem: Problem
    task: Task
    method: str
    single: bool

    def __call__(self, x: Sequence[float], vector: Sequence[float] = ()) -> list[float]:
        return find_method(self.method).entries(self.problem, self.task, x, vector)

    def program(self, *args: float, **named: float) -> str:
        """The source of the program that answers this; see `grad`."""
        return find_method(self.method).source(self.problem, self.task, self.problem.point(args, named or None))

    def shaped(self, flat: Sequence[float]) -> Any:
        """One number per variable: bare for one variable that was asked for by itself, else a tuple."""
        return flat[0] if self.single else tuple(flat)

    def per_component(self, flat: Sequence[float], shape: Callable[[Sequence[float]], Any]) -> Any:
        """Cut the entries into one block per component; a function with one value has no outer tuple."""
        count = len(self.problem.graph.outputs)
        size = len(flat) // count
        blocks = tuple(shape(flat[o * size : (o + 1) * size]) for o in range(count))
        return blocks if self.problem.vector else blocks[0]


def bind(f: Any, operator: str, method: str, wrt: Wrt, fuse: bool = False) -> Bound | Code:
    """Resolve what the caller gave. Raises `InputError` for what does not fit, before any work is done.

    A Python function stays `Code`: what it is is known when it is called.
    """
    problem = function(f)
    if not isinstance(method, str):
        raise InputError(f"method={type(method).__name__}: expected the name of a method, such as 'tape'")
    find_method(method)
    if fuse:
        _check_fuse(method)
    if isinstance(problem, Code):
        return problem
    task = Task(operator, problem.select(wrt), fuse)
    task.check(problem)
    single = isinstance(wrt, int | str) or (wrt is None and len(problem.names) == 1)
    return Bound(problem, task, method, single)


def _check_fuse(method: str) -> None:
    """`InputError` where there are no loops to be had."""
    if method != "tape":
        raise InputError(f"fuse=True is for method='tape': {method!r} has no program of NumPy calls; leave it out")
    from symdiff.methods.tape.fused import numba

    numba()


def place(method: str, device: Any, platform: str | None) -> Callable[[], AbstractContextManager[Any]]:
    """A context in which JAX computes on the device asked for. `InputError` where that is no device, or not for JAX."""
    if device is None and platform is None:
        return nullcontext
    what = "platform" if device is None else "device"
    if method != "jax":
        raise InputError(f"{what}= is for method='jax': {method!r} computes with NumPy on the CPU; leave it out")
    from symdiff.methods.jax.devices import find, on

    where = find(device, platform)
    return lambda: on(where)


def placed(f: Callable[..., Any], method: str, device: Any, platform: str | None) -> Callable[..., Any]:
    """`f`, called where `place` says."""
    if device is None and platform is None:
        return f
    where = place(method, device, platform)

    @wraps(f)
    def there(*args: Any, **kwargs: Any) -> Any:
        with where():
            return f(*args, **kwargs)

    return there


def many(values: Any, what: str) -> tuple[Any, ...]:
    """The entries of a sequence, or `InputError`."""
    try:
        return tuple(values)
    except TypeError as e:
        kind = type(values).__name__
        raise InputError(f"{what}: expected a sequence with one number per variable, got {kind}") from e


def vector_of(values: Any, length: int, what: str) -> tuple[float, ...]:
    """A tangent or cotangent: `length` finite numbers; one alone may come bare."""
    given = tuple(values) if isinstance(values, Sequence | tuple) or hasattr(values, "__len__") else (values,)
    if len(given) != length:
        raise InputError(f"{what} has {len(given)} entries, expected {length}")
    return tuple(float(finite(v, f"{what}[{k}]")) for k, v in enumerate(given))


def number_of(problem: Problem, method: str, x: Sequence[float]) -> list[float]:
    """The value of a formula, as a method means it: one number per component."""
    return find_method(method).entries(problem, Task("value", problem.select(None)), x)
