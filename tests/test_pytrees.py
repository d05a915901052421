"""Pytrees: taken apart and put together as JAX does it."""

from __future__ import annotations

from collections import OrderedDict, defaultdict, namedtuple
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pytest

import symdiff as sd
from symdiff.pytrees import LEAF, flatten

Point = namedtuple("Point", "x y")


class Layer(NamedTuple):
    W: Any
    b: Any = None


@dataclass
class State:
    weights: Any
    step: int
    cache: Any = field(default=0.0, init=False)


AS_JAX: list[Any] = [
    1.0, None, [], (), {}, [1.0, 2.0], (1.0, (2.0, [3.0])), {"b": 1.0, "a": 2.0}, {2: 1.0, 1: [2.0, 3.0]},
    Point(1.0, {"z": 2.0, "a": (3.0,)}), [Layer(1.0), Layer(2.0, 3.0)], [None, 1.0, [None]], {"a": {}, "b": [(), 2.0]},
    [[[[[1.0]]]]], {"x10": 1.0, "x2": 2.0, "X": 3.0}, {(1, 2): 1.0, (0, 9): 2.0}, (np.float64(1.0), 2, True,
        "text"), OrderedDict(b=1.0, a=2.0),
]  # fmt: skip


@pytest.mark.parametrize("value", AS_JAX, ids=str)
def test_leaves_come_in_jaxs_order(value: Any):
    import jax

    leaves, tree = flatten(value)
    assert leaves == jax.tree_util.tree_leaves(value)
    assert tree.leaves == len(leaves)
    assert tree.build(leaves) == value
    assert type(tree.build(leaves)) is type(value)
    doubled = tree.build([[v] for v in leaves])
    assert doubled == jax.tree_util.tree_map(lambda v: [v], value)
    paths = ["p" + jax.tree_util.keystr(path) for path, _ in jax.tree_util.tree_leaves_with_path(value)]
    assert tree.paths("p") == paths


def test_structures_are_equal_where_leaves_can_change_places():
    def of(value: Any) -> Any:
        return flatten(value)[1]

    assert of({"a": 1.0, "b": 2.0}) == of({"b": np.ones(3), "a": "x"})
    assert hash(of([1.0])) == hash(of([2.0]))
    different = [1.0, [1.0], (1.0,), {"a": 1.0}, {"b": 1.0}, {0: 1.0}, None, [], (), {}, [[1.0]], Point(1.0, 1.0),
        Layer(1.0, 1.0),
                 (1.0, 1.0), State(1.0, 1)]  # fmt: skip
    structures = [of(v) for v in different]
    assert len(set(structures)) == len(different)
    assert of(np.ones((2, 2))) is LEAF


def test_dataclasses_are_taken_apart_by_the_arguments_of_their_constructor():
    state = State({"W": 1.0, "b": [2.0]}, 3)
    leaves, tree = flatten(state)
    assert leaves == [1.0, 2.0, 3]
    assert tree.paths("s") == ["s.weights['W']", "s.weights['b'][0]", "s.step"]
    assert tree.build([5.0, 6.0, 7]) == State({"W": 5.0, "b": [6.0]}, 7)
    assert flatten(State)[1] is LEAF  # the class itself is no container


def test_dicts_of_other_kinds_keep_what_they_hold():
    leaves, tree = flatten(defaultdict(float, b=1.0, a=2.0))
    assert leaves == [2.0, 1.0]
    assert tree.build(leaves) == {"a": 2.0, "b": 1.0}
    leaves, tree = flatten({"a": 1.0, 1: 2.0})  # keys that have no order: as they stand
    assert leaves == [1.0, 2.0]
    assert tree.build(leaves) == {"a": 1.0, 1: 2.0}


def test_a_deep_tree():
    value: Any = 1.0
    for _ in range(300):
        value = [value]
    leaves, tree = flatten(value)
    assert leaves == [1.0]
    assert tree.build([1.0]) == value
    assert tree.paths() == ["[0]" * 300]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (1.0, "a number or an array"), (None, "None"), ([], "an empty list"), ({}, "an empty dict"), ((1.0, 2.0),
            "a tuple of 2"),
        ({"b": 1.0, "a": 2.0}, "a dict with a, b"), (Point(1.0, 2.0), "a Point with x, y"), (State(1.0, 2),
            "a State with weights, step"),
        ({f"k{k}": 1.0 for k in range(9)}, "a dict with k0, k1, k2, k3, k4, k5, ..."),
    ],
)  # fmt: skip
def test_a_structure_in_words(value: Any, words: str):
    assert str(flatten(value)[1]) == words


@pytest.mark.parametrize("method", ["tape", "jax"])
def test_derivatives_have_the_structure_of_the_arguments(method: str):
    import jax

    def f(p: Any, x: Any) -> Any:
        return {"y": p["layer"].W @ x + p["layer"].b, "n": [p["s"] * x[0]]}

    p = {"s": 2.0, "layer": Layer(np.array([[1.0, 2.0]]), np.array([3.0]))}
    x = np.array([0.5, -1.0])
    got = sd.jacobian(f, method=method)(p, x)
    with jax.enable_x64(True):
        want = jax.jacobian(f)(p, x)
    structure = jax.tree_util.tree_structure
    assert structure(got) == structure(want)
    for a, b in zip(jax.tree_util.tree_leaves(got), jax.tree_util.tree_leaves(want), strict=True):
        np.testing.assert_allclose(a, b)
    state = State({"W": np.array([1.0, 2.0])}, 3)
    slope = sd.grad(lambda s: np.sum(s.weights["W"] ** 2) * s.step)(state)
    assert isinstance(slope, State)
    np.testing.assert_array_equal(slope.weights["W"], [6.0, 12.0])
    assert slope.step == 5.0
