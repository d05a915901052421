"""The empirical risk of a net: a function like any other, that knows what it is the risk of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from symdiff.errors import InputError
from symdiff.inputs.made import made_by
from symdiff.nets.arguments import checked_inputs, checked_parameters, finite_rows
from symdiff.nets.losses import LOSSES

if TYPE_CHECKING:
    from symdiff.nets.mlp import MLP


@dataclass(frozen=True, eq=False)
class Risk:
    """Q(w) = 1/N sum_n L(f(x_n, w), y_n) + l2/2 sum W^2, the mean over the rows of a batch.

    Called with (params, X, y): X of shape (N, d_0), y as the loss takes it.
    """

    net: MLP

    @property
    def __name__(self) -> str:
        return "risk"

    def __call__(self, params: Any, X: Any, y: Any) -> Any:
        """The risk of these parameters on this batch."""
        return made_by(self.of_data(*self.data(params, X, y)), self, (params, _array(X), _array(y)))

    def towards(self, target: Any, params: Any, X: Any, shifts: dict[str, Any] | None = None) -> Any:
        """The risk for a target and arguments that have been checked; `shifts` are those of `MLP.layers`."""
        z = self.net.layers(params, X, shifts)[f"z{self.net.depth}"]
        risk = np.sum(self.net.loss.each(z, target)) / np.shape(X)[0]
        return risk + self.net.penalty(params) if self.net.l2 else risk

    @cached_property
    def leaf_names(self) -> dict[str, str]:
        """The lecture's names for the parameters, by their paths: `{"params[0]['W']": "W1", ...}`."""
        return {f"params[{i}][{k!r}]": f"{k}{i + 1}" for i in range(self.net.depth) for k in ("W", "b")}

    def explain(
        self, args: Sequence[Any], operator: str, found: Sequence[np.ndarray], right: Sequence[np.ndarray]
    ) -> str:
        """Which layer and op a claimed gradient has wrong (see `crosscheck.claimed.explained`, `nets.diagnosis`)."""
        from symdiff.nets.diagnosis import diagnose

        first = int(operator == "value_and_grad")
        return diagnose(self, args, found[first:], right[first:]) if operator in ("grad", "value_and_grad") else ""

    def smaller(self, args: Sequence[Any]) -> Iterator[tuple[Risk, tuple[Any, ...], str]]:
        """The risk of the same net in small: see `crosscheck.large.small` and `nets.small`."""
        from symdiff.nets.small import smaller

        return smaller(self, args)

    def target(self, y: Any, count: int) -> Any:
        """The labels as an array of shape (N, d_n), checked."""
        if not np.shape(y) or np.shape(y)[0] != count:
            raise InputError(f"y has shape {np.shape(y)}: expected a label for each of the {count} rows of X")
        finite_rows(y, "y")
        return self.net.loss.target(y, count, self.net.widths[-1])

    def data(self, params: Any, X: Any, y: Any) -> tuple[Any, Any, Any]:
        """The arguments checked, X and the target as arrays: what `of_data` takes. Raises what a call raises."""
        checked_parameters(self.net.widths, params)
        X, y = _array(X), _array(y)
        return params, X, self.target(y, checked_inputs(self.net.widths[0], X))

    def of_data(self, params: Any, X: Any, target: Any) -> Any:
        """The risk for what `data` returned: nothing is decided by the numbers any more."""
        return self.towards(target, params, X)

    @property
    def __symdiff_data__(self) -> Any:
        """For the operators: how a new batch is checked, so that the recording of `of_data` serves it like the last
        one. None where a loss of the caller's own may look at the target."""
        return self.data if type(self) is Risk and any(self.net.loss is known for known in LOSSES.values()) else None

    __symdiff_prepared__ = of_data


def _array(value: Any) -> Any:
    """A list of rows as an array; arrays and recorded values as they are."""
    return np.asarray(value) if isinstance(value, list | tuple | int | float) else value
