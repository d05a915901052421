"""Functions of JAX's, by family, each with a point: what a reading of a jaxpr has to know."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import jax.scipy.linalg as jla
import jax.scipy.special as jsp
import numpy as np
from jax import lax, nn

X = np.array([0.3, -0.7, 1.2, 0.45])
P = np.array([0.3, 0.7, 1.2, 0.45])
U = np.array([0.3, -0.7, 0.2, 0.45])
M = np.array([[1.3, 0.2, -0.4], [0.1, 0.9, 0.3], [0.5, -0.6, 1.7]])
S = np.array([[2.0, 0.3, -0.1], [0.3, 1.5, 0.4], [-0.1, 0.4, 1.1]])
W = np.array([[0.2, -0.5, 0.8], [1.1, 0.4, -0.3], [0.6, -0.9, 0.7], [-0.2, 0.3, 0.5]])

Case = tuple[Callable[..., Any], tuple[Any, ...]]


def _on(x: Any, *functions: Callable[..., Any]) -> dict[str, Case]:
    return {f.__name__: (f, (x,)) for f in functions}


ELEMENTWISE: dict[str, Case] = {
    **_on(X, jnp.exp, jnp.expm1, jnp.exp2, jnp.sin, jnp.cos, jnp.tan, jnp.sinh, jnp.cosh, jnp.tanh, jnp.arctan,
          jnp.arcsinh, jnp.square, jnp.abs, jnp.sign, jnp.negative, jnp.sinc, jnp.cbrt),
    **_on(P, jnp.log, jnp.log2, jnp.log10, jnp.log1p, jnp.sqrt, jnp.reciprocal, lax.rsqrt),
    **_on(U, jnp.arcsin, jnp.arccos, jnp.arctanh),
    "arccosh": (lambda x: jnp.arccosh(1.0 + x), (P,)),
    "power": (lambda x: jnp.power(x, 1.7) + jnp.power(2.0, x), (P,)),
    "integer powers": (lambda x: x**3 + x**-2 + x ** jnp.arange(4), (X,)),
    "arctan2": (lambda x: jnp.arctan2(x, 2.0 - x), (X,)), "hypot": (lambda x: jnp.hypot(x, 1.0 + x), (X,)),
    "logaddexp": (lambda x: jnp.logaddexp(x, 0.3 - x), (X,)),
    "maximum": (lambda x: jnp.maximum(x, 0.1) - jnp.minimum(x**2, 0.6), (X,)),
    "clip": (lambda x: jnp.clip(x, -0.5, 1.0), (X,)), "where": (lambda x: jnp.where(x > 0.1, x**2, -x), (X,)),
    "floor, ceil, round": (lambda x: (x - jnp.floor(x)) * jnp.ceil(x) + jnp.round(3 * x) * x, (X,)),
    "remainder": (lambda x: jnp.mod(x, 0.4) * x + jnp.fmod(x, 0.5), (X,)),
    "comparisons": (lambda x: (x > 0.2) * x + ((x < 1.0) & (x >= -0.8)) * x**2 + jnp.isfinite(x) * x, (X,)),
    "select": (lambda x: jnp.select([x > 1.0, x > 0.0], [x, x**2], -x), (X,)),
    "nan_to_num": (lambda x: jnp.nan_to_num(x) * x, (X,)),
    "polyval": (lambda x: jnp.polyval(jnp.array([1.0, -2.0, 0.5]), x), (X,)),
    "constants": (jax.jit(lambda y: y * jnp.log(2.0) + jnp.sqrt(jnp.arange(4.0))), (X,)),
}  # fmt: skip

SPECIAL: dict[str, Case] = {
    **_on(X, jsp.erf, jsp.erfc, jsp.expit, jsp.log_ndtr, jsp.ndtr),
    **_on(P, jsp.gammaln, jsp.digamma, jsp.entr),
    "gamma": (jsp.gamma, (P,)), "polygamma": (lambda x: jsp.polygamma(1, x), (P,)),
    "logit": (lambda x: jsp.logit(x / 2), (P,)), "xlogy": (lambda x: jsp.xlogy(x, 1.0 + x), (P,)),
    "xlog1py": (lambda x: jsp.xlog1py(x, x), (P,)), "logsumexp": (jsp.logsumexp, (X,)),
    "beta": (lambda x: jsp.betaln(x, 0.5 + x), (P,)), "kl_div": (lambda x: jsp.kl_div(x, 0.4 + x), (P,)),
    "norm.logpdf": (lambda x: jax.scipy.stats.norm.logpdf(x, 0.3, 1.2), (X,)),
    "expi": (jsp.expi, (P[:1],)), "erfinv": (lambda x: jsp.erfinv(x / 2), (X,)),
    "ndtri": (lambda x: jsp.ndtri(x / 2), (P,)), "i0e, i1e": (lambda x: jsp.i0e(x) * jsp.i1(x), (X,)),
    "gammainc": (lambda x: jsp.gammainc(2.0, x) * jsp.gammaincc(1.5, x), (P,)),
    "betainc": (lambda x: jsp.betainc(2.0, 1.5, x / 2), (P,)),
    "multigammaln": (lambda x: jsp.multigammaln(2.0 + x, 3), (P,)),
}  # fmt: skip

ACTIVATIONS: dict[str, Case] = {
    **_on(X, nn.relu, nn.relu6, nn.sigmoid, nn.softplus, nn.sparse_plus, nn.soft_sign, nn.silu, nn.log_sigmoid,
          nn.leaky_relu, nn.hard_sigmoid, nn.hard_silu, nn.hard_tanh, nn.elu, nn.celu, nn.selu, nn.gelu, nn.softmax,
          nn.log_softmax, nn.standardize, nn.squareplus, nn.mish, nn.logsumexp, nn.sparse_sigmoid),
    "gelu, exact": (lambda x: nn.gelu(x, approximate=False), (X,)), "glu": (nn.glu, (X,)),
    "one_hot": (lambda x: nn.one_hot(jnp.array([1, 2]), 4) @ x, (X,)),
}  # fmt: skip

REDUCTIONS: dict[str, Case] = {
    **_on(W, jnp.sum, jnp.mean, jnp.prod, jnp.var, jnp.std, jnp.max, jnp.min, jnp.median, jnp.ptp, jnp.cumsum,
          jnp.cumprod, jnp.nansum, jnp.trace, jnp.diff),
    "along an axis": (lambda w: jnp.sum(w, 0) * jnp.max(w, 1)[:3] + jnp.mean(w, 0, keepdims=True), (W,)),
    "logsumexp along an axis": (lambda w: jsp.logsumexp(w, axis=1, b=2.0), (W,)),
    "cumulative": (lambda x: lax.cummax(x) + lax.cummin(x, reverse=True) + lax.cumlogsumexp(x), (X,)),
    "average": (lambda w: jnp.average(w, axis=0, weights=jnp.arange(1.0, 5.0)), (W,)),
    "quantile": (lambda x: jnp.quantile(x, jnp.array([0.3, 0.8])), (X,)),
    "cov": (jnp.cov, (W,)), "any, all": (lambda x: jnp.where(jnp.any(x > 1) & jnp.all(x < 2), x, -x), (X,)),
    "argmax": (lambda x: x[jnp.argmax(x)] * x[jnp.argmin(x)], (X,)),
    "trapezoid": (lambda x: jnp.trapezoid(x**2, dx=0.1), (X,)), "gradient": (jnp.gradient, (X,)),
}  # fmt: skip

MOVING: dict[str, Case] = {
    "reshaping": (lambda w: jnp.ravel(w.T)[::-1].reshape(3, 4) @ w, (W,)),
    "joining": (lambda x: jnp.concatenate([x, x**2]) * jnp.stack([x, 2 * x]).ravel() + jnp.tile(x, 2), (X,)),
    "padding": (lambda x: jnp.pad(x, (1, 2)) * jnp.pad(x, (2, 1), constant_values=3.0), (X,)),
    "padding with edges": (lambda x: jnp.pad(x, 2, "edge") * jnp.pad(x, 2, "reflect"), (X,)),
    "splitting": (lambda x: jnp.split(x, 2)[0] * jnp.split(x, [1, 3])[1], (X,)),
    "rolling": (lambda x: jnp.roll(x, 1) * jnp.flip(x) + jnp.repeat(x, 2)[::2], (X,)),
    "indexing": (lambda w: w[1] * w[[0, 2, 3], 1] + w[::2, 1:].sum() + w[-1, None, 0], (W,)),
    "taking": (lambda w: jnp.take(w, jnp.array([0, 2, 2]), axis=0) ** 2, (W,)),
    "take_along_axis": (lambda w: jnp.take_along_axis(w, jnp.array([[0], [2], [1], [1]]), 1), (W,)),
    "setting": (lambda x: x.at[1].set(x[0] ** 2).at[jnp.array([0, 2])].mul(3.0), (X,)),
    "adding": (lambda x: jnp.zeros(3).at[jnp.array([0, 2, 0, 1])].add(x**2) + x[:3].at[0].add(-x[3]), (X,)),
    "largest at": (lambda x: jnp.zeros(2).at[jnp.array([0, 1, 0, 1])].max(x) + x[:2].at[0].min(x[2]), (X,)),
    "segment_sum": (lambda x: jax.ops.segment_sum(x**2, jnp.array([0, 1, 1, 0]), 2), (X,)),
    "dynamic_slice": (lambda x: lax.dynamic_slice(x, (1,), (2,)) ** 2, (X,)),
    "dynamic_update_slice": (lambda x: lax.dynamic_update_slice(x, x[:2] ** 2, (1,)), (X,)),
    "sorting": (lambda x: jnp.sort(x) * jnp.arange(4.0) + x[jnp.argsort(x)] ** 2, (X,)),
    "top_k": (lambda x: lax.top_k(x, 2)[0] ** 2, (X,)),
    "triangles": (lambda m: jnp.tril(m) @ jnp.triu(m, 1) + jnp.diag(jnp.diag(m)), (M,)),
    "meshgrid": (lambda x: jnp.stack(jnp.meshgrid(x, x**2)), (X[:3],)),
    "searchsorted": (lambda x: x[jnp.searchsorted(jnp.array([0.0, 0.5, 1.0]), x)], (X,)),
    "interp": (lambda x: jnp.interp(x, jnp.array([-1.0, 0.0, 2.0]), jnp.array([1.0, 3.0, 2.0])), (X,)),
    "convolve": (lambda x: jnp.convolve(x, jnp.array([1.0, -2.0, 0.5]), "same"), (X,)),
}  # fmt: skip

PRODUCTS: dict[str, Case] = {
    "matmul": (lambda w, m: w @ m, (W, M)), "dot": (lambda x: jnp.dot(x, x**2), (X,)),
    "outer": (lambda x: jnp.outer(x, jnp.sin(x)), (X,)), "kron": (lambda m: jnp.kron(m[:2, :2], m[1:, 1:]), (M,)),
    "einsum": (lambda w, m: jnp.einsum("ij,jk,ik->i", w, m, w), (W, M)),
    "tensordot": (lambda w: jnp.tensordot(w, w, ((0,), (0,))), (W,)),
    "a stack": (lambda w: jnp.matmul(w.reshape(2, 2, 3), w.reshape(2, 3, 2)), (W,)),
    "vmap": (lambda w, m: jax.vmap(lambda row: jnp.tanh(m @ row))(w), (W, M)),
    "cross": (lambda m: jnp.cross(m[0], m[1]), (M,)), "vdot": (lambda m: jnp.vdot(m, m.T), (M,)),
}  # fmt: skip

LINALG: dict[str, Case] = {
    "solve": (lambda m: jnp.linalg.solve(m, jnp.array([1.0, -2.0, 0.5])), (M,)),
    "inv": (jnp.linalg.inv, (M,)), "det": (jnp.linalg.det, (M,)),
    "slogdet": (lambda m: jnp.linalg.slogdet(m)[1], (M,)),
    "slogdet, 4 by 4": (lambda w: jnp.linalg.slogdet(w @ w.T + jnp.eye(4))[1], (W,)),
    "cholesky": (jnp.linalg.cholesky, (S,)),
    "solve_triangular": (lambda m: jla.solve_triangular(m, jnp.array([1.0, -2.0, 0.5]), lower=True), (M,)),
    "cho_solve": (lambda s: jla.cho_solve(jla.cho_factor((s + s.T) / 2), jnp.ones(3)), (S,)),
    "eigvalsh": (jnp.linalg.eigvalsh, (S,)), "norm": (jnp.linalg.norm, (W,)),
    "matrix_power": (lambda m: jnp.linalg.matrix_power(m, 3), (M,)),
    "svdvals": (lambda m: jnp.linalg.svd(m, compute_uv=False), (M,)),
    "eigh": (lambda s: jnp.linalg.eigh(s)[1] ** 2, (S,)),
    "multi_dot": (lambda m: jnp.linalg.multi_dot([m, m, m]), (M,)),
}  # fmt: skip


def _newton(a: Any) -> Any:
    return lax.fori_loop(0, 6, lambda _, y: 0.5 * (y + a / y), 1.0 + a)


def _while(x: Any) -> Any:
    return lax.while_loop(lambda c: c[0] < 4, lambda c: (c[0] + 1, jnp.sin(c[1]) + x), (0, x))[1]


CONTROL: dict[str, Case] = {
    "cond": (lambda x: lax.cond(x[0] > 0, lambda y: y**2, lambda y: -y, x), (X,)),
    "switch": (lambda x: lax.switch(jnp.argmax(x), [jnp.sin, jnp.cos, jnp.exp], x), (X,)),
    "fori_loop": (_newton, (P,)),
    "while_loop": (_while, (X,)),
    "scan": (lambda x: lax.scan(lambda c, v: (jnp.tanh(c + v), c * v), jnp.asarray(0.1), x)[1], (X,)),
    "a long scan": (lambda x: lax.scan(lambda c, v: (jnp.sin(c) + v, None), x[0], jnp.arange(12.0))[0], (X,)),
    "scan, backwards": (lambda x: lax.scan(lambda c, v: (c * v + 1.0, c), x[1], x, reverse=True)[1], (X,)),
    "associative_scan": (lambda x: lax.associative_scan(jnp.multiply, x), (X,)),
    "map": (lambda x: lax.map(lambda v: v * jnp.exp(v), x), (X,)),
    "checkpoint": (jax.checkpoint(lambda y: jnp.sin(jnp.sin(y))), (X,)),
    "jit": (jax.jit(lambda x: jax.jit(jnp.sin)(x) * x), (X,)),
    "inner grad": (lambda x: jax.grad(lambda y: jnp.sum(jnp.sin(y) * y))(x) ** 2, (X,)),
}  # fmt: skip

WINDOWS: dict[str, Case] = {
    "conv": (lambda w: lax.conv(w.reshape(1, 1, 4, 3), jnp.array([[[[1.0, -0.5], [0.3, 2.0]]]]), (1, 1), "SAME"), (W,)),
    "conv by the kernel": (lambda m: lax.conv_general_dilated(
        jnp.asarray(W).reshape(1, 4, 3, 1), m.reshape(3, 3, 1, 1), (2, 1), "SAME",
        dimension_numbers=("NHWC", "HWIO", "NHWC")), (M,)),
    "avg_pool": (lambda w: lax.reduce_window(w, 0.0, lax.add, (2, 2), (1, 1), "VALID") / 4, (W,)),
    "max_pool": (lambda w: lax.reduce_window(w, -jnp.inf, lax.max, (2, 2), (2, 1), "SAME"), (W,)),
    "fft": (lambda x: jnp.abs(jnp.fft.fft(x)) ** 2, (X,)),
    "rfft": (lambda x: jnp.real(jnp.fft.rfft(x) * jnp.conj(jnp.fft.rfft(x))), (X,)),
}  # fmt: skip

LABELS = np.array([1, 0, 2, 1])
ONE_HOT = np.eye(3)[LABELS]


def _cross_entropy(logits: Any) -> Any:
    """As optax has it, with labels that are whole numbers."""
    chosen = jnp.take_along_axis(logits, jnp.asarray(LABELS)[:, None], axis=-1)[:, 0]
    return jnp.mean(jsp.logsumexp(logits, axis=-1) - chosen)


def _binary(logits: Any) -> Any:
    y = jnp.asarray(ONE_HOT)
    return jnp.mean(-y * nn.log_sigmoid(logits) - (1.0 - y) * nn.log_sigmoid(-logits))


def _huber(w: Any) -> Any:
    size = jnp.abs(w - 0.12)
    near = jnp.minimum(size, 0.5)
    return jnp.mean(0.5 * near**2 + 0.5 * (size - near))


def _cosine(w: Any) -> Any:
    unit = w / jnp.maximum(jnp.linalg.norm(w, axis=-1, keepdims=True), 1e-8)
    return 1.0 - jnp.sum(unit[0] * unit[1])


def _normalised(w: Any) -> Any:
    centred = w - jnp.mean(w, axis=-1, keepdims=True)
    return centred * lax.rsqrt(jnp.var(w, axis=-1, keepdims=True) + 1e-6)


LOSSES: dict[str, Case] = {
    "cross entropy": (_cross_entropy, (W,)), "binary cross entropy": (_binary, (W,)), "huber": (_huber, (W,)),
    "cosine distance": (_cosine, (W,)), "layer norm": (_normalised, (W,)),
    "cross entropy of labels": (lambda w: -jnp.sum(nn.log_softmax(w) * jnp.asarray(ONE_HOT)), (W,)),
    "log cosh": (lambda w: jnp.mean(jnp.logaddexp(w, -w) - jnp.log(2.0)), (W,)),
    "hinge": (lambda w: jnp.mean(jnp.maximum(0.0, 1.0 - w)), (W,)),
    "kl divergence": (lambda w: jnp.sum(nn.softmax(w) * (nn.log_softmax(w) - jnp.log(1.0 / 3.0))), (W,)),
    "squared error": (lambda w, m: jnp.mean((jnp.tanh(w @ m) - 0.5) ** 2), (W, M)),
    "poly loss": (lambda w: jnp.sum(1.0 - nn.softmax(w)[:, 0]), (W,)),
}  # fmt: skip

FAMILIES: dict[str, dict[str, Case]] = {
    "elementwise": ELEMENTWISE, "special": SPECIAL, "activations": ACTIVATIONS, "reductions": REDUCTIONS,
    "moving": MOVING, "products": PRODUCTS, "linalg": LINALG, "control": CONTROL, "windows": WINDOWS,
    "losses": LOSSES,
}  # fmt: skip
CASES = {f"{family}: {name}": case for family, cases in FAMILIES.items() for name, case in cases.items()}
