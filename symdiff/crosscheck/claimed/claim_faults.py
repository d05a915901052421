"""What is wrong with a claim before its numbers are looked at: it raises, returns something that is no derivative of
this function, writes into its arguments, or says something else when it is asked again.

Each is a finding of the claim's own (`ClaimFault` becomes a DIFFER with that sentence): the methods are judged all
the same, and so are the other claims.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from symdiff.errors import InputError

LONGER = 64.0  # times the vector; a power of two, which rounds nothing
NOT_LINEAR = 1e-2  # of the largest entry: what no rounding makes
LAST_PLACES = 16  # two calls may differ by so many units of roundoff: threads add up in any order


class ClaimFault(InputError):
    """A claim's answer cannot be a derivative of this function, whatever its numbers are."""


def asked(call: Callable[[], Any], claim: Any, of: str = "") -> Any:
    """What the claim returns. An exception of its own becomes a fault that says where; the traceback is remarked."""
    try:
        with np.errstate(all="ignore"):
            return call()
    except (Exception, SystemExit) as e:  # sys.exit() in a claim is no wish to end the check
        own = [frame for frame in traceback.extract_tb(e.__traceback__) if not _ours(frame.filename)]
        where = f" ({Path(own[-1].filename).name}, line {own[-1].lineno})" if own else ""
        claim.remark(
            f"{claim.name} was called as a {claim.operator}{of} and raised:\n"
            + "".join([*traceback.format_list(own), *traceback.format_exception_only(e)]).rstrip()
        )
        raise ClaimFault(f"{claim.name} raises {type(e).__name__}{where}: {str(e)[:200]}") from e


def _ours(filename: str) -> bool:
    return Path(__file__).parents[1] in Path(filename).parents


def untouched(claim: Any, given: Sequence[Any], kept: Sequence[Any], names: Sequence[str]) -> None:
    """Raise where the claim has written into what it was given; `kept` are copies from before."""
    for name, a, b in zip(names, given, kept, strict=True):
        if isinstance(a, np.ndarray) and not np.array_equal(a, b, equal_nan=a.dtype.kind == "f"):
            raise ClaimFault(
                f"{claim.name} writes into its argument {name}: a derivative has to leave its arguments as they are; "
                "let it work on a copy"
            )


def repeated(claim: Any, first: Sequence[np.ndarray], second: Sequence[np.ndarray], unit: float = 2.0**-53) -> None:
    """Raise where a second call with the same arguments gives other numbers; remark where only last places differ."""
    with np.errstate(all="ignore"):
        for a, b in zip(first, second, strict=True):
            other = ~((a == b) | (np.isnan(a) & np.isnan(b)))
            if not np.any(other):
                continue
            at = tuple(int(i) for i in np.argwhere(other)[0])
            said = f"{claim.name} is not deterministic: with the same arguments it gave {a[at]:.17g}, then {b[at]:.17g}"
            if not np.all(np.abs(a - b)[other] <= LAST_PLACES * unit * np.abs(a)[other]):
                raise ClaimFault(f"{said}; if it draws random numbers, give it a seed of its own")
            claim.remark(f"{said}: the last places only")


def linear(claim: Any, found: Sequence[np.ndarray], scaled: Sequence[np.ndarray], factor: float) -> None:
    """Raise where a product with a vector is not that product any more with a longer one: `scaled` is due to be
    `factor` times `found`. One vector shows nothing of a claim that clips it."""
    with np.errstate(all="ignore"):
        for a, b in zip(found, scaled, strict=True):
            due, size = factor * a, np.max(np.abs(factor * a), initial=0.0)
            off = np.isfinite(due) & np.isfinite(b) & (np.abs(b - due) > NOT_LINEAR * size)
            if np.any(off):
                at = tuple(int(i) for i in np.argwhere(off)[0])
                raise ClaimFault(
                    f"{claim.name} is not linear in the vector of {claim.operator}: with it, one entry is {a[at]:.9g}, "
                    f"and {b[at]:.9g} instead of {due[at]:.9g} with the vector times {LONGER:g}"
                )
