"""CPU time of what is tested alone: not of collecting the garbage that ten thousand earlier tests have left."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def cpu_seconds() -> Iterator[Callable[[], float]]:
    """`with cpu_seconds() as spent: ...`, then spent() is the CPU time since the block began, to its end."""
    collects = gc.isenabled()
    gc.disable()
    start, end = time.process_time(), float("nan")
    try:
        yield lambda: (end if end == end else time.process_time()) - start
    finally:
        end = time.process_time()
        if collects:
            gc.enable()
