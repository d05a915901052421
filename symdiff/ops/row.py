"""What a row of the op table is.

A row says once, in four vocabularies, what an op means (NumPy, SymPy, JAX, balls) and once how the
tape pulls a cotangent back. Nothing here tells SymPy, JAX or FLINT a derivative: they bring their own.

The argument order of every rule is `(ct, y, *args, **params)`: cotangent, answer, arguments.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from symdiff.errors import UnsupportedError

# NumPy picks its kernels by the machine; those for vector units promise 4 ulps (0.5 to 1.1 measured here).
VECTOR_KERNEL = 4.0

Rule = Callable[..., Any]
Partial = Callable[..., Any] | float


@dataclass(frozen=True, slots=True)
class Domain:
    """Where an op is defined.

    `outside(*args, **params)` is true where it is not; it answers for numbers, arrays and balls. `says`
    is the condition in words, for messages. `draw` is one interval per argument from which test points
    come (a part of the domain, wide enough to be honest).
    """

    outside: Callable[..., Any] | None = None
    says: str = ""
    draw: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Kink:
    """The op has no derivative where one of `at(*args)` (a value or a tuple of values) is zero.

    There the row's own partials are `slope`, one per argument (None: it depends on where): a convention,
    and `why` tells whose. `jump` says that the value itself may jump there.
    """

    at: Callable[..., Any]
    slope: tuple[float | None, ...]
    why: str
    jump: bool = False


@dataclass(frozen=True, slots=True)
class Lacking:
    """A column or a partial that there is not. Whoever asks for it is told so by name; it is never zero."""

    why: str

    def __call__(self, *args: Any, **params: Any) -> Any:
        raise UnsupportedError(self.why)


def not_in_jax(name: str) -> Lacking:
    """The JAX column of a function that JAX has not."""
    return Lacking(f"JAX has no function {name}")


@dataclass(frozen=True, slots=True)
class Approximated:
    """A JAX column that JAX computes by a rational approximation or a series that is cut off.

    What JAX differentiates is that, and not the function; so it is not asked whether its program means the
    function's derivative, only whether its numbers are right. One that is `opened` is asked by how much its program
    misses the derivative: by no more than rounding may take it, or it is wrong.
    """

    f: Callable[..., Any]
    opened: bool = False

    def __call__(self, *args: Any, **params: Any) -> Any:
        return self.f(*args, **params)


def _no_column(*args: Any, **params: Any) -> Any:
    raise UnsupportedError(
        "an op of this function has no column for balls or for SymPy: a check needs them; give its row ball= and sympy="
    )


@dataclass(frozen=True, slots=True, eq=False)
class Op:
    """One row. `vjp[k](ct, y, *args, **params)` is the cotangent of argument k; None: no flow."""

    name: str
    forward: Callable[..., Any]
    vjp: tuple[Rule | None, ...]
    jax: Callable[..., Any]
    sympy: Callable[..., Any] = _no_column
    ball: Callable[..., Any] = _no_column
    scalars: Callable[..., Any] | None = None  # array rows: the definition, on object arrays of scalar steps;
    # SymPy and the balls see these steps, each of which is a row with columns of its own
    partials: tuple[Partial, ...] | None = None  # elementwise rows: dy/darg as the author wrote it
    domain: Domain = Domain()
    kink: Kink | None = None
    ulp: float = 1.0  # error bound of `forward` in float64, in units in the last place of its result, or
    near_zero: float | Callable[..., float] = 0.0  # of this, where the result is smaller: zeros where digits have
    # to be lost; or of this function of the sizes of the arguments
    defaults: tuple[float, ...] = ()  # values of trailing arguments that may be left out
    params: tuple[str, ...] = ()  # names of the parameters that are not arguments: integers, axes, shapes
    variadic: bool = False  # any number of arguments; `vjp` is one rule, (k, ct, y, *args, **params)
    boolean: bool = False  # the answer is true or false
    whole: bool = False  # the answer is made of indices: integers
    cost: Callable[..., int] | None = None  # array rows: how many scalar steps, from the shapes; else one an entry
    rounding: Callable[..., Any] | None = None  # (*sizes of the arguments, **params): the error in units u
    infix: str = ""  # how the text form writes it: "+"
    doc: str = ""
    examples: Mapping[str, Any] = field(default_factory=dict)  # for the table test: values of each parameter;
    # "conditions": the positions of the arguments that are true or false; "measured": for each argument between
    # which sizes `ulp` is known, where the library gives nan or no digit beyond them; "landmarks": telling values of
    # an op of three arguments or more

    @property
    def elementwise(self) -> bool:
        """Whether the op is one of numbers, applied to arrays entry by entry."""
        return self.partials is not None

    @property
    def arity(self) -> int:
        return len(self.vjp)

    def least_size(self, *sizes: float) -> float:
        """What a smaller result's error is measured in, where the arguments are of these sizes."""
        return self.near_zero(*sizes) if callable(self.near_zero) else self.near_zero

    def rules(self, count: int) -> tuple[Rule | None, ...]:
        """The pull-back of each of `count` arguments."""
        if not self.variadic:
            return self.vjp
        (rule,) = self.vjp
        return tuple(functools.partial(rule, k) for k in range(count)) if rule is not None else (None,) * count

    def __call__(self, *args: Any, **params: Any) -> Any:
        """The op as a function: on numbers its NumPy meaning; a recorded value takes it from there.

        So one rule may use another row, `sigmoid(-x)`, and still be recorded.
        """
        for a in args:
            if hasattr(a, "__symdiff_apply__"):
                return a.__symdiff_apply__(self, args, params)
        found = self.forward(*args, **params)
        if found.__class__ is np.float64 and all(a.__class__ is float for a in args):
            return float(found)  # of plain numbers: np.float64 would make float64 of float32 arrays beside it
        return found

    def beside(self, like: Any, *numbers: float) -> Any:
        """The op of plain numbers, log(2) or pi, for a rule that has `like` at hand.

        Where `like` is recorded the constant is recorded as this op of these numbers, and not as the
        double nearest to it: so that balls and SymPy see the constant itself.
        """
        if hasattr(like, "__symdiff_apply__"):
            return like.__symdiff_apply__(self, numbers, {})
        return float(self.forward(*numbers))  # a Python float: float32 arrays stay float32


