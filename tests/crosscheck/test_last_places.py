"""What a few last places of constants, ties and true zeros may explain, and what they may not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.crosscheck import judging
from symdiff.crosscheck.certified import reference
from symdiff.crosscheck.places import alike
from symdiff.crosscheck.verdict import Verdict
from symdiff.inputs.code import from_code
from symdiff.methods.base import Task

WEIGHTS = [0.3, -1.0, 2.0, 0.4]


def layer_norm(x):
    return np.sum((x - np.mean(x)) / np.sqrt(np.var(x) + 1e-5) * np.array(WEIGHTS))


def slope(x, factor=1.0):
    """The mean of the weights is NumPy's: nobody sees how it was computed, and 0.4 - 0.425 keeps 15 digits of it."""
    w, s = np.array(WEIGHTS), np.sqrt(np.var(x) + 1e-5)
    h = (x - np.mean(x)) / s
    return (w - np.mean(w) - h * np.mean(w * h)) / s * np.array([1.0, 1.0, 1.0, factor])


POINTS = [np.full(4, 2.0), np.array([1e6, 1e6 + 1, 1e6 + 2, 1e6 - 3])]


def verdicts(f: Any, x: Any, claimed: Any) -> set[Verdict]:
    report = sd.crosscheck(f, x, claimed=claimed, methods=("tape",))
    return {finding.verdict for finding in report.findings if finding.method == "claimed"}


@pytest.mark.parametrize("x", POINTS)
def test_what_numpy_computed_from_the_functions_constants_may_be_off_in_its_last_places(x: np.ndarray) -> None:
    assert verdicts(layer_norm, x, slope) == {Verdict.AGREE}


@pytest.mark.parametrize("x", POINTS)
def test_without_that_allowance_the_right_gradient_is_accused(x: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else nothing here would be tested."""
    monkeypatch.setattr(judging, "FOLDED", 0.0)
    assert Verdict.DIFFER in verdicts(layer_norm, x, slope)


@pytest.mark.parametrize("x", POINTS)
@pytest.mark.parametrize("factor", [1 + 1e-12, 1 - 1e-9, -1.0])
def test_an_error_of_1e_12_is_not_taken_for_last_places(x: np.ndarray, factor: float) -> None:
    assert Verdict.DIFFER in verdicts(layer_norm, x, lambda x: slope(x, factor))


def test_the_second_look_takes_the_truth_of_many_entries_from_the_same_witness(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it there would be a sweep of the whole function for every entry, once with the allowance."""
    x, weights = np.linspace(0.1, 3.0, 400), np.cos(np.arange(400.0))
    looks: list[dict[str, Any]] = []

    def certified(problem: Any, task: Task, *given: Any, **more: Any) -> Any:
        if task.operator != "value":
            looks.append(more["allowed"])
        return certify(problem, task, *given, **more)

    def sweeps(problem: Any, task: Task, *given: Any) -> Any:
        assert task.operator == "value", "a sweep for every entry"
        return enclosures(problem, task, *given)

    certify, enclosures = judging.certify, reference.enclosures
    monkeypatch.setattr(judging, "certify", certified)
    monkeypatch.setattr(reference, "enclosures", sweeps)

    def claim(x: Any) -> Any:
        return weights * np.cos(x) * np.where(np.arange(400) == 17, -1.0, 1.0)

    assert verdicts(lambda x: np.sum(weights * np.sin(x)), x, claim) == {Verdict.AGREE, Verdict.DIFFER}
    assert [sorted(look) for look in looks] == [[], ["claimed"]]


def softmax(z):
    e = np.exp(z - np.max(z))
    return e / np.sum(e)


def entropy(z):
    return -np.sum(softmax(z) * np.log(softmax(z)))


def slope_of_entropy(z):
    return -softmax(z) * (np.log(softmax(z)) + entropy(z))


EQUAL = np.full(3, 0.3)


def test_a_true_zero_where_pieces_meet_is_settled() -> None:
    """max ties, and all its pieces have the gradient 0: 1e-17 is that, up to rounding, 1e-10 is not."""
    assert verdicts(entropy, EQUAL, slope_of_entropy) == {Verdict.AGREE}
    assert verdicts(entropy, EQUAL, lambda z: slope_of_entropy(z) + np.array([1e-10, 0.0, 0.0])) == {
        Verdict.DIFFER, Verdict.AGREE}  # fmt: skip


QUERY, VALUES = np.array([0.3, 0.7]), np.array([1.0, -2.0, 0.5])


def attention(k):
    return np.sum(softmax(k @ QUERY / np.sqrt(2.0)) * VALUES)


def slope_of_attention(k):
    p = softmax(k @ QUERY / np.sqrt(2.0))
    return np.outer(p * (VALUES - np.sum(p * VALUES)), QUERY) / np.sqrt(2.0)


def test_scores_that_are_made_alike_tie() -> None:
    """Divided by a root they are equal in no ball; computed from equal numbers they are equal."""
    assert verdicts(attention, np.ones((3, 2)), slope_of_attention) == {Verdict.AGREE}
    assert Verdict.DIFFER in verdicts(attention, np.ones((3, 2)), lambda k: slope_of_attention(k) * (1 + 1e-12))


def test_only_what_is_computed_from_equal_numbers_has_one_number() -> None:
    def f(x):
        return np.exp(x[0]) * 3.0 - 3.0 * np.exp(x[1])

    def same(x: np.ndarray) -> bool:
        recording, leaves = from_code(f).recorded((x,), {})
        graph = recording.problem.scalars(leaves).graph
        number = alike.numbered(graph, x, graph.live())
        a, b = graph.nodes[graph.outputs[0]].args
        return number[a] == number[b]

    assert same(np.array([0.7, 0.7]))
    assert not same(np.array([0.7, np.nextafter(0.7, 1.0)]))


@pytest.mark.parametrize("gap", [2.0**-40, 2.0**-52])
def test_scores_next_to_one_another_do_not_tie(gap: float) -> None:
    """The same function an ulp further on has a derivative of the ordinary kind; a tie would allow pieces."""

    def f(x):
        return np.maximum(np.exp(x[0]) / np.sqrt(3.0), np.exp(x[1]) / np.sqrt(3.0))

    def g(x):
        e = np.exp(x) / np.sqrt(3.0)
        return np.array([e[0] * (e[0] > e[1]), e[1] * (e[1] > e[0])])

    assert verdicts(f, np.array([0.5 + gap, 0.5]), g) == {Verdict.AGREE}
    assert verdicts(f, np.array([0.5 + gap, 0.5]), lambda x: g(x)[::-1]) == {Verdict.DIFFER}
    assert verdicts(f, np.array([0.5, 0.5]), lambda x: np.exp(x) / np.sqrt(3.0) * [1.0, 0.0]) == {Verdict.KINK}
