"""The battery is as large and as varied as it says, and every case can be asked of every checker."""

from __future__ import annotations

import inspect
from collections import Counter
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

from benchmarks.trust import battery
from benchmarks.trust.battery import FAMILIES, cases, counts, forms
from benchmarks.trust.battery.case import Case, Family

ROOM = Path(battery.__file__).parent
ALL = list(cases())
FIRST = [next(cases(family)) for family in FAMILIES]  # one of each family, where asking a library takes long


def named(case: Any) -> str:
    return f"{case.family}: {case.name}"


def test_there_are_enough_of_both_kinds() -> None:
    found = counts()
    assert found["wrong"] >= 150
    assert found["right"] >= 150
    assert sum(found.values()) == len(ALL)


def test_the_readme_tells_the_counts() -> None:
    text, found = (ROOM / "README.md").read_text(), counts()
    assert f"{found['wrong']} wrong, {found['right']} right but hard and {found['inaccurate']} inaccurate" in text


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_has_wrong_and_right_ones_and_fits_its_file(family: str) -> None:
    assert next(cases(family, "wrong")).wrong
    assert not next(cases(family, "right")).wrong
    assert {case.family for case in cases(family)} == {family}
    assert len((ROOM / f"{family}.py").read_text().splitlines()) < 300


def test_every_file_of_the_room_is_a_family_or_part_of_the_frame() -> None:
    frame = {"__init__", "case", "exact", "forms", "spaces", "truth"}
    assert {path.stem for path in ROOM.glob("*.py")} == frame | set(FAMILIES)


def test_no_two_cases_share_a_name_and_each_says_why() -> None:
    assert not [name for name, n in Counter(case.name for case in ALL).items() if n > 1]
    assert not [case.name for case in ALL if not case.why.endswith((".", "?"))]


@pytest.mark.parametrize("case", ALL, ids=named)
def test_a_case_is_a_plain_function_with_a_claim_of_the_same_structure(case: Case) -> None:
    args = case.copies()
    with np.errstate(all="ignore"):
        value, claimed = case.f(*args), case.claimed(*args)
    assert np.shape(value) == ()
    assert np.isfinite(value)
    assert np.asarray(value).dtype == np.float64
    assert [len(inspect.signature(g).parameters) for g in (case.f, case.claimed)] == [len(case.point)] * 2
    parts = claimed if len(case.point) > 1 else (claimed,)
    assert [np.shape(g) for g in parts] == [np.shape(x) for x in case.point]
    assert all(np.array_equal(a, b) for a, b in zip(args, case.point, strict=True)), "it writes into its arguments"


@pytest.mark.parametrize("case", ALL, ids=named)
def test_the_flat_form_has_the_same_value_and_claim(case: Case) -> None:
    f, g, x = forms.flat(case)
    with np.errstate(all="ignore"):
        assert f(x) == case.f(*case.copies())
    claimed = np.concatenate([np.ravel(part) for part in forms.claims(case, *case.copies())])
    assert np.array_equal(g(x), claimed, equal_nan=True)


@pytest.mark.parametrize("forward", [False, True], ids=["reverse", "forward"])
@pytest.mark.parametrize("case", FIRST, ids=named)
def test_jax_gets_the_claim(case: Case, forward: bool) -> None:
    with jax.enable_x64(True):
        f = forms.in_jax(case, forward)
        np.testing.assert_allclose(f(*case.point), case.f(*case.copies()), rtol=1e-12)
        if forward:
            args = tuple(np.asarray(x) for x in case.point)
            _, slope = jax.jvp(f, args, tuple(np.ones_like(x) for x in args))
            np.testing.assert_allclose(slope, sum(np.sum(g) for g in forms.claims(case, *case.copies())), rtol=1e-12)
        else:
            found = jax.grad(f, argnums=tuple(range(len(case.point))))(*case.point)
            _assert_claimed(case, found)


def test_jax_gets_a_function_that_it_does_not_have_as_a_callback() -> None:
    case = next(case for case in cases("special_functions") if case.name == "J0 at 50")
    with jax.enable_x64(True):
        assert not forms.native_in_jax(case)
        _assert_claimed(case, (jax.grad(forms.in_jax(case))(*case.point),))


def test_torch_gets_the_claims() -> None:
    torch = pytest.importorskip("torch")
    for case in ALL:
        args = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in case.copies()]
        value = forms.in_torch(case)(*args)
        with np.errstate(all="ignore"):
            assert value.item() == case.f(*case.copies()), case.name
        value.backward()
        _assert_claimed(case, [x.grad.numpy() for x in args])


def test_autograd_gets_the_claims() -> None:
    autograd = pytest.importorskip("autograd")
    for case in ALL:
        found = autograd.grad(forms.in_autograd(case), argnum=tuple(range(len(case.point))))(*case.copies())
        _assert_claimed(case, found)


def _assert_claimed(case: Case, found: Any) -> None:
    for a, b in zip(found, forms.claims(case, *case.copies()), strict=True):
        assert np.array_equal(np.asarray(a), b, equal_nan=True), case.name


def test_a_point_is_handed_out_anew() -> None:
    case = next(case for case in ALL if isinstance(case.point[0], np.ndarray))
    case.copies()[0][:] = 0
    assert np.any(case.point[0] != 0)


def test_a_family_keeps_what_it_is_given() -> None:
    family = Family("mine")
    family.wrong("name", lambda np, x: x**2, lambda np, x: x, 3, "why.", source="a book")
    (case,) = family.cases
    assert (case.kind, case.point, case.source, case.f(2.0), case.claimed(2.0)) == ("wrong", (3.0,), "a book", 4.0, 2.0)
