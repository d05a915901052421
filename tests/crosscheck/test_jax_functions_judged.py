"""JAX functions under judgement: right ones agree, wrong custom rules are named, claims in JAX's language opened."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import symdiff as sd
from symdiff.crosscheck import Report
from symdiff.crosscheck.verdict import Verdict
from symdiff.inputs.code import from_code
from symdiff.methods import method as find_method
from symdiff.methods.base import Task
from tests.data_files import FULL
from tests.inputs.jax_functions import FAMILIES, Case

X = np.array([0.3, -0.7, 1.2])


def verdicts(report: Report) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for f in report.findings:
        found.setdefault(f.method, set()).add(str(f.verdict))
    return found


def on_a_line(cases: dict[str, Case], rng: np.random.Generator) -> Callable[[Any], list[Any]]:
    """All functions along a random line through their points, each entry of their values with a random weight: no
    wrong entry of a derivative can hide from that."""
    directions = {n: [rng.uniform(0.5, 1.5, np.shape(a)) for a in args] for n, (_, args) in cases.items()}
    weights: dict[str, list[np.ndarray]] = {}
    for name, (f, args) in cases.items():
        with jax.enable_x64(True):
            shapes = [np.shape(y) for y in jax.tree.leaves(f(*map(jnp.asarray, args)))]
        weights[name] = [rng.uniform(0.5, 1.5, s) for s in shapes]

    def together(t: Any) -> list[Any]:
        found = []
        for name, (f, args) in cases.items():
            moved = [a + t * d for a, d in zip(args, directions[name], strict=True)]
            values = jax.tree.leaves(f(*moved))
            found.append(sum(jnp.sum(w * y) for w, y in zip(weights[name], values, strict=True)))
        return found

    return together


@pytest.mark.parametrize("family", FAMILIES)
def test_a_right_function_agrees(family: str, rng: np.random.Generator) -> None:
    """Certified, by JAX itself and by the tape; SymPy has no derivative of floor.

    Every other function, and all of them with SYMDIFF_FULL=1."""
    cases = dict(list(FAMILIES[family].items())[:: 1 if FULL else 2])
    report = sd.crosscheck(sd.jax_function(on_a_line(cases, rng)), 0.0)
    names = list(cases)
    wrong = [(names[int(f.component.strip("[]"))], f.method, f.verdict, f.reason)
             for f in report.findings if f.verdict not in (Verdict.AGREE, Verdict.UNSUPPORTED)]  # fmt: skip
    assert wrong == []
    assert {m: v for m, v in verdicts(report).items() if m != "symbolic"} == {"tape": {"AGREE"}, "jax": {"AGREE"}}
    assert {name: lamp.state for name, lamp in report.lamps.items() if name in "VDR"} == dict.fromkeys("VDR", "green")
    assert {f.basis for f in report.findings if f.method == "jax"} == {"certified"}


def test_every_operator() -> None:
    every = ("value", "grad", "value_and_grad", "hessian", "jvp", "vjp", "hvp")
    report = sd.assert_agree(lambda x: jnp.sum(jnp.sin(x) ** 3), X, operators=every)
    assert {f.operator for f in report.findings} == set(every)


# -- rules of somebody's own --------------------------------------------------------------------------------


def sine(factor: float) -> Callable[[Any], Any]:
    """sin with a rule that is right times `factor`."""

    @jax.custom_vjp
    def f(x: Any) -> Any:
        return jnp.sin(x)

    def f_bwd(x: Any, ct: Any) -> Any:
        return (factor * ct * jnp.cos(x),)

    f.defvjp(lambda x: (f(x), x), f_bwd)
    return f


@pytest.mark.parametrize("factor", [-1.0, 2.0, 1.0 + 1e-6, 1.0 + 1e-13])
def test_a_wrong_custom_vjp_is_named_with_its_lines(factor: float) -> None:
    rule = sine(factor)
    report = sd.crosscheck(lambda x: jnp.sum(rule(x) * x), X)
    assert verdicts(report) == {"symbolic": {"AGREE"}, "tape": {"AGREE"}, "jax": {"DIFFER"}}
    first = sine.__code__.co_firstlineno
    here = test_a_wrong_custom_vjp_is_named_with_its_lines.__code__.co_firstlineno
    file = "test_jax_functions_judged.py"
    (blame,) = {f.blame for f in report.findings if f.blame}
    assert blame.startswith(
        f"f ({file}, line {first + 3}) at {file}, line {here + 3}, whose custom_vjp rule is f_bwd ({file}, line "
        f"{first + 7}): d/dx"
    )
    with pytest.raises(sd.Disagreement, match="f_bwd"):
        sd.assert_agree(lambda x: jnp.sum(rule(x) * x), X)


def test_a_right_custom_vjp_agrees() -> None:
    rule = sine(1.0)
    sd.assert_agree(lambda x: jnp.sum(rule(x) * x), X, operators=("grad", "hessian", "hvp", "vjp"))


def test_a_custom_vjp_has_no_tangents() -> None:
    rule = sine(1.0)
    report = sd.crosscheck(rule, X, operators=("jvp", "jacobian"))
    jvp = {f.reason for f in report.findings if (f.method, f.operator) == ("jax", "jvp")}
    assert jvp == {"JAX has no jvp of it: can't apply forward-mode autodiff (jvp) to a custom_vjp function"}
    assert {f.verdict for f in report.findings if (f.method, f.operator) == ("jax", "jacobian")} == {Verdict.AGREE}


def test_a_wrong_custom_jvp_inside_a_loop_a_branch_and_a_jit() -> None:
    @jax.custom_jvp
    def square(x: Any) -> Any:
        return x * x

    @square.defjvp
    def square_jvp(primals: Any, tangents: Any) -> Any:
        return square(primals[0]), primals[0] * tangents[0]

    def branch(x: Any) -> Any:
        return jax.lax.cond(x > 0.0, jax.jit(square), jnp.sin, x)

    def f(x: Any) -> Any:
        return jax.lax.scan(lambda c, v: (branch(c) + v, None), x[2], x)[0]

    report = sd.crosscheck(f, X)
    assert "DIFFER" in verdicts(report)["jax"]
    (blame,) = {f.blame for f in report.findings if f.blame}
    assert "custom_jvp rule is square_jvp" in blame


def test_a_rule_that_a_function_does_not_need_is_not_blamed() -> None:
    """The first equation is right, the second wrong."""
    right, wrong = sine(1.0), sine(-1.0)

    def f(x: Any) -> Any:
        y = right(x)
        return wrong(y)

    report = sd.crosscheck(f, 0.4)
    assert next(f.blame for f in report.findings if f.blame).split(" at ")[1].startswith(
        f"test_jax_functions_judged.py, line {f.__code__.co_firstlineno + 2}"
    )


def test_a_stopped_gradient_is_a_rule_like_any_other() -> None:
    report = sd.crosscheck(lambda x: jnp.sum(jax.lax.stop_gradient(x) * x), X)
    assert verdicts(report)["jax"] == {"DIFFER"}
    assert all(f.blame.startswith("stop_gradient at test_jax") for f in report.findings if f.method == "jax")


@pytest.mark.parametrize("result", [lambda ct: (ct, ct), lambda ct: (ct[:, None],), lambda ct: 1 / 0])
def test_a_rule_that_fails_is_a_finding(result: Callable[[Any], Any]) -> None:
    @jax.custom_vjp
    def f(x: Any) -> Any:
        return jnp.sin(x)

    f.defvjp(lambda x: (f(x), x), lambda _, ct: result(ct))
    report = sd.crosscheck(f, X, operators="vjp")
    assert not report.ok
    (why,) = {f.reason for f in report.findings if f.method == "jax"}
    assert "a rule of its own (custom_jvp, custom_vjp) fails" in why
    assert verdicts(report) == {"symbolic": {"AGREE"}, "tape": {"AGREE"}, "jax": {"DIFFER"}}


def test_the_decimals_of_the_function_are_meant_as_their_writer_meant_them() -> None:
    """log_ndtr has sqrt(1/2) in it as a float64; its rule has the density. And a wrong one is still seen."""
    assert sd.crosscheck(lambda x: jnp.sum(jax.scipy.special.log_ndtr(x)), X, methods=["jax"]).ok

    def scaled(wrong: float) -> Callable[[Any], Any]:
        @jax.custom_jvp
        def f(x: Any) -> Any:
            return jnp.exp(0.3 * x)

        f.defjvps(lambda t, y, x: wrong * jnp.exp(0.3 * x) * 0.3 * t)
        return f

    assert sd.crosscheck(scaled(1.0), 0.7, methods=["jax"]).ok
    for wrong in (1.0 + 1e-9, 1.0 + 1e-12):
        assert not sd.crosscheck(scaled(wrong), 0.7, methods=["jax"]).ok


# -- independence ------------------------------------------------------------------------------------------


def test_neither_the_tape_nor_sympy_nor_the_reference_hears_of_a_rule() -> None:
    """Each derivative of the function under a wrong rule is what it is without the rule."""
    wrong, plain = sine(-3.0), jnp.sin
    found = {}
    for name, f in (("wrong", wrong), ("plain", plain)):
        code = from_code(sd.jax_function(lambda x, f=f: jnp.sum(f(x) * x)))
        recording, leaves = code.recorded((X,), {})
        methods = {m: find_method(m) for m in ("tape", "symbolic")}
        answers = [m.arrays(recording.problem, Task("grad", (0,)), leaves, [])[0] for m in methods.values()]
        found[name] = [recording.problem.graph.content(), *(a.tobytes() for a in answers)]
    assert found["wrong"] == found["plain"]


def test_jaxs_column_is_the_very_function() -> None:
    """With JAX's column of the op table broken, a JAX function is judged as before: its native path is its own."""
    calls = []

    def f(x: Any) -> Any:
        calls.append(type(x).__name__)
        return jnp.sum(jnp.sin(x))

    row = sd.TABLE["sin"]
    before = row.jax
    object.__setattr__(row, "jax", lambda x: 1 / 0)
    try:
        assert sd.crosscheck(f, X, methods=["jax"]).ok
    finally:
        object.__setattr__(row, "jax", before)
    assert any("JVPTracer" in name or "Linearize" in name for name in calls)


