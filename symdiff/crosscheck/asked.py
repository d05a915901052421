"""What was asked of a check: kept with its report, so that a failure can be asked again, in simpler forms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from symdiff.crosscheck.report import Report


@dataclass(frozen=True, slots=True)
class Asked:
    """A call of `crosscheck`: the function, its arguments by position, and everything by name."""

    f: Any
    args: tuple[Any, ...]
    options: dict[str, Any]


def remembered(check: Callable[..., Report]) -> Callable[..., Report]:
    """A check whose report knows what was asked."""

    @wraps(check)
    def remembering(f: Any, *args: Any, **options: Any) -> Report:
        report = check(f, *args, **options)
        report.asked = Asked(f, args, options)
        return report

    return remembering
