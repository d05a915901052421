"""The table of conventions: every kink of the op table is in it, and every number is what the library says now."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from importlib import metadata
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from symdiff.crosscheck.kinks import convention_table
from symdiff.crosscheck.kinks.convention_table import (
    Convention,
    Conventions,
    all_conventions,
    conventions_at,
    kinks_of,
    problem_of,
)
from symdiff.crosscheck.verdict import Verdict
from symdiff.errors import InputError
from symdiff.ops import TABLE
from symdiff.ops.row import Domain, Kink
from symdiff.reports.conventions import conventions_text
from tests.faults import Rule, pull_back

KINKED = [r for r in TABLE.values() if r.kink is not None and not (r.boolean or r.params)]  # nobody has chosen those


@pytest.fixture(scope="module")
def table() -> Conventions:
    return all_conventions()


def rows_of(table: Conventions, function: str, **point: Any) -> list[Convention]:
    return [r for r in table.rows if r.function == function and (not point or dict(r.point) == point)]


def taken(found: list[Convention], method: str) -> list[float | None]:
    return [r.values[method] for r in found]


# -- where the kinks are -------------------------------------------------------------------------------------


def without_a_kink() -> list[str]:
    """The rows some of whose switching functions are never zero at the places found."""
    found = []
    for r in KINKED:
        met = np.array([each.parts for each in kinks_of(r)])
        if not len(met) or not met.any(axis=0).all():
            found.append(r.name)
    return found


def test_every_switching_function_of_every_row_is_zero_somewhere() -> None:
    assert without_a_kink() == []


def test_a_kink_that_is_not_found_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(convention_table, "NUMBERS", (0.0, 1.0))
    assert without_a_kink() == ["asin", "acos"]  # at -1


@pytest.mark.parametrize("name", [r.name for r in KINKED])
def test_the_places_are_kinks_inside_the_domain(name: str) -> None:
    r = TABLE[name]
    assert r.kink is not None
    for each in kinks_of(r):
        at = r.kink.at(*each.args)
        parts = at if isinstance(at, tuple) else (at,)
        assert 0.0 in [float(part) for part in parts]
        assert r.domain.outside is None or not r.domain.outside(*each.args)


def test_every_kind_of_place_is_looked_at_once() -> None:
    for r in KINKED:
        kinds = [(each.parts, tuple(a == 0 for a in each.args)) for each in kinks_of(r)]
        assert len(kinds) == len(set(kinds))


def test_outside_the_domain_nobody_is_asked() -> None:
    assert kinks_of(TABLE["sqrt"])
    assert kinks_of(replace(TABLE["sqrt"], domain=Domain(lambda x: x <= 0))) == []


def test_a_kink_of_any_arguments_has_variables_all_the_same() -> None:
    assert problem_of(replace(TABLE["max"], kink=Kink(lambda *args: args[0] - args[1], (0.5, 0.5), ""))).names == (
        "x1", "x2",
    )  # fmt: skip


def test_rows_without_a_kink_and_comparisons_have_none() -> None:
    assert kinks_of(TABLE["sin"]) == []
    assert kinks_of(TABLE["less"]) == []


def test_every_row_with_a_kink_is_in_the_table(table: Conventions) -> None:
    said = {r.function for r in table.rows}
    for r in KINKED:
        assert problem_of(r).source in said


# -- what they say -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "point", "f", "args"),
    [
        ("abs(x)", {"x": 0.0}, jnp.abs, (0.0,)),
        ("max(a, b)", {"a": 0.0, "b": 0.0}, jnp.maximum, (0.0, 0.0)),
        ("min(a, b)", {"a": 0.0, "b": 0.0}, jnp.minimum, (0.0, 0.0)),
        ("clip(x, lo, hi)", {"x": 0.0, "lo": 0.0, "hi": 1.0}, jnp.clip, (0.0, 0.0, 1.0)),
        ("sqrt(x)", {"x": 0.0}, jnp.sqrt, (0.0,)),
        ("hypot(a, b)", {"a": 0.0, "b": 0.0}, jnp.hypot, (0.0, 0.0)),
        ("floor(x)", {"x": 0.0}, jnp.floor, (0.0,)),
        ("a**b", {"a": 0.0, "b": 0.5}, jnp.power, (0.0, 0.5)),
        ("relu(x)", {"x": 0.0}, jax.nn.relu, (0.0,)),
        ("atan2(y, x)", {"y": 0.0, "x": -1.0}, jnp.arctan2, (0.0, -1.0)),
    ],
)
def test_jax_takes_what_jax_takes(table: Conventions, function: str, point: Any, f: Any, args: Any) -> None:
    with jax.enable_x64(True):
        expected = [float(g) for g in jax.grad(f, argnums=tuple(range(len(args))))(*map(jnp.float64, args))]
    found = {r.argument: r.values["jax"] for r in rows_of(table, function, **point)}
    np.testing.assert_array_equal([found[name] for name in point], expected)


def test_the_numbers_are_asked_for_and_not_written_down() -> None:
    """A tape that takes 1/4 of |x| at 0 is quoted with 1/4; one that takes 2 is wrong."""

    def taking(slope: float) -> Rule:
        return lambda ct, y, x: ct * np.where(np.equal(x, 0.0), slope, np.where(x > 0, 1.0, -1.0))

    for slope, verdict in ((0.25, Verdict.KINK), (2.0, Verdict.DIFFER)):
        with pull_back("abs", lambda _, slope=slope: taking(slope)):
            (found,) = conventions_at("abs(x)", {"x": 0.0}).rows
        assert (found.values["tape"], found.verdicts["tape"]) == (slope, verdict)
    (found,) = conventions_at("abs(x)", {"x": 0.0}).rows
    assert found.values["tape"] not in (0.25, 2.0)


def test_places_with_one_answer_stand_once_and_places_with_a_derivative_not_at_all(table: Conventions) -> None:
    assert [r.argument for r in rows_of(table, "max(a, b)")] == ["a", "b"]
    assert len({tuple(r.point.values()) for r in rows_of(table, "clip(x, lo, hi)")}) >= 3  # lo, hi, both
    for r in rows_of(table, "clip(x, lo, hi)"):
        assert r.point["lo"] <= r.point["hi"]  # for lo > hi it is hi


def test_a_number_that_is_wrong_is_no_convention(table: Conventions) -> None:
    """relu(x) - relu(-x) is x."""
    (found,) = rows_of(table, "relu(x) - relu(-x)")
    assert found.reference == 1.0
    for name, value in found.values.items():
        assert (found.verdicts[name] is Verdict.DIFFER) == (value != 1.0)


def test_second_derivatives_are_asked_for_where_the_first_are_smooth(table: Conventions) -> None:
    """x*|x| has the slope 2|x|, and that the slopes -2 and 2: what is outside of them is no second derivative."""
    (found,) = rows_of(table, "x*abs(x)")
    assert found.operator == "hessian"
    assert all(value is not None and -2.0 <= value <= 2.0 for value in found.values.values())


def test_ties_of_arrays(table: Conventions) -> None:
    found = rows_of(table, "np.max(a)")
    assert [r.argument for r in found] == ["a[0]", "a[1]", "a[2]"]
    for name in table.methods:
        each = taken(found, name)
        assert sum(v for v in each if v is not None) == pytest.approx(1.0, abs=1e-15)
        assert {r.verdicts[name] for r in found} == {Verdict.KINK}
    assert len(rows_of(table, "np.sort(a)")) == 4


def test_the_versions_are_the_installed_ones(table: Conventions) -> None:
    assert table.versions["jax"] == jax.__version__
    assert table.versions["sympy"] == metadata.version("sympy")


def test_a_library_that_is_not_installed_is_said_to_be_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(convention_table, "LIBRARIES", ("numpy", "no-such-library-of-this-name"))
    assert list(convention_table.versions().values()) == [np.__version__, "not installed as a package"]


def test_methods_are_chosen_and_unknown_ones_refused() -> None:
    found = conventions_at("max(x, 2*x)", {"x": 0.0}, methods=["tape"])
    assert found.methods == ("tape",)
    assert [set(r.values) for r in found.rows] == [{"tape"}]
    with pytest.raises(InputError, match="'nobody' is not known"):
        all_conventions(["nobody"])


def test_progress_is_told_function_by_function() -> None:
    told: list[tuple[int, int]] = []
    all_conventions(["tape"], lambda done, total: told.append((done, total)))
    count = told[0][1]
    assert told == [(k, count) for k in range(1, count + 1)]


# -- how it is shown -----------------------------------------------------------------------------------------


def test_as_json(table: Conventions) -> None:
    data = json.loads(json.dumps(table.to_dict(), allow_nan=False))
    assert data["versions"] == dict(table.versions)
    assert len(data["conventions"]) == len(table.rows)
    for plain, r in zip(data["conventions"], table.rows, strict=True):
        assert plain["verdicts"] == {name: str(v) for name, v in r.verdicts.items()}
        for name, value in r.values.items():
            said = plain["values"][name]
            assert said == (str(value) if value is not None and not math.isfinite(value) else value)


def test_as_text(table: Conventions) -> None:
    text = conventions_text(table)
    assert text.startswith(f"symdiff-toolkit {table.versions['symdiff-toolkit']}, sympy ")
    lines = text.splitlines()
    assert lines[2].split() == ["at", *table.methods]
    at = {line.split("  ")[0]: line for line in lines[3:]}
    shares = rows_of(table, "max(a, b)")
    for name in table.methods:
        assert f"({', '.join(f'{v:g}' for v in taken(shares, name) if v is not None)})" in at["max(a, b)"]
    assert at["max(a, b)"].endswith("  KINK")
    assert "the derivative is 1" in at["relu(x) - relu(-x)"]
    assert "hessian of x*abs(x)" in at
    assert "KINK: no derivative here" in text


def test_a_reference_that_json_has_no_number_for() -> None:
    (plain,) = one({"tape": math.inf}, {"tape": Verdict.AGREE}, math.inf).to_dict()["conventions"]
    assert (plain["values"]["tape"], plain["reference"]) == ("inf", "inf")


def test_the_entries_of_a_point_stand_together_under_the_worst_verdict() -> None:
    (first,) = one({"tape": 1.0}, {"tape": Verdict.KINK}).rows
    rows = [replace(first, values={"tape": float(k)}, argument=f"x[{k}]") for k in range(10)]
    rows[3] = replace(rows[3], verdicts={"tape": Verdict.DIFFER})
    rows[4] = replace(rows[4], verdicts={"tape": Verdict.AGREE})
    line = conventions_text(Conventions(("tape",), tuple(rows), {})).splitlines()[3]
    assert line.endswith("(0, 1, 2, 3, 4, 5, 6, 7, 8, ...)  DIFFER")


def one(values: dict[str, float | None], verdicts: dict[str, Verdict], reference: float | None = None) -> Conventions:
    found = Convention("f(x)", {"x": 0.0}, "grad", "x", "", values, verdicts, dict.fromkeys(values, ""), reference)
    return Conventions(tuple(values), (found,), {"library": "1"})


def test_methods_that_are_judged_apart_are_named() -> None:
    text = conventions_text(
        one({"tape": 1.0, "jax": math.nan, "symbolic": None},
            {"tape": Verdict.KINK, "jax": Verdict.DIFFER, "symbolic": Verdict.UNSUPPORTED})
    )  # fmt: skip
    line = text.splitlines()[3]
    assert line.split("  ")[0] == "f(x)"
    assert line.split()[4:7] == ["1", "nan", "-"]
    assert line.endswith("KINK: tape; DIFFER: jax; UNSUPPORTED: symbolic")


def test_where_there_is_a_derivative_there_is_nothing_to_choose() -> None:
    text = conventions_text(conventions_at("x**2", {"x": 1.0}), reasons=True)
    assert "AGREE; the derivative is 2" in text
    assert text.endswith("there is a derivative here, and nothing to choose")
