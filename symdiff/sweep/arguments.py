"""Arguments for a Python function: what is given by name, and what is drawn from declared ranges.

What a call leaves open is drawn. An argument's shape is what `shape` declares, else it is found out by trying: a
number first (only that, where the annotation is float or int), then a vector of 3, then a 3 by 3 matrix.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np

from symdiff.errors import InputError
from symdiff.problem import nearest
from symdiff.pytrees import flatten

TRIES = 50  # draws per point wanted
GUESSES: tuple[tuple[int, ...], ...] = ((), (3,), (3, 3))
NUMBERS = (float, int, "float", "int")
MOST_MIXED = 3  # arguments whose shapes are combined
NOT_FINITE = "its values are not finite"
RANGES = ((-1.5, 1.5), (0.25, 1.5))  # where nothing is declared: both signs, else positive numbers

Shapes = Mapping[str, tuple[int, ...]]
Ranges = Mapping[str, tuple[float, float]]


def sample(
    f: Callable[..., Any], at: Mapping[str, Any], ranges: Ranges, shapes: Shapes, count: int, seed: int
) -> tuple[list[dict[str, Any]], str]:
    """`count` calls of `f`, as mappings of names to arguments, and a sentence on what had to be guessed.

    Args:
        f: the function.
        at: arguments that stay as they are.
        ranges: for an argument the interval that its entries are drawn from.
        shapes: for an argument its shape.
        count: how many.
        seed: the same seed gives the same calls.

    Raises:
        InputError: a name that is no argument, a function without a signature, or no call that gives finite values.

    >>> calls, said = sample(lambda x, n=2: np.sum(np.log(x[1:])), {}, {}, {}, 1, seed=0)
    >>> calls[0]["x"].shape, said
    ((3,), 'x: 3 numbers each from -1.5 to 1.5, as nothing was declared')
    """
    names = open_arguments(f, at, ranges, shapes)
    if not names:
        return [_without_gaps(f, at)], ""
    intervals = RANGES if any(n not in ranges for n in names) else RANGES[:1]
    for guess in _guesses(f, [n for n in names if n not in shapes]):
        for interval in intervals:
            plan = {n: (shapes.get(n, guess.get(n, ())), ranges.get(n, interval)) for n in names}
            calls = _drawn(f, at, plan, count, seed)
            if calls:
                return calls, _said(plan, [n for n in names if n not in shapes or n not in ranges])
    raise InputError(
        f"no call of {_name(f)} with {', '.join(names)} drawn gives finite values{_last(f, at, names)}: "
        "declare shape and range, or give the arguments by at"
    )


def _guesses(f: Callable[..., Any], names: Sequence[str]) -> Iterator[dict[str, tuple[int, ...]]]:
    """Shapes to try: the same for all arguments first, then every combination for up to three of them."""
    if not names:
        yield {}
        return
    parameters = inspect.signature(f).parameters
    possible = {n: GUESSES[:1] if parameters[n].annotation in NUMBERS else GUESSES for n in names}
    alike = [{n: s if s in possible[n] else () for n in names} for s in GUESSES]
    mixed = product(*possible.values()) if len(names) <= MOST_MIXED else ()
    yield from alike
    yield from (g for g in (dict(zip(names, shapes, strict=True)) for shapes in mixed) if g not in alike)


def _without_gaps(f: Callable[..., Any], call: Mapping[str, Any]) -> dict[str, Any]:
    """The call with the defaults that stand before an argument that is given."""
    try:
        parameters = inspect.signature(f).parameters
    except (TypeError, ValueError):
        return dict(call)
    names = list(parameters)
    last = max((names.index(n) for n in call if n in names), default=-1)
    given = {n: call.get(n, parameters[n].default) for n in names[: last + 1]}
    return {n: v for n, v in given.items() if v is not inspect.Parameter.empty} | {
        n: v for n, v in call.items() if n not in given
    }


def open_arguments(f: Callable[..., Any], at: Mapping[str, Any], ranges: Ranges, shapes: Shapes) -> list[str]:
    """The arguments that have to be drawn: those without a default, and those that something is declared for."""
    try:
        parameters = inspect.signature(f).parameters.values()
    except (TypeError, ValueError) as e:
        if at and not ranges and not shapes:
            return []
        raise InputError(f"{_name(f)} does not say what arguments it takes: give them by at") from e
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    known = [p.name for p in positional]
    for name in (*at, *ranges, *shapes):
        if name not in known:
            raise InputError(f"{name!r} is no argument of {_name(f)}{nearest(name, known)}")
    wanted = [p.name for p in positional if p.default is p.empty or p.name in ranges or p.name in shapes]
    return [name for name in wanted if name not in at]


def _drawn(
    f: Callable[..., Any], at: Mapping[str, Any], plan: Mapping[str, tuple[tuple[int, ...], tuple[float, float]]],
    count: int, seed: int,
) -> list[dict[str, Any]]:  # fmt: skip
    """Up to `count` calls that give finite values; none if the first ones give none."""
    rng, found = np.random.default_rng(seed), []
    for k in range(TRIES * count):
        if len(found) == count or (not found and k >= TRIES):
            break
        drawn = {name: rng.uniform(*ends, shape) for name, (shape, ends) in plan.items()}
        call = _without_gaps(f, {**at, **{name: v if np.ndim(v) else float(v) for name, v in drawn.items()}})
        why = _refused(f, call)
        if not why:
            found.append(call)
        elif not found and why != NOT_FINITE:  # the shape does not fit: other numbers would not, either
            break
    return found


def _refused(f: Callable[..., Any], call: Mapping[str, Any]) -> str:
    """"" if the call gives finite numbers, else why not."""
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = f(*call.values())
        leaves = [np.asarray(leaf, float) for leaf in flatten(result)[0]]
    except ArithmeticError:
        return NOT_FINITE
    except Exception as e:  # noqa: BLE001 - the function may object to a guess in any way it likes
        return NOT_FINITE if "math domain" in str(e) else f"{type(e).__name__}: {e}"
    if not leaves:
        return f"it returns {type(result).__name__}"
    return "" if all(np.all(np.isfinite(leaf)) for leaf in leaves) else NOT_FINITE


def _last(f: Callable[..., Any], at: Mapping[str, Any], names: Sequence[str]) -> str:
    why = _refused(f, _without_gaps(f, {**at, **dict.fromkeys(names, 1.0)}))
    return f" (with numbers: {why})" if why else ""


def _said(plan: Mapping[str, tuple[tuple[int, ...], tuple[float, float]]], guessed: Sequence[str]) -> str:
    if not guessed:
        return ""
    parts = []
    for name in guessed:
        shape, (low, high) = plan[name]
        what = "a number" if not shape else f"{' by '.join(map(str, shape))} numbers each"
        parts.append(f"{name}: {what} from {low:g} to {high:g}")
    return "; ".join(parts) + ", as nothing was declared"


def _name(f: Callable[..., Any]) -> str:
    return getattr(f, "__name__", type(f).__name__)
