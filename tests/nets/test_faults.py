"""Mistakes in one layer of a hand-written backpropagation: caught, and the layer and the op are named."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.crosscheck.report import Report
from symdiff.crosscheck.verdict import Verdict
from symdiff.inputs.code import from_code
from symdiff.inputs.recorded import Recorded
from tests.nets.backpropagation import Fault, Student

# widths, activations, loss, penalty, batch. A batch as large as a layer lets a sum go over the wrong axis.
SMALL = {
    "tanh, softmax": ([3, 4, 3], ("tanh",), "softmax_cross_entropy", 0.0, 5),
    "sigmoid, softmax, l2": ([3, 3, 3, 3], ("sigmoid", "sigmoid"), "softmax_cross_entropy", 0.25, 3),
    "mixed, mse": ([3, 3, 3, 3, 2], ("tanh", "softplus", "relu"), "mse", 0.0, 4),
    "last layer not linear": ([2, 3, 3], ("tanh", "sigmoid"), "mse", 0.125, 4),
}
LARGE = {"measured": ([20, 40, 40, 10], ("tanh", "sigmoid"), "softmax_cross_entropy", 0.125, 30)}


Case = tuple[list[int], tuple[str, ...], str, float, int]


def the_net(case: str | Case) -> tuple[Any, tuple[Any, Any, Any], Student]:
    """The net, its arguments, and the right backpropagation."""
    widths, sigmas, loss, l2, count = (SMALL | LARGE)[case] if isinstance(case, str) else case
    net = sd.mlp(widths, activation=sigmas, loss=loss, l2=l2)
    rng = np.random.default_rng(7)
    params = net.init(seed=3)
    for layer in params:
        layer["b"] = rng.normal(size=layer["b"].shape)
    X = rng.normal(size=(count, widths[0]))
    y = rng.normal(size=(count, widths[-1])) if loss == "mse" else rng.integers(0, widths[-1], count)
    each = tuple(map(str, net.activations))
    return net, (params, X, y), Student(each, loss, l2)


def faults(case: str | Case) -> Iterator[Fault]:
    """Every mistake that can be made in each layer of the net, and by what it should be named."""
    widths, _, loss, l2, count = (SMALL | LARGE)[case] if isinstance(case, str) else case
    net, _, _ = the_net(case)
    for k in range(1, net.depth + 1):
        square, sigma = widths[k] == widths[k - 1], net.activations[k - 1]
        if not sigma.linear:
            yield Fault("slope at z", k, (f"taken at z{k}", f"of {sigma}"))
            yield Fault("slope missing", k, ("sigma'", "missing", f"of {sigma}"))
            yield Fault("slope squared", k, ("squared", f"of {sigma}"))
            yield Fault("delta mean", k, (f"u{k}bar", "divided by N", "mean"))
            yield Fault("sign", k, (f"u{k}bar", "sign"))
        if str(sigma) in ("tanh", "sigmoid"):
            yield Fault("answer's slope at u", k, (f"u{k} is put in", f"of {sigma}"))
        if square:
            yield Fault("W transposed", k, (f"gradient of W{k} is transposed",))
        if square and k > 1:
            yield Fault("back not transposed", k, (f"W{k} stands where its transpose",))
        if k > 1 and not net.activations[k - 2].linear:
            yield Fault("W with u", k, (f"u{k - 1}, not with z{k - 1}",))
        yield Fault("bias sum missing", k, ("bias sum is missing", f"b{k}"))
        yield Fault("bias mean", k, ("mean", "sum", f"b{k}"))
        if count == widths[k]:
            yield Fault("bias axis", k, ("axis 1", "bias sum"))
        if l2:
            yield Fault("penalty missing", k, (f"penalty of W{k} is missing",))
            yield Fault("penalty doubled", k, (f"penalty of W{k} is doubled",))
    n = net.depth
    yield Fault("sum over the batch", n, ("not divided by N", "mean"))
    yield Fault("target forgotten", n, ("target is not subtracted",))
    if loss == "mse":
        yield Fault("the 2 of mse", n, ("factor 2",))
        yield Fault("sum over the outputs", n, ("outputs", "sum where"))
    else:
        yield Fault("softmax axis", n, ("softmax", "axis 0"))
        yield Fault("softmax missing", n, ("softmax", "forgotten"))
        yield Fault("one-hot forgotten", n, ("one-hot",))


def differs(report: Report) -> bool:
    return any(f.method == "claimed" and f.verdict is Verdict.DIFFER for f in report.findings)


def check(case: str, fault: Fault | None, methods: tuple[str, ...] = ("tape",)) -> Report:
    """The claim beside the tape alone: JAX would be compiled for every fault."""
    net, args, student = the_net(case)
    by_hand = Student(student.sigmas, student.loss, student.l2, fault)
    return sd.crosscheck(net.risk, *args, claimed=by_hand, methods=methods)


def same_numbers(case: str, fault: Fault) -> bool:
    """Whether the mistake changes nothing: the slope of relu is the same at u and at z."""
    _, args, student = the_net(case)
    wrong = Student(student.sigmas, student.loss, student.l2, fault)(*args)
    return all(np.array_equal(a[n], b[n]) for a, b in zip(wrong, student(*args), strict=True) for n in ("W", "b"))


@pytest.mark.parametrize("case", [*SMALL, *LARGE])
def test_without_a_fault_the_hand_written_backpropagation_agrees(case: str) -> None:
    report = check(case, None, ("symbolic", "tape", "jax") if case in SMALL else ("tape", "jax"))
    assert report.ok, str(report)
    assert {f.verdict for f in report.findings if f.method == "claimed"} == {Verdict.AGREE}
    assert report.diagnosis == []


@pytest.mark.parametrize("case", [*SMALL, *LARGE])
def test_every_fault_in_every_layer_is_caught_and_its_layer_and_op_are_named(case: str) -> None:
    planted = [f for f in faults(case) if not same_numbers(case, f)]
    reports = {f: check(case, f) for f in planted}
    missed = [f for f, r in reports.items() if not differs(r)]
    unnamed = [
        (f, r.diagnosis) for f, r in reports.items()
        if not r.diagnosis or any(w not in r.diagnosis[0] for w in (f"layer {f.layer}", *f.words))
    ]  # fmt: skip
    said = f"{case}: caught {len(planted) - len(missed)}, named {len(planted) - len(unnamed)} of {len(planted)}"
    print(said)  # noqa: T201 -- the figures, for whoever runs it with -s
    print(*missed, *unnamed, sep="\n")  # noqa: T201 -- the figures, for whoever runs it with -s
    assert len(planted) >= 14
    assert missed == []
    assert unnamed == []


def a_random_case(rng: np.random.Generator) -> Case:
    depth, loss = int(rng.integers(1, 9)), str(rng.choice(["mse", "softmax_cross_entropy"]))
    widths = [
        int(d) for d in (rng.integers(2, 7, depth + 1) if rng.random() < 0.5 else [rng.integers(2, 7)] * (depth + 1))
    ]
    sigmas = tuple(map(str, rng.choice(["tanh", "sigmoid", "softplus", "relu"], depth - 1)))
    return widths, sigmas, loss, float(rng.choice([0.0, 0.125])), int(rng.integers(1, 9))


def test_over_random_nets_the_layer_and_the_op_are_named() -> None:
    """Where two mistakes give the same numbers (a batch as large as a layer, dead units) another one may be named."""
    rng, named, others, count = np.random.default_rng(11), 0, [], 0
    for case in (a_random_case(rng) for _ in range(15)):
        net, args, student = the_net(case)
        right = [g for layer in student(*args) for g in (layer["W"], layer["b"])]
        for fault in faults(case):
            wrong = Student(student.sigmas, student.loss, student.l2, fault)(*args)
            found = [g for layer in wrong for g in (layer["W"], layer["b"])]
            if all(np.allclose(f, r, rtol=1e-9, atol=0.0) for f, r in zip(found, right, strict=True)):
                continue  # no mistake here: a mean over a batch of one
            said, count = net.risk.explain(args, "grad", found, right), count + 1
            if all(w in said for w in (f"layer {fault.layer}", *fault.words)):
                named += 1
            else:
                others.append((case, fault, said))
    print(f"random nets: named {named} of {count}")  # noqa: T201 -- the figures, for whoever runs it with -s
    print(*others, sep="\n")  # noqa: T201 -- the figures, for whoever runs it with -s
    assert count >= 300
    assert len(others) <= count // 100
    assert all(f"layer {fault.layer}" in said for _, fault, said in others)


def explained(case: str, spoil: Callable[[Any], Any]) -> str:
    """What the risk says of its gradient, spoilt."""
    net, args, student = the_net(case)
    right = [g for layer in student(*args) for g in (layer["W"], layer["b"])]
    return net.risk.explain(args, "grad", spoil([g.copy() for g in right]), right)


class EveryLayer(Student):
    """The same mistake in the loop, and so in every layer."""

    def is_wrong(self, kind: str, layer: int) -> bool:
        return self.fault is not None and self.fault.kind == kind


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("bias sum missing", "every layer: the bias sum is missing"),
        ("slope at z", "every layer: sigma' of sigmoid is taken at z_i, not at u_i"),
        ("slope squared", "every layer: sigma' of sigmoid is squared"),
        ("penalty missing", "every layer: the penalty of W_i is missing"),
        ("W transposed", "every layer: the gradient of W_i is transposed"),
    ],
)
def test_a_mistake_in_the_loop_is_named_for_every_layer(kind: str, words: str) -> None:
    case = "sigmoid, softmax, l2"
    net, args, student = the_net(case)
    wrong = EveryLayer(student.sigmas, student.loss, student.l2, Fault(kind, 0, ()))
    (said,) = sd.crosscheck(net.risk, *args, claimed=wrong, methods=("tape",)).diagnosis
    assert said.startswith(words)


def test_the_misprinted_slope_of_the_sigmoid_is_named_in_a_deep_net() -> None:
    """sigma (1 - sigma) exp(-x)/(1 + exp(-x))^2: the first is an equals sign in the lecture's formula."""
    net = sd.mlp([3] * 12, activation="sigmoid")
    rng = np.random.default_rng(0)
    args = net.init(seed=0), rng.normal(size=(2, 3)), rng.normal(size=(2, 3))
    wrong = EveryLayer(tuple(map(str, net.activations)), "mse", 0.0, Fault("slope squared", 0, ()))
    report = sd.crosscheck(net.risk, *args, claimed=wrong, methods=("tape",))
    assert differs(report)
    assert report.diagnosis == ["every layer: sigma' of sigmoid is squared: it is multiplied twice"]


