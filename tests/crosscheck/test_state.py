"""A check leaves nothing behind: no global setting changes, not by an exception either, and threads do not meet."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import flint
import jax
import numpy as np
import pytest

from symdiff import Disagreement, assert_agree, crosscheck, grad
from symdiff.balls import precision
from symdiff.errors import SymdiffError


def everything() -> dict[str, Any]:
    return {
        "jax x64": jax.config.jax_enable_x64, "jax nans": jax.config.jax_debug_nans,
        "numpy errors": np.geterr(),
        "flint bits": flint.ctx.prec, "flint cap": flint.ctx.cap, "warnings": list(warnings.filters),
        "random": np.random.get_state()[1].tolist(),  # noqa: NPY002 -- the global generator is the subject
    }  # fmt: skip


@contextmanager
def nothing_changes() -> Iterator[None]:
    before = everything()
    yield
    after = everything()
    assert after == before


class OwnError(Exception):
    pass


def raising(x: Any, y: Any = None) -> Any:
    raise OwnError


RUNS: dict[str, Callable[[], Any]] = {
    "a check": lambda: crosscheck("sin(x)*exp(y)", 0.7, 1.3, points=3, operators=("grad", "hessian", "jvp")),
    "a check of nan and inf": lambda: crosscheck("where(x > 1, sqrt(x), exp(800*x))", 0.9),
    "a check outside the domain": lambda: crosscheck("log(x)", -1.0),
    "a check that needs many bits": lambda: crosscheck("sin(x)**2 + cos(x)**2", 0.3),
    "a numpy function": lambda: crosscheck(lambda x: np.log(x) * np.exp(x), 0.7),
    "a gradient": lambda: grad("sin(x)*y", method="jax")(0.7, 1.3),
}
FAILURES: dict[str, tuple[type[Exception], Callable[[], Any]]] = {
    "a disagreement": (Disagreement, lambda: assert_agree("x**2", 1.5, claimed=lambda x: 3 * x)),
    "a claim that raises": (Disagreement, lambda: assert_agree("x**2", 1.5, claimed=raising)),
    "a function that raises": (OwnError, lambda: crosscheck(raising, 1.5)),
    "a progress bar that raises": (OwnError, lambda: crosscheck("x**2", 1.5, progress=raising)),
    "a text that cannot be read": (SymdiffError, lambda: crosscheck("x**", 1.5)),
    "a point that is none": (SymdiffError, lambda: crosscheck("x**2", float("nan"))),
}


@pytest.mark.parametrize("name", RUNS)
def test_a_run_changes_no_global_setting(name: str) -> None:
    with nothing_changes():
        RUNS[name]()


@pytest.mark.parametrize("name", FAILURES)
def test_an_exception_leaves_nothing_behind(name: str) -> None:
    error, run = FAILURES[name]
    with nothing_changes(), pytest.raises(error):
        run()


def raise_at_77_bits() -> None:
    with precision(3000, order=5), precision(77):
        assert (flint.ctx.prec, flint.ctx.cap) == (77, 1)
        raise OwnError


def test_an_exception_inside_the_balls_restores_the_precision() -> None:
    with nothing_changes():
        with pytest.raises(OwnError):
            raise_at_77_bits()
        assert crosscheck("x**2", 1.5).ok


@pytest.mark.parametrize("x64", [False, True])
def test_the_users_own_jax_setting_is_used_by_nobody_and_kept(x64: bool) -> None:
    with jax.enable_x64(x64):
        report = crosscheck("exp(x)*y", 0.7, 1.3)
        assert jax.config.jax_enable_x64 is x64
    assert report.ok
    assert all(f.error_ulps < 4 for f in report.findings)


def test_numpys_errors_set_to_raise_do_not_stop_a_check() -> None:
    with np.errstate(all="raise"):
        report = crosscheck("exp(x)*1e-300*y", -700.0, 1e-20)
        assert np.geterr()["over"] == "raise"
    assert report.findings


JOBS = [
    ("sin(x)*exp(y)", (0.7, 1.3)), ("x**y", (1.7, 0.3)), ("log(x)/y", (2.0, 3.0)),
    ("where(x > y, x*y, x/y)", (0.4, 2.0)),
    ("tanh(x)*y", (18.0, 0.1)), ("max(x, y)**2", (1.0, 1.5)), ("sin(x)**2 + cos(x)**2 + y", (0.3, 0.2)),
    ("abs(x)", (0.0,)),
]  # fmt: skip


def told(job: tuple[str, tuple[float, ...]]) -> dict[str, Any]:
    data = crosscheck(job[0], *job[1], points=2, operators=("grad", "hessian")).to_dict()
    return {k: v for k, v in data.items() if k != "seconds"}


def test_two_threads_say_what_one_says() -> None:
    """FLINT's precision belongs to the process: the lock is what keeps the threads apart."""
    alone = [told(job) for job in JOBS]
    with nothing_changes(), ThreadPoolExecutor(2) as threads:
        together = list(threads.map(told, JOBS * 2))
    assert together == alone * 2
