"""Empirical risk minimisation: minibatches, a rule's direction, an optimizer's step, and a record of it all."""

from __future__ import annotations

import copy
import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from symdiff.errors import DomainError, InputError
from symdiff.learn.arguments import Data, checked_fit, divided, examples, in_one_dtype
from symdiff.learn.backprop import Backprop
from symdiff.learn.history import Divergence, History, Probe
from symdiff.learn.lbfgs import by_lbfgs
from symdiff.learn.optimizers import LBFGS, SGD, Optimizer
from symdiff.learn.optimizers import optimizer as find_optimizer
from symdiff.learn.rule import Rule
from symdiff.learn.rule import rule as find_rule
from symdiff.learn.scores import record
from symdiff.learn.vectors import by_layer, cosine, packed, unpacker
from symdiff.nets.arguments import checked_parameters, whole
from symdiff.pytrees import flatten

if TYPE_CHECKING:
    from symdiff.nets.mlp import MLP, Params

PROBED = 256  # examples that the angles at probes are measured on
Callback = Callable[[History], Any]


def train(
    net: MLP, X: Any, y: Any, rule: str | Rule = "backprop", optimizer: str | Optimizer | None = None, *,
    epochs: int = 30, batch: int = 32, lr: float | None = None, seed: int = 0, params: Params | None = None,
    validation: float | tuple[Any, Any] | None = None, patience: int | None = None,
    probe: int | None = None, probed: str | Rule | Sequence[str | Rule] = (), callback: Callback | None = None,
    score: bool = True, progress: bool = False, resume: History | str | Path | None = None,
) -> History:  # fmt: skip
    """Minimise the risk of a net over a training set.

    The same seed gives the same run, bit for bit: initial parameters, batches, the rule's random numbers.

    Args:
        net: a multilayer perceptron, `sd.mlp(...)`.
        X, y: the training set, X of shape (N, d_0), y as the net's loss takes it.
        rule: the name of a rule (`sd.learn.RULES`), or one with options: `sd.learn.rule("backprop", method="jax")`.
        optimizer: "sgd", "momentum", "adam" (the default); "none" for rules that move the parameters themselves, and
            the default there; "lbfgs" for SciPy's, which takes the whole training set at each of its `epochs`.
        epochs: how often the training set is gone through, those of a resumed run included.
        batch: examples of a step; the last step of an epoch takes what is left.
        lr: the learning rate; by default the optimizer's (adam 0.001, the others 0.01).
        seed: of everything that is drawn.
        params: to start from, by default `net.init(seed)`; the run computes in their dtype.
        validation: a part of the training set to keep for validation (0.2), or (X, y).
        patience: stop when the validation loss (training loss without one) has not fallen for so many epochs.
        probe: every so many steps, the cosine between the direction and the gradient of the risk on the first 256
            examples, layer by layer.
        probed: the rules that are asked at a probe; by default the one that trains.
        callback: called with the history after each epoch; what it returns is the end of it if it is True.
        score: whether to measure the accuracy on the training set after each epoch.
        progress: a bar on stderr.
        resume: a history, or the path of a saved one, to go on with.

    Returns:
        A `History`. A run that leaves the floats stops there, with a warning; `history.diverged` has the step and the
        norm, and `history.params` is the last good state.

    Raises:
        InputError: an unknown rule or optimizer, arguments that are none, data that do not fit the net.

    >>> import symdiff as sd
    >>> X, y = sd.nets.data.xor()
    >>> net = sd.mlp([2, 4, 2], "tanh", "softmax_cross_entropy")
    >>> history = train(net, X, y, epochs=300, batch=4, lr=0.05, seed=1)
    >>> history.accuracies[-1], history.losses[-1] < 0.05
    (1.0, True)
    """
    chosen = find_rule(rule)
    for name, value in (("epochs", epochs), ("batch", batch), ("patience", patience), ("probe", probe)):
        if value is not None or name in ("epochs", "batch"):
            whole(name, value)
    whole("seed", seed, 0)
    if callback is not None and not callable(callback):
        raise InputError(f"callback={callback!r}: expected a function of the history")
    data, kept = divided(examples(net, X, y), validation, int(seed))
    if params is None:
        params = net.init(seed, dtype=data[0].dtype if data[0].dtype.kind == "f" else np.float64)
    checked_parameters(net.widths, params)
    data, kept = in_one_dtype(data, params) or data, in_one_dtype(kept, params)
    checked_fit(net, params, chosen, data, kept)
    if optimizer == LBFGS:
        if resume is not None or lr is not None or probe is not None:
            raise InputError("optimizer 'lbfgs' takes no lr, probe or resume: it has a line search, and no state")
        return by_lbfgs(net, params, *data, chosen, epochs, int(seed), kept, callback, score)
    settings = {"seed": int(seed), "batch": int(batch), "examples": len(data[0])}
    steps = _optimizer(optimizer, lr, chosen)
    asked = [find_rule(r) for r in ([probed] if isinstance(probed, str | Rule) else probed) or [chosen]]
    own = next((r.name for r in (chosen, *asked) if r.promise == "another objective"), "")
    if probe is not None and own:
        raise InputError(f"probe={probe}: {own} has an objective of its own, and no angle to the gradient of the risk")
    run = _Run(net, chosen, steps, data, kept, asked, probe, History(chosen.name, steps.name, settings, params))
    run.scored = data if score else None
    if resume is not None:
        run.go_on(resume if isinstance(resume, History) else History.load(resume))
    with np.errstate(all="ignore"), _bar(progress, epochs, chosen.name) as shown:
        run.through(epochs, patience, callback, shown)
    return run.history


