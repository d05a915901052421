"""A random program: its text, where it is looked at and what is asked of it, in NumPy and over mpmath."""

from __future__ import annotations

import linecache
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy
from scipy import special

from benchmarks.trust.random_programs.exact import EXACT
from benchmarks.trust.random_programs.reading import reading


@dataclass(frozen=True)
class Program:
    """A function with one value (or, asked for its jvp or Jacobian, an array) and a point.

    `source` is a formula in the text language or a Python function of NumPy's; `names` are its arguments, `args` the
    point, `where` the kind of point, `operator` what is asked, `dtype` what it is computed in.
    """

    seed: int
    source: str
    names: tuple[str, ...]
    args: tuple[Any, ...]
    where: str
    operator: str
    dtype: str = "float64"

    @property
    def is_formula(self) -> bool:
        return not self.source.startswith("def ")

    def given(self) -> Any:
        """What a user would hand to the check: the text, or the function."""
        return self.source if self.is_formula else compiled(self.source, f"<program {self.seed}>", numpy, special)

    def exact(self) -> Callable[..., Any]:
        """The function over mpf, read a second time: symdiff has no part in it."""
        if self.is_formula:
            return reading(self.source, self.names)
        return compiled(self.source, f"<exact {self.seed}>", EXACT, EXACT.special)

    def shown(self) -> str:
        """The program and the point, to be read and to be pasted."""
        point = ", ".join(f"{n}={x.tolist() if hasattr(x, 'tolist') else x!r}" for n, x in self.named())
        return f"{self.source}\n# {self.operator} at {point} ({self.where}, {self.dtype})"

    def named(self) -> list[tuple[str, Any]]:
        return list(zip(self.names, self.args, strict=True))


def compiled(source: str, name: str, np: Any, functions: Any) -> Callable[..., Any]:
    """The function f of this text, with `np` and `special` as these namespaces."""
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    names: dict[str, Any] = {"np": np, "special": functions}
    exec(compile(source, name, "exec"), names)
    return names["f"]
