"""Faults in the parser: all three methods agree on the wrong formula, lamp R does not.

The graph is read from the text by the faulty parser; `own` is the second reading of the same text.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from symdiff import crosscheck
from symdiff.inputs import language
from symdiff.inputs.meaning import Builder
from symdiff.inputs.reader import Reader
from tests.faults import red, rewritten, states, with_second_reading

AT = {"x": 1.37, "y": 0.61, "z": 2.23}
Plant = Callable[[pytest.MonkeyPatch], None]


def operands_swapped(op: str) -> Plant:
    """a - b is read as b - a."""
    healthy = Builder.apply

    def apply(self, name, args, *rest):
        return healthy(self, name, args[::-1] if name == op else args, *rest)

    return lambda plant: plant.setattr(Builder, "apply", apply)


def read_as(op: str, other: str) -> Plant:
    healthy = Builder.apply

    def apply(self, name, args, *rest):
        return healthy(self, other if name == op else name, args, *rest)

    return lambda plant: plant.setattr(Builder, "apply", apply)


def unary_minus_dropped(plant: pytest.MonkeyPatch) -> None:
    healthy = Builder.apply

    def apply(self, name, args, *rest):
        return args[0] if name == "neg" else healthy(self, name, args, *rest)

    plant.setattr(Builder, "apply", apply)


def minus_binds_like_times(plant: pytest.MonkeyPatch) -> None:
    plant.setitem(language.BINARY, "-", (language.TIMES, "sub"))


def written_as(owner: type, name: str, old: str, new: str) -> Plant:
    """A method of the parser with other words in it."""
    return lambda plant: plant.setattr(owner, name, rewritten(getattr(owner, name), (old, new)))


MINUS = ("self._reduce(binding)", "self._reduce(binding + 1)")
TWO_OF_THREE = ("for a in args[1:]:", "for a in args[1:2]:")
SINGLE = "import numpy; value = float(numpy.float32(token))"
FAULTS: dict[str, tuple[str, Plant]] = {
    "operands of - swapped": ("sin(x)*y - z", operands_swapped("sub")),
    "operands of / swapped": ("exp(x)*y/z", operands_swapped("div")),
    "operands of ** swapped": ("x**y*z", operands_swapped("power")),
    "arguments of atan2 swapped": ("atan2(x, y)*z", operands_swapped("atan2")),
    "branches of where swapped": ("where(x > y, x*z, y/z)", read_as("greater", "less")),
    "- read as +": ("x*y - z", read_as("sub", "add")),
    "log read as log10": ("log(x*y) + z", read_as("log", "log10")),
    "unary minus dropped": ("exp(-x*y)*z", unary_minus_dropped),
    "** from the left": ("x**y**z", written_as(Reader, "_binary", "if binding == lang.POWER:", "if False:")),
    "- from the right": ("x*y - y - z", written_as(Reader, "_binary", *MINUS)),
    "- binds like *": ("x - y*z", minus_binds_like_times),
    "max of three is of two": ("max(x, y, z)*x", written_as(Builder, "call", *TWO_OF_THREE)),
    "x**-2 read as x**2": ("y*x**-2 + z", written_as(Builder, "power_of", "-n if negative else n", "n")),
    "numbers in single precision": ("0.1*x + y*z", written_as(Builder, "literal", "value = float(token)", SINGLE)),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_of_the_parser_lights_r_and_not_v_or_d(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text, plant = FAULTS[name]
    healthy = crosscheck(with_second_reading(text), at=AT)
    assert states(healthy) == "green green green green"
    assert healthy.ok
    plant(monkeypatch)
    report = crosscheck(with_second_reading(text), at=AT)
    assert states(report).startswith("green green red"), "the three methods share the faulty graph"
    assert not report.ok


def test_a_parser_fault_is_invisible_without_a_second_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    """Why lamp R exists: text has no callable of its own, and the report says so."""
    operands_swapped("sub")(monkeypatch)
    report = crosscheck("sin(x)*y - z", at=AT)
    assert report.ok
    assert states(report) == "green green off off"
    assert "no callable" in report.lamps["R"].note


def test_a_fault_that_keeps_the_value_at_the_point_is_left_to_b(monkeypatch: pytest.MonkeyPatch) -> None:
    """At x = 1, x**2 and x**3 have one value: R is green there, and B red."""
    healthy = Builder.power_of

    def cubed(self, base, exponent, *, negative, position):
        return healthy(self, base, self.constant(3.0), negative=negative, position=position)

    monkeypatch.setattr(Builder, "power_of", cubed)
    report = crosscheck(with_second_reading("x**2*y"), at={"x": 1.0, "y": 0.7})
    assert red(report) == "B"
