"""A progress bar for work that takes long, on a terminal only."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

PATIENCE = 0.5  # seconds; what is done by then needs no bar


@contextmanager
def progress_bar(label: str) -> Iterator[Callable[[int, int], None]]:
    """Yields `report(done, total)`; the bar appears after half a second, on stderr."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import Progress

    start = time.monotonic()
    # What is printed meanwhile goes above the bar if it goes to a terminal, too; into a file, straight.
    with Progress(console=Console(stderr=True), transient=True, redirect_stdout=sys.stdout.isatty()) as bar:
        task = bar.add_task(label, total=None, visible=False)

        def report(done: int, total: int) -> None:
            late = time.monotonic() - start > PATIENCE
            bar.update(task, completed=done, total=total, visible=late and total > 1)

        yield report
