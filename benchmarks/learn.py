"""What the rules of learning reach, each beside a plain baseline: `make bench-learn` writes benchmarks/LEARN.md.

    python -m benchmarks.learn                  everything, the page and its figure (minutes)
    python -m benchmarks.learn --only digits    the part with this word in its name; writes nothing
    python -m benchmarks.learn --short          one seed and a tenth of the epochs; writes nothing

All of it is seeded: the same versions on the same machine give the same accuracies. Seconds are of CPU.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

import symdiff as sd
from benchmarks import learn_series
from benchmarks.tape.findings import machine
from benchmarks.tape.page import table
from symdiff.learn import directions
from symdiff.learn.recipes import RECIPES, baseline, data, learn
from symdiff.learn.train import train

PAGE, FIGURE = Path(__file__).parent / "LEARN.md", Path(__file__).parent / "learn.svg"
SHORT = 10
FEEDBACK = ("backprop", "feedback_alignment", "direct_feedback_alignment")
DIGITS = {
    "backprop": 0.978, "direct_feedback_alignment": 0.970, "feedback_alignment": 0.968, "forward_forward": 0.972,
    "evolution": 0.962, "mu_lambda": 0.950,
}  # fmt: skip
QUICK = (*FEEDBACK, "jax", "symbolic", "evolution", "mu_lambda", "cma_es", "spsa", "forward_gradient")
HEAD = """# What the rules of learning reach

