"""Activations by name: the elementwise rows of the op table that are defined everywhere, for all three methods."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from symdiff.errors import InputError
from symdiff.ops import TABLE, Approximated, Lacking

LINEAR = "linear"  # z = u
ALSO = {"identity": LINEAR, "logistic": "sigmoid", "swish": "silu"}  # other names of the same


@dataclass(frozen=True, slots=True)
class Activation:
    """z = sigma(u), entry by entry: a row of the op table, with its parameter where it has one."""

    name: str
    parameters: tuple[float, ...] = ()

    def __call__(self, u: Any) -> Any:
        return u if self.name == LINEAR else TABLE[self.name](u, *self.parameters)

    @property
    def linear(self) -> bool:
        return self.name == LINEAR

    @property
    def smooth(self) -> bool:
        """Whether it has no kink."""
        return self.linear or TABLE[self.name].kink is None

    def __str__(self) -> str:
        return self.name + "".join(f"({p:g})" for p in self.parameters)


def known() -> list[str]:
    """The names that an activation may have."""
    takes_one = (n for n, op in TABLE.items() if op.elementwise and op.arity - len(op.defaults) == 1)
    by_all = (n for n in takes_one if not isinstance(TABLE[n].jax, Lacking | Approximated))
    everywhere = [n for n in by_all if TABLE[n].domain.outside is None and not TABLE[n].boolean]
    return sorted([LINEAR, *everywhere])


def activation(given: Any, alpha: float | None = None) -> Activation:
    """An activation from its name; `alpha` is the parameter of leaky_relu and elu.

    Raises `InputError` for a name that is not known, with those that are.

    >>> float(activation("leaky_relu", 0.2)(-3.0))
    -0.6000000000000001
    """
    if isinstance(given, Activation):
        return given
    name = ALSO.get(given, given) if isinstance(given, str) else given
    if name not in known():
        raise InputError(f"activation {given!r} is not known{suggestion(given, known())}")
    defaults = TABLE[name].defaults if name != LINEAR else ()
    return Activation(name, (float(alpha),) if alpha is not None and defaults else defaults)


def suggestion(given: Any, names: Sequence[str]) -> str:
    """`: did you mean 'relu'? The known ones are ...`."""
    close = difflib.get_close_matches(given, names, n=1) if isinstance(given, str) else []
    asked = f": did you mean {close[0]!r}? The" if close else ": the"
    return f"{asked} known ones are {', '.join(names)}"
