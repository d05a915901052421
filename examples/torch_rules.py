"""Autograd Functions of PyTorch with backwards written by hand, judged: `python -m examples.torch_rules`.

`from torch.autograd import gradcheck` becomes `gradcheck = sd.torch.gradcheck`, and nothing else changes. Where a
backward is wrong, the message says which input, which entry, what was claimed and what is true, where the backward is
written, and what the mistake is likely to be. PyTorch is an extra: `pip install symdiff-toolkit[torch]`.
"""

from __future__ import annotations

import sys
from typing import Any

import symdiff as sd

try:
    import torch
except ImportError:
    if __name__ != "__main__":
        raise
    print("PyTorch is not installed, and this example is about it: pip install symdiff-toolkit[torch]")
    sys.exit(0)


class Softplus(torch.autograd.Function):
    """log(1 + e**x), by the maximum, so that nothing overflows."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return x.clamp_min(0.0) + torch.log1p(torch.exp(-x.abs()))

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        (x,) = ctx.saved_tensors
        return g * torch.sigmoid(x)


class SavedTheAnswer(Softplus):
    """The sigmoid is that of x; what was saved is the answer."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        y = x.clamp_min(0.0) + torch.log1p(torch.exp(-x.abs()))
        ctx.save_for_backward(y)
        return y


class LayerNorm(torch.autograd.Function):
    """Rows with mean 0 and variance 1, times a weight.

    Source: J. L. Ba, J. R. Kiros, G. E. Hinton, "Layer Normalization", arXiv:1607.06450 (2016).
    """

    @staticmethod
    def forward(ctx: Any, x: Any, weight: Any) -> Any:
        away = x - x.mean(-1, keepdim=True)
        scale = torch.rsqrt((away**2).mean(-1, keepdim=True) + 1e-5)
        ctx.save_for_backward(away * scale, scale, weight)
        return away * scale * weight

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        z, scale, weight = ctx.saved_tensors
        zbar = g * weight
        along = (zbar * z).mean(-1, keepdim=True)
        return scale * (zbar - zbar.mean(-1, keepdim=True) - z * along), (g * z).sum(0)


class ForgottenMean(LayerNorm):
    """The same without the mean of zbar: as if x - mean(x) did not depend on the mean."""

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        z, scale, weight = ctx.saved_tensors
        zbar = g * weight
        return scale * (zbar - z * (zbar * z).mean(-1, keepdim=True)), (g * z).sum(0)


def inputs(rows: int = 2, columns: int = 3) -> tuple[Any, Any]:
    """x and a weight, of fixed numbers, both to be differentiated by."""
    draw = torch.Generator().manual_seed(7)
    shapes = ((rows, columns), (columns,))
    x, weight = (torch.randn(s, generator=draw, dtype=torch.float64, requires_grad=True) for s in shapes)
    return x, weight


def main() -> int:
    """Judge all four, and say what is wrong with two of them."""
    x, weight = inputs()
    gradcheck = sd.torch.gradcheck
    for f, given in ((Softplus, (x,)), (SavedTheAnswer, (x,)), (LayerNorm, (x, weight)), (ForgottenMean, (x, weight))):
        try:
            print(f"{f.__name__}: {gradcheck(f.apply, given)}")
        except AssertionError as e:
            print(str(e).partition("\n\n")[0])
    return 0


if __name__ == "__main__":
    sys.exit(main())
