"""The gate of random programs: nobody who is right is accused, and the gate itself goes red where it should.

`make random-programs` goes through thousands; here are some dozens, and the faults that the gate is for.
"""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

from benchmarks.trust.random_programs.__main__ import busy, read, run, waited
from benchmarks.trust.random_programs.draw import program
from benchmarks.trust.random_programs.judge import judged
from benchmarks.trust.random_programs.program import Program
from benchmarks.trust.random_programs.summary import summary
from benchmarks.trust.random_programs.truth import Truth, in_hull
from symdiff.crosscheck import judging
from tests.faults import pull_back, row, times

SOME, NARROW = 24, 8  # programs
PLAIN = Program(5, "x*sin(y) + y**2", ("x", "y"), (1.5, 0.5), "plain", "grad")
ARRAY = Program(
    6, "def f(x):\n    z1 = np.tanh(x)\n    return np.sum(z1 * x)\n", ("x",), (np.array([0.5, -2.0]),), "plain", "hvp"
)


@pytest.mark.parametrize(("dtype", "count"), [("float64", SOME), ("float32", NARROW)])
def test_no_right_program_is_accused(dtype: str, count: int) -> None:
    records = [judged(program(seed, dtype)) for seed in range(count)]
    said = summary(records)
    assert not [r for r in records if "alarm" in r or "look" in r or "missed" in r], said
    assert all(r.get("planted", {}).get("ok", True) for r in records), said
    assert sum("verdicts" in r for r in records) > 0.9 * count, said


def test_wrong_claims_are_planted_and_seen() -> None:
    tried = [r["planted"] for r in (judged(replace(PLAIN, seed=6 * k)) for k in range(3))]
    assert [t["times 1 + 1e-9"] for t in tried] == [["AGREE", "DIFFER"]] * 3
    assert [t["right"] for t in tried] == [["AGREE"]] * 3


# -- the gate's own faults ---------------------------------------------------------------------------------------------


def test_a_wrong_rule_is_confirmed_by_mpmath_and_is_no_alarm() -> None:
    with pull_back("sin", times(1.01)):
        record = judged(PLAIN)
    assert {e["method"] for e in record["confirmed"]} == {"tape"}
    assert "alarm" not in record


@pytest.mark.parametrize(("source", "kind"), [("x*sin(y) + y**2", "look"), ("sin(y) + beta(x, y + 7)", "confirmed")])
def test_somebody_has_to_look_unless_the_library_is_known_to_be_off(source: str, kind: str) -> None:
    """Off by 1e-6: mpmath alone does not tell a wrong rule from rounding."""
    with row("sin", jax=lambda x: (1 + 1e-6) * jax.numpy.sin(x)):
        record = judged(replace(PLAIN, source=source))
    assert {e["method"] for e in record[kind]} == {"jax"}
    assert "alarm" not in record


def test_an_accusation_of_a_right_derivative_is_an_alarm(monkeypatch: pytest.MonkeyPatch) -> None:
    healthy = judging.judge

    def harsh(value: float, *known: Any) -> Any:
        return replace(healthy(value, *known), verdict=judging.Verdict.DIFFER)

    monkeypatch.setattr(judging, "judge", harsh)
    record = judged(PLAIN)
    assert {e["method"] for e in record["alarm"]} >= {"symbolic", "tape", "jax"}
    assert "confirmed" not in record
    assert "alarm: 1 programs" in summary([record])


def test_a_reference_that_is_not_the_truth_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything agrees with it: only mpmath knows."""
    monkeypatch.setattr(judging, "nearest", lambda truth: float(truth) * (1 + 1e-9))
    assert {e["method"] for e in judged(PLAIN)["missed"]} == {"symbolic", "tape", "jax"}


def test_a_check_that_stops_is_an_alarm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "judge", None)
    assert judged(PLAIN)["alarm"][0]["what"] == "crash"


# -- the truth ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "x", "slope", "smooth"),
    [
        ("x**2", 0.0, 0.0, True),
        ("x**3 + 2*x", 0.0, 2.0, True),
        ("abs(x)", 0.0, 0.0, False),
        ("exp(-x)", 700.0, -np.exp(-700.0), True),
        ("1 + 3*x", 1e-300, 3.0, True),
        ("x - x", 2.0, 0.0, True),
        ("tanh(x)", 40.0, 7.21940547535692e-35, True),
        ("abs(x)**tanh(x)", 0.0, -np.inf, True),
        ("x - cbrt(x)", 0.0, -np.inf, True),
    ],
)
def test_slopes(text: str, x: float, slope: float, smooth: bool) -> None:
    found, sides = Truth(Program(0, text, ("x",), (x,), "", "grad")).derivative(0, 0)
    assert float(found) == pytest.approx(slope, rel=1e-12)
    assert sides is smooth


def test_second_derivatives_of_a_formula_and_of_arrays() -> None:
    truth = Truth(PLAIN)
    assert float(truth.derivative(0, 0, 1)[0]) == pytest.approx(np.cos(0.5), rel=1e-14)
    assert float(truth.derivative(0, 1, 1)[0]) == pytest.approx(2 - 1.5 * np.sin(0.5), rel=1e-14)
    of_arrays = Truth(ARRAY)
    t = np.tanh(0.5)
    assert float(of_arrays.derivative(0, 0, 0)[0]) == pytest.approx(2 * (1 - t * t) * (1 - 0.5 * t), rel=1e-13)
    assert of_arrays.derivative(0, 0, 1) == (0, True)


def test_clarkes_set_is_the_hull_of_what_is_near() -> None:
    truth = Truth(Program(0, "max(x, y)", ("x", "y"), (1.0, 1.0), "", "grad"))
    near = truth.near()
    assert {tuple(g) for g in near} == {(1.0, 0.0), (0.0, 1.0)}
    assert truth.in_clarke([0.5, 0.5])
    assert not truth.in_clarke([1.0, 1.0])
    assert not in_hull([np.nan, 0.0], near)
    assert not truth.differentiable()
    assert Truth(Program(0, "relu(x) - relu(-x)", ("x",), (0.0,), "", "grad")).differentiable()


# -- the runner --------------------------------------------------------------------------------------------------------


def test_a_run_that_was_broken_off_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "float64.jsonl"
    path.write_text(json.dumps({"seed": 0, "kept": True}) + '\n{"seed": 1, "ver', encoding="utf-8")
    run(path, 2, "float64", limit=120.0)
    first, second = read(path)
    assert first == {"seed": 0, "kept": True}
    assert second["seed"] == 1
    assert "verdicts" in second
    before = path.read_text(encoding="utf-8")
    run(path, 2, "float64", limit=120.0)
    assert path.read_text(encoding="utf-8").strip() == before.strip()


def test_a_program_that_takes_too_long_is_noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once it is tried again."""
    monkeypatch.setattr("benchmarks.trust.random_programs.__main__.START", 0.0)
    path = tmp_path / "float64.jsonl"
    run(path, 1, "float64", limit=0.1)
    assert [(r["seed"], r["over"]) for r in read(path)] == [(0, "longer than 0.1 s")]


def test_the_limit_is_the_processors_time() -> None:
    lines: queue.Queue[str] = queue.Queue()
    asleep = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    at_work = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        threading.Timer(1.0, lines.put, ["late"]).start()
        assert waited(asleep.pid, lines, 0.3) == "late"
        assert waited(at_work.pid, lines, 0.01) is None
        assert busy(at_work.pid) > 0.0
    finally:
        for p in (asleep, at_work):
            p.kill()
            p.wait()
