"""The way into a program: what it takes, what it leaves to the long way, and that both answer alike."""

from __future__ import annotations

import threading
from typing import Any, NamedTuple

import numpy as np
import pytest

import symdiff as sd
from symdiff.methods.tape import plan
from symdiff.operators._again import Again
from tests.fast_path import watched_answers

W, B = np.linspace(-1.0, 1.0, 6).reshape(3, 2), np.array([0.5, -0.25])


def risk(params: dict[str, Any], scale: float) -> Any:
    z = np.array([1.0, -2.0, 3.0]) @ params["W"] + params["more"][0]
    return scale * np.sum(np.tanh(z) ** 2) + params["more"][1]


def params(w: Any = W, b: Any = B, c: Any = 0.5) -> dict[str, Any]:
    return {"W": w, "more": [b, c]}


def learnt(monkeypatch: pytest.MonkeyPatch, operator: Any = sd.value_and_grad) -> tuple[Any, list[bool]]:
    """The operator on `risk` with its program in use, and a watch on who answers."""
    g = operator(risk, wrt=(0, 1))
    answers = watched_answers(monkeypatch)
    for _ in range(3):
        g(params(), 2.0)
    assert answers[-1]
    answers.clear()
    return g, answers


def fresh(*args: Any) -> Any:
    return sd.value_and_grad(risk, wrt=(0, 1))(*args)


def flat(answer: Any) -> np.ndarray:
    value, (p, scale) = answer
    return np.hstack([value, p["W"].ravel(), *p["more"], scale])


SAME = {
    "another order of the keys": (lambda: (dict(reversed(params().items())), 2.0)),
    "rows that lie apart": (lambda: (params(np.repeat(W, 2, 0)[::2]), 2.0)),
    "columns in order": (lambda: (params(np.asfortranarray(W)), 2.0)),
    "entries that lie apart": (lambda: (params(b=np.repeat(B, 3)[::3]), 2.0)),
    "an array without axes": (lambda: (params(c=np.array(0.5)), np.array(2.0))),
    "a number of NumPy's": (lambda: (params(c=np.float64(0.5)), 2.0)),
}
OTHERS = {
    "a tuple for a list": (lambda: ({"W": W, "more": (B, 0.5)}, 2.0)),
    "one key more": (lambda: ({**params(), "unused": 1.0}, 2.0)),
    "an integer": (lambda: (params(c=1), 2.0)),
    "integers": (lambda: (params(W.astype(int)), 2.0)),
    "another shape": (lambda: (params(W[:, :1], B[:1]), 2.0)),
    "squares that overflow": (lambda: (params(b=np.array([1e200, -1e200])), 2.0)),
}


