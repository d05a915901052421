"""The lecture's formulas of nets, and its misprint in nets of every depth."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import symdiff as sd
from examples.nets import examples, misprint
from examples.nets.__main__ import main
from examples.nets.misprint import DEPTHS, by_jax, by_symdiff, by_torch, claim_verdict, hand_written, misprinted, right

ALL = examples()
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ALL)
def test_an_example_runs(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name]) == 0
    assert capsys.readouterr().out.startswith(f"-- {name}\n")


@pytest.mark.parametrize("name", ALL)
def test_an_example_says_what_it_is(name: str) -> None:
    assert ALL[name].__doc__


def test_the_list_of_formulas_names_every_example_and_no_other() -> None:
    rows = [line for line in (ROOT / "examples/nets/README.md").read_text().splitlines() if line.startswith("|")][2:]
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[2])}
    assert named == set(ALL)
    assert all("`" in row.split("|")[2] for row in rows)


def test_a_name_that_is_no_example_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mispront"]) == 2
    assert "mispront is no example: expected some of activations, " in capsys.readouterr().err


@pytest.mark.parametrize("depth", [*DEPTHS[:-1], pytest.param(DEPTHS[-1], marks=pytest.mark.slow)])
def test_the_misprint_is_seen_at_every_depth(depth: int) -> None:
    assert claim_verdict(by_symdiff(depth, misprinted)) == "DIFFER"


@pytest.mark.parametrize("depth", DEPTHS)
def test_what_is_right_is_not_accused_at_any_depth(depth: int) -> None:
    found = by_symdiff(depth, right)
    assert {(f.method, str(f.verdict), f.basis) for f in found.findings} == {
        (m, "AGREE", "certified") for m in ("symbolic", "tape", "jax", "claimed")
    }


def test_by_all_parameters_too() -> None:
    net, params, X, y = misprint.setting(5)
    for slope, verdict in ((right, "AGREE"), (misprinted, "DIFFER")):
        found = sd.crosscheck(net.risk, params, X, y, claimed=hand_written(slope))
        assert claim_verdict(found) == verdict


def test_a_check_with_an_absolute_tolerance_passes_it() -> None:
    assert [by_jax(depth, misprinted) for depth in (2, 10, 20)] == ["caught", "passed", "passed"]
    assert by_jax(2, right) == "passed"


def test_torch_passes_it_too() -> None:
    pytest.importorskip("torch")
    assert [by_torch(depth, misprinted) for depth in (2, 10, 20)] == ["caught", "passed", "passed"]
    assert by_torch(2, right) == "passed"


def test_the_scripts_are_run_as_the_text_says() -> None:
    command = [sys.executable, "-m", "examples.nets", "leaky_relu", "sigmoid_slope"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "as it is printed, their product: DIFFER" in done.stdout
