"""What every method costs and how exact it is: the table, the figure, the shell. Nothing here depends on a time."""

from __future__ import annotations

import json
import time
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff import comparison
from symdiff.cli.main import main
from symdiff.comparison import Comparison, Cost
from symdiff.errors import InputError
from symdiff.methods import BUILT_IN

QUICK: dict[str, Any] = {"seconds": 1e-6}
SEVERAL: Any = [{"x": 1}]
TEXT: Any = "2*x"
MADE = Comparison("sin(x)", "grad", [
    Cost("tape", "AGREE", 0.5, 1e-3, 2e-6, 0, 1536, 100),
    Cost("claimed", "DIFFER", 4.5e15, 3e-6, 3e-6, None, 80, 100),
    Cost("slow", "UNDECIDED", None, 2.0, 1.5, 134, 3 * 2**20, 5),
    Cost("jax", "UNSUPPORTED", why="JAX has no such [op]"),
])  # fmt: skip


def cubes(x: Any) -> Any:
    return np.sum(x**3)


def test_every_method_is_timed_and_judged() -> None:
    found = sd.compare(cubes, np.array([1.0, 2.0]), claimed=lambda x: 3 * x, **QUICK)
    rows = {row.method: row for row in found.rows}
    assert set(rows) == {*BUILT_IN, "claimed"}
    assert {rows[m].verdict for m in ("symbolic", "tape", "jax", "ball")} == {"AGREE"}
    assert rows["claimed"].verdict == "DIFFER"
    assert rows["ball"].worst_ulps is not None
    assert rows["ball"].worst_ulps <= 0.5
    assert all(row.timed >= comparison.FEWEST and row.first and row.seconds and row.peak for row in found.rows)
    assert [row.seconds for row in found.rows] == sorted(row.seconds or 0.0 for row in found.rows)
    calls = {m: rows[m].calls for m in rows}
    assert calls["tape"] == calls["symbolic"] == calls["jax"] == 0  # they have recorded it
    assert calls["complex_step"] == 2
    assert (calls["finite_difference"] or 0) > 2
    assert calls["claimed"] is None


