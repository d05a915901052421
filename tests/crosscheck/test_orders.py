"""Second and third derivatives, and each composition of forward and reverse mode: planted faults that only these see.

At x = 0 and where f(x) = 0 the faults would stay hidden from a check that is seeded with the point or the value.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff import crosscheck
from symdiff.crosscheck.orders import FEW
from symdiff.crosscheck.report import Report
from symdiff.crosscheck.sites import vector_of
from symdiff.crosscheck.verdict import Verdict
from symdiff.methods.modes import COMPOSITIONS, SECOND, THIRD
from tests.faults import accused, pull_back, row

FF, FR, RF, RR = SECOND
POINTS = [("exp(x)", {"x": 0.0}), ("exp(x) - 1", {"x": 0.0}), ("y*exp(x)", {"x": 0.0, "y": 1.5})]


def wrong(report: Report) -> set[str]:
    """The operators with a DIFFER."""
    return {f.operator for f in report.findings if f.verdict is Verdict.DIFFER}


# -- rules of JAX's that are right once ------------------------------------------------------------------------


def detached() -> Callable[..., Any]:
    """exp with a tangent rule whose own derivative is 0: the classic stop_gradient."""
    import jax

    @jax.custom_jvp
    def f(x: Any) -> Any:
        return jax.numpy.exp(x)

    @f.defjvp
    def _(primals: Any, tangents: Any) -> Any:
        return f(*primals), jax.lax.stop_gradient(jax.numpy.exp(primals[0])) * tangents[0]

    return f


def backward_only(slope: Callable[..., Any]) -> Callable[..., Any]:
    """exp with the cotangent rule ct * slope(x)."""
    import jax

    @jax.custom_vjp
    def f(x: Any) -> Any:
        return jax.numpy.exp(x)

    f.defvjp(lambda x: (jax.numpy.exp(x), x), lambda x, ct: (ct * slope(x),))
    return f


def in_one_mode(forward: float, reverse: float) -> Callable[..., Any]:
    """exp whose tangent is multiplied by one number, and whose cotangent by another."""
    import jax
    from jax.custom_derivatives import linear_call

    @jax.custom_jvp
    def f(x: Any) -> Any:
        return jax.numpy.exp(x)

    @f.defjvp
    def _(primals: Any, tangents: Any) -> Any:
        def push(residual: Any, t: Any) -> Any:
            return forward * residual * t

        def pull(residual: Any, ct: Any) -> Any:
            return reverse * residual * ct

        return f(*primals), linear_call(push, pull, jax.numpy.exp(primals[0]), tangents[0])

    return f


@pytest.mark.parametrize(("text", "at"), POINTS)
def test_a_tangent_rule_that_is_right_once_is_wrong_in_every_composition(text: str, at: dict[str, float]) -> None:
    with row("exp", jax=detached()):
        assert crosscheck(text, at=at).ok
        report = crosscheck(text, at=at, order=2)
    assert accused(report) == {"jax"}
    assert wrong(report) == {"hessian", *SECOND}
    assert all("= exp" in blame for blame in report.blame)


@pytest.mark.parametrize(("text", "at"), POINTS)
def test_a_cotangent_rule_that_is_right_once_is_wrong_where_it_is_differentiated(
    text: str, at: dict[str, float]
) -> None:
    import jax

    with row("exp", jax=backward_only(lambda x: jax.lax.stop_gradient(jax.numpy.exp(x)))):
        assert crosscheck(text, at=at).ok
        report = crosscheck(text, at=at, order=2)
    assert accused(report) == {"jax"}
    assert wrong(report) == {"hessian", FR, RR}
    unsupported = {f.operator for f in report.findings if f.verdict is Verdict.UNSUPPORTED}
    assert unsupported == {FF, RF}  # JAX cannot do these, and says so


ONE_MODE = {"forward": ((2.0, 1.0), {"hessian", FR}), "reverse": ((1.0, 2.0), {RR})}


@pytest.mark.parametrize("mode", ONE_MODE)
@pytest.mark.parametrize(("text", "at"), POINTS)
def test_a_second_derivative_that_is_wrong_in_one_mode_only_is_found_there(
    text: str, at: dict[str, float], mode: str
) -> None:
    """The gradient is right in reverse mode; its own derivative is wrong either forward or in reverse."""
    factors, where = ONE_MODE[mode]
    with row("exp", jax=backward_only(in_one_mode(*factors))):
        assert crosscheck(text, at=at).ok
        report = crosscheck(text, at=at, order=2)
    assert accused(report) == {"jax"}
    assert wrong(report) == where
    assert all("= exp" in blame for blame in report.blame)


def test_a_first_derivative_that_is_wrong_forward_only_is_found_by_jvp_and_not_by_grad() -> None:
    with row("exp", jax=in_one_mode(2.0, 1.0)):
        report = crosscheck("exp(x)", at={"x": 0.0}, operators=("grad", "jvp"))
    assert wrong(report) == {"jvp"}


def test_a_rule_that_jax_has_in_reverse_only_is_no_failure() -> None:
    import jax

    with row("exp", jax=backward_only(jax.numpy.exp)):
        report = sd.assert_agree("x*exp(x)", at={"x": 0.5}, order=2)
    assert {f.operator for f in report.findings if f.verdict is Verdict.UNSUPPORTED} == {FF, RF}


def test_a_jax_function_with_a_rule_of_its_own() -> None:
    import jax

    g = detached()

    def f(x: Any) -> Any:
        return jax.numpy.sum(g(x) * x)

    x = np.array([0.3, -0.2])
    assert crosscheck(f, x).ok
    report = crosscheck(f, x, order=2)
    assert accused(report) == {"jax"}
    assert wrong(report) == {"hessian", *SECOND}


def test_functions_too_large_for_balls_and_narrower_ones_have_compositions() -> None:
    """A fault of one mode shows in the measured check as well; all is not done forward along 300 variables."""

    def f(x: Any) -> Any:
        return np.sum(np.tanh(np.exp(A @ x)) ** 2)

    A = np.random.default_rng(0).normal(size=(200, 300)) / 20
    x = np.linspace(-1.0, 1.0, 300)
    report = crosscheck(f, x, order=3)
    assert report.verdict is Verdict.AGREE
    assert {f.operator for f in report.findings} == {"grad", "hvp", FR, RF, RR, "tvp", THIRD[-1]}
    with row("exp", jax=backward_only(in_one_mode(1.0, 2.0))):
        report = crosscheck(f, x, order=2, methods=("tape", "jax"))
    assert wrong(report) == {RR}


def test_a_narrower_dtype_has_products_instead_of_matrices() -> None:
    report = crosscheck(lambda x: np.sum(np.sin(x) * x**3), np.array([0.5, -1.2], np.float32), order=3)
    assert report.ok
    assert {f.operator for f in report.findings} == {"grad", "hvp", *SECOND, "tvp", THIRD[0], THIRD[-1]}


# -- pull-backs of the tape that are right once -----------------------------------------------------------------


def frozen(rule: Callable[..., Any]) -> Callable[..., Any]:
    """The partial as a number: its own derivative is 0."""

    def mutant(ct: Any, y: Any, *args: Any, **params: Any) -> Any:
        plain = [getattr(v, "value", v) for v in (y, *args)]
        return ct * float(rule(1.0, *plain, **params))

    return mutant


@pytest.mark.parametrize("order", [2, 3])
def test_a_pull_back_that_is_right_in_value_is_wrong_in_its_own_derivative(order: int) -> None:
    with pull_back("integer_power", frozen):
        assert crosscheck("x**3", at={"x": 2.0}).ok
        report = crosscheck("x**3", at={"x": 2.0}, order=order)
    assert accused(report) == {"tape"}
    assert {"hessian", *SECOND} <= wrong(report)
    assert all("integer_power" in blame for blame in report.blame)


def test_a_third_derivative_alone_may_be_wrong() -> None:
    """A partial whose curvature alone is lost: x**4 by 4 x**2 * (what x was) * x."""

    def linear(rule: Callable[..., Any]) -> Callable[..., Any]:
        def mutant(ct: Any, y: Any, x: Any, n: int) -> Any:
            if n != 4:
                return rule(ct, y, x, n=n)
            was = float(getattr(x, "value", x))
            return ct * (4.0 * was**3 + 12.0 * was**2 * (x - was))  # the tangent of the partial, at this point

        return mutant

    with pull_back("integer_power", linear):
        assert crosscheck("x**4", at={"x": 2.0}, order=2).ok
        report = crosscheck("x**4", at={"x": 2.0}, order=3)
    assert accused(report) == {"tape"}
    assert wrong(report) == {"third", THIRD[0], THIRD[-1]}


# -- claims -----------------------------------------------------------------------------------------------------

CLAIMS = {
    "x**2'' = 5 at 0": ("x**2", 0.0, "hessian", lambda x: 5.0),
    "(x**2 - 1)'' = 5 where f is 0": ("x**2 - 1", 1.0, "hessian", lambda x: 5.0),
    "x**3''' = 5 at 0": ("x**3", 0.0, "third", lambda x: 5.0),
    "f''' off by what is 0 at f = 0 only": ("exp(x) - 1", 0.5, "third", lambda x: np.exp(x) + (np.exp(x) - 1)),
    "an hvp off by its vector's excess over 1": ("x**3", 0.7, "hvp", lambda x, v: 6 * x[0] * v[0] + (v[0] - 1)),
    "a tvp that forgets one vector": ("x**3", 0.7, "tvp", lambda x, u, v: 6 * u[0]),
    "a tvp that is right for equal vectors": ("x**3", 0.7, "tvp", lambda x, u, v: 6 * u[0] * u[0]),
}


@pytest.mark.parametrize("name", CLAIMS)
def test_wrong_claims_of_higher_order_are_found(name: str) -> None:
    text, x, operator, claim = CLAIMS[name]
    report = crosscheck(text, x, operators=(operator,), claimed={operator: claim})
    assert accused(report) == {"claimed"}


def test_right_claims_of_higher_order_are_right() -> None:
    claims = {
        "hessian": lambda x: 6 * x, "third": lambda x: 6.0, "hvp": lambda x, v: 6 * x * v,
        "tvp": lambda x, u, v: 6 * u * v,
    }  # fmt: skip
    for x in (0.0, 0.7):
        assert crosscheck(lambda x: x**3, x, claimed=claims, order=3).ok
    assert crosscheck("x**2*y", 3.0, 2.0, claimed={"third": ["0", "2", "2", "0", "2", "0", "0", "0"]}).ok


def test_a_claim_of_arrays_gets_tangents_like_its_arguments() -> None:
    def f(x: Any) -> Any:
        return np.sum(x**4)

    x = np.array([[0.5, -1.0], [2.0, 0.0]])
    assert crosscheck(f, x, claimed={"tvp": lambda x, u, v: 24 * x * u * v}).ok
    report = crosscheck(f, x, claimed={"tvp": lambda x, u, v: 24 * x * u * u})
    assert accused(report) == {"claimed"}


# -- right and hard ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", range(7))
def test_powers_at_0(n: int) -> None:
    assert crosscheck(f"x**{n}", at={"x": 0.0}, order=3).verdict is Verdict.AGREE
    assert crosscheck(lambda x: x**n, 0.0, order=3).verdict is Verdict.AGREE


@pytest.mark.parametrize("n", [0.0, 1.0, 2.0, 3.0])
def test_powers_with_an_exponent_in_floating_point(n: float) -> None:
    """jnp.power(x, 2.0) has a nan for a third derivative at 0; nobody else is accused."""
    assert accused(crosscheck(lambda x: x**n, 0.0, order=3)) <= {"jax"}


RIGHT = {
    "exp and log": ("exp(x)*log(y)", {"x": -40.0, "y": 1e-3}),
    "saturated": ("exp(-x) + log1p(x)", {"x": 300.0}),
    "a tail of tanh": ("tanh(x)", {"x": 9.0}),
    "relu(x)**4 at 0": ("relu(x)**4", {"x": 0.0}),
    "zero in every derivative": ("x**2*y**2", {"x": 0.0, "y": 0.0}),
}


@pytest.mark.parametrize("name", RIGHT)
def test_nobody_is_accused_of_a_right_third_derivative(name: str) -> None:
    text, at = RIGHT[name]
    report = crosscheck(text, at=at, order=3)
    assert not accused(report)
    assert report.verdict in (Verdict.AGREE, Verdict.INACCURATE)


@pytest.mark.parametrize("x", [0.0, 1e-300, 0.25, 1.0, 7.5])
def test_sinc_is_right_up_to_the_third_derivative(x: float) -> None:
    report = crosscheck(lambda x: np.sinc(x), x, order=3)  # noqa: PLW0108 - a user's function
    bad = [f for f in report.findings if f.verdict is not Verdict.AGREE and f.method != "jax"]
    assert not bad
    assert not accused(report) or x == 1e-300  # JAX's 0/0 overflows to nan beside 0
    if x == 0.0:
        assert report.verdict is Verdict.AGREE
        assert report.reference["hessian"] == [pytest.approx(-(np.pi**2) / 3, rel=1e-15)]
        assert report.reference["third"] == [0.0]


KINKS = {
    "x*abs(x)": {"hessian": Verdict.KINK},
    "abs(x)**3": {"hessian": Verdict.AGREE, "third": Verdict.KINK},
    "x**2.5": {"hessian": Verdict.AGREE, "third": Verdict.KINK},
    "x**1.5": {"hessian": Verdict.KINK, "third": Verdict.KINK},
}


@pytest.mark.parametrize("text", KINKS)
def test_kinks_of_the_second_and_third_derivative(text: str) -> None:
    report = crosscheck(text, at={"x": 0.0}, operators=tuple(KINKS[text]))
    for operator, verdict in KINKS[text].items():
        assert {f.verdict for f in report.findings if f.operator == operator} == {verdict}


@pytest.mark.parametrize(("text", "operator", "claim"), [
    ("x*abs(x)", "hessian", "3"), ("abs(x)**3", "third", "7"), ("abs(x)**3", "hessian", "1"),
    ("x**2.5", "third", "0"), ("x*abs(x) + x*y", "hessian", ["0", "2", "1", "0"]),
])  # fmt: skip
def test_what_no_piece_has_is_wrong(text: str, operator: str, claim: Any) -> None:
    at = {"x": 0.0, "y": 0.5} if "y" in text else {"x": 0.0}
    report = crosscheck(text, at=at, claimed={operator: claim})
    assert accused(report) == {"claimed"}


def test_the_square_of_a_norm_has_a_hessian_at_0_and_nan_is_wrong() -> None:
    report = crosscheck("sqrt(x**2 + y**2)**2", at={"x": 0.0, "y": 0.0}, claimed={"hessian": ["2", "0", "0", "2"]})
    assert "claimed" not in accused(report)
    assert "tape" in accused(report)
    assert report.reference["hessian"] == [2.0, 0.0, 0.0, 2.0]


# -- what is asked for ------------------------------------------------------------------------------------------


def test_an_order_is_the_operators_up_to_it() -> None:
    def asked(f: Any, *args: Any, **options: Any) -> list[str]:
        return list(dict.fromkeys(f.operator for f in crosscheck(f, *args, **options).findings))

    assert asked("x**2", 3.0, order=1) == ["grad"]
    assert asked("x**2", 3.0, order=2) == ["grad", "hessian", *SECOND]
    assert asked("x**2", 3.0, order=3) == ["grad", "hessian", *SECOND, "third", THIRD[0], THIRD[-1]]
    many = np.linspace(0.5, 1.5, FEW + 1)
    assert asked(lambda x: np.sum(x**3), many, order=3) == ["grad", "hvp", *SECOND, "tvp", THIRD[0], THIRD[-1]]
    assert asked(["x**2", "x*y"], 3.0, 2.0, order=2) == ["jacobian", "hessian"]
    claimed = {"vjp": lambda x, ct: 2 * x[0] * ct[0]}
    assert asked("x**2", 3.0, order=1, claimed=claimed) == ["grad", "vjp"]


def test_a_composition_is_asked_of_methods_that_have_modes() -> None:
    report = crosscheck("x**3", 2.0, operators=(FR,))
    assert [f.method for f in report.findings] == ["tape", "jax"]
    report = crosscheck("x**3", 2.0, operators=(FR,), methods=("symbolic",))
    assert report.verdict is Verdict.UNSUPPORTED
    assert not report.ok


@pytest.mark.parametrize("name", COMPOSITIONS)
def test_every_composition_is_the_same_derivative_of_numbers_and_of_arrays(name: str) -> None:
    def of_arrays(x: Any, y: Any) -> Any:
        return np.sum(np.sin(x) * y**2) * np.exp(np.mean(x))

    operators = (name, name[:3])
    assert crosscheck("sin(x)*y**2 + exp(x*y)", 0.7, -1.2, operators=operators).verdict is Verdict.AGREE
    x, y = np.array([[0.3, -0.8], [1.1, 0.0]]), np.array([1.5, -0.4])
    report = crosscheck(of_arrays, x, y, wrt=(0, 1), operators=operators)
    assert report.verdict is Verdict.AGREE
    by_name = report.reference
    assert by_name[name] == pytest.approx(by_name[name[:3]], rel=1e-15)


def test_a_variable_that_is_chosen_twice_moves_by_both() -> None:
    operators = ("jvp", "hessian", "hvp", *SECOND, "third", "tvp", *THIRD)
    assert crosscheck("x*y**2 + x**3", 1.5, 0.5, wrt=["x", "y", "x"], operators=operators).verdict is Verdict.AGREE


BAD = {
    "order=4: expected 1, 2 or 3": {"order": 4},
    "order=True: expected 1, 2 or 3": {"order": True},
    "not both": {"order": 2, "operators": ("grad",)},
    "compositions of modes are": {"operators": ("hvp[sideways]",)},
    "claim the derivative itself": {"operators": (FR,), "claimed": {FR: lambda x, v: v}},
}


@pytest.mark.parametrize("sentence", BAD)
def test_what_cannot_be_asked_is_refused_in_a_sentence(sentence: str) -> None:
    with pytest.raises(sd.InputError, match=sentence):
        crosscheck("x**2", 1.0, **BAD[sentence])


def test_a_third_derivative_by_many_variables_is_refused() -> None:
    with pytest.raises(sd.InputError, match="ask for tvp"):
        crosscheck(lambda x: np.sum(x**3), np.ones(17), operators="third")


def test_no_seed_is_special() -> None:
    """No entry is 0 or 1 or equal to another: two tangents are not parallel, and sums of them do not vanish."""
    for seed in range(50):
        v = np.array(vector_of(8, seed, 0))
        assert np.all((np.abs(v) >= 0.5) & (np.abs(v) < 1.5) & (np.abs(v) != 1.0))
        assert len(set(np.abs(v))) == 8
    assert {float(np.sign(x)) for seed in range(50) for x in vector_of(2, seed, 0)} == {-1.0, 1.0}


# -- the operator -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["symbolic", "tape", "jax", "ball"])
def test_third_has_the_shapes_of_hessian_and_one_axis_more(method: str) -> None:
    assert sd.third("x**4", method=method)(2.0) == 48.0
    assert sd.third("x**2*y", method=method, wrt=("x",))(3.0, 2.0) == (((0.0,),),)
    assert sd.third(["x**3", "x*y"], method=method, wrt="x")(1.0, 2.0) == (6.0, 0.0)
    x = np.array([1.0, 2.0])
    found = sd.third(lambda x: np.sum(x**3) + x[0] ** 2 * x[1], method=method)(x)
    expected = np.zeros((2, 2, 2))
    expected[0, 0, 0] = expected[1, 1, 1] = 6.0
    expected[0, 0, 1] = expected[0, 1, 0] = expected[1, 0, 0] = 2.0
    np.testing.assert_allclose(found, expected, rtol=1e-15)


def test_third_by_several_arguments_is_nested_as_jax_nests() -> None:
    import jax

    def f(x: Any, y: Any) -> Any:
        return np.sum(x**2) * y**2

    def g(x: Any, y: Any) -> Any:
        return jax.numpy.sum(x**2) * y**2

    x, y = np.array([1.0, 2.0]), 3.0
    with jax.enable_x64(True):
        theirs = jax.jacfwd(jax.jacfwd(jax.jacrev(g, (0, 1)), (0, 1)), (0, 1))(x, y)
    for method in ("tape", "jax", "symbolic"):
        ours = sd.third(f, method=method, wrt=(0, 1))(x, y)
        assert jax.tree.structure(ours) == jax.tree.structure(theirs)
        for a, b in zip(jax.tree.leaves(ours), jax.tree.leaves(theirs), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-14)


def test_values_alone_do_not_do_for_a_third_derivative() -> None:
    with pytest.raises(sd.UnsupportedError, match="no digits left"):
        sd.third("x**3", method="finite_difference")(1.0)
