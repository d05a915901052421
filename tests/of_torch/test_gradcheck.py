"""sd.torch.gradcheck and gradgradcheck: right backwards pass, and each kind of wrong one is found and told."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from torch.autograd.gradcheck import GradcheckError as Theirs  # noqa: E402 - after the look whether PyTorch is there

import symdiff as sd  # noqa: E402 - after the look whether PyTorch is there
from examples import torch_rules  # noqa: E402 - after the look whether PyTorch is there
from symdiff.torch import gradcheck, gradgradcheck  # noqa: E402 - after the look whether PyTorch is there
from tests.of_torch import functions  # noqa: E402 - after the look whether PyTorch is there

ROOT = Path(__file__).parents[2]



def tensor(*shape: int, dtype: Any = torch.float64) -> Any:
    draw = torch.Generator().manual_seed(3)
    return torch.randn(shape, generator=draw, dtype=dtype, requires_grad=True)


def said(f: Any, *inputs: Any, **options: Any) -> str:
    with pytest.raises(Theirs) as e:
        gradcheck(f, inputs, **options)
    assert isinstance(e.value, sd.Disagreement)
    return str(e.value)


@pytest.mark.parametrize("name", ["gradcheck", "gradgradcheck"])
def test_the_signature_is_pytorchs(name: str) -> None:
    ours, theirs = (inspect.signature(f).parameters for f in (getattr(sd.torch, name), getattr(torch.autograd, name)))
    assert list(ours) == list(theirs)
    assert [p.default for p in ours.values()] == [p.default for p in theirs.values()]
    assert [p.kind for p in ours.values()] == [p.kind for p in theirs.values()]


def test_right_ones_pass() -> None:
    assert gradcheck(functions.Softplus.apply, tensor(3))
    assert gradcheck(torch_rules.LayerNorm.apply, torch_rules.inputs())
    assert gradcheck(functions.Product.apply, (tensor(2, 2), tensor(2, 2)))
    kinks = torch.tensor([0.0, 1.0, -1.0], dtype=torch.float64, requires_grad=True)
    assert gradcheck(functions.ReluOne.apply, (kinks,))
    assert gradcheck(torch.nn.LayerNorm(3).double(), (tensor(2, 3),), check_forward_ad=True)
    assert gradcheck(torch.nn.Conv1d(2, 2, 3).double(), (tensor(1, 2, 4),))
    assert gradcheck(torch.nn.CrossEntropyLoss(), (tensor(2, 3), torch.tensor([0, 2])))
    assert gradcheck(torch.nn.GELU(), (tensor(3),))
    assert gradcheck(lambda x: (x.sin(), x.argmax()), (tensor(3),))


def test_float32_passes_where_differences_cannot() -> None:
    assert gradcheck(torch_rules.LayerNorm.apply, [t.detach().float().requires_grad_() for t in torch_rules.inputs()])
    assert gradcheck(torch.nn.Linear(3, 2), (tensor(2, 3, dtype=torch.float32),))
    assert "ulp off, -1 times" in said(functions.Sign.apply, tensor(3, dtype=torch.float32))


def test_the_message() -> None:
    text = said(functions.Sign.apply, tensor(3))
    assert gradcheck(functions.Sign.apply, tensor(3), raise_exception=False) is False
    assert gradcheck(torch.nn.functional.dropout, tensor(50), raise_exception=False) is False
    first, second, third, fourth = text.splitlines()[:4]
    assert first.startswith("Sign: the backward is wrong in 3 of 9 entries; output[")
    assert "torch.autograd gives -0." in first
    assert "certified 0." in first
    assert first.endswith("ulp off, -1 times")
    assert second == "claimed = -1 x true: the sign"
    line = inspect.getsourcelines(functions.Sign.backward)[1]
    assert third == "exactly: claimed:torch[0, 0] - df[0]/dx[0] = -2*exp(x[0])/(exp(x[0]) + 1)"
    assert fourth == f"Sign.backward is in functions.py, line {line}"
    assert "import torch\nimport symdiff as sd" in text
    assert "x = torch.tensor([" in text
    assert "print(sd.crosscheck(Sign.apply, x" in text


def test_each_kind_of_mistake_is_found() -> None:
    assert "claimed = 2 x true" in said(functions.FactorTwo.apply, tensor(3))
    assert "claimed = 3 x true" in said(functions.Mean.apply, tensor(3))
    assert "Transposed: the backward is wrong" in said(functions.Transposed.apply, tensor(2, 2), tensor(2, 2))
    assert "Untransposed: the backward is wrong" in said(functions.Untransposed.apply, tensor(2, 2), tensor(2, 2))
    assert "wrong" in said(torch_rules.ForgottenMean.apply, *torch_rules.inputs())
    assert "wrong" in said(torch_rules.SavedTheAnswer.apply, tensor(3))
    zero = torch.tensor([0.0], dtype=torch.float64, requires_grad=True)
    assert "torch.autograd gives 2, not between 0 and 1" in said(functions.ReluTwo.apply, zero)


def test_strides_matter() -> None:
    x = tensor(2, 3)
    assert gradcheck(functions.Memory.apply, (x,))
    assert "Memory: the backward is wrong" in said(functions.Memory.apply, x.detach().t().requires_grad_())


def test_no_tolerance_hides_a_small_slope() -> None:
    assert torch.autograd.gradcheck(functions.Tiny.apply, (tensor(3),))
    assert "claimed = -1 x true" in said(functions.Tiny.apply, tensor(3))


def test_the_tolerance_is_for_lost_digits_only() -> None:
    x = torch.tensor([1e-8], dtype=torch.float64, requires_grad=True)
    assert gradcheck(torch.sinc, (x,))  # a third of the slope is lost, and the slope is 3e-8
    assert "the backward is inaccurate in 1 of 1 entries" in said(torch.sinc, x, atol=0.0)
    assert "wrong" in said(functions.Sign.apply, tensor(3), atol=1e9, rtol=1e9)


def test_wrong_derivatives_of_pytorchs_own() -> None:
    zero = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    assert "torch.autograd gives 0, certified 1" in said(lambda x: torch.relu(x) - torch.relu(-x), zero)
    below = torch.tensor([-1.0], dtype=torch.float64, requires_grad=True)
    assert "torch.autograd gives nan" in said(lambda x: torch.where(x > 0, torch.sqrt(x), 0 * x), below)


def test_what_cannot_be_opened_is_estimated() -> None:
    assert gradcheck(torch.linalg.svdvals, (tensor(2, 2),))
    text = said(functions.WrongSvd.apply, tensor(2, 2))
    assert ", estimated " in text.splitlines()[0]
    assert "claimed = -1 x true: the sign" in text
    assert "WrongSvd is a black box here: functions.py, line" in text


def test_a_backward_that_breaks_is_a_finding() -> None:
    assert "claimed = 0 x true: it is zero" in said(functions.Nothing.apply, tensor(2))
    assert "invalid gradient at index 0" in said(functions.TooShort.apply, tensor(2))
    assert "raises ZeroDivisionError (functions.py, line" in said(functions.Raises.apply, tensor(2))


def test_second_derivatives() -> None:
    assert gradgradcheck(functions.Softplus.apply, (tensor(2),))
    assert gradgradcheck(functions.Product.apply, (tensor(2, 2), tensor(2, 2)), gen_non_contig_grad_outputs=True)
    assert gradcheck(functions.SecondWrong.apply, (tensor(2),))
    with pytest.raises(Theirs, match="the backward of SecondWrong: the backward is wrong"):
        gradgradcheck(functions.SecondWrong.apply, (tensor(2),))


def test_what_is_saved_on_the_way_has_no_second_derivative() -> None:
    """The layer norm keeps z and 1/sigma for its backward. To PyTorch they are constants: right once, not twice."""
    with pytest.raises(Theirs, match="the backward of LayerNorm: the backward is wrong"):
        gradgradcheck(torch_rules.LayerNorm.apply, torch_rules.inputs())
    with pytest.raises(Theirs):
        torch.autograd.gradgradcheck(torch_rules.LayerNorm.apply, torch_rules.inputs())


def test_what_cannot_be_judged_is_said() -> None:
    assert "not deterministic" in said(torch.nn.functional.dropout, tensor(50))
    hidden = said(lambda x: torch.from_numpy(x.detach().numpy() * 2) * x, tensor(2))
    assert "numbers that PyTorch does not see" in hidden
    with pytest.raises(sd.Disagreement, match="jvp"):
        gradcheck(functions.Softplus.apply, (tensor(2),), check_forward_ad=True)
    with pytest.raises(ValueError, match="requires a gradient"):
        gradcheck(torch.sin, (torch.ones(2),))
    assert gradcheck(torch.sin, (tensor(0),))
    with pytest.raises(sd.InputError, match="int is no function"):
        gradcheck(3, (tensor(2),))
    with pytest.raises(sd.InputError, match="both False"):
        gradcheck(torch.sin, (tensor(2),), check_backward_ad=False)


def test_the_example_runs() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "examples.torch_rules"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    lines = done.stdout.splitlines()
    assert [line for line in lines if line.endswith(": True")] == ["Softplus: True", "LayerNorm: True"]
    assert [line.partition(":")[0] for line in lines if "is wrong in" in line] == ["SavedTheAnswer", "ForgottenMean"]
    shown = (ROOT / "README.md").read_text(encoding="utf-8").partition("$ python -m examples.torch_rules\n")[2]
    assert shown.startswith(done.stdout), "the README shows what it printed before: write it there anew"
