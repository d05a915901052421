"""Figures: matplotlib is the optional extra `plot`; no window is opened, and pyplot's figures are the user's."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from symdiff.errors import InputError, UnsupportedError


def figure(width: float, height: float) -> Any:
    """An empty figure of so many inches. Raises `UnsupportedError` where matplotlib is not installed."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise UnsupportedError(
            "a plot needs matplotlib, which is not installed: pip install 'symdiff-toolkit[plot]'; "
            "str(report) and to_dict() have the same numbers"
        ) from None
    return Figure(figsize=(width, height), layout="constrained")


def saved(drawn: Any, path: str | os.PathLike[str]) -> Path:
    """Write the figure, in the format that the name ends in. Raises `InputError` where that cannot be."""
    try:
        drawn.savefig(path)
    except OSError as e:
        raise InputError(f"{os.fspath(path)}: cannot be written: {e.strerror or e}") from e
    except ValueError as e:  # a format that nobody knows
        raise InputError(f"{os.fspath(path)}: {str(e).partition(' (')[0]}: end the name in .svg, .png or .pdf") from e
    return Path(path)
