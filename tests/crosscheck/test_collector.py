"""The garbage collector during a check: as it was afterwards, and what is garbage goes in the end."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import numpy as np
import pytest

import symdiff as sd
from symdiff.crosscheck import collector
from symdiff.crosscheck.collector import EVERY, LARGE, older_objects_aside

X = np.linspace(0.5, 1.5, LARGE)


def aside() -> int:
    return gc.get_freeze_count()


@pytest.fixture(autouse=True)
def first_turn(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(collector, "_turns", iter(range(1, 10**6)))
    assert aside() == 0
    yield
    assert aside() == 0


@pytest.mark.parametrize(("x", "spared"), [(X, True), (X[:5], False)])
def test_older_objects_are_set_aside_where_there_are_many_numbers(x: np.ndarray, spared: bool) -> None:
    seen = []

    def f(x):
        seen.append(aside() > 0)
        return np.sum(x * x)

    assert sd.crosscheck(f, x, methods=["tape"]).ok
    assert set(seen) == {spared}


def test_an_error_on_the_way_leaves_nothing_aside() -> None:
    def stops(x):
        assert aside()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sd.crosscheck(stops, X, methods=["tape"])


class Link:
    """Something that refers to itself."""

    def __init__(self) -> None:
        self.itself = self


def test_cycles_that_were_alive_before_go_in_the_end() -> None:
    links = [Link()]
    found = weakref.ref(links[0])
    gc.collect()  # it is old
    for turn in range(1, EVERY + 1):
        with older_objects_aside(LARGE):
            links.clear()
            gc.collect()  # as the collector itself does on the way
        assert (found() is None) == (turn == EVERY)


def test_somebodys_own_setting_is_left_alone() -> None:
    gc.freeze()
    try:
        before = aside()
        with older_objects_aside(LARGE):
            pass
        assert aside() >= before - 100  # the frozen may die, and are not let go
    finally:
        gc.unfreeze()
    gc.disable()
    try:
        with older_objects_aside(LARGE):
            assert not aside()
        assert not gc.isenabled()
    finally:
        gc.enable()