Written by `make bench-learn`; not edited by hand. Everything is seeded and has a plain baseline beside it; nothing is
downloaded. `symdiff learn digits --rule all` trains the same recipes (`symdiff/learn/recipes.py`), seconds are of CPU
on one thread. Goals are those that the work began with.
"""


@dataclass(frozen=True)
class Row:
    """One goal: what was found, in words, and whether that is enough."""

    task: str
    found: str
    goal: str
    met: bool
    baseline: str = "-"


@dataclass(frozen=True)
class Size:
    """How much is done: the seeds, and by how much the epochs are cut."""

    seeds: int = 5
    cut: int = 1

    def epochs(self, full: int) -> int:
        return max(1, full // self.cut)


def digits(size: Size) -> list[Row]:
    """The test accuracy of six rules, and how long all of them take."""
    plain = np.mean([baseline("digits", seed) for seed in range(size.seeds)])
    rows, total = [], 0.0
    for name, goal in DIGITS.items():
        start = time.process_time()
        epochs = size.epochs(RECIPES["digits"][name].epochs)
        found = [learn("digits", name, seed, epochs=epochs).accuracy for seed in range(size.seeds)]
        seconds = (time.process_time() - start) / size.seeds
        total += seconds
        text = f"{np.mean(found):.4f} (least {min(found):.4f}, {seconds:.1f} s)"
        rows.append(Row(f"digits, {name}", text, f">= {goal}", bool(np.mean(found) >= goal),
                        f"logistic regression {plain:.4f}"))  # fmt: skip
    return [*rows, Row("digits, all six, one seed", f"{total:.1f} s", "<= 20 s", total <= 20.0)]


def points(size: Size) -> list[Row]:
    """XOR, how often it is solved; spirals, the test accuracy."""
    rows, tries = [], 4 * size.seeds
    strategies = ["evolution", "mu_lambda", *(["cma_es"] if find_spec("cma") else [])]
    for name in ("backprop", *strategies):
        epochs = size.epochs(RECIPES["xor"][name].epochs)
        solved = sum(learn("xor", name, seed, epochs=epochs).accuracy == 1.0 for seed in range(tries))
        needed = tries if name != "backprop" else tries - tries // 10
        rows.append(Row(f"XOR, {name}", f"{solved}/{tries} solved", f">= {needed}/{tries}", solved >= needed,
                        f"logistic regression {baseline('xor'):.2f} of the points"))  # fmt: skip
    plain = np.mean([baseline("spirals", seed) for seed in range(size.seeds)])
    for name in FEEDBACK:
        epochs = size.epochs(RECIPES["spirals"][name].epochs)
        found = [learn("spirals", name, seed, epochs=epochs).accuracy for seed in range(size.seeds)]
        rows.append(Row(f"spirals, {name}", f"{np.mean(found):.4f} (least {min(found):.4f})", ">= 0.99",
                        bool(np.mean(found) >= 0.99), f"logistic regression {plain:.4f}"))  # fmt: skip
    return rows


def series(size: Size) -> list[Row]:
    """Echo state networks: NARMA10, Mackey-Glass running free, and the readout."""
    return [Row(*row) for row in learn_series.goals(size.seeds, short=size.cut > 1)]


def at_one_point(page: list[str]) -> list[Row]:
    """The table of directions, and how long it takes once everything is compiled."""
    X, y, *_ = data("digits", 0)
    net = sd.mlp([64, 32, 32, 10], "tanh", "softmax_cross_entropy")
    params = net.init(0)
    slow = [sd.learn.rule("forward_gradient", probes=100), sd.learn.rule("spsa", probes=100), "finite_differences"]
    directions(net, params, X[:256], y[:256], QUICK)  # compiles
    start = time.process_time()
    found = directions(net, params, X[:256], y[:256], QUICK)
    seconds = time.process_time() - start
    page += ["", "## Directions", "", "```", str(found), "```", ""]
    many = directions(net, params, X[:256], y[:256], slow, draws=30)
    near = many["forward_gradient"]
    d = many.parameters
    error = near.variance + max(0.0, near.bias**2 - near.by_chance**2)
    page += ["With a hundred probes each, and what costs values for every parameter:", "", "```", str(many), "```"]
    what, theory = "directions on [64, 32, 32, 10], all but the O(d) ones, after compiling", (d + 1) / 100
    return [
        Row(what, f"{seconds:.2f} s", "< 2 s", seconds < 2.0),
        Row("forward gradient of 100 probes, its squared error over the gradient's square", f"{error:.1f}",
            f"(d + 1)/n = {theory:.1f} +- 10 %", bool(abs(error / theory - 1.0) <= 0.1)),
    ]  # fmt: skip


def alignment(size: Size, page: list[str]) -> list[Row]:
    """Does a net come to agree with its feedback? Only the one that is trained by it."""
    net = sd.mlp([64, 32, 32, 10], "tanh", "softmax_cross_entropy")
    epochs, curves = size.epochs(31), {}
    for by in ("direct_feedback_alignment", "backprop"):
        runs = []
        for seed in range(size.seeds):
            X, y, *_ = data("digits", seed)
            steps = -(-len(X) // 32)
            history = train(net, X, y, by, epochs=epochs, seed=seed, probe=steps, score=False,
                            probed=["direct_feedback_alignment"])  # fmt: skip
            runs.append([p.cosines["direct_feedback_alignment"][:2] for p in history.probes])
        curves[by] = np.array(runs)  # seeds, epochs, hidden layers
    draw(curves, FIGURE if size.cut == 1 else None)
    own, other = (np.mean(curves[by][:, -1], axis=0) for by in curves)
    says = "The cosine between direct feedback alignment and the gradient in both hidden layers, of nets trained by it "
    says += f"and of nets trained by backpropagation: the mean of {size.seeds} seeds, and their range."
    page += ["", "## Alignment", "", says, "", "![alignment](learn.svg)"]
    words = [", ".join(f"{c:.2f}" for c in cosines) for cosines in (own, other)]
    return [
        Row(f"hidden cosines at epoch {epochs - 1}, trained by direct feedback", words[0], ">= 0.4",
            bool(np.min(own) >= 0.4), f"trained by backprop {words[1]}"),
        Row("the same, trained by backprop", words[1], "within 0.2", bool(np.max(np.abs(other)) <= 0.2)),
    ]  # fmt: skip


def draw(curves: dict[str, np.ndarray], path: Path | None) -> None:
    """The figure; nothing without a path."""
    if path is None:
        return
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.0, 3.2), layout="constrained")
    for k, (axes, (by, runs)) in enumerate(zip(figure.subplots(1, 2, sharey=True), curves.items(), strict=True)):
        for layer in range(runs.shape[2]):
            at, mean = np.arange(runs.shape[1]), np.mean(runs[:, :, layer], axis=0)
            axes.fill_between(at, *np.quantile(runs[:, :, layer], [0.0, 1.0], axis=0), color=f"C{layer}", alpha=0.2)
            axes.plot(at, mean, color=f"C{layer}", label=f"hidden layer {layer + 1}")
        axes.axhline(0.0, color="0.7", linewidth=0.8)
        axes.set(title=f"trained by {by.replace('_', ' ')}", xlabel="epoch")
        axes.set_ylabel("" if k else "cosine to the gradient")
        axes.legend(fontsize=8, loc="upper left")
    figure.savefig(path, metadata={"Date": None})


def document(rows: Sequence[Row], page: Sequence[str]) -> str:
    """The page: the goals, then the rest."""
    body = [(r.task, r.found, r.goal, "met" if r.met else "MISSED", r.baseline) for r in rows]
    lines = [HEAD, f"{machine()}.", "", *table(("task", "found", "goal", "", "baseline"), body), *page, ""]
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", metavar="WORD", help="the part with this word in its name; writes nothing")
    parser.add_argument("--short", action="store_true", help="one seed, a tenth of the epochs; writes nothing")
    options = parser.parse_args(argv)
    size = Size(1, SHORT) if options.short else Size()
    page: list[str] = []
    parts: dict[str, Callable[[], Any]] = {
        "digits": lambda: digits(size), "points": lambda: points(size), "series": lambda: series(size),
        "directions": lambda: at_one_point(page), "alignment": lambda: alignment(size, page),
    }  # fmt: skip
    rows: list[Row] = []
    for name, part in parts.items():
        if not options.only or options.only in name:
            new = part()
            rows += new
            for r in new:
                print(f"{'met' if r.met else 'MISSED':<7}{r.task}: {r.found}; goal {r.goal}; {r.baseline}", flush=True)
    print("\n".join(page))
    if not options.only and not options.short:
        PAGE.write_text(document(rows, page), encoding="utf-8")
    return int(not all(row.met for row in rows))


if __name__ == "__main__":
    raise SystemExit(main())
