"""The tape's forward and reverse mode, one over the other: second and third derivatives along vectors.

The program so far is a function like any other: it can be swept again, or a tangent be pushed through it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Any

import numpy as np

from symdiff.methods.base import basis
from symdiff.methods.modes import FORWARD, REVERSE, gradient_at

if TYPE_CHECKING:
    from symdiff.inputs.recorded import Recorded
    from symdiff.methods.tape.record import Recorder


class Composition:
    """One recording's modes, outermost first (see `methods.modes`)."""

    def __init__(self, recorder: Recorder, modes: tuple[str, ...]) -> None:
        self.recorder, self.modes = recorder, modes

    def entries(self) -> list[Recorded]:
        """The gradient of the derivative along the recorder's tangents."""
        recorder, at = self.recorder, gradient_at(self.modes)
        if not recorder.inputs:
            return []
        left = list(recorder.task.tangents(recorder.vector))
        y = recorder.problem.graph.outputs[0]
        for mode in self.modes[:at:-1]:
            y = self.slope(y, mode, left.pop()).index
        gradient = self.gradient(y)
        for _ in self.modes[:at]:
            gradient = self.pushed([g.index for g in gradient], left.pop())
        return gradient

    def slope(self, y: int, mode: str, tangent: Sequence[Any]) -> Recorded:
        """The derivative of a step along a tangent."""
        if mode == FORWARD:
            return self.pushed([y], tangent)[0]
        return reduce(add, [_total(g * v) for g, v in zip(self.pulled(y), tangent, strict=True)])

    def gradient(self, y: int) -> list[Recorded]:
        if REVERSE in self.modes:
            return self.pulled(y)
        shapes = [self.recorder.graph.nodes[i].shape for i in self.recorder.inputs]
        entries = [self.pushed([y], direction)[0] for direction in basis(shapes)]
        found, start = [], 0
        for shape in shapes:
            size = int(np.prod(shape, dtype=int))
            found.append(np.reshape(np.stack(entries[start : start + size]), shape) if shape else entries[start])  # type: ignore[call-overload]  # recorded values answer NumPy's functions
            start += size
        return found

    def pulled(self, y: int) -> list[Recorded]:
        self.recorder.up_to_date()
        return self.recorder.pulled([y], [1.0])

    def pushed(self, wanted: Sequence[int], tangent: Sequence[Any]) -> list[Recorded]:
        self.recorder.up_to_date()
        return self.recorder.pushed(wanted, dict(zip(self.recorder.inputs, tangent, strict=True)))


def _total(value: Any) -> Any:
    return np.sum(value) if value.shape else value
