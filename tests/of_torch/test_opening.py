"""PyTorch functions and modules, recorded: their values, and what torch.autograd does, operation by operation."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import symdiff as sd  # noqa: E402 - after the look whether PyTorch is there
from symdiff.errors import InputError, UnsupportedError  # noqa: E402 - after the look whether PyTorch is there
from symdiff.graph import Graph  # noqa: E402 - after the look whether PyTorch is there
from symdiff.inputs.code import Recording, from_code  # noqa: E402 - after the look whether PyTorch is there
from symdiff.inputs.recorded import Recorded  # noqa: E402 - after the look whether PyTorch is there
from symdiff.inputs.torch.reading import subject  # noqa: E402 - after the look whether PyTorch is there
from symdiff.inputs.torch.subject import Subject  # noqa: E402 - after the look whether PyTorch is there
from tests.of_torch.calls import CALLS, MODULES  # noqa: E402 - after the look whether PyTorch is there

# backwards that are one kernel of PyTorch's which no decomposition opens: their numbers are judged, not their program
CLOSED = {
    "det", "logdet", "solve", "slogdet", "conv1d", "conv1d groups", "conv2d", "avg_pool1d", "avg_pool2d", "attention",
    "interpolate", "Conv1d", "TransformerEncoderLayer",
}  # fmt: skip
# and those whose kernel is less accurate than what it stands for
ROUGH = {"digamma": 1e-8, "hardsigmoid": 1e-7}
UNKNOWN = {"bilinear": "_trilinear"}


def tensor(shape: tuple[int, ...], seed: int = 0) -> Any:
    draw = torch.Generator().manual_seed(seed)
    return (torch.rand(shape, generator=draw, dtype=torch.float64) * 1.4 + 0.3).requires_grad_()


def called(name: str) -> Subject:
    if name in MODULES:
        torch.manual_seed(0)
        make, shape = MODULES[name]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # PyTorch's, of its own modules
            return subject(make().double(), [tensor(shape)])
    f, shapes = CALLS[name]
    return subject(f, [tensor(s, k) for k, s in enumerate(shapes)])


def recorded(found: Subject) -> tuple[Recording, list[Any]]:
    arrays = found.arrays
    return from_code(found).recorded(arrays, {}, tuple(range(len(arrays))))


@pytest.mark.filterwarnings("ignore:reduction:UserWarning")  # PyTorch's, of kl_div's default
@pytest.mark.parametrize("name", [n for n in (*CALLS, *MODULES) if n not in UNKNOWN])
def test_the_record_gives_pytorchs_values_and_its_derivative_pytorchs_own(name: str) -> None:
    found = called(name)
    recording, leaves = recorded(found)
    own = recording.problem.own(leaves)
    for ours, theirs in zip(recording.problem.evaluate(leaves), own, strict=True):
        assert np.allclose(ours, theirs, 1e-12, 1e-12)
    pull = found.columns["torch"]["vjp"]
    rng = np.random.default_rng(1)
    given = [*leaves, *(rng.normal(size=np.shape(y)) for y in own)]
    graph = Graph()
    values = [Recorded(graph, graph.input(f"v{k}", np.shape(v)), np.asarray(v)[()]) for k, v in enumerate(given)]
    if name in CLOSED:
        with pytest.raises(UnsupportedError, match="no meaning"):
            pull(*values)
        return
    for theirs, ours in zip(pull(*given), pull(*values), strict=True):
        value = ours.value if isinstance(ours, Recorded) else ours
        assert np.allclose(value, theirs, ROUGH.get(name, 1e-10), ROUGH.get(name, 1e-12))


@pytest.mark.parametrize("name", UNKNOWN)
def test_an_operation_without_a_meaning_is_refused_by_its_name(name: str) -> None:
    with pytest.raises(UnsupportedError, match=rf"calls PyTorch's '{UNKNOWN[name]}': symdiff has no meaning"):
        recorded(called(name))


def test_xlogy_has_a_slope_where_x_is_zero() -> None:
    """log y; a formula with a branch there accused all who say so."""
    x, y = (torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in ([0.0, 2.0], [0.5, 3.0]))
    assert {str(f.verdict) for f in sd.crosscheck(torch.xlogy, x, y).findings} == {"AGREE"}


def test_a_branch_is_a_guard() -> None:
    recording, leaves = recorded(called("branch"))
    assert recording.problem.holds(leaves)
    assert not recording.problem.holds([-v for v in leaves])


def test_a_step_knows_its_line() -> None:
    def f(x: Any) -> Any:
        return torch.sin(x) * 2

    recording, _ = recorded(subject(f, [tensor((2,))]))
    line = f"test_opening.py, line {f.__code__.co_firstlineno + 1}"
    assert {n.where for n in recording.problem.graph.nodes if n.op in ("sin", "mul")} == {line}


def test_the_forward_of_an_autograd_function_is_opened_and_its_backward_is_the_column() -> None:
    class Lies(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x**2

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * 100

    found = subject(Lies.apply, [tensor((2,))])
    recording, leaves = recorded(found)
    assert [n.op for n in recording.problem.graph.nodes if n.args] == ["integer_power"]
    assert found.columns["torch"]["vjp"](*leaves, np.ones(2))[0].tolist() == [100.0, 100.0]


def test_a_modules_parameters_are_leaves_by_their_names() -> None:
    found = subject(torch.nn.Linear(3, 2), [torch.ones(1, 3, requires_grad=True)])
    assert found.leaf_names | {"input": "input"} == {"input": "input"}
    report = sd.crosscheck(torch.nn.Linear(3, 2).double(), tensor((1, 3)), methods=["tape"], operators="vjp")
    assert report.ok
    assert {f.argument.partition("[")[0] for f in report.findings} == {"input", "weight", "bias"}


def test_nested_names_and_data() -> None:
    def f(params: dict[str, Any], labels: Any, scale: float) -> Any:
        return torch.nn.functional.cross_entropy(params["w"] * scale, labels)

    report = sd.crosscheck(f, {"w": tensor((2, 2))}, torch.tensor([0, 1]), 2.0, methods=["tape"])
    assert report.ok
    assert {f.argument for f in report.findings} == {f"params['w'][{i}, {j}]" for i in (0, 1) for j in (0, 1)}


def test_the_whole_check_has_all_three_methods_and_pytorch() -> None:
    report = sd.assert_agree(lambda x: torch.log1p(x).sum(), tensor((2,)))
    assert {f.method for f in report.findings} == {"symbolic", "tape", "jax", "claimed:torch"}
    assert {f.basis for f in report.findings} == {"certified"}


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_narrow_arithmetic(dtype: str) -> None:
    x = tensor((2, 3)).detach().to(getattr(torch, dtype)).requires_grad_()
    report = sd.crosscheck(lambda x: torch.tanh(x).sum(), x, methods=["tape"])
    assert report.ok
    assert {f.basis for f in report.findings if f.method == "claimed:torch"} == {"measured"}


def test_strides_of_the_inputs_are_kept() -> None:
    seen = []
    x = tensor((2, 3)).t()
    found = subject(lambda x: (seen.append(x.stride()), x.sin())[1], [x])
    found(*found.arrays)
    assert seen == [x.stride()]


def refused(f: Callable[..., Any], *args: Any) -> str:
    with pytest.raises((InputError, UnsupportedError)) as e:
        sd.crosscheck(f, *args, methods=["tape"])
    return str(e.value)


def test_what_cannot_be_recorded_is_a_black_box_with_the_reason() -> None:
    x = tensor((2,))
    for f, why in (
        (lambda x: x.detach().sum().item() * x, "it makes a plain number of a value that is being differentiated"),
        (lambda x: x.float() * 1.0, "it makes float64 narrower, float32, on the way"),
        (lambda x: x * torch.empty_like(x).bernoulli_(x.sigmoid().detach()), "it draws random numbers"),
    ):
        with pytest.raises(UnsupportedError, match=why) as e:
            recorded(subject(f, [x]))
        assert str(e.value).startswith("test_opening.py, line")
    report = sd.crosscheck(torch.linalg.svdvals, tensor((2, 2)), methods=[])
    assert report.ok
    assert {f.basis for f in report.findings} == {"estimated"}
    assert any("is a black box here: test_opening.py, line" in note for note in report.notes)


def test_a_derivative_of_the_callers_own_is_called_with_tensors() -> None:
    def slope(x: Any, labels: Any) -> Any:
        return (x.softmax(1) - torch.nn.functional.one_hot(labels, 2)) / len(labels)

    f, labels = torch.nn.functional.cross_entropy, torch.tensor([1, 0])
    report = sd.crosscheck(f, tensor((2, 2)), labels, claimed=slope, methods=["tape"])
    assert report.ok
    report = sd.crosscheck(f, tensor((2, 2)), labels, claimed=lambda x, y: 2 * slope(x, y), methods=["tape"])
    assert {f.method for f in report.findings if str(f.verdict) == "DIFFER"} == {"claimed"}
    assert {f.basis for f in report.findings} == {"certified"}


def test_bad_input_is_said_in_a_sentence() -> None:
    x = tensor((2,))
    assert "no input of <lambda> requires a gradient" in refused(lambda x: x, torch.ones(2))
    assert "no input of <lambda> requires a gradient" in refused(lambda n: n * 1.0, torch.arange(3))
    elsewhere = torch.ones(2, device="meta", requires_grad=True)
    assert "x is on meta: the check runs on the CPU" in refused(lambda x: x, elsewhere)
    assert "x is complex" in refused(lambda x: x, torch.ones(2, dtype=torch.complex128, requires_grad=True))
    assert "torch.sparse_coo tensor" in refused(lambda x: x, torch.eye(2).to_sparse().requires_grad_())
    assert "nan or inf" in refused(lambda x: x, torch.tensor([np.nan, 1.0], requires_grad=True))
    assert "returns None" in refused(lambda x: None, x)
    assert "returns float" in refused(lambda x: 2.0, x)
    assert "returns no floats" in refused(lambda x: x.argmax(), x)
    assert "writes into its input x" in refused(lambda x: x.detach().add_(1) * x, x)
    assert "complex values" in refused(lambda x: torch.ones(2, dtype=torch.complex128), x)
    with pytest.raises(InputError, match="wrt= is not for PyTorch"):
        sd.crosscheck(torch.sin, x, wrt=0)