class Two(Student):
    """Two mistakes at once."""

    def is_wrong(self, kind: str, layer: int) -> bool:
        return (kind, layer) in TWICE


TWICE = {("bias sum missing", 3), ("slope missing", 1)}


def test_two_mistakes_at_once_are_both_named() -> None:
    case = "sigmoid, softmax, l2"
    net, args, student = the_net(case)
    wrong = Two(student.sigmas, student.loss, student.l2)
    (said,) = sd.crosscheck(net.risk, *args, claimed=wrong, methods=("tape",)).diagnosis
    first, second = said.split("; and ")
    assert first.startswith("layer 3 (b3): the bias sum is missing")
    assert second.startswith("layer 1 (W1): sigma' of sigmoid is missing")


def _other_leaf(at: int) -> Callable[[Any], Any]:
    return lambda leaves: [g + np.arange(g.size).reshape(g.shape) if k == at else g for k, g in enumerate(leaves)]


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_other_leaf(3), "layer 2 (b2): b2 alone is wrong"),
        (_other_leaf(4), "layer 3 (W3): W3 alone is wrong"),
        (lambda g: [*map(np.exp, g[:4]), *g[4:]], "right from layer 3 up, wrong from W2 down"),
        (lambda g: [np.cos(v) for v in g], "the derivative of softmax_cross_entropy"),
        (lambda g: [*g[:3], 1.7 * g[3], *g[4:]], "layer 2 (b2): the gradient of b2 is multiplied by 1.7"),
        (lambda g: [np.exp(v) if k in (0, 3) else v for k, v in enumerate(g)], "wrong are W1, b2"),
        (lambda g: [*(np.nan * v for v in g[:2]), *g[2:]], "right from layer 2 up, wrong from W1 down"),
    ],
)
def test_a_mistake_that_nobody_knows_is_still_placed(spoil: Callable[[Any], Any], words: str) -> None:
    assert words in explained("sigmoid, softmax, l2", spoil)