def test_the_first_call_stands_apart_and_the_median_is_of_warm_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a clock that adds a second to the first call of each, and a millisecond to the others."""
    now, calls = [0.0], {"n": 0}
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])

    def mine(x: Any) -> Any:
        calls["n"] += 1
        now[0] += 1.0 if calls["n"] == 1 else 0.001 * (1 + calls["n"] % 3)
        return 3 * x**2

    monkeypatch.setattr(comparison, "crosscheck", lambda *_, **__: sd.Report("f", (), [], [], {}))
    (row,) = sd.compare(cubes, np.ones(2), claimed=mine, methods=(), seconds=0.1).rows
    assert row.first == pytest.approx(1.0)
    assert row.seconds == pytest.approx(0.002)
    assert 45 <= row.timed <= 55  # that take 0.1 s together


def test_what_a_method_cannot_do_is_said_in_its_row() -> None:
    found = sd.compare("abs(x)*y", at={"x": 2, "y": 3}, methods=("complex_step", "tape"), **QUICK)
    tape, complex_step = found.rows
    assert (tape.method, tape.verdict) == ("tape", "AGREE")
    assert complex_step.seconds is None
    assert complex_step.verdict == "UNSUPPORTED"
    assert complex_step.why
    assert complex_step.why in " ".join(str(found).split())


@pytest.mark.parametrize(
    ("f", "args", "options", "operator"),
    [
        (lambda x: x**2, (np.ones(3),), {}, "jacobian"), (["x*y", "x + y"], (1.0, 2.0), {}, "jacobian"),
        ("x**2*y", (1.0, 2.0), {"operator": "hessian"}, "hessian"),
        (cubes, (np.ones(2),), {"operator": "value"}, "value"),
        ("x**2*y", (1.0, 2.0), {"operator": "value_and_grad", "wrt": "y"}, "value_and_grad"),
    ],
)  # fmt: skip
def test_other_operators(f: Any, args: Any, options: Any, operator: str) -> None:
    found = sd.compare(f, *args, methods=("tape", "symbolic"), **options, **QUICK)
    assert found.operator == operator
    assert {row.verdict for row in found.rows} == {"AGREE"}


def test_a_measurement_of_allocations_that_is_running_goes_on() -> None:
    tracemalloc.start()
    try:
        sd.compare("x**2", 2.0, methods="tape", **QUICK)
        assert tracemalloc.is_tracing()
    finally:
        tracemalloc.stop()
    sd.compare("x**2", 2.0, methods="tape", **QUICK)
    assert not tracemalloc.is_tracing()


def test_the_peak_is_that_of_the_arrays() -> None:
    def mine(x: Any) -> Any:
        return 0 * np.sum(np.ones((1000, 125))) + 3 * x**2  # a million bytes

    found = sd.compare(cubes, np.ones(2), claimed=mine, methods="tape", **QUICK)
    peaks = {row.method: row.peak or 0 for row in found.rows}
    assert 1_000_000 <= peaks["claimed"] < 1_100_000
    assert peaks["tape"] < 100_000


# -- what is shown -----------------------------------------------------------------------------------------


def test_the_table(golden: Any) -> None:
    golden("compare.txt", str(MADE) + "\n")
    assert json.loads(MADE.to_json())["rows"][0]["seconds"] == 2e-6


@pytest.mark.parametrize("ending", ["png", "svg"])
def test_the_figure(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"costs.{ending}"
    MADE.plot(path)
    assert path.read_bytes().startswith(b"\x89PNG" if ending == "png" else b"<?xml")


def test_the_shell(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    words = ["compare", "examples.claims:rosenbrock", "--claimed", "examples.claims:misprint", "--shape", "x=4"]
    plot = tmp_path / "costs.svg"
    assert main([*words, "--method", "tape", "--seconds", "0.001", "--plot", str(plot)]) == 0
    printed = capsys.readouterr().out
    assert "claimed" in printed
    assert "DIFFER" in printed
    assert "times are this machine's" in printed
    assert plot.stat().st_size > 1000
    assert main(["compare", "x**2*y", "--at", "x=1,y=2", "--method", "tape", "--seconds", "0.001", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rows"][0]["method"] == "tape"


# -- bad input ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: sd.compare("x**2", 2.0, seconds=0), "seconds=0: expected a number above 0"),
        (lambda: sd.compare("x**2", 2.0, methods="tap"), "tap"),
        (lambda: sd.compare("x**2", 2.0, methods=()), "methods is empty"),
        (lambda: sd.compare("x**2", 2.0, operator="hvp"), "operator 'hvp': compare takes one of value, grad"),
        (lambda: sd.compare("x**2", 2.0, claimed=TEXT), "claimed: compare calls it, so it takes a function, got str"),
        (lambda: sd.compare("x**2", 2.0, at={"x": 1}), "either by position or by name"),
        (lambda: sd.compare("x**2", at=SEVERAL), "compare takes one point"),
        (lambda: sd.compare("x**2*y", 2.0), "1 value\\(s\\) given, but the function has 2"),
        (lambda: sd.compare(cubes), "no point given: give cubes its arguments"),
        (lambda: sd.compare("x +", 2.0), "column"),
    ],
)
def test_bad_input_is_one_sentence(call: Any, says: str) -> None:
    with pytest.raises(sd.SymdiffError, match=says):
        call()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["x**2"], "no value given for x: add --at x=VALUE"),
        (["x**2", "--at", "x=1", "--shape", "x=2"], "--shape is for Python functions"),
        (["x**2", "--at", "x=1", "--claimed", "a:b"], "--claimed is for Python functions"),
        (["no.such:thing"], "no.such"),
        (["x**2", "--at", "x=1", "--plot", "no/folder.png"], "no/folder.png: cannot be written"),
        (["x**2", "--at", "x=1", "--method", "tape", "--seconds", "0.001", "--plot", "p.tape"], "end the name in .svg"),
    ],
)
def test_bad_input_in_the_shell(
    words: list[str], says: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["compare", *words]) == 2
    assert says in capsys.readouterr().err


def test_no_matplotlib_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "matplotlib.figure", None)
    with pytest.raises(sd.UnsupportedError, match=r"pip install 'symdiff-toolkit\[plot\]'"):
        MADE.plot("p.png")


def test_a_claim_that_raises_is_a_row() -> None:
    def mine(x: Any) -> Any:
        raise RuntimeError("no licence")

    found = sd.compare(cubes, np.ones(2), claimed=mine, methods="tape", **QUICK)
    assert found.rows[-1].why == "RuntimeError: no licence"
    assert found.rows[-1].verdict == "DIFFER"


def test_a_defect_of_ours_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparison, "_timed", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        sd.compare("x**2", 2.0, methods="tape", **QUICK)
    with pytest.raises(InputError):
        sd.compare("x**2", 2.0, methods="tape", seconds=-1)
