"""What one check costs beside its peers: `make bench-check` writes benchmarks/CHECK.md.

    python -m benchmarks.check                everything, and the page
    python -m benchmarks.check --only jax     rows with this word in them; writes nothing
    python -m benchmarks.check --rounds 3     fewer rounds; writes nothing

Every runner is a process of its own on one core and one thread, rounds in turn, as in `race`. Every round checks a
function that nobody has seen: what the process has imported and JAX has compiled of its own primitives is warm, the
function is not.
"""

from __future__ import annotations

import argparse
import importlib
import itertools
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.race import Result, Runner, Work, pin, race
from benchmarks.tape.findings import machine
from benchmarks.tape.page import seconds, table
from benchmarks.tape.paired import Ratio, ratio
from benchmarks.trust.battery.case import Case
from benchmarks.trust.checkers import CHECKERS, SYMDIFF, TORCH_SLOW
from benchmarks.trust.records import versions

PAGE = Path(__file__).parent / "CHECK.md"
ROUNDS, WARM = 5, 2
TORCH, SCIPY = TORCH_SLOW, "scipy check_grad"
LAYERS = (128, 256, 256, 10)  # 101,130 parameters
BATCH = 256
FORMULAS = 200
HEAD = """# What a check costs

Written by `make bench-check`; not edited by hand. Each runner is a process of its own, all on one core and one
thread, rounds in turn. A figure is the median over the rounds of the ratio of two times in the same round, with an
interval that holds the true median with 95 percent (all of the range, where the rounds are too few for that). Every
round checks a function that is new to the process: recorded, traced and compiled anew. The checkers have their
defaults: symdiff differentiates by SymPy, by the tape and by JAX, and judges those three and the claim.
"""


@dataclass(frozen=True, slots=True)
class Row:
    """A measured ratio or time, and the goal for it: at most that much."""

    what: str
    measured: str
    value: float
    goal: float
    unit: str = ""

    @property
    def met(self) -> bool:
        return self.value <= self.goal

    def cells(self) -> tuple[str, ...]:
        missed = f"MISSED, {self.value / self.goal:.3g} times the goal"
        return self.what, self.measured, f"<= {self.goal:g}{self.unit}", "met" if self.met else missed


# -- what is timed ---------------------------------------------------------------------------------------


def asked(checker: str, size: int, methods: str = "") -> Work:
    """A right gradient by hand of Rosenbrock's function of `size` numbers, asked of a checker of the scoreboard."""
    of = CHECKERS[checker]
    module = importlib.import_module(f"benchmarks.trust.checkers.{of.module}")
    x = np.random.default_rng(0).uniform(0.5, 1.5, size)
    steepness = itertools.count(100.0)
    prepared: list[Callable[[], Any]] = []

    def prepare() -> None:
        f, gradient = rosenbrock(next(steepness))
        prepared[:] = [module.prepare(Case("Rosenbrock", "", "right", f, gradient, (x,), ""), methods or of.kind)]

    return Work(lambda: float(prepared[0]().outcome == "accepts" or checker == SCIPY), before=prepare)


def rosenbrock(a: float) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Rosenbrock's function with `a` for its 100, another function for every `a`, and its gradient by hand."""

    def f(np: Any, x: Any) -> Any:
        return np.sum(a * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)

    def gradient(np: Any, x: Any) -> Any:
        d, zero = x[1:] - x[:-1] ** 2, np.zeros(1)
        first = -4 * a * x[:-1] * d - 2 * (1 - x[:-1])
        return np.concatenate([first, zero]) + np.concatenate([zero, 2 * a * d])

    return f, gradient