# -- claims, dtypes, kinks ---------------------------------------------------------------------------------


def loss(x: Any) -> Any:
    return jnp.sum(jnp.sin(x))


def test_claims_in_jax_are_opened() -> None:
    assert sd.crosscheck(loss, X, claimed=lambda x: jnp.cos(x)).ok  # noqa: PLW0108 - a claim of the user's own
    assert sd.crosscheck(loss, jnp.asarray(X), claimed=lambda x: x.at[0].get() * 0 + jnp.cos(x)).ok
    assert sd.crosscheck(loss, X, claimed=np.cos).ok
    assert sd.crosscheck(loss, X, claimed=jax.grad(loss)).ok
    for claimed in (lambda x: -jnp.cos(x), jax.grad(lambda x: -loss(x)), lambda x: jnp.cos(x) * (1.0 + 1e-12)):
        report = sd.crosscheck(loss, X, claimed=claimed)
        (finding, *_) = (f for f in report.findings if f.method.startswith("claimed"))
        assert (str(finding.verdict), finding.reason) == ("DIFFER", "the rule is wrong")


def test_float32() -> None:
    wrong = sine(1.01)
    for x in (X.astype(np.float32), jnp.asarray(X, jnp.float32)):
        assert sd.crosscheck(loss, x).ok
        report = sd.crosscheck(lambda x: jnp.sum(wrong(x)), x)
        assert verdicts(report)["jax"] == {"DIFFER"}
        assert verdicts(report)["tape"] == {"AGREE"}