def test_of_what_is_right_or_of_something_else_nothing_is_said() -> None:
    assert explained("sigmoid, softmax, l2", lambda g: g) == ""
    assert explained("sigmoid, softmax, l2", lambda g: [2.0 * v for v in g[:3]]) == ""


@pytest.mark.parametrize("case", ["tanh, softmax", "measured"])
def test_the_report_prints_the_diagnosis_once(case: str) -> None:
    report = check(case, Fault("bias sum missing", 2, ()), ("tape", "jax"))
    assert str(report).count("diagnosis of claimed: layer 2 (b2): the bias sum is missing") == 1
    assert "the bias sum is missing" in report.to_json()
    assert all(not f.diagnosis for f in report.findings if f.verdict is not Verdict.DIFFER)


def test_an_explanation_that_fails_does_not_take_the_check_down() -> None:
    class Function:
        __name__ = "f"

        def __call__(self, x: Any) -> Any:
            return np.sum(x**2)

        def explain(self, *given: Any) -> str:
            asked.append(given)
            raise RuntimeError("no idea")

    asked: list[Any] = []
    x = np.array([1.0, 2.0])
    report = sd.crosscheck(Function(), x, claimed=lambda x: 3 * x, methods=("tape",))
    assert len(asked) == 1
    assert asked[0][1] == "grad"
    assert differs(report)
    assert report.diagnosis == ["claimed = 1.5 x true at 5 of 5 points"]  # by the numbers, as of any function


