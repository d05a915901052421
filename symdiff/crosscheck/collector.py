"""What Python's garbage collector looks through during the check of many entries.

A check of a thousand entries makes a hundred thousand small objects, and so the collector goes two or three times
through all there is: with JAX and SymPy loaded that is 45 percent of the check, and finds nothing. What was there
before is set aside meanwhile; what the check itself leaves behind is collected as ever.
"""

from __future__ import annotations

import gc
import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from symdiff.crosscheck.report import Report

LARGE = 256  # numbers in the arguments
EVERY = 8  # so often nothing is set aside: cycles that were alive before, and are not now, have to go some time

_turns = itertools.count(1)


def sparing(check: Callable[..., Report]) -> Callable[..., Report]:
    """A check that has the older objects set aside where its arguments are large arrays."""

    @wraps(check)
    def spared(*args: Any, **options: Any) -> Report:
        with older_objects_aside(sum(_numbers(a) for a in args)):
            return check(*args, **options)

    return spared


@contextmanager
def older_objects_aside(numbers: int) -> Iterator[None]:
    """Spare the collector what is older than this block, for a function of so many numbers. A collector that somebody
    has stopped, or told what to set aside, is left alone."""
    if numbers < LARGE or not gc.isenabled() or gc.get_freeze_count() or next(_turns) % EVERY == 0:
        yield
        return
    gc.collect(1)  # the young ones that are garbage by now
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _numbers(argument: Any) -> int:
    size = getattr(argument, "size", 0)
    return size if isinstance(size, int) else 0  # a tensor's is a method