def network() -> tuple[Callable[[Any], Any], list[Any]]:
    """A JAX loss of a hundred thousand parameters, in JAX's own float32."""
    import jax
    import jax.numpy as jnp

    rng = np.random.default_rng(0)
    data = jnp.asarray(rng.normal(size=(BATCH, LAYERS[0])), jnp.float32)
    labels = jax.nn.one_hot(rng.integers(0, LAYERS[-1], BATCH), LAYERS[-1])
    params = [
        (jnp.asarray(rng.normal(size=(m, n)) / m**0.5, jnp.float32), jnp.zeros(n, jnp.float32))
        for m, n in itertools.pairwise(LAYERS)
    ]

    def loss(params: Any) -> Any:
        z = data
        for w, b in params[:-1]:
            z = jnp.tanh(z @ w + b)
        w, b = params[-1]
        return -jnp.mean(jnp.sum(labels * jax.nn.log_softmax(z @ w + b), axis=1))

    return loss, params


def network_gradient() -> Work:
    """One gradient of it by JAX, compiled before."""
    import jax

    loss, params = network()
    gradient = jax.jit(jax.grad(loss))
    return Work(lambda: float(jax.block_until_ready(gradient(params))[0][0][0, 0]), repeat=5)


def network_compiled() -> Work:
    """Tracing and compiling that gradient."""
    import jax

    def compiled() -> float:
        loss, params = network()
        jax.jit(jax.grad(loss)).lower(params).compile()
        return 1.0

    return Work(compiled)


def network_checked(methods: str = "") -> Work:
    """The check of it, by these methods or the defaults."""
    import symdiff as sd

    some = tuple(methods.split(",")) if methods else None

    def checked() -> float:
        loss, params = network()
        return float(sd.crosscheck(loss, params, methods=some).ok)

    return Work(checked)


def plugin() -> float:
    """Seconds to load the pytest plugin into a process that has pytest."""
    code = "import pytest, time; t = time.perf_counter(); import symdiff.pytest_plugin; print(time.perf_counter() - t)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return float(done.stdout)


def manifest() -> str:
    """Two hundred formulas of two variables."""
    outer = (
        "sin(u)", "exp(-u)", "log(1 + u**2)", "tanh(u)", "sqrt(1 + u**2)", "atan(u)", "u**3", "1/(1 + u**2)",
        "u*exp(-u**2)", "erf(u)",
    )  # fmt: skip
    inner = (
        "x*y", "x - y", "x**2 + y**2", "x/y", "x*exp(-y)", "x*sin(y)", "sqrt(x*y)", "x**y", "log(x + y)", "x + y**3",
        "(x - 1)*(y + 2)", "x*y - x**2", "hypot(x, y)", "atan2(y, x)", "2*x - y/3", "x*tanh(y)", "x**2/y",
        "cosh(x - y)", "x/(1 + y)", "x*log(y)",
    )  # fmt: skip
    each = itertools.product(inner, outer)
    lines = [f'[formula.f{k}]\nexpr = "u = {u}; {f}"\n' for k, (u, f) in enumerate(itertools.islice(each, FORMULAS))]
    return "[defaults]\npoints = 1\nrange = { x = [1, 2], y = [1, 2] }\n\n" + "\n".join(lines)


