"""Autograd Functions with a mistake each, of the kinds that people make. Read where PyTorch is installed."""

from __future__ import annotations

from typing import Any

import torch

from examples.torch_rules import Softplus


class Sign(Softplus):
    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        return -g * torch.sigmoid(ctx.saved_tensors[0])


class FactorTwo(Softplus):
    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        return 2 * g * torch.sigmoid(ctx.saved_tensors[0])


class Mean(torch.autograd.Function):
    """The mean of all entries; the backward is that of the sum."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.shape = x.shape
        return x.mean()

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        return g.expand(ctx.shape)


class Product(torch.autograd.Function):
    """x w, of square matrices."""

    @staticmethod
    def forward(ctx: Any, x: Any, w: Any) -> Any:
        ctx.save_for_backward(x, w)
        return x @ w

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        x, w = ctx.saved_tensors
        return g @ w.t(), x.t() @ g


class Transposed(Product):
    """The derivative by w, transposed."""

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        x, w = ctx.saved_tensors
        return g @ w.t(), g.t() @ x


class Untransposed(Product):
    """w where w.t() belongs."""

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        x, w = ctx.saved_tensors
        return g @ w, x.t() @ g


class Memory(torch.autograd.Function):
    """x**3; the backward reads the entries in the order in which they lie in memory, whatever the strides."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        (x,) = ctx.saved_tensors
        flat = x.as_strided((x.numel(),), (1,), x.storage_offset())
        return g * 3 * flat.reshape(x.shape) ** 2


class ReluOne(torch.autograd.Function):
    """relu with the slope 1 at 0, which is a convention, too."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return x.clamp_min(0)

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        (x,) = ctx.saved_tensors
        return torch.where(x >= 0, g, 0 * g)


class ReluTwo(ReluOne):
    """relu with the slope 2 at 0, which is none."""

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        (x,) = ctx.saved_tensors
        return torch.where(x > 0, g, torch.where(x < 0, 0 * g, 2 * g))


class Tiny(torch.autograd.Function):
    """1e-9 x**2 with the wrong sign: below every tolerance of PyTorch's own gradcheck."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return 1e-9 * x**2

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        return -2e-9 * ctx.saved_tensors[0] * g


class SecondWrong(torch.autograd.Function):
    """sin x, whose slope is right and has a wrong slope itself."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return torch.sin(x)

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        return _Cosine.apply(ctx.saved_tensors[0]) * g


class _Cosine(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return torch.cos(x)

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        return torch.sin(ctx.saved_tensors[0]) * g


class WrongSvd(torch.autograd.Function):
    """The singular values, with the wrong sign; symdiff has no meaning for PyTorch's svd."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return torch.linalg.svdvals(x)

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        u, _, v = torch.linalg.svd(ctx.saved_tensors[0])
        return -(u * g) @ v


class Nothing(Softplus):
    """The backward has no return."""

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        _ = g * torch.sigmoid(ctx.saved_tensors[0])


class TooShort(Softplus):
    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        return g[:1]


class Raises(Softplus):
    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        return g / (1 // 0)
