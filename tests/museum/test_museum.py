"""The museum: every exhibit is asked anew and judged; what is repaired, absent or out of order is said."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from symdiff.cli.main import main
from symdiff.errors import InputError
from symdiff.museum import Exhibit, Judged, exhibits, judge, run
from symdiff.museum.run import ABSENT, OPEN, REPAIRED, WRONG
from symdiff.reports.museum import page, whole

ALL = {e.name: e for e in exhibits()}
SINE = Exhibit("sine", "numpy", "sin'(1)", "sin(x)", (1.0,), lambda: np.cos(1.0), "nothing is")


@pytest.mark.parametrize("name", ALL)
def test_every_exhibit_can_be_judged(name: str) -> None:
    found = judge(ALL[name])
    assert found.state in (WRONG, REPAIRED, ABSENT), found.reason
    if found.state != ABSENT and found.version.removesuffix("+cpu") in found.exhibit.fails:
        assert found.state == WRONG, "in this version it was wrong"
    if found.state == WRONG:
        assert found.said != found.truth


def test_a_dozen_of_jax_and_sympy_are_wrong_today() -> None:
    if version("jax") != "0.10.2" or version("sympy") != "1.14.0":
        pytest.skip("other versions than those it was made with")
    assert sum(judge(e).state == WRONG for e in exhibits(["jax", "sympy"])) >= 12


def test_what_is_right_is_repaired_and_what_is_wrong_is_wrong() -> None:
    assert judge(SINE).state == REPAIRED
    for wrong in (np.cos(1.0) * (1 + 1e-12), -np.cos(1.0), np.nan, 0.0):
        assert judge(replace(SINE, says=lambda wrong=wrong: wrong)).state == WRONG
    for other in ([1.0, 2.0], "no", None):
        assert judge(replace(SINE, says=lambda other=other: other)).state in (WRONG, OPEN)


def test_an_array_and_a_second_derivative() -> None:
    x = np.array([1.0, 2.0])
    sums = replace(SINE, f=lambda x: np.sum(x**3), args=(x,), says=lambda: 3 * x**2)
    assert judge(sums).state == REPAIRED
    assert judge(replace(sums, says=lambda: 3 * x)).state == WRONG
    second = replace(sums, operator="hessian", says=lambda: np.diag(6 * x))
    assert judge(second).state == REPAIRED
    assert judge(replace(second, says=lambda: np.diag(x))).state == WRONG


def test_a_library_that_is_absent_or_raises() -> None:
    assert judge(replace(SINE, library="no_such_library")) == Judged(replace(SINE, library="no_such_library"), ABSENT)

    def raises() -> Any:
        raise AttributeError("sin is gone")

    found = judge(replace(SINE, says=raises))
    assert found.state == OPEN
    assert found.reason == "numpy raises AttributeError: sin is gone"
    assert "could not be judged" in whole(found)


def test_names_and_libraries() -> None:
    assert [e.name for e in exhibits(["jax-beta"])] == ["jax-beta"]
    assert {e.library for e in exhibits(["sympy"])} == {"sympy"}
    assert len(ALL) == len(exhibits())
    with pytest.raises(InputError, match="no exhibit is called 'jacks'"):
        exhibits(["jacks"])


def test_the_command(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["museum", "sympy-piecewise"]) == 0
    out = capsys.readouterr().out
    assert "sympy says  1" in out
    assert "the truth is  2" in out
    assert "known since: https://github.com/sympy/sympy/issues/11402" in out
    assert main(["museum", "sympy", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert {d["state"] for d in data} <= {WRONG, REPAIRED}
    assert main(["museum", "sympy", "--write", str(tmp_path / "page.md")]) == 0
    assert "## sympy" in (tmp_path / "page.md").read_text(encoding="utf-8")
    capsys.readouterr()
    assert main(["museum", "sympy", "--write", str(tmp_path / "no" / "page.md")]) == 2
    assert main(["museum", "nonsense"]) == 2


def test_a_museum_that_cannot_judge_says_so_by_its_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def raises() -> Any:
        raise RuntimeError("moved")

    monkeypatch.setattr(run.of_sympy, "EXHIBITS", (SINE, replace(SINE, name="gone", says=raises)))
    assert main(["museum", "numpy"]) == 3
    out = capsys.readouterr().out
    assert "repaired in the installed version" in out
    assert "could not be judged" in out


def test_the_page_is_what_the_command_writes() -> None:
    """Of every library there is a part, and every exhibit is a row."""
    text = (Path(__file__).parents[2] / "docs" / "museum.md").read_text(encoding="utf-8")
    fresh = page([judge(e) for e in exhibits(["sympy"])])
    rows = [r.partition(" | ")[0] for r in fresh.splitlines() if r.startswith("| `")]
    assert all(row in text for row in rows)
    assert all(f"\n## {library} " in text for library in dict.fromkeys(e.library for e in ALL.values()))
