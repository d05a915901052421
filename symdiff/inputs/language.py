"""The text language in tables: operators, functions, constants, and how much of anything is read.

    -x1**2*(x2*x3 - 2*sin(x1)) + where(x2 > 0 and x3 != 1, e**x2, max(x1, x2, x3))
    z1 = x1**2; z2 = x2*x3; y = z1*(z2 - 2*z1)

- `** ^` bind tightest and to the right, then unary `-`, then `* /`, then `+ -`, then comparisons,
  `not`, `and`, `or`: Python's order. So -x**2 is -(x**2), and 2**-3 is an eighth.
- A number is the nearest double. `x**n` with a whole number n written out (`x**2`, `x**-2`, `x**(-2)`)
  is the op integer_power if x varies; any other power, `x**2.0` too, is the op power.
  pow(x, 2) is x**2.
- A name that is called is a function: every row of the op table and what is listed below. Any other name
  is a variable, whatever it is elsewhere (`lambda`, `I`, `E`, `beta`), except pi and e, unless they are
  declared as variables. Only `not` is always the operator, unless a variable of that name is declared.
- `;` or a new line ends a named step; inside parentheses a new line is a space. The last statement is the
  value, named or not.
"""

from __future__ import annotations

from symdiff.ops import TABLE

# -- budgets: what is beyond them is refused, in time that grows with the budget, not with the text --

MAX_LENGTH = 400_000  # characters, all texts of one graph together
MAX_NODES = 110_000  # of the graph
MAX_VARIABLES = 20_000
MAX_DEPTH = 1_000  # open parentheses, calls, signs and right-hand powers at one place
MAX_DIGITS = 800  # characters of a number; 767 digits are the most a double can need
MAX_NAME = 100  # characters of a name
MAX_EXPONENT = 10_000  # size of a constant exponent
MAX_ORDER = 100  # of polygamma, and of incomplete gamma functions
MAX_BITS = 200_000  # of a constant worked out exactly, as SymPy does it

# -- operators ---------------------------------------------------------------------------------------

OR, AND, NOT, COMPARE, PLUS, TIMES, SIGN, POWER = range(1, 9)  # what binds tighter is larger

BINARY = {
    "or": (OR, "logical_or"), "and": (AND, "logical_and"),
    "<": (COMPARE, "less"), "<=": (COMPARE, "less_equal"), ">": (COMPARE, "greater"),
    ">=": (COMPARE, "greater_equal"), "==": (COMPARE, "equal"), "!=": (COMPARE, "not_equal"),
    "+": (PLUS, "add"), "-": (PLUS, "sub"), "*": (TIMES, "mul"), "/": (TIMES, "div"),
    "**": (POWER, "power"), "^": (POWER, "power"),
}  # fmt: skip
PREFIX = {"neg": "-", "logical_not": "not "}

# How many leading arguments of an op are conditions; all other arguments are numbers.
CONDITIONS = {"where": 1, "logical_and": 2, "logical_or": 2, "logical_not": 1}

# -- functions ---------------------------------------------------------------------------------------

ALIASES = {
    "ln": "log", "Abs": "abs", "pow": "power",
    "arcsin": "asin", "arccos": "acos", "arctan": "atan", "arctan2": "atan2",
    "arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh",
    "arcsec": "asec", "arccsc": "acsc", "arccot": "acot",
    "arcsech": "asech", "arccsch": "acsch", "arccoth": "acoth",
    "loggamma": "lgamma", "gammaln": "lgamma", "psi": "digamma",
    "besselj": "jv", "bessely": "yv", "besseli": "iv", "besselk": "kv", "airyai": "airy_ai", "airybi": "airy_bi",
    "airyaiprime": "airy_aip", "airybiprime": "airy_bip", "LambertW": "lambertw", "E1": "exp1", "Ei": "expi",
    "Si": "si", "Ci": "ci", "Shi": "shi", "Chi": "chi", "fresnels": "fresnel_s", "fresnelc": "fresnel_c",
    "elliptic_k": "ellipk", "elliptic_f": "ellipkinc", "elliptic_e": "ellipe",
    "maximum": "max", "minimum": "min", "swish": "silu",
}  # fmt: skip

RECIPROCALS = {  # sec(x) = 1/cos(x)
    "sec": "cos", "csc": "sin", "cot": "tan", "sech": "cosh", "csch": "sinh", "coth": "tanh",
}  # fmt: skip
OF_RECIPROCALS = {  # asec(x) = acos(1/x)
    "asec": "acos", "acsc": "asin", "acot": "atan", "asech": "acosh", "acsch": "asinh", "acoth": "atanh",
}  # fmt: skip
# a few steps of rows: E_v(x), gamma(s, x), Ei(log(x)), Li_1 and Li_2; and how many arguments they take
COMPOSED = {"expint": 2, "lowergamma": 2, "li": 1, "polylog": 2}
FOLDED = ("max", "min")  # max(a, b, c) = max(max(a, b), c)
COUNTS = {"log": "1 or 2", "max": "2 or more", "min": "2 or more"}  # of arguments, where the row knows less
OF_AN_ORDER = ("jv", "yv", "iv", "kv", "ive", "kve")
INTEGER_FIRST = ("polygamma",)  # polygamma(n, x); elsewhere the integer parameter is the last
ORDERED = ("uppergamma", "gammainc", "gammaincc", "zeta")  # whose first argument SymPy writes out where it is whole
FACTORIALS = ("gamma", "lgamma", "digamma", "polygamma", "beta", *ORDERED)  # of whole numbers

CONSTANTS = {"pi": "pi", "e": "euler_e"}  # a name, and the op without arguments that it means


def is_function(name: str) -> bool:
    """Whether `name(...)` means something."""
    return _in_formulas(name) or any(name in known for known in (ALIASES, RECIPROCALS, OF_RECIPROCALS, COMPOSED))


def functions() -> list[str]:
    """The names of all functions."""
    return sorted({*filter(_in_formulas, TABLE), *ALIASES, *RECIPROCALS, *OF_RECIPROCALS, *COMPOSED})


def _in_formulas(name: str) -> bool:
    """A formula is made of numbers: the rows for arrays are not among its functions."""
    return name in TABLE and TABLE[name].elementwise


def size(op: str, sizes: list[int], values: list[float]) -> int:
    """An upper bound for the bits of op(constants) in exact arithmetic, from those of its arguments.

    SymPy works constants out exactly: z2 = z1*z1; z3 = z2*z2; ... or lgamma(10**9) would fill the memory.
    """
    if op == "power" and values[1].is_integer():
        return int(sizes[0] * abs(values[1]))
    if op == "exp2":
        return int(min(abs(values[0]), 1e9))
    if op in FACTORIALS:
        return int(min(16 * max(map(abs, values)), 1e9))
    return sum(sizes)
