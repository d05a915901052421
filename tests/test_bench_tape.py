"""The benchmark of the tape measures what it says. Nothing here is timed: `make bench-tape` does that."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.tape import check, goals, page, paired, race, run
from benchmarks.tape.by_hand import makers, reference
from benchmarks.tape.cases import Case, all_cases
from benchmarks.tape.findings import Findings
from benchmarks.tape.functions import FAMILIES, leaves
from benchmarks.tape.paired import Ratio
from benchmarks.tape.peers import PEERS, NotThisPeer
from benchmarks.tape.race import Effort, Race, Result
from benchmarks.tape.worker import Worker

SMALL = {
    "scalar": {}, "rosenbrock": {"n": 7}, "chain": {"ops": 30}, "gmm": {"n": 20, "d": 3, "k": 4}, "ba": {"p": 5},
    "mlp": {"net": "tiny", "activation": "tanh", "dtype": "float64"}, "lstm": {"steps": 4}, "lse": {"n": 9},
    "llsq": {"n": 20, "m": 4}, "ode": {"n": 4, "steps": 6}, "kmeans": {"n": 30, "d": 3, "k": 4}, "det": {"n": 4},
}  # fmt: skip
OPERATORS = {"mlp": ["value_and_grad"], "ba": ["jacobian"], "rosenbrock": ["grad", "hvp", "hessian"]}
CASES = [Case(f"{f} {o}", f, o, SMALL[f]) for f in FAMILIES for o in OPERATORS.get(f, ["grad"])]
CASES += [replace(c, name=f"mlp {a}", size={**c.size, "activation": a}) for c in CASES if c.family == "mlp"
          for a in ("relu", "sigmoid")]  # fmt: skip
BY_HAND = [(case, kind) for case in CASES for kind in makers(case.family, case.operator)]


def named(value: Any) -> str:
    return value.name if isinstance(value, Case) else str(value)


def by_hand(case: Case, kind: str) -> Callable[..., Any]:
    args, data = case.inputs()
    return makers(case.family, case.operator)[kind](args, data, **case.size)


# -- the derivatives by hand -------------------------------------------------------------------------


def along(args: tuple[Any, ...], directions: list[Any], h: float) -> tuple[Any, ...]:
    """The arguments moved by h times the directions."""
    steps = iter(directions)

    def moved(value: Any) -> Any:
        return [moved(v) for v in value] if isinstance(value, list) else value + h * next(steps)

    return tuple(map(moved, args))


@pytest.mark.parametrize(("case", "kind"), BY_HAND, ids=named)
def test_the_hand_has_not_slipped(case: Case, kind: str) -> None:
    """Against central differences along a random direction; second derivatives against those of the gradient."""
    args, data = case.inputs()
    rng = np.random.default_rng(3)
    directions, h = [rng.normal(size=np.shape(v)) for v in leaves(args)], 1e-6
    found = [np.array(v) for v in leaves(by_hand(case, kind)(*case.point()))]
    first = Case("", case.family, "grad", case.size)
    if case.operator in ("hvp", "hessian"):
        if case.operator == "hvp":
            directions = [case.point()[-1]]
        up, down = (by_hand(first, "numpy")(*along(args, directions, s))[0].copy() for s in (h, -h))
        moved = found[0] if case.operator == "hvp" else found[0] @ directions[0]
        np.testing.assert_allclose(moved, (up - down) / (2 * h), rtol=1e-6, atol=1e-6)
        return
    if case.operator == "value_and_grad":
        assert found.pop(0) == pytest.approx(case.value(np, args, data), rel=1e-12)
    up, down = (leaves(case.value(np, along(args, directions, s), data)) for s in (h, -h))
    for k in range(len(up)):
        rows = found[k * len(directions) : (k + 1) * len(directions)]
        slope = sum(np.sum(g * d) for g, d in zip(rows, directions, strict=True))
        assert slope == pytest.approx((up[k] - down[k]) / (2 * h), rel=1e-6)


@pytest.mark.parametrize(("case", "kind"), BY_HAND, ids=named)
def test_a_second_call_finds_the_same(case: Case, kind: str) -> None:
    """Buffers are written anew in every call."""
    g = by_hand(case, kind)
    first = [np.array(v) for v in leaves(g(*case.point()))]
    for a, b in zip(first, leaves(g(*case.point())), strict=True):
        np.testing.assert_array_equal(a, b)


def shared(one: Any, two: Any) -> bool:
    return any(np.shares_memory(a, b) for a in leaves(one) for b in leaves(two) if np.ndim(a))


@pytest.mark.parametrize("case", [case for case, kind in BY_HAND if kind == "buffers"], ids=named)
def test_fresh_outputs_are_new_arrays_and_those_of_the_buffers(case: Case) -> None:
    g, point = by_hand(case, "fresh"), case.point()
    first, second = g(*point), g(*point)
    assert not shared(first, second)
    for a, b in zip(leaves(first), leaves(by_hand(case, "buffers")(*point)), strict=True):
        np.testing.assert_array_equal(a, b)


def test_buffers_are_kept() -> None:
    """What tells the two by hand apart; and that the test above could fail."""
    case = next(c for c in CASES if c.family == "mlp")
    g = by_hand(case, "buffers")
    assert shared(g(*case.point()), g(*case.point()))


@pytest.mark.parametrize("case", all_cases(), ids=named)
def test_every_case_has_a_reference(case: Case) -> None:
    assert callable(reference(case.family, case.operator))
    assert case.dtype == case.size.get("dtype", "float64")


# -- the peers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES, ids=named)
@pytest.mark.parametrize("peer", [p for p in PEERS if p != "the function alone"])
def test_a_peer_computes_the_same_derivative(peer: str, case: Case, tmp_path: Path) -> None:
    of = PEERS[peer]
    if of.module == "of_jax":
        pytest.skip("sets JAX to 64 bits for the whole process: tried in a worker below")
    module = "numba" if of.kind == "fused" else of.module
    pytest.importorskip(module.removeprefix("of_") if module.startswith(("of_", "numba")) else "numpy")
    module = importlib.import_module(f"benchmarks.tape.peers.{of.module}")
    try:
        call = module.load(case, of.kind)
    except NotThisPeer:
        pytest.skip("not this peer's")
    np.savez(tmp_path / "found.npz", *module.arrays([call(), call(), call()][-1]))
    assert check.distance(case, tmp_path / "found.npz", check.expected(case))[1] == ""


def test_a_peer_that_is_not_installed_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def not_there(name: str) -> None:
        raise ModuleNotFoundError(name, name="casadi")

    monkeypatch.setattr(importlib, "import_module", not_there)
    found = Worker("CasADi").load(asdict(CASES[0]))
    assert found == {"state": "missing", "why": "casadi is not installed"}


# -- the check and the race --------------------------------------------------------------------------


@pytest.mark.parametrize(("spoil", "why"), [
    (lambda v: v * (1 + 1e-6), "differs from the reference by 1.0e-06"), (lambda v: v[:-1], "6 entries, 7 expected"),
    (lambda v: v.astype(np.float32), "dtype float32"), (lambda v: v * np.nan, "differs"),
])  # fmt: skip
def test_a_wrong_derivative_is_seen(spoil: Callable[[Any], Any], why: str, tmp_path: Path) -> None:
    case = next(c for c in CASES if c.name == "rosenbrock grad")
    truth = check.expected(case)
    np.savez(tmp_path / "right.npz", *truth)
    assert check.distance(case, tmp_path / "right.npz", truth) == (0.0, "")
    np.savez(tmp_path / "wrong.npz", *map(spoil, truth))
    assert why in check.distance(case, tmp_path / "wrong.npz", truth)[1]


def test_a_race_times_what_is_right_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    case = next(c for c in CASES if c.name == "rosenbrock grad")
    with Race(["tape", "jax.jit", "Python by hand"], Effort(rounds=3, round_seconds=1e-4)) as between:
        results = between.run(case)
        assert [r.state for r in results.values()] == ["ready", "ready", "absent"]
        assert [len(r.wall) for r in results.values()] == [3, 3, 0]
        assert race.between(results, "tape", "tape").median == 1.0
        assert race.between(results, "tape", "Python by hand") is None
        truth = check.expected(case)
        monkeypatch.setattr(race, "expected", lambda _: [truth[0] + 1.0])
        results = between.run(case)
        assert [r.state for r in results.values()] == ["wrong", "wrong", "absent"]
        assert not any(r.wall for r in results.values())


def test_a_worker_that_fails_or_hangs_is_said() -> None:
    answer = race.alone("tape", 60.0, do="load", case=asdict(replace(CASES[0], family="nobody's")))
    assert answer["state"] == "failed"
    assert "no family" in answer["why"]
    assert race.alone("tape", 0.0, do="load", case=asdict(CASES[0]))["why"] == "not ready after 0 s"


# -- the figures -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rounds", "left_out", "reached"), [(1, 0, 0.0), (5, 0, 0.9375), (6, 0, 0.96875),
                                                             (9, 1, 0.9609375), (15, 3, 0.96484375)])  # fmt: skip
def test_the_interval_is_the_binomial_one(rounds: int, left_out: int, reached: float) -> None:
    values = list(range(rounds))
    assert paired.interval(values[::-1]) == (left_out, rounds - 1 - left_out, reached)


def test_a_ratio_is_taken_round_by_round() -> None:
    """The machine became three times as slow in the third round: for both."""
    found = paired.ratio([2.0, 2.2, 6.0], [1.0, 1.0, 3.0], ([2.0, 2.2, 6.0], [1.0, 1.0, 3.0]))
    assert found == Ratio(2.0, 2.0, 2.2, "clock", 2.0)
    assert not found.noisy
    assert paired.ratio([2.0], [1.0], ([3.0], [1.0])).noisy


def test_where_others_use_the_machine_cpu_time_counts() -> None:
    found = paired.ratio([2.0, 9.0, 4.0], [1.0, 1.0, 3.0], ([2.0, 2.1, 2.0], [1.0, 1.0, 1.0]))
    assert found == Ratio(2.0, 2.0, 2.1, "CPU", 2.0)
    assert page.told(found) == "2c (2 to 2.1)"


def test_an_interrupted_call_is_not_timed_alone() -> None:
    """How many calls make a round is found by CPU time, whatever the clock says."""

    class Asked:
        def ask(self, patience: float, **order: Any) -> dict[str, Any]:
            return {"wall": 5.0, "cpu": 1e-5}

    assert Race([], Effort(round_seconds=0.01)).repeats(Asked()) == 1000


def findings(tape: float, by_hand: float) -> Findings:
    name = "mlp tiny relu float64"
    peers = {
        "tape": Result("ready", first=[0.1], wall=[tape] * 3, cpu=[tape] * 3),
        "NumPy by hand, fresh outputs": Result("ready", first=[0.1], wall=[by_hand] * 3, cpu=[by_hand] * 3),
        "PyTorch eager": Result("missing", "torch is not installed"), "jax.jit": Result("wrong", "differs"),
    }  # fmt: skip
    return Findings(Effort(rounds=3), [name, "scalar"], {name: peers})


def test_a_goal_is_met_or_missed_by_how_much() -> None:
    row = next(r for r in goals.rows(findings(1.05e-5, 1e-5)) if "tiny" in r.what)
    assert (row.measured, row.goal, row.met) == ("1.05 (1.05 to 1.05)", "<= 1.1", True)
    row = next(r for r in goals.rows(findings(2.2e-5, 1e-5)) if "tiny" in r.what)
    assert (row.met, row.miss, row.missed) == (
        False, "by a factor 2 in mlp tiny relu float64; 1 of 1 cases", ("mlp tiny relu float64",),
    )  # fmt: skip
    torch = next(r for r in goals.rows(findings(1.0, 1.0)) if r.what.startswith("PyTorch eager / tape: tiny"))
    assert (torch.met, torch.measured) == (None, "PyTorch eager: missing, torch is not installed")


def test_the_page_says_what_is_missing_wrong_and_not_done() -> None:
    text = page.document(findings(2.2e-5, 1e-5))
    assert "MISSED by a factor 2 in mlp tiny relu float64" in text
    assert "- PyTorch eager: missing, torch is not installed" in text
    assert "- mlp tiny relu float64, jax.jit: wrong, differs" in text
    assert "ended early, without 1 of 2 cases" in text


def test_the_times_of_a_run_give_the_same_page_again(tmp_path: Path) -> None:
    found = findings(2.2e-5, 1e-5)
    found.save(tmp_path / "tape.json")
    assert json.loads((tmp_path / "tape.json").read_text(encoding="utf-8"))["planned"] == found.planned
    assert Findings.load(tmp_path / "tape.json") == found


def test_an_interrupted_run_writes_what_is_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def interrupted(found: Findings, *_: Any, **__: Any) -> None:
        found.results.update(findings(2.2e-5, 1e-5).results)
        raise KeyboardInterrupt

    monkeypatch.setattr(run, "measure", interrupted)
    run.main(["--only", "tiny", "--out", str(tmp_path)])
    assert "ended early" in (tmp_path / run.PAGE).read_text(encoding="utf-8")


QUICKLY = ["--peers", "nobody", "--rounds", "1", "--quick"]


def test_what_is_done_is_kept_and_the_rest_is_taken_up_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The second case is interrupted: by then the first is in the file, and is not measured again."""
    cases = [c for c in all_cases() if c.name in ("llsq n=1024 m=128", "det n=5")]
    monkeypatch.setattr(run, "all_cases", lambda: cases)
    raced: list[str] = []

    def second_interrupts(self: Race, case: Case, tell: Any) -> dict[str, Result]:
        raced.append(case.name)
        if len(raced) == 2:
            assert list(Findings.load(tmp_path / run.TIMES).results) == raced[:1]
            raise KeyboardInterrupt
        return findings(2.2e-5, 1e-5).results["mlp tiny relu float64"]

    monkeypatch.setattr(Race, "run", second_interrupts)
    monkeypatch.setattr(run, "alone", lambda *_, **__: {"state": "failed", "why": "not asked"})
    run.main([*QUICKLY, "--only", "=", "--out", str(tmp_path)])
    short = Findings.load(tmp_path / run.TIMES)
    assert list(short.results) == raced[:1]
    assert "ended early, without 1 of 2 cases" in (tmp_path / run.PAGE).read_text(encoding="utf-8")
    run.main(["--resume", str(tmp_path / run.TIMES)])
    whole = Findings.load(tmp_path / run.TIMES)
    assert raced == [cases[0].name, cases[1].name, cases[1].name]
    assert list(whole.results) == whole.planned
    assert whole.seconds > short.seconds > 0
    assert (whole.quick, whole.effort) == (short.quick, short.effort)
    assert "ended early" not in (tmp_path / run.PAGE).read_text(encoding="utf-8")


