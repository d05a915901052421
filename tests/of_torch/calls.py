"""Calls of PyTorch, each a function of the tensors beside it. Read where PyTorch is installed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812 - everybody calls it F

L = torch.tensor([0, 2, 1])
MASK = torch.tensor([[True, False, True], [False, True, True], [True, True, False]])


def _written(x: Any) -> Any:
    y = torch.zeros(3, dtype=x.dtype)
    y[0] = x[0, 0]
    y[1:] += x[1:, 1]
    return y * 2


def _through_views(x: Any) -> Any:
    y = x * 1
    a, b = y[0], y.t()
    a.mul_(b[1] + 2)
    y[:, 1] = y[:, 0].exp()
    return b


def _branch(x: Any) -> Any:
    return x * 2 if x.sum() > 0 else x**3


def _loop(x: Any) -> Any:
    y = x
    while (y.abs() < 3).any():
        y = y * 2
    return y


def _masked(x: Any) -> Any:
    y = x.clone()
    y[MASK] = 0
    return y + x.masked_fill(MASK, 2.0)


def _put(x: Any) -> Any:
    return x.index_put((torch.tensor([0, 0, 2]), torch.tensor([1, 1, 0])), x[0], accumulate=True)


def _out(x: Any) -> Any:
    y = torch.empty(3, 3, dtype=x.dtype)
    with torch.no_grad():
        y.copy_(torch.eye(3))
    return torch.addmm(y, x, x)


# name -> (function, shapes of the inputs); the numbers are drawn between 0.3 and 1.7, or those of the shape's tensor
X = (3, 3)
CALLS: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    **{
        name: (getattr(torch, name), (X,))
        for name in (
            "exp exp2 expm1 log log1p log2 log10 sin cos tan atan sinh cosh tanh asinh erf erfc lgamma digamma abs "
            "sqrt rsqrt reciprocal square sigmoid neg sinc frac trunc sum mean prod var std amax amin norm cumsum "
            "t flip fliplr tril triu diag trace det inverse relu selu celu deg2rad positive sgn ravel"
        ).split()
        if name not in ("flip", "cumsum")
    },
    **{
        name: (getattr(F, name), (X,))
        for name in (
            "relu gelu silu mish elu selu softplus leaky_relu hardtanh hardswish hardsigmoid logsigmoid tanhshrink "
            "softsign softshrink relu6"
        ).split()
    },
    "acos": (lambda x: torch.acos(x / 2), (X,)), "asin": (lambda x: torch.asin(x / 2), (X,)),
    "atanh": (lambda x: torch.atanh(x / 2), (X,)), "acosh": (lambda x: torch.acosh(x + 1), (X,)),
    "erfinv": (lambda x: torch.erfinv(x / 2), (X,)), "atan2": (torch.atan2, (X, X)), "hypot": (torch.hypot, (X, X)),
    "add": (lambda x, y: torch.add(x, y, alpha=3), (X, (3,))), "sub": (lambda x, y: torch.sub(x, y, alpha=2), (X, X)),
    "rsub": (lambda x: 2 - x, (X,)), "mul": (torch.mul, (X, ())), "div": (torch.div, (X, X)),
    "div floor": (lambda x, y: x + torch.div(x, y, rounding_mode="floor"), (X, X)), "mod": (lambda x: x % 0.7, (X,)),
    "pow": (torch.pow, (X, X)), "pow 3": (lambda x: x**3, (X,)), "pow 0.5": (lambda x: x**0.5, (X,)),
    "2 ** x": (lambda x: 2**x, (X,)), "maximum": (torch.maximum, (X, X)), "minimum": (torch.minimum, (X, X)),
    "clamp": (lambda x: x.clamp(0.5, 1.2), (X,)), "clamp_min": (lambda x: x.clamp_min(0.5), (X,)),
    "where": (lambda x: torch.where(x > 1, x**2, x.sin()), (X,)), "lerp": (torch.lerp, (X, X, ())),
    "addcmul": (lambda x, y, z: torch.addcmul(x, y, z, value=2), (X, X, X)),
    "addcdiv": (lambda x, y, z: torch.addcdiv(x, y, z, value=2), (X, X, X)), "logaddexp": (torch.logaddexp, (X, X)),
    "xlogy": (torch.xlogy, (X, X)), "polygamma": (lambda x: torch.polygamma(2, x), (X,)),
    "gelu tanh": (lambda x: F.gelu(x, approximate="tanh"), (X,)), "threshold": (lambda x: F.threshold(x, 1, 2), (X,)),
    "prelu": (F.prelu, (X, (3,))), "glu": (F.glu, ((3, 4),)), "softplus beta": (lambda x: F.softplus(x, 2.0), (X,)),
    "sum dim": (lambda x: x.sum(1, keepdim=True), (X,)), "mean dim": (lambda x: x.mean((0, 1)), (X,)),
    "max": (lambda x: x.max(), (X,)), "max dim": (lambda x: x.max(1).values, (X,)),
    "min dim": (lambda x: x.min(0, keepdim=True)[0], (X,)), "var dim": (lambda x: x.var(1, unbiased=False), (X,)),
    "std_mean": (lambda x: torch.std_mean(x, 1), (X,)), "cumsum": (lambda x: x.cumsum(1), (X,)),
    "cumprod": (lambda x: x.cumprod(0), (X,)), "logsumexp": (lambda x: x.logsumexp(1), (X,)),
    "softmax": (lambda x: x.softmax(-1), (X,)), "log_softmax": (lambda x: x.log_softmax(0), (X,)),
    "norm 2": (lambda x: torch.linalg.vector_norm(x, 2, 1), (X,)), "norm 3": (lambda x: x.norm(3), (X,)),
    "norm inf": (lambda x: torch.linalg.vector_norm(x, float("inf")), (X,)), "normalize": (F.normalize, (X,)),
    "argmax": (lambda x: x[x.argmax(0), torch.arange(3)], (X,)), "any": (_loop, (X,)),
    "sort": (lambda x: x.sort(1).values * torch.arange(3.0, dtype=x.dtype), (X,)),
    "sort down": (lambda x: x.sort(0, descending=True)[0].cumsum(0), (X,)), "topk": (lambda x: x.topk(2)[0], (X,)),
    "median": (lambda x: x.median(1).values, (X,)), "cummax": (lambda x: x.cummax(1).values, (X,)),
    "mm": (torch.mm, ((2, 3), (3, 4))), "matmul": (torch.matmul, ((2, 2, 3), (3, 2))),
    "bmm": (torch.bmm, ((2, 2, 3), (2, 3, 2))), "mv": (torch.mv, (X, (3,))), "dot": (torch.dot, ((3,), (3,))),
    "outer": (torch.outer, ((3,), (2,))), "addmm": (lambda x, y: torch.addmm(x, x, y, beta=2, alpha=3), (X, X)),
    "baddbmm": (torch.baddbmm, ((2, 2, 2), (2, 2, 3), (2, 3, 2))), "linear": (F.linear, (X, (2, 3), (2,))),
    "einsum": (lambda x, y: torch.einsum("bij,bjk->ik", x, y), ((2, 2, 3), (2, 3, 2))), "kron": (torch.kron, (X, (2,))),
    "bilinear": (F.bilinear, ((2, 2), (2, 3), (2, 2, 3))), "cross": (torch.linalg.cross, (X, X)),
    "cdist": (lambda x, y: ((x[:, None] - y) ** 2).sum(-1).sqrt(), (X, (2, 3))),
    "cosine": (F.cosine_similarity, (X, X)), "solve": (torch.linalg.solve, (X, (3, 2))),
    "cholesky": (lambda x: torch.linalg.cholesky(x @ x.T + torch.eye(3, dtype=x.dtype)), (X,)),
    "logdet": (lambda x: torch.logdet(x @ x.T), (X,)),
    "slogdet": (lambda x: torch.linalg.slogdet(x).logabsdet, (X,)), "inv": (torch.linalg.inv, (X,)),
    "triangular": (lambda a, b: torch.linalg.solve_triangular(a, b, upper=False), (X, (3, 2))),
    "matrix_power": (lambda x: torch.linalg.matrix_power(x, 3), (X,)),
    "cat": (lambda x, y: torch.cat([x, y, x], 1), (X, (3, 2))), "stack": (lambda x, y: torch.stack([x, y], 1), (X, X)),
    "gather": (lambda x: x.gather(1, L[:, None]), (X,)), "index_select": (lambda x: x.index_select(0, L[:2]), (X,)),
    "index": (lambda x: x[L, 1:], (X,)), "index mask": (lambda x: x[MASK], (X,)),
    "own mask": (lambda x: x[x > 1].sum() + (x * (x > 0.8)).sum(), (X,)), "take": (lambda x: x.take(L), (X,)),
    "flip": (lambda x: x.flip(0), (X,)), "roll": (lambda x: x.roll(1, 0), (X,)),
    "repeat": (lambda x: x.repeat(2, 1), (X,)),
    "repeat_interleave": (lambda x: x.repeat_interleave(2, 0), (X,)), "pad": (lambda x: F.pad(x, (1, 2)), (X,)),
    "pad 2.5": (lambda x: F.pad(x, (1, 0), value=2.5), (X,)), "view": (lambda x: x.view(9), (X,)),
    "reshape": (lambda x: x.t().reshape(9), (X,)), "permute": (lambda x: x.permute(2, 0, 1), ((2, 2, 3),)),
    "expand": (lambda x: x[:, None].expand(3, 2, 3), (X,)), "slice": (lambda x: x[::2, 1], (X,)),
    "diagonal": (lambda x: x.diagonal(), (X,)), "diag_embed": (torch.diag_embed, ((3,),)),
    "unfold": (lambda x: x.unfold(0, 2, 1), ((4,),)), "as_strided": (lambda x: x.as_strided((2, 2), (1, 1)), ((4,),)),
    "unbind": (lambda x: x.unbind(1)[1], (X,)), "chunk": (lambda x: x.chunk(2, 1), (X,)),
    "split": (lambda x: x.split([1, 2]), (X,)), "broadcast": (lambda x, y: x[:, None] * y, ((3,), (2,))),
    "meshgrid": (lambda x, y: torch.meshgrid(x, y, indexing="ij"), ((2,), (3,))),
    "scatter": (lambda x, y: x.scatter(1, L[:, None], y), (X, (3, 1))), "index_add": (
        lambda x, y: x.index_add(0, torch.tensor([0, 0]), y), (X, (2, 3))),
    "scatter_add": (lambda x, y: x.scatter_add(0, L[None] * 0, y), (X, (1, 3))), "index_put": (_put, (X,)),
    "embedding": (lambda w: F.embedding(torch.tensor([[0, 2], [2, 2]]), w), (X,)), "written": (_written, (X,)),
    "through views": (_through_views, (X,)), "branch": (_branch, (X,)), "masked": (_masked, (X,)), "out": (_out, (X,)),
    "no_grad": (lambda x: x * x.detach().clone(), (X,)), "vmap": (torch.vmap(lambda x: x.sin().sum()), (X,)),
    "layer_norm": (lambda x, w, b: F.layer_norm(x, (3,), w, b), (X, (3,), (3,))),
    "rms_norm": (lambda x, w: F.rms_norm(x, (3,), w), (X, (3,))),
    "group_norm": (lambda x: F.group_norm(x, 2), ((2, 4),)),
    "batch_norm": (lambda x, w: F.batch_norm(x, None, None, w, training=True), (X, (3,))),
    "instance_norm": (F.instance_norm, ((2, 2, 3),)), "conv1d": (lambda x, w, b: F.conv1d(x, w, b, 2, 1), (
        (2, 2, 5), (3, 2, 3), (3,))),
    "conv1d groups": (lambda x, w: F.conv1d(x, w, dilation=2, groups=2), ((1, 2, 5), (2, 1, 2))),
    "conv2d": (lambda x, w: F.conv2d(x, w, padding=1), ((1, 2, 3, 3), (2, 2, 2, 2))),
    "avg_pool1d": (lambda x: F.avg_pool1d(x, 2), ((1, 2, 4),)),
    "avg_pool2d": (lambda x: F.avg_pool2d(x, 2, 1), ((1, 1, 3, 3),)),
    "max_pool1d": (lambda x: F.max_pool1d(x, 2), ((1, 2, 4),)),
    "max_pool2d": (lambda x: F.max_pool2d(x, 2, 1), ((1, 1, 3, 3),)),
    "adaptive": (lambda x: F.adaptive_avg_pool1d(x, 1), ((1, 2, 4),)),
    "cross_entropy": (lambda x: F.cross_entropy(x, L), (X,)),
    "cross_entropy smooth": (lambda x: F.cross_entropy(x, L, label_smoothing=0.1), (X,)),
    "cross_entropy soft": (lambda x: F.cross_entropy(x, torch.full((3, 3), 1 / 3, dtype=x.dtype)), (X,)),
    "nll": (lambda x: F.nll_loss(x, L, reduction="none"), (X,)), "mse": (F.mse_loss, (X, X)), "l1": (F.l1_loss, (X, X)),
    "huber": (F.huber_loss, (X, X)), "smooth_l1": (F.smooth_l1_loss, (X, X)), "kl": (F.kl_div, (X, X)),
    "bce": (lambda x: F.binary_cross_entropy(x / 2, MASK.to(x.dtype)), (X,)),
    "bce logits": (lambda x: F.binary_cross_entropy_with_logits(x, MASK.to(x.dtype)), (X,)),
    "poisson": (lambda x: F.poisson_nll_loss(x, MASK.to(x.dtype)), (X,)),
    "hinge": (lambda x, y: F.margin_ranking_loss(x, y, torch.ones(3, dtype=x.dtype), 0.3), ((3,), (3,))),
    "triplet": (F.triplet_margin_loss, (X, X, X)), "cosine loss": (
        lambda x, y: F.cosine_embedding_loss(x, y, torch.tensor([1, -1, 1])), (X, X)),
    "attention": (F.scaled_dot_product_attention, ((1, 1, 2, 3), (1, 1, 2, 3), (1, 1, 2, 3))),
    "interpolate": (lambda x: F.interpolate(x, scale_factor=2), ((1, 1, 3),)),
}  # fmt: skip

# modules, and the shape of what they are given
MODULES: dict[str, tuple[Callable[[], Any], tuple[int, ...]]] = {
    "Linear": (lambda: nn.Linear(3, 2), (2, 3)), "Conv1d": (lambda: nn.Conv1d(2, 2, 3, padding=1), (1, 2, 4)),
    "LayerNorm": (lambda: nn.LayerNorm(3), (2, 3)), "GELU": (nn.GELU, (2, 3)),
    "GRUCell": (lambda: nn.GRUCell(2, 2), (1, 2)),
    "LSTM": (lambda: _First(nn.LSTM(2, 2)), (2, 1, 2)), "BatchNorm1d": (lambda: nn.BatchNorm1d(3), (4, 3)),
    "MLP": (lambda: nn.Sequential(nn.Linear(3, 3), nn.Tanh(), nn.Linear(3, 1)), (2, 3)),
    "MultiheadAttention": (lambda: _Attention(2), (2, 1, 2)),
    "TransformerEncoderLayer": (lambda: nn.TransformerEncoderLayer(2, 1, 2, dropout=0.0), (2, 1, 2)),
}  # fmt: skip


class _First(nn.Module):
    """The first result of a module."""

    def __init__(self, inner: Any) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, x: Any) -> Any:
        return self.inner(x)[0]


class _Attention(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.inner = nn.MultiheadAttention(width, 1)

    def forward(self, x: Any) -> Any:
        return self.inner(x, x, x)[0]
