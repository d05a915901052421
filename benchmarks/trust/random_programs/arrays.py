"""Random functions of arrays, as text that NumPy runs: straight lines of calls, each of which fits the shapes so far."""

from __future__ import annotations

from typing import Any

import numpy
from scipy import special

from benchmarks.trust.random_programs.program import compiled

MOST = 24  # entries of an intermediate array
LENGTH = 1e100  # of a value, at most; in float32 its fifth root
# {x}, {y}: values so far; {c}: a positive constant; {k}: an axis of x; {n}: the length of x's last axis
ONE = (
    "np.exp(-np.abs({x}))", "np.exp({x})", "np.sin({x})", "np.cos({x})", "np.tan({c} * {x})", "np.tanh({x})", "-{x}",
    "{x}**2", "{x}**3", "{c} / (2.0 + {x} * {x})", "np.abs({x})", "np.log({c} + np.abs({x}))", "np.sqrt({x} * {x} + {c})",
    "1.0 / (1.0 + np.exp(-{x}))", "np.arctan({x})", "np.log1p({x} * {x})", "np.expm1({x})", "np.arcsinh({x})",
    "np.clip({x}, -{c}, {c})", "np.maximum({x}, 0.0)", "np.sqrt(np.abs({x}))", "np.cbrt({x})", "{x} - 1.0",
    "np.abs({x})**1.5", "np.sign({x}) * {x}", "np.sinh(np.tanh({x}))", "np.cosh({c} * {x})", "{x} * {c}", "{x} + {c}",
    "np.logaddexp({x}, 0.0)", "np.square({x} - 1.0)", "np.exp2(np.tanh({x}))", "np.arcsin(np.tanh({x}) * 0.75)",
    "np.reciprocal(np.abs({x}) + {c})", "np.where({x} > 0.0, {x}, {c} * np.expm1({x}))", "special.erf({x})",
    "special.erfc({x})", "special.expit({x})", "special.gammaln(1.0 + np.abs({x}))", "special.digamma({c} + {x} * {x})",
    "special.log_expit({x})", "special.ndtr({x})", "np.where(np.abs({x}) < 1.0, 0.5 * {x}**2, np.abs({x}) - 0.5)",
    "np.where({x} > 0.0, np.log(np.abs({x})), 0.0)", "np.arccosh(1.5 + {x} * {x})", "np.arctanh(0.5 * np.sin({x}))",
    "np.log2(3.0 + np.sin({x}))", "np.floor({x}) * {x}", "np.mod({x}, 2.5)", "np.sinc({x})", "special.entr(np.abs({x}))",
    "np.maximum({x}, 0.0) - np.maximum(-{x}, 0.0)", "np.heaviside({x}, 0.5) * {x}", "np.deg2rad({x})",
    "np.log10(1.0 + {x}**2)", "special.xlogy({x}, {x}**2 + {c})", "({x} + 1.0) - 1.0",
)  # fmt: skip
TWO = (
    "{x} + {y}", "{x} - {y}", "{x} * {y}", "{x} / (1.0 + {y} * {y})", "np.maximum({x}, {y})", "np.minimum({x}, {c} * {y})",
    "np.hypot({x}, {y})", "np.where({x} > {y}, {x}, {y} * 2.0)", "np.arctan2({x}, {y})", "np.logaddexp({x}, {y})",
    "({x} + {y}) - {x}", "({x} - {y}) * ({x} + {y})", "{x} / {y}", "np.where(np.abs({y}) < 1.0, {y} * {x}, {x})",
    "np.abs({x})**np.tanh({y})", "np.power(np.abs({x}) + {c}, {y})", "special.xlogy(np.abs({x}), np.abs({y}) + {c})",
    "np.fmax({x}, {y})", "np.abs({x} - {y})", "np.clip({x}, {y} - 1.0, {y} + 1.0)", "np.copysign({x}, {y})",
)  # fmt: skip
REDUCED = (
    "np.sum({x})", "np.sum({x}, axis={k})", "np.mean({x}, axis={k}, keepdims=True)", "np.mean({x})", "np.max({x}, axis={k})",
    "np.min({x}, axis={k}, keepdims=True)", "np.max({x})", "np.min({x})", "np.var({x}, axis={k})", "np.std({x})",
    "np.var({x})", "np.prod({x}, axis={k})", "np.prod({x})", "np.sqrt(np.sum({x} * {x}, axis={k}))",
    "np.linalg.norm({x}.ravel())", "np.linalg.norm({x}, axis={k})", "np.linalg.norm({x}.ravel(), 1)",
    "np.linalg.norm({x}.ravel(), np.inf)", "np.linalg.norm({x}.ravel(), 3)", "np.max({x}) - np.min({x})", "np.median({x})",
    "np.log(np.sum(np.exp({x}), axis={k}))", "np.ptp({x})",
)  # fmt: skip
MOVED = (
    "{x}.T", "np.swapaxes({x}, 0, -1)", "{x}.reshape(-1)", "{x}[:1]", "{x}[..., -1:]", "{x}[::-1] * {x}", "{x}[[0, 0, -1]]",
    "np.cumsum({x}, axis={k})", "np.concatenate([{x}, {x}[:1] * 2.0])", "np.stack([{x}, {x} * {c}], axis={k})",
    "np.sort({x}, axis={k})", "{x}[None] * {c}", "np.roll({x}, 1, axis={k})", "np.flip({x}, axis={k})",
    "np.diff({x}, axis={k})", "np.tile({x}, 2)", "np.outer({x}, {x})", "{x}[0]", "np.tril({x})", "np.triu({x}, 1)",
    "np.where(np.arange({n}) % 2 == 0, {x}, -{x})", "np.pad({x}, 1)", "np.expand_dims({x}, {k})", "{x}[..., ::2]",
    "np.cumprod(np.tanh({x}), axis={k})", "np.repeat({x}, 2, axis={k})", "np.sort({x}.ravel())[::-1]", "{x}[1:] - {x}[:-1]",
    "np.diagonal({x})", "np.diag({x})", "np.broadcast_to({x}, (2, {n}))", "np.take({x}, [0, -1], axis={k})",
    "np.sort(np.abs({x}), axis={k})", "{x}[np.argmax({x}, axis=0)]",
)  # fmt: skip
SOFTENED = (
    "np.log(np.sum(np.exp({x} - np.max({x}, axis=-1, keepdims=True)), axis=-1)) + np.max({x}, axis=-1)",
    "{x} - np.log(np.sum(np.exp({x}), axis=-1, keepdims=True))",
    "np.exp({x} - np.max({x}, axis=-1, keepdims=True))", "({x} - np.mean({x})) / np.sqrt(np.var({x}) + 0.125)",
    "{x} / np.linalg.norm({x}.ravel())", "np.exp({x}) / np.sum(np.exp({x}), axis=-1, keepdims=True)",
    "{x} - np.mean({x}, axis=-1, keepdims=True)",
)  # fmt: skip
PRODUCTS = (
    "{x} @ {y}", "{x}.T @ {y}", "{x} @ {y}.T", "{x} @ {x}.T", "np.dot({x}.ravel(), {x}.ravel() * {c})", "np.outer({x}, {y})",
    "np.einsum('i,j->ij', {x}.ravel(), {y}.ravel())", "np.einsum('ij,jk->ki', {x}, {y})", "np.einsum('ij,ij->i', {x}, {x})",
    "np.einsum('ii->', {x})", "np.tensordot({x}, {y}, 1)", "np.kron({x}, {y})", "np.inner({x}, {y})", "np.trace({x})",
    "np.vdot({x}, {x})", "np.einsum('...i,...i->...', {x}, {y})", "np.convolve({x}, {y})", "np.linalg.matrix_power({x}, 2)",
)  # fmt: skip
SQUARE = "(np.outer(np.tanh({x}.ravel()[:3]), np.tanh({x}.ravel()[:3])) + np.diag(np.arange(1.0, {m} + 1.0)))"
SOLVED = (
    "np.linalg.solve({a}, np.tanh({x}.ravel()[:3]))", "np.linalg.cholesky({a})", "np.linalg.det({a})", "np.linalg.inv({a})",
    "np.linalg.slogdet({a})[1]", "np.tanh({x}.ravel()[:3]) @ np.linalg.solve({a}, np.tanh({x}.ravel()[:3]))",
    "np.linalg.eigvalsh({a})", "np.trace({a} @ {a})", "np.linalg.det({x})", "np.linalg.inv({x})", "np.linalg.slogdet({x})[1]",
    "np.linalg.solve({x}, {y})",
)  # fmt: skip
FAMILIES = ((ONE, 0.28), (TWO, 0.24), (REDUCED, 0.12), (MOVED, 0.15), (SOFTENED, 0.05), (PRODUCTS, 0.1), (SOLVED, 0.06))
CONSTANTS = ("0.5", "2.0", "0.3", "1.5", "0.7", "1e-3", "3.0", "1.1", "10.0")
EXACT_CONSTANTS = ("0.5", "2.0", "0.25", "1.5", "0.75", "3.0", "1.25")  # the same number in float32
NOT_NARROW = ("2.5e", "np.arange(1.0", "0.3", "deg2rad")  # what would be another number, or float64, in float32


