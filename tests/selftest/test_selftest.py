"""The self-test: green on a healthy symdiff, and red where the check is blind, cries wolf or names the wrong step."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest

from symdiff.cli.main import main
from symdiff.crosscheck import judging
from symdiff.crosscheck.certified import check as certified
from symdiff.crosscheck.verdict import Judgement, Verdict, judge
from symdiff.ops import TABLE
from symdiff.selftest import Score, rows, run, selftest
from symdiff.selftest.planting import patched, pull_back, row, times
from symdiff.selftest.probes import probes
from symdiff.selftest.rows import pull_backs
from symdiff.selftest.score import EQUIVALENT, KILLED, SURVIVED, Mutant


@pytest.fixture(scope="module")
def score() -> Score:
    return selftest()


def test_every_fault_is_seen_and_nothing_healthy_is_accused(score: Score) -> None:
    assert score.ok, str(score)
    assert {m.part for m in score.mutants} == {
        "pull-backs", "columns", "sweep", "compositions", "front ends", "comparator",
    }  # fmt: skip
    assert len(score.of(KILLED)) > 350


def test_the_broken_step_is_named_first(score: Score) -> None:
    right, asked = score.named
    assert asked > 300
    assert right >= 0.99 * asked, str(score)


def test_every_pull_back_of_the_table_is_reached_but_these(score: Score) -> None:
    """The tape takes all eigenvalues at once; the scalar steps are for SymPy and the balls."""
    assert {text.split(":")[0].split(" of ")[1] for text in score.unreached} == {"eigenvalue", "eigenvector"}


def test_an_equivalent_mutant_has_its_proof(score: Score) -> None:
    assert all("in balls" in m.proof for m in score.of(EQUIVALENT))
    assert {m.fault for m in score.of(EQUIVALENT)} <= {"arguments swapped", "wrong axis"}  # b + a; symmetric


def test_the_table_is_mended(score: Score) -> None:
    assert TABLE["sin"].vjp[0](1.0, 0.0, 0.0) == 1.0  # type: ignore[misc]  # it has a rule
    assert not score.alarms


def probe(name: str) -> Any:
    return next(p for p in probes() if p.name == name)


def blind(value: float, *rest: Any) -> Judgement:
    """A comparator that lets through what is only a little wrong."""
    found = judge(value, *rest)
    return Judgement(Verdict.AGREE) if found.error_ulps is not None and found.error_ulps < 1e8 else found


def test_a_blind_check_lets_mutants_survive() -> None:
    with patched(judging, "judge", blind):
        found = list(pull_backs(probe("sin"), [("sin", 0)], full=False))
    assert {m.fault for m in found if m.fate == SURVIVED} == {"1e-9"}
    score = Score(mutants=found)
    assert not score.ok
    assert "SURVIVED pull-backs, sin: argument 1 of sin: 1e-9" in str(score)


def test_a_check_that_cries_wolf_is_an_alarm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "probes", lambda: [probe("exp")])
    monkeypatch.setattr(rows, "pull_backs", lambda *_: iter(()))
    with row("exp", jax=lambda x: x):
        score = selftest()
    assert any(text.startswith("exp: DIFFER") for text in score.alarms)
    assert not score.ok


def test_a_wrong_blame_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certified, "blame", lambda *_: "z1 = cos: nonsense")
    (found,) = [m for m in pull_backs(probe("sin"), [("sin", 0)], full=False) if m.fault == "sign"]
    assert found.fate == KILLED
    assert found.guilty is False
    assert Score(mutants=[found]).named == (0, 1)


def test_interrupted_it_keeps_what_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any) -> Iterator[Mutant]:
        yield Mutant("pull-backs", "here", "sign", KILLED, True)
        raise KeyboardInterrupt

    monkeypatch.setattr(run, "pull_backs", interrupted)
    score = selftest()
    assert not score.complete
    assert not score.ok
    assert len(score.mutants) == 1
    assert "interrupted: this is what was done by then" in str(score)


def test_a_fault_is_mended_also_when_the_check_raises() -> None:
    healthy = TABLE["sin"]
    with pytest.raises(RuntimeError), pull_back("sin", times(2.0)):
        raise RuntimeError
    assert TABLE["sin"] is healthy


def test_the_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    verb = import_module("symdiff.cli.selftest")

    green = Score(mutants=[Mutant("sweep", "f", "seed doubled", KILLED)])
    red = Score(mutants=[Mutant("sweep", "f", "seed doubled", SURVIVED)])
    broken_off = Score(mutants=green.mutants, complete=False)
    for score, code in ((green, 0), (red, 1), (broken_off, 130)):
        monkeypatch.setattr(verb, "selftest", lambda full, progress, score=score: score)
        assert main(["selftest"]) == code
        assert "mutation score:" in capsys.readouterr().out
        assert main(["selftest", "--json"]) == code
        assert json.loads(capsys.readouterr().out)["ok"] is score.ok
