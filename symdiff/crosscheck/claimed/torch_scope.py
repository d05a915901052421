"""A check that is handed a PyTorch function or module, and tensors: opened, and PyTorch's own derivative judged too."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any

from symdiff.crosscheck.claimed.claims import Claim
from symdiff.errors import InputError
from symdiff.inputs.code import Code
from symdiff.inputs.meeting_torch import is_of_torch

if TYPE_CHECKING:
    from symdiff.crosscheck.report import Report


def of_tensors(check: Callable[..., Report]) -> Callable[..., Report]:
    """A check that also takes a function of tensors: by those that require a gradient, and a module's parameters."""

    @wraps(check)
    def opened(f: Any, *args: Any, **options: Any) -> Report:
        if not is_of_torch(f, args):
            return check(f, *args, **options)
        from symdiff.inputs.torch.reading import subject

        for option in ("wrt", "at"):
            if options.get(option) is not None:
                raise InputError(
                    f"{option}= is not for PyTorch: the tensors that require a gradient are differentiated by; say "
                    "x.requires_grad_() of those, and x.detach() of the others"
                )
        found = subject(f, args, options.pop("kwargs", None))
        claimed = options.get("claimed")
        if callable(claimed):
            options["claimed"] = found.claim(claimed)
        elif isinstance(claimed, Mapping):
            options["claimed"] = {o: found.claim(c) if callable(c) else c for o, c in claimed.items()}
        elif options.get("operators") is None and options.get("order") is None and found.is_narrow_vector():
            options["operators"] = "vjp"  # a Jacobian is judged in float64 only
        return check(found, *found.arrays, wrt=found.wrt, **options)

    return opened


def brings_columns(given: Code) -> bool:
    """Whether a function brings a derivative of its own library along."""
    return isinstance(getattr(given.f, "columns", None), dict)


def columns(given: Any, operators: Sequence[str]) -> list[Claim]:
    """The derivatives that a function brings along from its own library, judged like claims: `claimed:torch`."""
    own = getattr(given.f, "columns", None) if isinstance(given, Code) else None
    if not isinstance(own, dict):
        return []
    return [
        Claim(f"claimed:{library}", operator, calls[operator])
        for library, calls in own.items()
        for operator in operators
        if operator in calls
    ]
