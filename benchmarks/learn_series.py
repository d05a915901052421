"""What echo state networks reach, beside plain methods, and how exact their readout is: the goals of the series tasks.

    python -m benchmarks.learn_series           everything (a minute); `make bench-learn` has the same rows in its page
    python -m benchmarks.learn_series --short   one seed, no thousand units

All of it is seeded. Seconds are of CPU on one thread.
"""

from __future__ import annotations

import sys
import time

import numpy as np

from symdiff.learn import EchoStateNetwork, learn_series, least_squares, narma10
from symdiff.learn.readout import relative_gradient

Row = tuple[str, str, str, bool, str]  # task, what was found, goal, whether it is met, baseline
METHODS = ("symbolic", "tape", "jax")


def goals(seeds: int = 5, short: bool = False) -> list[Row]:
    """A row for each goal; of a thousand units two seeds at most."""
    rows = [_row("narma", 200, seeds, 0.20, "<= 0.20"), _row("mackey-glass", 400, seeds, 3.5e-4, "<= 3.5e-4")]
    if not short:
        rows.append(_row("mackey-glass", 1000, min(seeds, 2), 7e-5, "<= 7e-5"))
    return rows + _readout()


def _row(task: str, units: int, seeds: int, goal: float, text: str) -> Row:
    found = learn_series(task, units, seeds, check=False)
    what = f"{found.measure}, N = {units}"
    least, most = min(found.errors), max(found.errors)
    said = f"{found.mean:.3g} ({least:.3g} to {most:.3g}, {seeds} seed{'s' * (seeds > 1)}, {found.seconds:.1f} s each)"
    plain = ", ".join(f"{name} {value:.2g}" for name, value in found.baselines.items())
    return what, said, text, found.mean <= goal, plain


def _readout() -> list[Row]:
    """The system of a reservoir on NARMA10, unregularised, at a condition of 4e5."""
    u, y = narma10(2000)
    u = 2.0 * u - 0.5
    esn = EchoStateNetwork(200, spectral_radius=0.9, input_scale=0.1).fit(u, y)
    A, d = np.concatenate([esn.states(u), u[:, None], np.ones((len(u), 1))], axis=1)[100:], y[100:]
    start = time.process_time()
    qr = least_squares(A, d)
    seconds = time.process_time() - start
    svd, normal = least_squares(A, d, solver="svd"), np.linalg.solve(A.T @ A, A.T @ d)[:, None]
    gradient = [relative_gradient(qr, A, d, method) for method in METHODS]
    words = ", ".join(f"{method} {g:.0e}" for method, g in zip(METHODS, gradient, strict=True))
    apart, off = (float(np.linalg.norm(w - svd.weights) / np.linalg.norm(svd.weights)) for w in (qr.weights, normal))
    what = f"at condition {qr.condition:.0e}, {len(A)} x {A.shape[1]}"
    return [
        (f"readout {what}: relative gradient", words, "<= 1e-12", max(gradient) <= 1e-12, f"solved in {seconds:.2f} s"),
        (f"readout {what}: QR against SVD weights", f"{apart:.0e}", "<= 1e-10", apart <= 1e-10,
         f"normal equations {off:.0e}"),
    ]  # fmt: skip


def main() -> int:
    """Measure and print."""
    short = "--short" in sys.argv[1:]
    rows = goals(1 if short else 5, short)
    for task, found, goal, met, plain in rows:
        print(f"{'met' if met else 'MISSED':<7}{task}: {found}; goal {goal}; {plain}", flush=True)
    return int(not all(row[3] for row in rows))


if __name__ == "__main__":
    sys.exit(main())