def test_value_and_grad_is_explained_and_a_gradient_by_the_data_is_not() -> None:
    net, args, student = the_net("tanh, softmax")
    wrong = Student(student.sigmas, student.loss, student.l2, Fault("sign", 1, ()))
    both = {"value_and_grad": lambda *a: (net.risk(*a), wrong(*a))}
    assert "u1bar has the wrong sign" in sd.crosscheck(net.risk, *args, claimed=both, methods=("tape",)).diagnosis[0]
    report = sd.crosscheck(net.risk, *args, wrt="X", claimed=lambda p, X, y: 0 * X, methods=("tape",))
    assert differs(report)
    assert report.diagnosis == ["claimed = 0 x true at 5 of 5 points: it is zero"]


@pytest.mark.parametrize("named", [("y",), ("X", "y")])
@pytest.mark.parametrize("case", ["tanh, softmax", "measured"])
def test_arguments_by_name_are_arguments_to_the_diagnosis_too(case: str, named: tuple[str, ...]) -> None:
    net, (params, X, y), student = the_net(case)
    wrong = Student(student.sigmas, student.loss, student.l2, Fault("bias sum missing", 2, ()))
    by_name = {name: {"X": X, "y": y}[name] for name in named}
    args = (params, X)[: 3 - len(named)]
    report = sd.crosscheck(
        net.risk, *args, kwargs=by_name, claimed=lambda *given: wrong(*given, *by_name.values()), methods=("tape",)
    )
    assert differs(report)
    assert report.diagnosis[0].startswith("layer 2 (b2): the bias sum is missing")


AROUND = {
    "a lambda": lambda risk, params, X, y: ((lambda p: risk(p, X, y)), (params,)),
    "by name": lambda risk, params, X, y: ((lambda p: risk(X=X, y=y, params=p)), (params,)),
    "the layers one by one": lambda risk, params, X, y: ((lambda a, *rest: risk([a, *rest], X, y)), tuple(params)),
    "the layers from above": lambda risk, params, X, y: (
        (lambda *above: risk(list(reversed(above)), X, y)), tuple(reversed(params))
    ),
}  # fmt: skip


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("case", ["mixed, mse", "measured"])
def test_a_function_around_the_risk_is_diagnosed_as_the_risk(case: str, around: str) -> None:
    net, (params, X, y), student = the_net(case)
    wrong = Student(student.sigmas, student.loss, student.l2, Fault("bias sum missing", 2, ()))
    f, args = AROUND[around](net.risk, params, X, y)

    def claimed(*given: Any) -> Any:
        if len(given) == 1:
            return wrong(given[0], X, y)
        turn = slice(None, None, -1) if around == "the layers from above" else slice(None)
        return tuple(wrong(list(given[turn]), X, y)[turn])

    wrt = tuple(range(len(args))) if len(args) > 1 else None
    report = sd.crosscheck(f, *args, wrt=wrt, claimed=claimed, methods=("tape",))
    assert differs(report)
    assert report.diagnosis[0].startswith("layer 2 (b2): the bias sum is missing")


@pytest.mark.parametrize(
    "f",
    [
        lambda risk, params, X, y: lambda p: 2.0 * risk(p, X, y),
        lambda risk, params, X, y: lambda p: risk([{k: 2.0 * v for k, v in layer.items()} for layer in p], X, y),
        lambda risk, params, X, y: lambda p: risk([p[0], *params[1:]], X, y),
    ],
)
def test_of_what_is_not_the_risk_itself_no_layer_is_named(f: Any) -> None:
    """A multiple of it, the risk of other parameters, the risk where some stand still."""
    net, (params, X, y), student = the_net("tanh, softmax")
    wrong = Student(student.sigmas, student.loss, student.l2, Fault("sign", 2, ()))
    report = sd.crosscheck(f(net.risk, params, X, y), params, claimed=lambda p: wrong(p, X, y), methods=("tape",))
    assert differs(report)
    assert not any("layer" in said for said in report.diagnosis)


def test_a_note_of_who_made_a_value_keeps_no_recorded_value() -> None:
    """The graph would hold on to itself."""
    net, (params, X, y), _ = the_net("tanh, softmax")
    recording, _ = from_code(lambda p: net.risk(p, X, y)).recorded((params,), {})
    (made,) = recording.problem.graph.makers.values()
    assert made.maker is net.risk
    assert not any(isinstance(v, Recorded) for v in made.leaves)
    assert [v is None for v in made.leaves] == [n is not None for n in made.nodes] == [True] * 4 + [False] * 2
