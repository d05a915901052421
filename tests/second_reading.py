"""A second, independent reading of the text language, for tests only.

It shares nothing with symdiff's parser: Python's own grammar (`ast`) says what binds to what, mpmath says
what the functions are. So a fault of the parser (or of a row) shows as a difference, although all methods
of differentiation agree on the wrong formula. It reads what Python can read: a variable cannot be called
`lambda` here.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable

import mpmath
from mpmath import mpf

DIGITS = 40


def second_reading(text: str, variables: tuple[str, ...] | None = None) -> Callable[..., mpf]:
    """The function that the text says, as a callable of named values: `second_reading("x**2")(x=3)`."""
    tree = ast.parse(text.replace("^", "**").strip())

    def value(**values: float) -> mpf:
        with mpmath.workdps(DIGITS):
            names = {name: mpf(v) for name, v in values.items()}
            for name, constant in (("pi", mpmath.pi), ("e", mpmath.e)):
                if name not in (variables or values):
                    names.setdefault(name, +constant)
            result = None
            for statement in tree.body:
                if isinstance(statement, ast.Assign):
                    (target,) = statement.targets
                    result = names[target.id] = _value(statement.value, names)
                else:
                    result = _value(statement.value, names)
            return +result

    return value


def _value(node: ast.expr, names: dict) -> mpf:
    if isinstance(node, ast.Constant):
        return mpf(float(node.value))  # a number of the language is a double
    if isinstance(node, ast.Name):
        return names[node.id]
    if isinstance(node, ast.BinOp):
        return _BINARY[type(node.op)](_value(node.left, names), _value(node.right, names))
    if isinstance(node, ast.UnaryOp):
        return _UNARY[type(node.op)](_value(node.operand, names))
    if isinstance(node, ast.Compare):
        (op,), (right,) = node.ops, node.comparators
        return _COMPARE[type(op)](_value(node.left, names), _value(right, names))
    if isinstance(node, ast.BoolOp):
        return (all if isinstance(node.op, ast.And) else any)(_value(v, names) for v in node.values)
    if isinstance(node, ast.Call) and node.func.id == "where":
        condition, yes, no = node.args
        return _value(yes if _value(condition, names) else no, names)
    if isinstance(node, ast.Call):
        return _FUNCTIONS[node.func.id](*[_value(a, names) for a in node.args])
    raise ValueError(f"not in the language: {ast.dump(node)[:80]}")


_BINARY = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}  # fmt: skip
_UNARY = {ast.USub: operator.neg, ast.UAdd: lambda v: v, ast.Not: operator.not_}
_COMPARE = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
    ast.Eq: operator.eq, ast.NotEq: operator.ne,
}  # fmt: skip


def _sigmoid(x: mpf) -> mpf:
    return 1 / (1 + mpmath.exp(-x))


def _normal_cdf(x: mpf) -> mpf:
    return (1 + mpmath.erf(x / mpmath.sqrt(2))) / 2


def _gelu_tanh(x: mpf) -> mpf:
    return x / 2 * (1 + mpmath.tanh(mpmath.sqrt(2 / mpmath.pi) * (x + mpf(0.044715) * x**3)))


def _selu(x: mpf) -> mpf:
    alpha, scale = mpf("1.6732632423543772848170429916717"), mpf("1.0507009873554804934193349852946")
    return scale * (x if x > 0 else alpha * mpmath.expm1(x))


def _log(x: mpf, base: mpf | None = None) -> mpf:
    return mpmath.log(x) if base is None else mpmath.log(x) / mpmath.log(base)


_FUNCTIONS: dict[str, Callable[..., mpf]] = {
    name: getattr(mpmath, name)
    for name in """exp expm1 log1p log10 sin cos tan asin acos atan atan2 sinh cosh tanh asinh acosh atanh erf
    erfc gamma loggamma digamma beta sqrt cbrt hypot sign floor ceil sec csc cot sech csch coth asec acsc acot
    asech acsch acoth besselj bessely besseli besselk expint polylog zeta li lambertw fresnels fresnelc erfi erfinv
    hyp1f1 hyp2f1 hyp0f1 hyperu airyai airybi""".split()
}
_FUNCTIONS |= {
    "abs": abs, "max": max, "min": min, "maximum": max, "minimum": min, "mod": operator.mod, "pow": operator.pow,
    "ln": mpmath.log, "log": _log, "log2": lambda x: mpmath.log(x, 2), "exp2": lambda x: mpf(2) ** x,
    "logaddexp": lambda a, b: mpmath.log(mpmath.exp(a) + mpmath.exp(b)),
    "lgamma": lambda x: mpmath.log(abs(mpmath.gamma(x))), "polygamma": lambda n, x: mpmath.psi(int(n), x),
    "clip": lambda x, low, high: min(max(x, low), high), "arcsin": mpmath.asin, "arccos": mpmath.acos,
    "arctan": mpmath.atan, "arcsinh": mpmath.asinh, "arccosh": mpmath.acosh, "arctanh": mpmath.atanh,
    "arctan2": mpmath.atan2, "psi": mpmath.digamma, "sigmoid": _sigmoid, "relu": lambda x: max(x, mpf(0)),
    "leaky_relu": lambda x, alpha=0.01: x if x > 0 else alpha * x,
    "elu": lambda x, alpha=1: x if x > 0 else alpha * mpmath.expm1(x),
    "E1": mpmath.e1, "Ei": mpmath.ei, "Si": mpmath.si, "Ci": mpmath.ci, "Shi": mpmath.shi, "Chi": mpmath.chi,
    "exp1": mpmath.e1, "expi": mpmath.ei, "si": mpmath.si, "ci": mpmath.ci, "shi": mpmath.shi, "chi": mpmath.chi,
    "fresnel_s": mpmath.fresnels, "fresnel_c": mpmath.fresnelc, "LambertW": mpmath.lambertw,
    "elliptic_k": mpmath.ellipk, "elliptic_f": mpmath.ellipf, "elliptic_e": mpmath.ellipe, "ellipk": mpmath.ellipk,
    "ellipe": mpmath.ellipe, "ellipkinc": mpmath.ellipf, "ellipeinc": mpmath.ellipe,
    "elliptic_pi": mpmath.ellippi, "polylog": lambda s, z, k=0: mpmath.diff(lambda x: mpmath.polylog(s, x), z, int(k)),
    "ellipkm1": lambda p: mpmath.ellipk(1 - p), "spence": lambda z: mpmath.polylog(2, 1 - z),
    "uppergamma": mpmath.gammainc, "lowergamma": lambda s, x: mpmath.gammainc(s, 0, x),
    "gammainc": lambda a, x: mpmath.gammainc(a, 0, x, regularized=True),
    "gammaincc": lambda a, x: mpmath.gammainc(a, x, regularized=True),
    "betainc": lambda a, b, x: mpmath.betainc(a, b, 0, x, regularized=True),
    "erfcx": lambda x: mpmath.exp(x * x) * mpmath.erfc(x), "erfcinv": lambda x: mpmath.erfinv(1 - x),
    "dawsn": lambda x: mpmath.sqrt(mpmath.pi) / 2 * mpmath.exp(-x * x) * mpmath.erfi(x),
    "log_ndtr": lambda x: mpmath.log(mpmath.ncdf(x)),
    "ndtri": lambda p: mpmath.sqrt(2) * mpmath.erfinv(2 * p - 1),
    "airyaiprime": lambda x: mpmath.airyai(x, derivative=1), "airybiprime": lambda x: mpmath.airybi(x, derivative=1),
    "airy_ai": mpmath.airyai, "airy_bi": mpmath.airybi, "airy_aip": lambda x: mpmath.airyai(x, derivative=1),
    "airy_bip": lambda x: mpmath.airybi(x, derivative=1),
    "jv": mpmath.besselj, "yv": mpmath.bessely, "iv": mpmath.besseli, "kv": mpmath.besselk,
    "ive": lambda v, x: mpmath.besseli(v, x) * mpmath.exp(-abs(x)),
    "kve": lambda v, x: mpmath.besselk(v, x) * mpmath.exp(x),
    "j0": mpmath.j0, "j1": mpmath.j1, "y0": lambda x: mpmath.bessely(0, x), "y1": lambda x: mpmath.bessely(1, x),
    "i0": lambda x: mpmath.besseli(0, x), "i1": lambda x: mpmath.besseli(1, x),
    "k0": lambda x: mpmath.besselk(0, x), "k1": lambda x: mpmath.besselk(1, x),
    "i0e": lambda x: mpmath.besseli(0, x) * mpmath.exp(-abs(x)), "k0e": lambda x: mpmath.besselk(0, x) * mpmath.exp(x),
    "i1e": lambda x: mpmath.besseli(1, x) * mpmath.exp(-abs(x)), "k1e": lambda x: mpmath.besselk(1, x) * mpmath.exp(x),
    "selu": _selu, "softplus": lambda x: mpmath.log1p(mpmath.exp(x)), "gelu": lambda x: x * _normal_cdf(x),
    "gelu_tanh": _gelu_tanh, "silu": lambda x: x * _sigmoid(x), "swish": lambda x: x * _sigmoid(x),
}  # fmt: skip
