"""The series tasks as they are measured: the baselines stand beside, and what is no better than they are is said."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from symdiff.errors import InputError
from symdiff.learn import forecasting, learn_series
from tests.data_files import FULL


def test_narma_s_report_has_its_baselines_and_its_contract() -> None:
    found = learn_series("narma", units=60, seeds=2)
    assert len(found.errors) == 2
    assert found.baselines["AR(20)"] == pytest.approx(0.41, abs=0.005)
    assert found.baselines["the mean"] == pytest.approx(1.0, abs=0.01)
    assert found.contract is not None
    assert found.contract.ok, str(found)
    text = str(found)
    assert "60 units, mean of 2 seeds" in text
    assert "baseline: AR(20)" in text
    assert "no better" not in text
    assert json.loads(json.dumps(found.to_dict()))["mean"] == found.mean


def test_what_is_no_better_than_a_linear_model_is_said_to_be() -> None:
    found = learn_series("narma", units=12, check=False)
    assert found.mean >= found.baselines["AR(20)"]
    assert "no better than a plain method" in str(found)


def test_without_a_bias_and_around_zero_there_are_no_even_terms(monkeypatch: pytest.MonkeyPatch) -> None:
    """The trap of a default that other packages have: the baseline beside shows it."""
    recipe = forecasting.RECIPES["narma"]
    monkeypatch.setitem(forecasting.RECIPES, "narma", replace(recipe, options={**recipe.options, "bias": 0.0}))
    monkeypatch.setattr(forecasting, "NARMA_SCALE", (4.0, 1.0))
    found = learn_series("narma", units=100, check=False)
    assert found.mean > 0.9 * found.baselines["AR(20)"]


def test_mackey_glass_leaves_its_baselines_behind() -> None:
    found = learn_series("mackey-glass", units=120, check=False)
    assert found.mean < 0.1 < 0.5 < found.baselines["AR(20)"] < found.baselines["persistence"]
    assert found.contract is None
    assert {len(values) for values in found.first.shown.values()} == {len(found.first.true)}


@pytest.mark.skipif(not FULL, reason="half a minute; SYMDIFF_FULL=1 runs it")
def test_the_goals_with_a_thousand_units() -> None:
    assert learn_series("mackey-glass", units=1000, seeds=2, check=False).mean <= 7e-5


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("narmaa",), "did you mean.*narma|narmaa.*narma"),
        (("narma", 0), "units=0"),
        (("narma", 10, 0), "seeds=0"),
        (("narma", 10, 1, -1.0), "ridge=-1.0"),
    ],
)
def test_what_is_no_task_is_refused(arguments, said: str) -> None:
    with pytest.raises(InputError, match=said):
        learn_series(*arguments)
