"""The table itself: complete, coherent, light to load."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from symdiff.graph import Graph
from symdiff.inputs.recorded import Recorded
from symdiff.ops import TABLE, Domain, Either, Op, elementwise
from symdiff.ops.exponential import ln2
from symdiff.ops.piecewise import where

ROWS = [row for row in TABLE.values() if row.elementwise]
NAMES = """
    add sub mul div neg pi euler_e  power integer_power sqrt cbrt hypot
    exp expm1 exp2 log log1p log2 log10 logaddexp  sin cos tan asin acos atan atan2
    sinh cosh tanh asinh acosh atanh  erf erfc gamma lgamma digamma polygamma beta
    abs sign max min where clip floor ceil mod
    less less_equal greater greater_equal equal not_equal logical_and logical_or logical_not
    sigmoid relu leaky_relu elu selu softplus gelu gelu_tanh silu
"""


def test_the_table_has_the_promised_rows() -> None:
    assert set(NAMES.split()) <= set(TABLE)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_row_is_coherent(row: Op) -> None:
    assert row.doc
    assert row.partials is not None
    assert len(row.partials) == row.arity == len(row.vjp)
    assert len(row.defaults) <= row.arity
    assert set(row.params) <= set(row.examples)
    assert row.ulp >= 0
    assert row.least_size(*[2.0] * row.arity) >= 0
    assert (row.domain.outside is None) == (not row.domain.says)
    if row.domain.outside is not None:
        assert row.domain.draw
    if row.kink is not None:
        assert row.kink.why
        assert len(row.kink.slope) == row.arity
    if row.boolean:
        assert all(rule is None for rule in row.vjp)


def test_a_name_is_refused_twice() -> None:
    sin = TABLE["sin"]
    with pytest.raises(ValueError, match="'sin' is declared twice"):
        elementwise("sin", np.sin, partials=1.0, sympy=sin.sympy, jax=sin.jax, ball=sin.ball)
    assert TABLE["sin"] is sin


def test_a_domain_has_an_interval_for_every_argument() -> None:
    with pytest.raises(ValueError, match="2 intervals for 1 arguments"):
        elementwise("new", np.sin, partials=1.0, sympy=None, jax=None, ball=None, domain=Domain(draw=((0, 1), (0, 1))))
    assert "new" not in TABLE


def test_loading_the_table_loads_nothing_heavy() -> None:
    code = "import sys, symdiff.ops; print({'jax', 'sympy', 'flint', 'scipy', 'torch'} & set(sys.modules) or 'light')"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "light"


def test_a_branch_selects_from_the_cotangent() -> None:
    relu, masked = TABLE["relu"], where
    assert relu.vjp[0](np.inf, 0.0, np.array([-1.0, 1.0])) == pytest.approx([0.0, np.inf])
    assert masked.vjp[1](np.inf, 0.0, np.array([False, True]), 1.0, 2.0) == pytest.approx([0.0, np.inf])
    ct = np.ones(2, np.float32)
    assert relu.vjp[0](ct, ct, ct).dtype == np.float32


def test_either_is_a_partial_like_any_other() -> None:
    partial = Either(lambda y, x: x > 0, lambda y, x: x, -1.0)
    assert partial(0.0, np.array([-2.0, 3.0])) == pytest.approx([-1.0, 3.0])


def test_a_constant_is_recorded_as_the_op_it_is() -> None:
    graph = Graph()
    x = Recorded(graph, graph.input("x"))
    found = ln2(x)
    assert graph.nodes[found.index].op == "log"
    assert found.value == ln2(1.0) == np.log(2.0)
    assert type(ln2(np.float32(1))) is float
