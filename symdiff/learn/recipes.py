"""What is known to work: for each data set and each rule a net, an optimizer and how long to train."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from symdiff.errors import InputError
from symdiff.learn.baselines import logistic_regression
from symdiff.learn.data import Split, digits, moons, spirals, split, xor
from symdiff.learn.history import History
from symdiff.learn.rule import Rule, rule
from symdiff.learn.scores import accuracy
from symdiff.learn.train import train
from symdiff.nets.activations import suggestion
from symdiff.nets.mlp import MLP, Params, mlp

LOSS = "softmax_cross_entropy"


@dataclass(frozen=True)
class Recipe:
    """How a rule is asked to learn a data set.

    Attributes:
        hidden: the widths of the hidden layers.
        activation: of the hidden layers.
        optimizer, lr, batch, epochs: as `train` takes them.
        options: of the rule.
        l2: the factor of the penalty on the weights.
    """

    hidden: tuple[int, ...]
    activation: str
    optimizer: str = "adam"
    lr: float | None = 1e-3
    batch: int = 32
    epochs: int = 30
    options: dict[str, Any] = field(default_factory=dict)
    l2: float = 0.0

    def net(self, name: str, inputs: int, classes: int) -> MLP:
        """The net. Forward-forward has the label among its inputs, and no layer of outputs."""
        if name == "forward_forward":
            return mlp([inputs + classes, *self.hidden], [self.activation] * len(self.hidden))
        return mlp([inputs, *self.hidden, classes], self.activation, LOSS, l2=self.l2)


_GRADIENT = Recipe((128, 128), "relu")
_SMALL = Recipe((32, 32), "relu", lr=0.01, epochs=100)
_XOR = Recipe((4,), "tanh", lr=0.01, batch=4, epochs=1000)
_FEEDBACK = ("backprop", "feedback_alignment", "direct_feedback_alignment")

RECIPES: dict[str, dict[str, Recipe]] = {
    "digits": dict.fromkeys(_FEEDBACK, _GRADIENT) | {
        "forward_forward": Recipe((256, 256), "relu", lr=3e-3, batch=64, epochs=40),
        "evolution": Recipe((32,), "tanh", lr=0.01, batch=256, epochs=200, l2=1e-3,
                            options={"sigma": 0.1, "dtype": "float32"}),
        "mu_lambda": Recipe((32,), "tanh", "none", None, 256, 167, {"dtype": "float32"}),
    },
    "moons": dict.fromkeys(_FEEDBACK, _SMALL) | {
        "forward_forward": Recipe((64, 64), "relu", lr=3e-3, batch=32, epochs=100),
        "evolution": Recipe((16, 16), "tanh", lr=0.03, batch=128, epochs=80, options={"sigma": 0.1}),
        "mu_lambda": Recipe((16, 16), "tanh", "none", None, 350, 150, {"sigma": 0.1}),
    },
    "spirals": dict.fromkeys(_FEEDBACK, _SMALL) | {
        "evolution": Recipe((16, 16), "tanh", lr=0.03, batch=350, epochs=300, options={"sigma": 0.1}),
    },
    "xor": dict.fromkeys(_FEEDBACK, _XOR) | {
        "evolution": replace(_XOR, lr=0.05, epochs=300, options={"population": 32, "sigma": 0.1}),
        "mu_lambda": replace(_XOR, optimizer="none", lr=None, epochs=300, options={"sigma": 0.1}),
        "cma_es": replace(_XOR, optimizer="none", lr=None, epochs=100, options={"sigma": 0.5}),
        "spsa": replace(_XOR, lr=0.03, epochs=600, options={"probes": 8}),
        "forward_gradient": replace(_XOR, lr=0.03, epochs=600, options={"probes": 8}),
    },
}  # fmt: skip
TASKS = tuple(RECIPES)


def data(task: str, seed: int) -> Split:
    """X_train, y_train, X_test, y_test of a task; of XOR both are the four points.

    Raises:
        InputError: a task that is not known.
    """
    if task not in RECIPES:
        raise InputError(f"task {task!r} is not known{suggestion(task, TASKS)}")
    if task == "digits":
        return digits(seed)
    if task == "xor":
        return (*xor(), *xor())
    made = moons(1000, noise=0.2, seed=seed) if task == "moons" else spirals(1000, turns=1.5, noise=0.01, seed=seed)
    return split(*made, test=0.3, seed=seed)


@dataclass(frozen=True)
class Outcome:
    """What a rule made of a task with one seed.

    Attributes:
        accuracy: on the test set.
        history: of the training; `curve` has (epoch, test accuracy) at a few epochs where it was asked for.
    """

    net: MLP
    rule: Rule
    accuracy: float
    history: History
    curve: tuple[tuple[int, float], ...] = ()

    @property
    def params(self) -> Params:
        return self.history.params


def learn(
    task: str, name: str, seed: int = 0, *, epochs: int | None = None, points: int = 0, probes: int = 0
) -> Outcome:  # fmt: skip
    """Train one rule on one task by its recipe.

    Args:
        task: "digits", "moons", "spirals", "xor".
        name: of the rule.
        seed: of the split, the parameters, the batches and the rule.
        epochs: other than the recipe's.
        points: at how many epochs to measure the test accuracy on the way.
        probes: how often to measure the angle to the gradient on the way.

    Raises:
        InputError: a task or rule that is not known, a rule without a recipe for the task.
        UnsupportedError: the digits without scikit-learn.

    >>> learn("xor", "backprop", seed=1).accuracy
    1.0
    """
    X, y, X_test, y_test = data(task, seed)
    one = RECIPES[task].get(name)
    if one is None:
        rule(name)  # a name that is not known says so itself
        raise InputError(f"there is no recipe for {name} on {task}: known are {', '.join(RECIPES[task])}")
    chosen = rule(name, **one.options)
    net, total = one.net(name, X.shape[1], int(y.max()) + 1), epochs or one.epochs
    curve: list[tuple[int, float]] = []

    def measure(history: History) -> float:
        return accuracy(chosen, net, history.params, X_test, y_test) or 0.0

    def on_the_way(history: History) -> None:
        if points and (history.epochs % max(1, total // points) == 0 or history.epochs in (1, total)):
            curve.append((history.epochs, measure(history)))

    # the last probe is before the last step; a rule with an objective of its own has no angle to the risk's gradient
    steps = total * -(-len(X) // one.batch)
    probe = max(1, (steps - 1) // max(1, probes - 1)) if probes and chosen.promise != "another objective" else None
    history = train(
        net, X, y, chosen, one.optimizer, epochs=total, batch=one.batch, lr=one.lr, seed=seed, score=False,
        probe=probe, callback=on_the_way,
    )  # fmt: skip
    return Outcome(net, chosen, measure(history), history, tuple(curve))


def baseline(task: str, seed: int = 0) -> float:
    """The test accuracy of logistic regression, with scikit-learn's penalty |W|^2/2N.

    >>> baseline("xor")
    0.5
    """
    X, y, X_test, y_test = data(task, seed)
    return accuracy(rule("backprop"), *logistic_regression(X, y), X_test, y_test) or 0.0
