"""What a learning rule is: a direction in which to change the parameters, and a promise of what that direction is."""

from __future__ import annotations

import importlib
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from symdiff.errors import InputError
from symdiff.nets.activations import suggestion

if TYPE_CHECKING:
    from symdiff.learn.contracts import Contract
    from symdiff.nets.mlp import MLP, Params

Promise = Literal["exact", "truncating", "unbiased", "surrogate", "another objective"]


@dataclass(frozen=True, slots=True)
class Step:
    """What a rule says about one batch.

    Attributes:
        direction: a pytree like the parameters: what stands where the gradient stands. An optimizer descends along
            it. Rules that move the parameters themselves return what to subtract: params minus the new ones.
        loss: the rule's own loss on this batch, before the step.
        state: what the rule carries to its next step: generator states, feedback matrices, counters. A pytree of
            arrays, numbers and texts, so that it can be saved.
    """

    direction: Any
    loss: float
    state: Any


class Rule(ABC):
    """One way to learn. A subclass with a name is known by it to `rule` and `train`.

    Attributes:
        name: by which it is asked for.
        promise: what its direction is: "exact", the gradient of the risk; "truncating", up to the error of finite
            steps; "unbiased", the gradient in the mean over its probes; "surrogate", something else in the gradient's
            place; "another objective", the gradient of something else.
        words: one sentence for tables.
        moves: whether the direction is the step itself, to be taken as it is (the optimizer "none").
    """

    name: ClassVar[str]
    promise: ClassVar[Promise]
    words: ClassVar[str]
    moves: ClassVar[bool] = False

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "name" in vars(cls):
            known = RULES.get(cls.name, cls)  # a dataclass with slots is made twice
            if (known.__module__, known.__qualname__) != (cls.__module__, cls.__qualname__):
                raise InputError(f"a rule of the name {cls.name!r} is there already: {known.__qualname__}")
            RULES[cls.name] = cls

    def start(self, net: MLP, params: Params, seed: int) -> Any:
        """The state before the first step."""
        return None

    @abstractmethod
    def step(self, net: MLP, params: Params, X: Any, y: Any, state: Any) -> Step:
        """The direction on one batch: X of shape (N, d_0), y as the net's loss takes it."""

    def predict(self, net: MLP, params: Params, X: Any) -> Any:
        """The outputs of the last layer, shape (N, d_n); for classes, the largest one is the answer."""
        return net.forward(params, X)[f"z{net.depth}"]

    def check(self, net: MLP, params: Params, X: Any, y: Any, seed: int = 0) -> Contract:
        """Whether the direction is what this rule promises, on this net and this batch."""
        from symdiff.learn.promises import check

        return check(self, net, params, X, y, seed)

    def cost(self, parameters: int) -> str:
        """What a step costs, in words: "1 gradient", "200 values"."""
        return ""

    def relative_error(self, parameters: int) -> float | None:
        """E|d - g|^2 / |g|^2 of the direction d and the gradient g, where theory knows it: (d + 1)/n for n Gaussian
        probes of d parameters."""
        return None


RULES: dict[str, type[Rule]] = {}
"""The rules by name, those whose modules have been imported; `rule` imports all of symdiff's own."""

_MODULES = (
    "backprop", "feedback", "differences", "forward_forward", "evolution", "mu_lambda", "cma_es", "spsa",
    "forward_gradient",
)  # fmt: skip


def rule(name: str | Rule, **options: Any) -> Rule:
    """A rule by its name.

    Args:
        name: such as "backprop"; a `Rule` is returned as it is.
        options: of that rule.

    Raises:
        InputError: a name that is not known (the message has the nearest), or an option that it does not have.

    >>> rule("backprop").promise
    'exact'
    """
    if isinstance(name, Rule):
        if options:
            raise InputError(f"{', '.join(options)} given with a rule that is made already: give them where it is made")
        return name
    known = load()
    if name not in known:
        raise InputError(f"rule {name!r} is not known{suggestion(name, sorted(known))}")
    try:
        return known[name](**options)
    except TypeError as e:
        raise InputError(f"rule {name!r}: {e}") from e


def load() -> dict[str, type[Rule]]:
    """Every rule by name, symdiff's own all imported."""
    for module in _MODULES:
        importlib.import_module(f"symdiff.learn.{module}")
    return RULES
