"""The two series tasks as they are measured: an echo state network, and what is plain beside it.

NARMA10: y_t from u_t, u_{t-1}, ...; 2000 steps to learn from, 3000 to be tested on. Mackey-Glass: 3000 steps to learn
from, then 50 free runs of 84 steps from starts that lie 60 apart, and the error at the end of each (NRMSE84, as in
Jaeger and Haas 2004, who report 6e-5 for 1000 units).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from symdiff.errors import InputError
from symdiff.learn.baselines import Autoregression, autoregression
from symdiff.learn.contracts import Contract
from symdiff.learn.reservoir import EchoStateNetwork
from symdiff.learn.series import mackey_glass, narma10, nrmse
from symdiff.nets.activations import suggestion
from symdiff.nets.arguments import whole

NARMA_TRAIN, NARMA_STEPS, NARMA_SCALE = 2000, 5000, (2.0, 0.5)  # 2 u - 0.5 lies around zero
GLASS_TRAIN, HORIZON, STARTS, APART = 3000, 84, 50, 60
SHOWN = 200  # steps of a picture


@dataclass(frozen=True, slots=True)
class Recipe:
    """What is known to work on a task: the reservoir, the ridge, and what the number is that is measured; how the task
    is made, once for all seeds, how a reservoir is measured on it, and what plain methods reach."""

    units: int
    options: dict[str, Any]
    ridge: float
    measure: str
    task: Callable[[], Any]
    run: Callable[[Recipe, Any, int], Run]
    baselines: Callable[[Any], dict[str, float]]


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """One reservoir on one task.

    Attributes:
        error: the number that is measured.
        network: fitted.
        learned: u and d of the fit.
        true, shown: a stretch of the test series, and predictions of it by name.
    """

    error: float
    network: EchoStateNetwork
    learned: tuple[np.ndarray, np.ndarray]
    true: np.ndarray
    shown: dict[str, np.ndarray]


@dataclass(frozen=True, slots=True, eq=False)
class Forecast:
    """What was measured: `print` it.

    Attributes:
        task: "narma" or "mackey-glass".
        units: neurons of the reservoir.
        ridge: of the readout.
        measure: what the numbers are, in words.
        errors: one for each seed.
        baselines: the same number for plain methods, by name.
        seconds: of CPU for a seed, states, readout and test together; the series are made before.
        readout: the first seed's, in words.
        contract: whether that readout is the minimum it claims to be; None where it was not asked.
        first: the run of the first seed, for pictures.
    """

    task: str
    units: int
    ridge: float
    measure: str
    errors: tuple[float, ...]
    baselines: dict[str, float]
    seconds: float
    readout: str
    contract: Contract | None
    first: Run

    @property
    def mean(self) -> float:
        """Of the errors over the seeds."""
        return sum(self.errors) / len(self.errors)

    def to_dict(self) -> dict[str, Any]:
        """The same as numbers, names and lists, for JSON."""
        claims = self.contract.claims if self.contract else ()
        return {
            "task": self.task, "units": self.units, "ridge": self.ridge, "measure": self.measure,
            "errors": list(self.errors), "mean": self.mean, "baselines": self.baselines, "seconds": self.seconds,
            "readout": self.readout,
            "contract": [{"claim": c.what, "found": c.found, "allowed": c.allowed} for c in claims],
        }  # fmt: skip

    def plot(self, path: str | Path) -> Path:
        """Draw the predicted series against the true one into this file. Returns the path.

        Raises:
            UnsupportedError: matplotlib is not installed; it is the optional extra `plot`.
        """
        from symdiff.learn.pictures import forecast

        return forecast(self.first.true, self.first.shown, path)

    def __str__(self) -> str:
        seeds = f"{len(self.errors)} seed{'s' if len(self.errors) > 1 else ''}"
        rows = [(f"echo state network, {self.units} units, mean of {seeds}", self.mean)]
        if len(self.errors) > 1:
            rows.append(("the worst of them", max(self.errors)))
        rows += [(f"baseline: {name}", value) for name, value in self.baselines.items()]
        width = max(len(name) for name, _ in rows)
        lines = [f"{self.task}: {self.measure}", ""]
        lines += [f"{name:<{width}}  {value:.3g}" for name, value in rows]
        lines += ["", self.readout]
        if self.mean >= min(self.baselines.values()):
            lines.append("no better than a plain method: this reservoir has learned nothing that is worth its units")
        if self.contract is not None:
            lines.append(str(self.contract))
        return "\n".join(lines)


def learn_series(
    task: str, units: int | None = None, seeds: int = 1, ridge: float | None = None, check: bool = True
) -> Forecast:
    """Fit echo state networks to a series task and measure them, plain methods beside.

    Args:
        task: "narma" or "mackey-glass".
        units: neurons; by default 200 and 400.
        seeds: how many reservoirs, with seeds 0, 1, ...
        ridge: of the readout; by default what is known to work, 1e-8 and 1e-11. 0 is unregularised.
        check: hold the first readout's gradient against zero three ways, and QR against SVD.

    Raises:
        InputError: an unknown task, numbers that are none, a free run that does not come back.

    >>> found = learn_series("narma", units=50, check=False)
    >>> found.mean < found.baselines["AR(20)"]
    True
    """
    if task not in RECIPES:
        raise InputError(f"task {task!r} is not known{suggestion(task, sorted(RECIPES))}")
    whole("seeds", seeds, 1)
    recipe = RECIPES[task]
    recipe = replace(
        recipe, units=recipe.units if units is None else units, ridge=recipe.ridge if ridge is None else ridge
    )
    made = recipe.task()
    start = time.process_time()
    runs = [recipe.run(recipe, made, seed) for seed in range(seeds)]
    seconds = (time.process_time() - start) / seeds
    first = runs[0]
    contract = first.network.check(*first.learned) if check else None
    return Forecast(
        task, recipe.units, recipe.ridge, recipe.measure, tuple(run.error for run in runs), recipe.baselines(made),
        seconds, str(first.network.readout), contract, first,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class _Narma:
    """The inputs and targets, and the linear model of the training steps."""

    u: np.ndarray
    y: np.ndarray
    linear: Autoregression


def _narma_task() -> _Narma:
    u, y = narma10(NARMA_STEPS)
    return _Narma(u, y, autoregression(u[:NARMA_TRAIN], y[:NARMA_TRAIN]))


def _narma(recipe: Recipe, task: _Narma, seed: int) -> Run:
    u, y = task.u, task.y
    inputs = NARMA_SCALE[0] * u - NARMA_SCALE[1]
    network = EchoStateNetwork(recipe.units, seed=seed, **recipe.options)
    learned = inputs[:NARMA_TRAIN], y[:NARMA_TRAIN]
    network.fit(*learned, ridge=recipe.ridge)
    said, true = network.predict(inputs)[NARMA_TRAIN:], y[NARMA_TRAIN:]
    return Run(nrmse(said, true), network, learned, true[:SHOWN], {
        f"echo state network, {recipe.units} units": said[:SHOWN],
        "AR(20)": _narma_linear(task)[:SHOWN],
    })  # fmt: skip


def _narma_linear(task: _Narma) -> np.ndarray:
    """What the linear model says of the test steps."""
    return task.linear.predict(task.u)[NARMA_TRAIN - task.linear.lags + 1 :]


def _narma_baselines(task: _Narma) -> dict[str, float]:
    learned, true = task.y[:NARMA_TRAIN], task.y[NARMA_TRAIN:]
    return {
        "AR(20)": nrmse(_narma_linear(task), true),
        "the mean": nrmse(np.full(len(true), np.mean(learned)), true),
    }


@dataclass(frozen=True, slots=True, eq=False)
class _Glass:
    """The series around zero, where the free runs start, the values that their last step should be, and the linear
    model of the training steps."""

    x: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    linear: Autoregression


def _glass_task() -> _Glass:
    starts = GLASS_TRAIN + APART * np.arange(STARTS)
    x = mackey_glass(int(starts[-1]) + HORIZON) - 1.0
    return _Glass(x, starts, x[starts + HORIZON - 1], autoregression(x[:GLASS_TRAIN], x[1 : GLASS_TRAIN + 1]))


def _glass(recipe: Recipe, task: _Glass, seed: int) -> Run:
    x, starts = task.x, task.starts
    network = EchoStateNetwork(recipe.units, seed=seed, **recipe.options)
    learned = x[:GLASS_TRAIN], x[1 : GLASS_TRAIN + 1]
    network.fit(*learned, ridge=recipe.ridge)
    last = network.free_run(x[: starts[-1]], HORIZON, starts)[:, -1]
    return Run(_over_the_series(last, task), network, learned, x[GLASS_TRAIN : GLASS_TRAIN + 3 * SHOWN], {
        f"echo state network, {recipe.units} units": network.free_run(x[:GLASS_TRAIN], 3 * SHOWN),
        "AR(20)": task.linear.free_run(x[:GLASS_TRAIN], 3 * SHOWN),
    })  # fmt: skip


def _glass_baselines(task: _Glass) -> dict[str, float]:
    runs = np.array([task.linear.free_run(task.x[:start], HORIZON)[-1] for start in task.starts])
    return {"AR(20)": _over_the_series(runs, task), "persistence": _over_the_series(task.x[task.starts - 1], task)}


def _over_the_series(said: np.ndarray, task: _Glass) -> float:
    """The root mean square error at the ends over the standard deviation of the whole series."""
    return float(np.sqrt(np.mean((said - task.ends) ** 2) / np.var(task.x)))


RECIPES = {
    "narma": Recipe(
        200, {"spectral_radius": 0.95, "input_scale": 0.05, "bias": 0.5}, 1e-8,
        "NARMA10, NRMSE on 3000 test steps", _narma_task, _narma, _narma_baselines,
    ),
    "mackey-glass": Recipe(
        400, {"spectral_radius": 0.9, "input_scale": 1.0, "leak": 0.7}, 1e-11,
        "Mackey-Glass, NRMSE after 84 steps of running free (50 runs)", _glass_task, _glass, _glass_baselines,
    ),
}  # fmt: skip
