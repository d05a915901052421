"""Check every example, right and with a slip; then inside `minimize`, and with SciPy's own signature."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from scipy.optimize import least_squares, minimize

import symdiff as sd
from examples.optimizers import camera, curve_fits, kinetics, logistic, robot_arm, rosenbrock
from examples.optimizers.case import Case, Slip


def all_cases() -> list[Case]:
    """Every example; those of scikit-learn where it is installed."""
    rooms = (rosenbrock, robot_arm, kinetics, camera, curve_fits)
    return [*(case for room in rooms for case in room.CASES), *logistic.cases()]


def check(case: Case, slip: Slip | None = None, **options: Any) -> sd.Report:
    """The check of an example, as it is right or with a slip."""
    claimed = case.claimed if slip is None else slip.claimed
    return sd.crosscheck(case.f, *case.args, claimed=dict(claimed), methods=(), wrt=case.wrt, **options)


def found_wrong(report: sd.Report) -> frozenset[tuple[str, str]]:
    """Component and argument of every entry that differs."""
    return frozenset((f.component, f.argument) for f in report.findings if str(f.verdict) == "DIFFER")


def main() -> int:
    """Print a line for each; 1 if anything was not as it should be."""
    good = True
    for case in all_cases():
        report = check(case)
        basis = "/".join(dict.fromkeys(f.basis for f in report.findings))
        print(f"{report.verdict!s:8}{case.title} ({', '.join(case.claimed)}; {basis})")
        good = good and report.ok
        for name, slip in case.slips.items():
            report = check(case, slip)
            wrong = found_wrong(report)
            where = ", ".join(f"d{c}/d{a.replace('; ', ' d')}" for c, a in sorted(wrong)[:4])
            print(f"{report.verdict!s:8}  {name}: wrong in {where}{', ...' if len(wrong) > 4 else ''}")
            print("".join(f"          {said}\n" for said in report.diagnosis), end="")
            good = good and wrong == slip.wrong
    print()
    return 0 if inside_an_optimizer() and good else 1


def inside_an_optimizer() -> bool:
    """A right gradient goes through, a wrong one is stopped at once; SciPy's checker, with a swapped import."""
    x = rosenbrock.X
    jac = sd.checked(rosenbrock.valley, rosenbrock.rosen_der)
    found = minimize(rosenbrock.valley, x, jac=jac)
    print(f"minimize: {len(jac.reports)} calls of the gradient were checked, the minimum is at {np.round(found.x, 6)}")
    y = curve_fits.saturation(np.array([2.5, 0.7]), curve_fits.X)

    def residuals(b: np.ndarray) -> np.ndarray:
        return curve_fits.saturation(b, curve_fits.X) - y

    wrong = sd.checked(residuals, lambda b: curve_fits.chain_rule_forgotten(b, curve_fits.X))
    try:
        least_squares(residuals, [2.4, 0.6], jac=wrong)
        stopped = False
    except sd.Disagreement as e:
        stopped = True
        print(f"least_squares was stopped: {str(e).partition(':')[0]}")
    off = sd.check_grad(rosenbrock.valley, rosenbrock.rosen_der, x)
    print(f"check_grad: {off:.1e}")
    return bool(found.success) and stopped and off < 1e-12


if __name__ == "__main__":
    sys.exit(main())