def manifest_checked() -> float:
    """Seconds that the shell takes for them with two processes, on two cores where there are two."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "many.symdiff.toml"
        file.write_text(manifest(), encoding="utf-8")
        command = [sys.executable, "-m", "symdiff", "check", str(file), "--jobs", "2"]
        start = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        took = time.perf_counter() - start
    if done.returncode:
        raise SystemExit(f"the manifest: exit code {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return took


# -- the rows --------------------------------------------------------------------------------------------


def rosenbrocks(rounds: int) -> Iterator[Row]:
    """Gradients by hand of 10 and of 1,000 numbers."""
    for size, goals in ((10, {SCIPY: 20.0, TORCH: 1.0}), (1_000, {TORCH: 0.1})):
        who = [Runner(name, "asked", (name, size), rounds, WARM, "check") for name in (SYMDIFF, *goals)]
        tape = Runner("tape", "asked", (SYMDIFF, size, "tape"), rounds, WARM, "check")
        found = race([*who, tape])
        _all_said_yes(found)
        for (name, by), methods in itertools.product(goals.items(), (SYMDIFF, "tape")):
            only = ", with the tape only" if methods == "tape" else ""
            yield _row(f"{size:,} numbers / {name}{only}", found[methods], found[name], by)


def networks(rounds: int) -> Iterator[Row]:
    """The JAX loss: what a check takes beyond one compilation, in gradients."""
    runners = [
        Runner("check", "network_checked", (), rounds, 1, "check"),
        Runner("jax only", "network_checked", ("jax",), rounds, 1, "check"),
        Runner("gradient", "network_gradient", (), rounds, 1, "check"),
        Runner("compile", "network_compiled", (), rounds, 1, "check"),
    ]
    found = race(runners)
    _all_said_yes({k: found[k] for k in ("check", "jax only")})
    for name, only in (("check", ""), ("jax only", ", with JAX only")):
        wall, cpu = (
            [a - b for a, b in zip(getattr(found[name], t), getattr(found["compile"], t), strict=True)]
            for t in ("wall", "cpu")
        )
        beyond = Result(wall, cpu)
        what = f"a JAX loss of 100,000 parameters / one JAX gradient, one compilation taken off{only}"
        yield _row(what, beyond, found["gradient"], 20.0)


def loading(rounds: int) -> Iterator[Row]:
    """The pytest plugin; the fastest load counts, as what others do on the machine only slows it down."""
    took = min(plugin() for _ in range(rounds))
    yield Row("loading the pytest plugin", seconds(took), 1e3 * took, 30.0, " ms")


def formulas(rounds: int) -> Iterator[Row]:
    """The manifest, once: it is many checks."""
    took = manifest_checked()
    yield Row(f"{FORMULAS} formulas of a manifest, two processes", seconds(took), took, 20.0, " s")


GROUPS: dict[str, Callable[[int], Iterator[Row]]] = {
    "plugin": loading, "manifest": formulas, "rosenbrock": rosenbrocks, "jax": networks,
}  # fmt: skip


def _row(what: str, above: Result, under: Result, goal: float) -> Row:
    found = ratio(above.wall, under.wall, (above.cpu, under.cpu))
    return Row(what, told(found), found.median, goal)


def told(found: Ratio) -> str:
    """The ratio, its interval, and the other clock's where the two are apart."""
    other = f"; by {'CPU' if found.by == 'clock' else 'the clock'} {found.other:.3g}" if found.noisy else ""
    return f"{found.median:.3g} ({found.low:.3g} to {found.high:.3g}){other}"


def _all_said_yes(found: dict[str, Result]) -> None:
    refused = [name for name, result in found.items() if result.answer != 1.0]
    if refused:
        raise SystemExit(f"a right derivative is not accepted by {', '.join(refused)}: nothing is timed")


def document(rows: Sequence[Row], rounds: int) -> str:
    """The page."""
    checkers = [CHECKERS[name] for name in (SYMDIFF, TORCH, SCIPY)]
    lines = [HEAD, f"- {machine()}", f"- {versions(checkers)}", f"- {rounds} rounds", ""]
    lines += table(("time / time of a peer", "measured", "goal", ""), (row.cells() for row in rows))
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.check", description="What one check costs.")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often each is measured")
    parser.add_argument("--only", default="", metavar="WORD", help=f"one of {', '.join(GROUPS)}; writes nothing")
    options = parser.parse_args(arguments)
    cores = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
    rows: list[Row] = []
    for name, measure in GROUPS.items():
        if options.only in name:
            if measure in (rosenbrocks, networks):
                pin()
            for row in measure(options.rounds):
                rows.append(row)
                print(": ".join(row.cells()[:2]), *row.cells()[2:], flush=True)
    if cores:
        os.sched_setaffinity(0, cores)
    if not options.only and options.rounds == ROUNDS:
        PAGE.write_text(document(rows, options.rounds), encoding="utf-8")
        print(f"written: {PAGE.name}")


if __name__ == "__main__":
    main()