class _Run:
    """A training run between two steps."""

    def __init__(
        self, net: MLP, rule: Rule, optimizer: Optimizer, data: Data, kept: Data | None,
        asked: Sequence[Rule], probe: int | None, history: History,
    ) -> None:  # fmt: skip
        self.net, self.rule, self.optimizer, self.kept = net, rule, optimizer, kept
        self.X, self.y = data
        self.asked, self.probe, self.history = asked, probe, history
        self.unpack = unpacker(history.params)
        self.w = packed(history.params)
        self.starts = np.cumsum([0, *(v.size for v in by_layer(history.params))])[:-1]  # of the layers in w
        seed = history.settings["seed"]
        history.params = self.unpack(self.w)
        self.carried = {"optimizer": optimizer.start(self.w), "rule": rule.start(net, history.params, seed)}
        # a probe asks with the numbers of the run itself, where it is the run's rule that is asked
        self.probes = [None if r is rule else r.start(net, history.params, seed) for r in asked] if probe else []
        self.scored: Data | None = None

    def go_on(self, with_: History) -> None:
        """From where another run stopped."""
        mine = self.history
        for what, was, is_ in (("rule", with_.rule, mine.rule), ("optimizer", with_.optimizer, mine.optimizer),
                               ("settings", with_.settings, mine.settings)):  # fmt: skip
            if was != is_:
                raise InputError(f"resume: the run to go on with had {what} {was!r}, this one has {is_!r}")
        if with_.diverged or not with_.state:
            raise InputError(f"resume: there is nothing to go on with ({with_})")
        self.history = copy.deepcopy(with_)
        self.history.stopped = ""
        if [np.shape(v) for v in flatten(with_.params)[0]] != [np.shape(v) for v in flatten(mine.params)[0]]:
            raise InputError(f"resume: the run to go on with had another net than {self.net}")
        self.w = packed(self.history.params)
        self.carried = self.history.state

    def through(self, epochs: int, patience: int | None, callback: Callback | None, shown: Callback) -> None:
        """Epoch by epoch, until something says stop."""
        history = self.history
        while not history.stopped:
            if history.epochs >= epochs:
                history.stopped = "epochs"
            elif self.epoch(history.epochs):
                record(history, self.rule, self.net, self.scored, self.kept)
                shown(history)
                if callback is not None and callback(history) is True:
                    history.stopped = "stopped by the callback"
                elif patience is not None and history.epochs - history.best_epoch >= patience:
                    history.stopped = "patience"

    def epoch(self, number: int) -> bool:
        """Go through the training set once, in an order of its own. False where it left the floats."""
        history = self.history
        size, count = history.settings["batch"], len(self.X)
        order = np.random.default_rng([history.settings["seed"], number]).permutation(count)
        losses, squares = [], np.zeros(len(self.starts))
        for at in range(0, count, size):
            rows = order[at : at + size]
            if self.probe and history.steps % self.probe == 0:
                history.probes.append(Probe(history.steps, self.angles()))
            loss, each = self.step(self.X[rows], self.y[rows])
            norm = math.sqrt(float(np.sum(each)))
            if not (math.isfinite(loss) and math.isfinite(norm)):
                self.stop(loss, norm)
                return False
            losses.append(loss)
            squares += each
        history.losses.append(float(np.mean(losses)))
        history.norms.append(np.sqrt(squares / len(losses)).tolist())
        return True

    def step(self, X: Any, y: Any) -> tuple[float, np.ndarray]:
        """One step, taken only where it stays among the floats: (loss, squared norms of the direction by layer)."""
        history = self.history
        try:
            found = self.rule.step(self.net, history.params, X, y, self.carried["rule"])
        except DomainError:  # a value on the way is no number any more
            return math.nan, np.full(len(self.starts), math.nan)
        direction = packed(found.direction)
        squares = np.add.reduceat(direction * direction, self.starts)
        if not (math.isfinite(found.loss) and np.all(np.isfinite(squares))):
            return found.loss, squares
        w, state = self.optimizer.step(self.w, direction, self.carried["optimizer"])
        if not np.all(np.isfinite(w)):
            return math.inf, squares
        self.w, history.params = w, self.unpack(w)
        self.carried = {"optimizer": state, "rule": found.state}
        history.steps += 1
        history.state = self.carried
        return found.loss, squares

    def stop(self, loss: float, norm: float) -> None:
        """Training has left the floats."""
        history = self.history
        history.stopped, history.diverged = "diverged", Divergence(history.steps + 1, float(loss), float(norm))
        warnings.warn(
            f"training diverged at step {history.steps + 1}: loss {loss:.3g}, norm of the direction {norm:.3g}; the "
            "parameters are those before it. A smaller lr, or inputs of size 1, may help",
            RuntimeWarning,
            stacklevel=5,
        )

    def angles(self) -> dict[str, list[float]]:
        """The cosines between the directions asked for and the gradient of the risk."""
        X, y, params = self.X[:PROBED], self.y[:PROBED], self.history.params
        gradient = by_layer(Backprop().step(self.net, params, X, y, None).direction)
        found = {}
        for asked, state in zip(self.asked, self.probes, strict=True):
            mine = copy.deepcopy(self.carried["rule"] if asked is self.rule else state)
            direction = by_layer(asked.step(self.net, params, X, y, mine).direction)
            found[asked.name] = [cosine(d, g) for d, g in zip(direction, gradient, strict=True)]
        return found


def _optimizer(given: str | Optimizer | None, lr: float | None, rule: Rule) -> Optimizer:
    """Adam, unless another one is asked for or the rule moves the parameters itself."""
    if given is None:
        given = "none" if rule.moves else "adam"
    found = find_optimizer(given, lr)
    if rule.moves and not (isinstance(found, SGD) and found.lr == 1.0):
        raise InputError(f"{rule.name} moves the parameters itself: its optimizer is 'none', not {found.name!r}")
    return found


@contextmanager
def _bar(wanted: bool, epochs: int, label: str) -> Iterator[Callback]:
    """A progress bar by epochs on stderr, or nothing."""
    if not wanted:
        yield lambda history: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=epochs)
        yield lambda h: bar.update(task, completed=h.epochs, description=f"{label} {h.losses[-1]:.4g}")
