"""The report as text: golden files, and what keeps it readable when there is much to say."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.crosscheck import Finding, Lamp, Verdict
from symdiff.reports.cells import error_text, number_text, ulps_text, value_text
from symdiff.reports.text import render

LECTURE = "x1**2*(x2*x3 - 2*x1**2)"

GOLDEN: dict[str, tuple[Any, dict[str, Any]]] = {
    "lecture": (LECTURE, {"at": {"x1": 1, "x2": 2, "x3": 3}}),
    # no jax here: how many digits its tanh loses depends on its version
    "lost_digits": ("tanh(x)", {"at": {"x": 18}, "methods": ["symbolic", "tape"]}),
    "claimed": ("x**3*y", {"at": {"x": 2, "y": 1}, "claimed": ["3*x*y", "x**3"]}),
    "kink": ("abs(x)*y", {"at": {"x": 0, "y": 2}}),
    "outside": ("log(x)", {"at": {"x": -1}}),
    "vector": (["x*y", "x + y"], {"at": {"x": 2, "y": 3}}),
    "hessian": ("x**2*y", {"at": [{"x": 2, "y": 3}, {"x": 1, "y": 1}], "operators": ["hessian"], "methods": ["tape"]}),
    "unsupported": ("abs(x)", {"at": {"x": 2}, "methods": ["complex_step", "tape"]}),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_the_report_is_the_golden_one(name: str, golden: Callable[[str, str], None]) -> None:
    f, options = GOLDEN[name]
    text = str(sd.crosscheck(f, **options))
    golden(f"report_{name}.txt", re.sub(r"\(\d+\.\d\d s\)", "(0.00 s)", text) + "\n")


@pytest.mark.parametrize("name", GOLDEN)
def test_no_line_is_longer_than_the_page(name: str) -> None:
    f, options = GOLDEN[name]
    assert max(map(len, str(sd.crosscheck(f, **options)).splitlines())) <= 100


def test_many_variables_and_many_points_stay_readable() -> None:
    names = [f"a_rather_long_name_{k}" for k in range(30)]
    wrong = ["1"] * 30
    report = sd.crosscheck("*".join(names), points=8, claimed=wrong, methods=["tape"])
    lines = str(report).splitlines()
    assert len(report.findings) == 480
    assert max(map(len, lines)) <= 100
    assert len(lines) < 100
    assert sum(line.strip() == "and 2 more points" for line in lines) == 1
    assert any("and 18 more variables" in line for line in lines)
    assert not any(line.rstrip().endswith("=") for line in lines)  # no name apart from its value
    assert any(re.match(r"grad +claimed +240 .* DIFFER$", line) for line in lines)
    assert lines[-1].startswith("DIFFER: claimed is wrong; tape is right")


@pytest.mark.parametrize("width", [60, 100, 140])
def test_the_width_is_kept(width: int) -> None:
    report = sd.crosscheck("log(x)*sin(y)", at={"x": -1.0, "y": 2.0})
    assert max(map(len, render(report, width=width).splitlines())) <= width


def test_outside_the_domain_is_said_once() -> None:
    text = str(sd.crosscheck("log(x)", at={"x": -1.0}))
    assert text.count("needs an argument above zero") == 1
    assert re.search(r"methods that return a number\s+all the same: symbolic, tape, jax", text)
    assert "lamps: V off; D off; R, B off (text has no callable of its own)" in text


def test_which_point_is_meant() -> None:
    text = str(sd.crosscheck("sqrt(x)", at=[{"x": 4.0}, {"x": -1.0}, {"x": -2.0}], methods=["tape"]))
    assert "got -1 (point #1)" in text
    assert "got -2 (point #2)" in text
    text = str(sd.crosscheck("x**2", at=[{"x": 1.0}, {"x": 2.0}], claimed="2"))
    assert "DIFFER claimed grad d/dx at point #1: 2, truth 4" in text


def test_the_entries_of_several_arrays_are_not_mixed() -> None:
    report = sd.crosscheck(lambda a, b, c: np.sum(a * b) * c, np.array([2.0, 3.0]), np.array([5.0, 7.0]), 1.0,
                           wrt=(0, 1, 2), methods=["tape"])  # fmt: skip
    rows = [line.split() for line in str(report).splitlines() if " tape " in line or " reference " in line]
    assert [(row[0], row[2]) for row in rows if "reference" in row] == [
        ("d/da[0]", "5"), ("d/da[1]", "7"), ("d/db[0]", "2"), ("d/db[1]", "3"), ("d/dc", "31"),
    ]  # fmt: skip
    assert [row[1] for row in rows if row[0] == "tape"] == ["5", "7", "2", "3", "31"]
    assert report.reference == {"grad": [5.0, 7.0, 2.0, 3.0, 31.0]}


def test_a_long_array_is_shown_from_the_least_to_the_greatest() -> None:
    x = np.array([[0.5, -3.25, 7.125]] * 20)
    assert value_text(x) == value_text(x.tolist()) == "20 x 3, -3.25 to 7.125"
    assert value_text(np.zeros(64)) == value_text([0.0] * 64) == "64 numbers, all 0"
    assert value_text(np.array([1.0])) == value_text([1.0]) == "[1]"
    assert value_text(np.zeros((0, 2))) == value_text([]) == "[]"


def test_several_red_lamps_are_red() -> None:
    swallowed = sd.crosscheck(lambda x: np.sum(x**3) if type(x) is np.ndarray else np.sum(x**2), np.array([1.5, 2.5]))
    assert "the derivatives agree, but lamps R and B are red" in str(swallowed)


def test_nothing_to_look_at_is_said() -> None:
    assert "AGREE: no derivative is wrong, as there is no entry" in str(sd.crosscheck(np.sum, np.zeros(0)))


def test_the_last_line_says_who_is_wrong_and_who_is_right() -> None:
    def last(**options: Any) -> str:
        return str(sd.crosscheck("x*y", 2.0, 3.0, **options)).splitlines()[-1]

    assert last(claimed=["y", "y"]).startswith("DIFFER: claimed is wrong; symbolic, tape and jax are right  (")
    assert last(claimed=["y", "y"], methods=["tape"]).startswith("DIFFER: claimed is wrong; tape is right  (")
    both = {"grad": lambda x, y: (x, y), "value": lambda x, y: x + y}
    assert "DIFFER: claimed:<lambda> is wrong; symbolic, tape and jax are right" in last(claimed=both)
    report = sd.crosscheck("x*y", 2.0, 3.0)
    wrong = [replace(f, verdict=Verdict.DIFFER) for f in report.findings]
    report.findings = wrong
    assert "DIFFER: symbolic, tape and jax are wrong; no method is right at every entry" in str(report)


def test_a_red_lamp_alone_is_named() -> None:
    report = sd.crosscheck("x*y", 2.0, 3.0)
    report.lamps["R"] = Lamp("red", "own function gives 7.0, the graph 6.0")
    text = str(report)
    assert "R red (own function gives 7.0, the graph 6.0)" in text
    assert text.splitlines()[-1].startswith("DIFFER: the derivatives agree, but lamp R is red")


def finding(value: float | None, reference: float | None, ulps: float | None) -> Finding:
    return Finding("tape", "grad", "x", (0,), 0, value, reference, ulps, None, "certified", Verdict.AGREE)


@pytest.mark.parametrize(
    ("value", "reference", "ulps", "text"),
    [
        (1.0, 1.0, 0.0, "0 ulp"), (1.0, 1.0, 0.4321, "0.43 ulp"), (1.0, 1.0, 999.0, "1e+03 ulp"),
        (6.0, 12.0, 3.4e15, "50.00%"), (-1.0, 1.0, 9e15, "200.00%"), (1.0 + 1e-9, 1.0, 4.5e6, "1.0e-09 rel"),
        (1e9, 1.0, 4.5e24, "1.0e+09 rel"), (1e-20, 0.0, None, ""), (None, 1.0, None, ""),
        (1.0, 1.0, 1e-5, "1.0e-05 ulp"),
    ],
)  # fmt: skip
def test_an_error_is_something_a_person_can_picture(
    value: float | None, reference: float | None, ulps: float | None, text: str
) -> None:
    assert error_text(finding(value, reference, ulps)) == text


def test_numbers() -> None:
    assert [number_text(v) for v in (None, 4.0, -0.5, 0.1, 1e300, 2e15)] == [
        "-", "4", "-0.5", "0.1", "1e+300", "2000000000000000.0",
    ]  # fmt: skip
    assert ulps_text(None) == ""
    assert error_text(None) == ""


def test_a_text_that_looks_like_markup_is_printed_as_it_is() -> None:
    report = sd.crosscheck("x", 1.0)
    report.source, report.notes = "[red]x[/red] :heart:", ["a :smile: in [bold]brackets[/bold]"]
    text = str(report)
    assert "[red]x[/red] :heart:" in text
    assert "a :smile: in [bold]brackets[/bold]" in text
    report.error = "line 3: [x] is no formula"
    assert "line 3: [x] is no formula" in str(report)
