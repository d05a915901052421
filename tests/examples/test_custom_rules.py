"""The example of custom rules: two that are right, one that is wrong on purpose."""

from __future__ import annotations

import jax
import numpy as np
import pytest

import symdiff as sd
from examples import custom_rules
from symdiff.crosscheck.verdict import Verdict


@pytest.mark.parametrize("f", [custom_rules.softplus_loss, custom_rules.orbit])
def test_a_right_rule_agrees(f) -> None:
    sd.assert_agree(f, custom_rules.POINTS[f])


def test_the_clipped_gradient_is_wrong_where_it_clips() -> None:
    x = custom_rules.POINTS[custom_rules.clipped_loss]
    report = sd.crosscheck(custom_rules.clipped_loss, x)
    wrong = {(f.method, f.index) for f in report.findings if f.verdict is Verdict.DIFFER}
    assert wrong == {("jax", (2,))}
    assert all("whose custom_vjp rule is clipped_bwd (custom_rules.py" in f.blame for f in report.findings if f.blame)
    assert sd.crosscheck(custom_rules.clipped_loss, x / 10).ok  # where nothing is clipped, nobody sees it


def test_the_functions_are_what_they_are_called() -> None:
    x = np.array([-20.0, 0.3, 50.0])
    with jax.enable_x64(True):
        np.testing.assert_allclose(custom_rules.log1pexp(x), np.logaddexp(0.0, x), rtol=1e-6)
        E = np.asarray(custom_rules.eccentric_anomaly(0.3, 1.3))
    np.testing.assert_allclose(E - 0.3 * np.sin(E), 1.3, rtol=1e-14)


def test_the_script_says_that_all_is_as_it_should_be(capsys: pytest.CaptureFixture[str]) -> None:
    assert custom_rules.main() == 0
    assert "clipped_bwd" in " ".join(capsys.readouterr().out.split())