def test_a_look_at_some_cases_writes_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(run, "FOLDER", tmp_path)
    monkeypatch.setattr(run, "measure", lambda found, cases, peers, console, keep: keep())
    run.main([*QUICKLY, "--only", "det"])
    assert not list(tmp_path.iterdir())
    run.main(QUICKLY)
    assert run.TIMES in [file.name for file in tmp_path.iterdir()]


def test_many_steps_are_profiled_by_their_kind() -> None:
    from benchmarks.tape import profile

    assert profile.kind("v23881 = scatter_399(v7515)") == profile.kind("v1 = scatter_4(v22)") == "v = scatter(v)"
    assert profile.kind("multiply(c6, v0, v7)") != profile.kind("multiply(v6, v0, v7)")
    found = profile.profile(Case("lstm", "lstm", "grad", {"steps": 12}))
    assert found["count"] > profile.MANY
    assert max(count for _, count, _ in found["top"]) > 10


def test_a_plan_is_profiled_step_by_step() -> None:
    from benchmarks.tape import profile

    planned = profile.profile(next(c for c in CASES if c.name == "rosenbrock grad"))
    assert planned["count"] > 5
    assert sum(count for _, count, _ in planned["top"]) <= planned["count"]
    assert profile.profile(next(c for c in CASES if c.name == "rosenbrock hvp"))["count"] > 5
    assert "around" in page.profiled({"state": "ready", **planned})


def test_seconds_and_sizes_read_well() -> None:
    assert [page.seconds(v) for v in (3.0, 0.0999, 12.3e-6, 2e-8)] == ["3 s", "99.9 ms", "12.3 us", "20 ns"]
    assert [page.duration(v) for v in (48.2, 421.0, 4321.0)] == ["48 s", "7 min", "1 h 12 min"]
    assert [page.size(v) for v in (2**21, 3000)] == ["2 MiB", "3 KiB"]
    assert page.told(Ratio(1.0, 0.9, 1.1, "clock", 1.2)) == "1 (0.9 to 1.1, by the CPU 1.2)"
