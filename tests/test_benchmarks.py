"""The benchmark works, and what it counts is so. Nothing here is timed: `make bench` does that."""

from __future__ import annotations

import inspect
import math
import sys
from collections.abc import Iterator

import numpy as np
import pytest

import symdiff as sd
from benchmarks import figures, net_figures, nets, run, subjects
from benchmarks.race import Result, Runner, Work, measure, paired, race
from symdiff.inputs import formula_of

SUBJECTS = [
    ("symbolic", ("named", 6)), ("symbolic", ("nested", 6)), ("sympy_logistic", (6,)),
    ("parse", (6,)), ("derive", (6,)), ("evaluate", (6,)),
    ("tape_fresh", (20,)), ("tape_repeated", (20,)), ("hips", (20,)),
    ("network", ("squares",)), ("network_hips", ("squares",)), ("network_call", ("cross_entropy", 2)),
    ("rosenbrock", (5,)), ("rosenbrock_hips", (5,)), ("rosenbrock_memory", (1000, 1)), ("network_memory", (64, 3)),
    ("ball", ()), ("check_fresh", ()), ("check_repeated", ()), ("jax_compiled", ()), ("interpreter", ("pass",)),
]  # fmt: skip

NETS = [
    *(("program", (method, activation)) for method in ("tape", "symbolic") for activation in ("relu", "gelu")),
    ("formula", (4000, 30)), ("check", (nets.MEDIUM, 4, True)), ("check", (nets.SMALL, 1, False)),
    ("jax_gradient", (True,)), ("jax_gradient", (False,)),
    ("memory", ("symbolic", 64, True)), ("memory", ("check", 64, False)),
]  # fmt: skip


def work(name: str, arguments: tuple) -> Work:
    if "hips" in name:
        pytest.importorskip("autograd", reason="the peer is in the extra `bench`")
    return getattr(subjects, name)(*arguments)


@pytest.mark.parametrize(("name", "arguments"), SUBJECTS, ids=lambda v: v if isinstance(v, str) else "")
def test_every_subject_runs(name: str, arguments: tuple) -> None:
    wall, cpu, answer, before, after = measure(work(name, arguments))
    assert wall > 0
    assert cpu >= 0
    assert math.isfinite(answer)
    assert after >= before > 0


@pytest.mark.parametrize(("name", "arguments"), NETS, ids=lambda v: v if isinstance(v, str) else "")
def test_every_subject_of_the_nets_runs(name: str, arguments: tuple) -> None:
    answer = measure(getattr(nets, name)(*arguments))[2]
    assert answer == 1.0 if name == "check" else answer != 0.0 and not math.isinf(answer)


def test_the_peer_of_the_nets_computes_the_same_derivative() -> None:
    own = nets.program("tape", "relu").run()
    assert [nets.jax_gradient(compiled).run() for compiled in (True, False)] == pytest.approx([own, own], rel=1e-10)


@pytest.mark.parametrize("form", ["named", "nested"])
def test_the_peers_compute_the_same_derivative(form: str) -> None:
    assert work("symbolic", (form, 6)).run() == pytest.approx(work("sympy_logistic", (6,)).run(), rel=1e-12)


def test_the_chain_is_the_same_for_both() -> None:
    assert work("tape_fresh", (31,)).run() == pytest.approx(work("hips", (31,)).run(), rel=1e-12)
    assert work("tape_repeated", (31,)).run() == work("tape_fresh", (31,)).run()


@pytest.mark.parametrize("loss", ["squares", "cross_entropy"])
def test_the_network_is_the_same_for_both(loss: str) -> None:
    ours, peers = work("network", (loss,)), work("network_hips", (loss,))
    assert [ours.run() for _ in range(3)] == pytest.approx([peers.run()] * 3, rel=1e-12)


def test_rosenbrock_is_the_same_for_both() -> None:
    assert work("rosenbrock", (6,)).run() == pytest.approx(work("rosenbrock_hips", (6,)).run(), rel=1e-12)


# -- counts ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [2, 3, 4, 12, 100, 1000])
def test_the_gradient_of_the_logistic_map_is_linear_in_size(n: int) -> None:
    """Three ops a step for the map; 3 more for its partial (4 of l, then the product), none at the ends."""
    assert work("parse", (n,)).run() == 3 * (n - 1)
    ops = work("derive", (n,)).run()
    assert ops <= 6 * (n - 1)
    assert n == 2 or ops == 6 * (n - 1) - 4


def test_the_formula_of_ten_ops_has_ten_ops() -> None:
    assert {sd.function(subjects.ten_ops(k)).graph.count_ops() for k in (0, 1, 2, 77)} == {10}