@pytest.mark.parametrize("case", SAME)
def test_arguments_that_a_program_takes(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    g, answers = learnt(monkeypatch)
    found = g(*SAME[case]())
    assert answers == [True]
    assert np.array_equal(flat(found), flat(fresh(*SAME[case]())))
    (value, (p, scale)) = found
    assert type(value) is type(scale) is type(p["more"][1]) is float
    assert list(p) == ["W", "more"]
    assert type(p["more"]) is list


@pytest.mark.parametrize("case", OTHERS)
def test_arguments_that_go_the_long_way(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    g, answers = learnt(monkeypatch)
    found = g(*OTHERS[case]())
    assert not any(answers)
    assert np.allclose(flat(found), flat(fresh(*OTHERS[case]())), 1e-14, 1e-14)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("where", range(9))
def test_a_number_that_is_not_finite_is_seen_wherever_it_is(
    where: int, bad: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    g, _ = learnt(monkeypatch)
    numbers = np.hstack([W.ravel(), B, 0.5])
    numbers[where] = bad
    with pytest.raises(sd.InputError, match="finite"):
        g(params(numbers[:6].reshape(3, 2), numbers[6:8], float(numbers[8])), 2.0)


def test_a_missing_key_is_a_sentence_of_the_functions_own(monkeypatch: pytest.MonkeyPatch) -> None:
    g, _ = learnt(monkeypatch)
    with pytest.raises(KeyError, match="W"):
        g({"V": W, "more": [B, 0.5]}, 2.0)


def test_an_argument_that_is_not_differentiated_by_is_looked_at() -> None:
    g = sd.grad(lambda x, power, *, shift=0.0: np.sum((x + shift) ** power), wrt=0)
    for _ in range(4):
        assert np.array_equal(g(B, 2, shift=1.0), 2 * (B + 1.0))
    assert np.array_equal(g(B, 3, shift=1.0), 3 * (B + 1.0) ** 2)
    assert np.array_equal(g(B, 2, shift=2.0), 2 * (B + 2.0))


class Two(NamedTuple):
    first: Any
    second: Any


def test_an_answer_of_another_kind_is_built_by_its_structure() -> None:
    g = sd.jacobian(lambda x: Two(x[0] * x[1], {"square": x * x}))
    for _ in range(4):
        found = g(np.array([2.0, 3.0]))
        assert isinstance(found, Two)
        assert np.array_equal(found.first, [3.0, 2.0])
        assert np.array_equal(found.second["square"], np.diag([4.0, 6.0]))


def test_answers_stay_as_they_are_when_the_next_is_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    g, answers = learnt(monkeypatch)
    first = g(params(), 2.0)
    before = flat(first).copy()
    g(params(2.0 * W, -B), 3.0)
    assert all(answers)
    assert np.array_equal(flat(first), before)


def test_threads_do_not_share_arrays(monkeypatch: pytest.MonkeyPatch) -> None:
    g, _ = learnt(monkeypatch)
    points = [params((k + 1.0) * W, B / (k + 1.0)) for k in range(4)]
    expected, wrong = [flat(g(p, 2.0)) for p in points], list[int]()

    def work(k: int) -> None:
        wrong.extend(k for _ in range(300) if not np.array_equal(flat(g(points[k], 2.0)), expected[k]))

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not wrong


def test_numpys_warnings_are_off_inside_and_as_they_were_outside() -> None:
    g = sd.grad(lambda x: np.sum(np.exp(x)))
    with np.errstate(over="raise"):
        for _ in range(4):
            assert np.array_equal(g(np.array([1000.0, 0.0])), [np.inf, 1.0])
        assert np.geterr()["over"] == "raise"


def test_the_watch_sees_a_way_that_takes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: without its way in no call is a program's."""
    g, answers = learnt(monkeypatch)
    monkeypatch.setattr(Again, "_written", lambda *a: lambda *args: None)
    h = sd.grad(lambda x: np.sum(x * x))
    for _ in range(4):
        h(B)
    assert not any(answers)
    g(params(), 2.0)
    assert answers[-1]


@pytest.mark.parametrize("where", ["Reading", "Source"])
def test_ctrl_c_inside_a_build_leaves_a_gradient_that_works(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program is written anew in the next call, and answers from then on."""
    healthy, calls = getattr(plan, where), []

    def interrupted(*given: Any, **named: Any) -> Any:
        calls.append(1)
        if len(calls) == 1:
            raise KeyboardInterrupt
        return healthy(*given, **named)

    monkeypatch.setattr(plan, where, interrupted)
    gradient, x = sd.grad(lambda x: np.sum(np.sin(x) * x)), np.array([0.3, -1.2])
    right = np.cos(x) * x + np.sin(x)
    np.testing.assert_allclose(gradient(x), right, rtol=1e-15)
    with pytest.raises(KeyboardInterrupt):
        gradient(x)
    for _ in range(4):
        np.testing.assert_allclose(gradient(x), right, rtol=1e-15)
    assert "sin(" in str(gradient.program(x))


@pytest.mark.parametrize("same", [lambda x: x, lambda x: x[:], lambda x: x.reshape(-1).reshape(x.shape)])
def test_a_matrix_given_twice_has_the_bits_of_the_first_call(same: Any) -> None:
    """BLAS knows x.T @ x for what it is, where both are one array."""
    for k in range(20):
        x = np.random.default_rng(k).normal(size=(9, 7))
        gradient = sd.grad(lambda x, y: np.sum(np.tanh((x.T @ y) * 0.1)), wrt=(0, 1))
        first = gradient(x, same(x))
        for _ in range(4):
            again = gradient(x, same(x))
            assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True)), k