def function(rng: numpy.random.Generator, args: list[Any], names: list[str], single: bool, scalar: bool) -> str:
    """The text of a function that is defined at these arguments and depends on all of them."""
    known, lines = dict(zip(names, args, strict=True)), []
    constants = EXACT_CONSTANTS if single else CONSTANTS
    wanted = int(rng.integers(2, 7))
    for _ in range(6 * wanted):
        if len(lines) >= wanted:
            break
        text = line(rng, known, constants)
        value = tried(text, known) if text and not (single and any(w in text for w in NOT_NARROW)) else None
        if value is not None and (not single or value.dtype == numpy.float32):
            name = f"z{len(lines) + 1}"
            lines.append(f"    {name} = {text}\n")
            known[name] = value
    made = [n for n in known if n not in names] or names
    terms = [f"np.sum({n})" for n in made[-2:]]
    terms += [f"np.sum(np.tanh({n}) * {n})" for n in names if not any(n + c in "".join(lines) for c in ",).[ ")]
    if not scalar:
        return f"def f({', '.join(names)}):\n{''.join(lines)}    return {made[-1]} + {' + '.join(terms[1:] or ['0.0'])}\n"
    return f"def f({', '.join(names)}):\n{''.join(lines)}    return {' + '.join(terms)}\n"


