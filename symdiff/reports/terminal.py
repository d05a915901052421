"""What text for a terminal is printed on: a console that writes into a string, and a table without lines."""

from __future__ import annotations

import io

from rich.console import Console
from rich.table import Table


def console_of(color: bool, width: int) -> Console:
    """A console of so many columns that keeps what is printed; `printed` gives it back."""
    return Console(
        file=io.StringIO(), width=width, force_terminal=color, no_color=not color, highlight=False,
        color_system="standard" if color else None, legacy_windows=False, emoji=False,
    )  # fmt: skip


def printed(console: Console) -> str:
    """What was printed, without blanks at the ends of lines."""
    assert isinstance(console.file, io.StringIO)
    return "\n".join(line.rstrip() for line in console.file.getvalue().splitlines())


def bare_table() -> Table:
    """Columns two blanks apart, with faint headers."""
    return Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