def test_a_large_function_is_judged_by_the_noise_of_rounding() -> None:
    rule = sine(1.01)
    W = np.random.default_rng(0).standard_normal((45, 45)) / 7.0
    assert sd.crosscheck(lambda w: jnp.sum(jnp.tanh(w @ w.T)), W).ok
    report = sd.crosscheck(lambda w: jnp.sum(rule(w @ w.T)), W)
    assert verdicts(report)["jax"] == {"DIFFER"}
    assert verdicts(report)["tape"] == {"AGREE"}
    assert "f_bwd" in next(f.blame for f in report.findings if f.method == "jax")


def test_a_kink_is_jaxs_own_convention() -> None:
    report = sd.crosscheck(lambda x: jnp.sum(jax.nn.relu(x)), np.array([0.0, 1.0]))
    at_zero = {f.method: (str(f.verdict), f.value, f.reason) for f in report.findings if f.index == (0,)}
    assert at_zero["jax"][:2] == ("KINK", 0.0)
    assert "as if max' = (0, 1)" in at_zero["jax"][2]
    assert report.ok


def test_an_impure_function_is_seen_by_lamp_r() -> None:
    rng = np.random.default_rng(0)
    report = sd.crosscheck(lambda x: jnp.sum(x) * rng.uniform(1.0, 2.0), X)
    assert report.lamps["R"].state == "red"


def test_what_jax_has_no_derivative_of_is_unsupported() -> None:
    def f(x: Any) -> Any:
        return jax.lax.while_loop(lambda c: c[0] < 3, lambda c: (c[0] + 1, jnp.sin(c[1]) + x), (0, x))[1]

    report = sd.crosscheck(f, 0.7)
    assert verdicts(report) == {"symbolic": {"AGREE"}, "tape": {"AGREE"}, "jax": {"UNSUPPORTED"}}
    (why,) = {f.reason for f in report.findings if f.method == "jax"}
    assert why.startswith("JAX has no grad of it: ValueError: Reverse-mode differentiation does not work for")


def test_the_incomplete_beta_function_is_judged() -> None:
    """JAX's program opened by its density, closed where its value is a part of the derivative; a wrong one is seen."""
    x = np.array([0.2, 0.7])
    claims = {"right": lambda x: 12 * x * (1 - x) ** 2, "wrong": lambda x: 12 * x * (1 - x) ** 2 * (1 + 1e-12)}
    report = sd.crosscheck(lambda x: jnp.sum(jax.scipy.special.betainc(2.0, 3.0, x)), x, claimed={"grad": claims})
    assert verdicts(report) == {
        "symbolic": {"AGREE"}, "tape": {"AGREE"}, "jax": {"AGREE"}, "claimed:right": {"AGREE"},
        "claimed:wrong": {"DIFFER"},
    }  # fmt: skip
    closed = sd.crosscheck(lambda x: jnp.sum(jax.scipy.special.betainc(2.0, 3.0, x) ** 2), x)
    assert closed.verdict is Verdict.AGREE
    by_order = sd.crosscheck(lambda p: jax.scipy.special.betainc(p[0], 3.0, p[1]), np.array([2.0, 0.3]))
    assert verdicts(by_order) == {m: {"UNSUPPORTED"} for m in ("symbolic", "tape", "jax")}
    assert verdicts(sd.crosscheck("betainc(a, 3, x)", 2.0, 0.3))["jax"] == {"UNSUPPORTED"}
