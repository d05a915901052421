"""The data: the same seed gives the same, every class has its share, and what is missing or bad is said."""

from __future__ import annotations

import importlib
import sys

import numpy as np
import pytest

from symdiff import learn
from symdiff.errors import InputError, UnsupportedError
from symdiff.learn.data import digits, moons, split


def test_the_lazy_names_are_one_list() -> None:
    assert set(learn._MODULE_OF) <= set(learn.__all__)
    for name, module in learn._MODULE_OF.items():
        assert getattr(learn, name) is getattr(importlib.import_module(module), name)
    with pytest.raises(AttributeError, match="no attribute 'digit'"):
        _ = learn.digit


def test_the_digits_are_split_class_by_class_and_by_the_seed() -> None:
    pytest.importorskip("sklearn")
    first, again, other = digits(3), digits(3), digits(4)
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0], other[0])
    for labels, count in ((first[1], 1347), (first[3], 450)):
        shares = np.bincount(labels) / count
        np.testing.assert_allclose(shares, 0.1, atol=0.005)
    pixels = np.concatenate([first[0], first[2]])
    assert sorted(map(tuple, pixels)) == sorted(map(tuple, np.concatenate([other[0], other[2]])))


def test_no_random_state_is_touched() -> None:
    pytest.importorskip("sklearn")
    before = np.random.get_state()[1].tolist()  # noqa: NPY002 - the global state is the subject
    digits(0)
    split(*moons(20))
    assert np.random.get_state()[1].tolist() == before  # noqa: NPY002 - the global state is the subject


def test_without_scikit_learn_a_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(UnsupportedError, match=r"come with scikit-learn.*symdiff-toolkit\[examples\]"):
        digits()


def test_a_split_loses_nothing_and_doubles_nothing() -> None:
    X, y = np.arange(40.0).reshape(20, 2), np.arange(20) % 4
    X_train, y_train, X_test, y_test = split(X, y, test=0.4, seed=1)
    rows = np.concatenate([X_train, X_test])
    labels = np.concatenate([y_train, y_test])
    order = np.argsort(rows[:, 0])
    assert np.array_equal(rows[order], X)
    assert np.array_equal(labels[order], y)
    assert np.bincount(y_test).tolist() == [2, 2, 2, 2]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (([[1.0]], [0, 1]), "a class number for each row"),
        ((*moons(8), 1.5), "the share kept for the test"),
        ((*moons(8), 0.01), "leaves none for the test"),
        ((*moons(8), 0.99), "leaves none for the training"),
        ((*moons(8), 0.5, -1), "seed=-1"),
    ],
)
def test_what_is_no_split_is_refused(arguments, said: str) -> None:
    with pytest.raises(InputError, match=said):
        split(*arguments)