def test_the_fresh_check_sees_a_new_text_every_time() -> None:
    assert len({subjects.ten_ops(k) for k in range(100)}) == 100


@pytest.mark.parametrize("ops", [1, 2, 3, 100, 1001])
def test_the_chain_has_its_ops(ops: int) -> None:
    assert formula_of(subjects.chain(ops, np.sin)).graph.count_ops() == ops


@pytest.fixture
def no_recursion() -> Iterator[None]:
    """Hardly any room on the stack."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack(0)) + 60)
    yield
    sys.setrecursionlimit(before)


@pytest.mark.usefixtures("no_recursion")
def test_a_long_chain_needs_no_recursion() -> None:
    ops, x = 100_000, subjects.X
    y, slope = x, 1.0
    for _ in range(ops // 3):
        inside = y * x + 0.3
        y, slope = math.sin(inside), math.cos(inside) * (slope * x + y)
    y, slope = y * x, slope * x + y
    assert sd.grad(subjects.chain(ops, np.sin), method="tape")(x) == pytest.approx(slope, rel=1e-12)


@pytest.mark.usefixtures("no_recursion")
@pytest.mark.parametrize("name", ["parse", "derive", "evaluate"])
def test_many_named_steps_need_no_recursion(name: str) -> None:
    work(name, (2000,)).run()


# -- the race and the report -------------------------------------------------------------------------


def test_a_race_runs_every_runner_in_its_rounds() -> None:
    results = race([Runner("a", "parse", (4,), rounds=3), Runner("b", "parse", (7,), rounds=1)])
    assert [len(r.wall) for r in results.values()] == [3, 1]
    assert [r.answer for r in results.values()] == [9, 18]


def test_a_runner_that_dies_is_seen() -> None:
    with pytest.raises(EOFError):
        race([Runner("gone", "no_such_subject")])


def test_rounds_are_compared_pair_by_pair() -> None:
    """The machine is ten times as slow in the last round, for both."""
    assert paired(Result([2.0, 2.2, 30.0]), Result([1.0, 1.0, 10.0])) == 2.2


def test_a_ratio_knows_its_goal() -> None:
    slow, fast = Result([8.0, 9.0, 10.0], [9.0]), Result([1.0], [1.0])
    assert figures.at_least("", slow, fast, 8).met
    missed = figures.at_least("", slow, fast, 10)
    assert (missed.met, missed.miss) == (False, "1/9 instead of 1/10")
    assert "noisy" in figures.at_least("", slow, Result([1.0], [2.0]), 8).measured


def test_a_time_knows_its_goal() -> None:
    assert figures.below("", 0.05, 0.1) == figures.Figure("", "50 ms", "< 100 ms", True, "0.5 times the goal")
    assert not figures.below("", 0.2, 0.1).met


def test_a_time_on_a_busy_core_is_that_of_the_cpu() -> None:
    found = net_figures.within("", Result(wall=[0.3], cpu=[0.05]), 0.1)
    assert (found.measured, found.met) == ("50 ms of CPU time, 300 ms by the clock", True)
    assert not net_figures.within("", Result(wall=[0.2], cpu=[0.2]), 0.1).met


def test_the_report_says_what_was_missed() -> None:
    pytest.importorskip("autograd", reason="the report gives its version")
    rows = [figures.Figure("hit", "1 ms", "< 2 ms", True), figures.Figure("late", "3 ms", "< 2 ms", False, "1.5 times")]
    text = run.document({"Some group": rows})
    assert text.endswith("## Goals missed\n\n- late: 1.5 times\n")
    assert "| late | 3 ms | < 2 ms | MISSED |" in text
    assert run.document({"Some group": rows[:1]}).endswith("## Goals missed\n\nNone.\n")


def test_some_sections_are_written_anew() -> None:
    pytest.importorskip("autograd", reason="the report gives its version")
    late, later, hit = (figures.Figure(w, "3 ms", "< 2 ms", m, "1.5 times") for w, m in
                        (("late", False), ("later", False), ("hit", True)))  # fmt: skip
    whole = run.document({"A": [late], "B": [later], "C": [hit]})
    assert run.document({}, whole) == whole
    anew = run.document({"B": [hit], "D": [late]}, whole)
    assert anew.endswith("## Goals missed\n\n- late: 1.5 times\n- late: 1.5 times\n")
    titles = [line[3:] for line in anew.splitlines() if line.startswith("## ")]
    assert titles == ["A", "B", "C", "D", "Goals missed"]
    assert "later" not in anew