def line(rng: numpy.random.Generator, known: dict[str, Any], constants: tuple[str, ...]) -> str:
    """One call, of values of which the latest are the likeliest."""
    shares = numpy.array([share for _, share in FAMILIES])
    family = FAMILIES[rng.choice(len(FAMILIES), p=shares / shares.sum())][0]
    latest = list(known)[-4:]
    x, y = (str(n) for n in rng.choice(latest, 2))
    value = known[x]
    if family not in (ONE, TWO) and not numpy.ndim(value):
        return ""
    k = int(rng.integers(numpy.ndim(value))) if numpy.ndim(value) else 0
    a = SQUARE.format(x=x, m=f"{min(numpy.size(value), 3)}.0")
    n = numpy.shape(value)[-1] if numpy.ndim(value) else 1
    return str(rng.choice(family)).format(x=x, y=y, c=str(rng.choice(constants)), k=k, n=n, a=a)


def tried(text: str, known: dict[str, Any]) -> Any:
    """The value of a call; None where it does not fit, is too large, or is nothing that can be differentiated."""
    f = compiled(f"def f({', '.join(known)}):\n    return {text}\n", "<a line>", numpy, special)
    with numpy.errstate(all="ignore"):
        try:
            value = f(*known.values())
        except (ValueError, IndexError, TypeError, AttributeError, numpy.linalg.LinAlgError, numpy.exceptions.AxisError):
            return None
    if not isinstance(value, numpy.ndarray | numpy.floating) or not 0 < numpy.size(value) <= MOST:
        return None
    if isinstance(value, float):
        value = numpy.float64(value)
    largest = LENGTH if value.dtype == numpy.float64 else LENGTH**0.2
    return value if value.dtype.kind == "f" and numpy.all(numpy.abs(value) < largest) else None