@dataclass(frozen=True, slots=True)
class Either:
    """A partial with two branches: `then` where `when(y, *args)` holds, else `otherwise`.

    Its rule selects from the cotangent instead of multiplying it by 0 or 1: where the cotangent is
    infinite (sqrt(relu(x)) for x < 0) a product with 0 would be nan.
    """

    when: Callable[..., Any]
    then: Partial
    otherwise: Partial

    def __call__(self, y: Any, *args: Any, **params: Any) -> Any:
        a, b = (p(y, *args, **params) if callable(p) else p for p in (self.then, self.otherwise))
        return np.where(self.when(y, *args, **params), a, b)

    def pull_back(self) -> Rule:
        then, otherwise = (pull_back(p) or _nothing for p in (self.then, self.otherwise))

        def rule(ct: Any, y: Any, *args: Any, **params: Any) -> Any:
            when = self.when(y, *args, **params)
            return np.where(when, then(ct, y, *args, **params), otherwise(ct, y, *args, **params))

        return rule


TABLE: dict[str, Op] = {}


def approximations(names: Iterable[str]) -> list[Approximated]:
    """The JAX columns among these steps that are approximations."""
    columns = [TABLE[name].jax for name in set(names) if name in TABLE]
    return [c for c in columns if isinstance(c, Approximated)]


def _add(row: Op) -> Op:
    if row.name in TABLE:
        raise ValueError(f"op {row.name!r} is declared twice")
    if row.domain.draw and len(row.domain.draw) != row.arity:
        raise ValueError(f"op {row.name!r}: {len(row.domain.draw)} intervals for {row.arity} arguments")
    TABLE[row.name] = row
    return row


def _pass(ct: Any, y: Any, *args: Any, **params: Any) -> Any:
    return ct


def _negate(ct: Any, y: Any, *args: Any, **params: Any) -> Any:
    return -ct


def _nothing(ct: Any, y: Any, *args: Any, **params: Any) -> Any:
    return 0.0


def _times(partial: Callable[..., Any]) -> Rule:
    def rule(ct: Any, y: Any, *args: Any, **params: Any) -> Any:
        return ct * partial(y, *args, **params)

    return rule


def pull_back(partial: Partial) -> Rule | None:
    """The rule of an elementwise partial: a factor 1, -1 or 0 costs no multiplication."""
    if isinstance(partial, Either):
        return partial.pull_back()
    if isinstance(partial, Lacking):
        return partial
    if callable(partial):
        return _times(partial)
    if partial == 1.0:
        return _pass
    if partial == -1.0:
        return _negate
    if partial == 0.0:
        return None
    return lambda ct, y, *args, **params: ct * partial


def elementwise(
    name: str,
    forward: Callable[..., Any],
    *,
    partials: Partial | tuple[Partial, ...],
    **columns: Any,
) -> Op:
    """Declare y = f(a, b, ...) entry by entry; the author gives dy/da, dy/db, ... and nothing else.

    A partial is a number or `(y, *args, **params) -> value`, in plain NumPy.
    """
    each = partials if isinstance(partials, tuple) else (partials,)
    vjp = tuple(pull_back(p) for p in each)
    return _add(Op(name, forward, vjp, partials=each, **columns))


def primitive(
    name: str, forward: Callable[..., Any], *, vjp: Rule | tuple[Rule | None, ...] | None, **columns: Any
) -> Op:
    """Declare an op that is more than a product with a partial; the author gives the pull-backs.

    Its meaning for SymPy and the balls is `scalars`: the definition, entry by entry. It takes object arrays
    of scalar steps, does plain arithmetic and other rows' ops with them, and returns such an array.
    """
    return _add(Op(name, forward, vjp if isinstance(vjp, tuple) else (vjp,), **columns))
