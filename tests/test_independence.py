"""What must stay independent: the methods would agree by construction if any of this were broken.

Each rule reads the package's syntax trees, names the few places where a thing is allowed and why, and
is shown a planted fault that it has to see.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "symdiff"


# -- reading syntax trees ---------------------------------------------------------------------------


def dotted(node: ast.AST) -> str:
    """`jax.config.update` as text; "" for anything that is not names and dots."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        base = dotted(node.value)
        return f"{base}.{node.attr}" if base else ""
    return ""


def modules_imported(tree: ast.AST) -> dict[str, str]:
    """What the names of a module stand for: {"np": "numpy", "d": "sympy.diff"}, wherever imported."""
    names = {"jax": "jax", "sympy": "sympy", "sp": "sympy", "np": "numpy", "flint": "flint"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                names[alias.asname or alias.name.split(".")[0]] = (
                    alias.name if alias.asname else alias.name.split(".")[0]
                )
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.update({alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names})
    return names


def qualified(tree: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    """Every name and attribute in a module, spelled out: `J.grad` is jax.grad after `import jax as J`.

    Names that are imported are among them, and `getattr(jax, "grad")` is jax.grad.
    """
    names = modules_imported(tree)

    def full(text: str) -> str:
        head, dot, rest = text.partition(".")
        return names.get(head, head) + dot + rest

    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute) and dotted(node):
            yield node, full(dotted(node))
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                yield node, f"{node.module}.{alias.name}"
        elif (
            isinstance(node, ast.Call)
            and dotted(node.func) == "getattr"
            and len(node.args) > 1
            and isinstance(node.args[1], ast.Constant)
        ):
            yield node, f"{full(dotted(node.args[0]))}.{node.args[1].value}"


def identifiers(tree: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    """Every identifier in a module, in whatever role, strings that could be one included."""
    for node in ast.walk(tree):
        for field_name in ("id", "attr", "name", "asname", "arg", "value"):
            text = getattr(node, field_name, None)
            if isinstance(text, str) and text.replace(".", "_").isidentifier():
                for part in text.split("."):
                    yield node, part


# -- the rules ---------------------------------------------------------------------------------------

OWN_RULES = {
    "custom_vjp", "custom_jvp", "custom_gradient", "custom_derivatives", "defvjp", "defjvp", "defjvps",
    "defvjp_all", "defjvp_all", "primitive_jvps", "primitive_transposes", "fdiff", "_eval_derivative",
}  # fmt: skip


def own_derivative_rules(tree: ast.AST) -> Iterator[ast.AST]:
    return (node for node, name in identifiers(tree) if name in OWN_RULES)


def pull_backs(tree: ast.AST) -> Iterator[ast.AST]:
    """`row.vjp`, `TABLE[op].partials`, `getattr(row, "vjp")`.

    A row's are tuples: what is called on the spot, `jax.vjp(f, x)`, is something else of that name.
    """
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in ("vjp", "partials"):
            if isinstance(node.ctx, ast.Load) and id(node) not in called and dotted(node) != "jax.vjp":
                yield node
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("symdiff.ops"):
            yield from (node for alias in node.names if alias.name == "pull_back")
    for node, name in qualified(tree):
        if isinstance(node, ast.Call) and name.rpartition(".")[2] in ("vjp", "partials"):
            yield node


SYMPY_DERIVATIVES = {"diff", "Derivative", "idiff", "derive_by_array", "differentiate_finite", "fps", "series"}


def sympy_derivatives(tree: ast.AST) -> Iterator[ast.AST]:
    """Calls of `anything.diff(...)`, `sp.Derivative(...)`; imports of them; not `np.diff`."""
    names = modules_imported(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            base = names.get(dotted(node.func.value), dotted(node.func.value))
            if node.func.attr in SYMPY_DERIVATIVES - {"series"} and base != "numpy":
                yield node
    for node, name in qualified(tree):
        head, _, last = name.rpartition(".")
        if head.split(".")[0] == "sympy" and last in SYMPY_DERIVATIVES and not isinstance(node, ast.Attribute):
            yield node


JAX_DERIVATIVES = {
    "grad", "value_and_grad", "jvp", "vjp", "jacfwd", "jacrev", "jacobian", "hessian", "linearize",
    "linear_transpose", "jet", "check_grads",
}  # fmt: skip


def jax_derivatives(tree: ast.AST) -> Iterator[ast.AST]:
    for node, name in qualified(tree):
        parts = name.split(".")
        if parts[0] == "jax" and (parts[-1] in JAX_DERIVATIVES or "interpreters.ad" in name):
            yield node


TEXT_RUNNERS = {"eval", "exec", "compile", "__import__"}
SYMPY_TEXT = {"sympify", "parse_expr", "parse_latex", "lambdify", "nsimplify"}


def text_runners(tree: ast.AST) -> Iterator[ast.AST]:
    """`eval` and its kin, and SymPy's; `sp.sympify(x, strict=True)` refuses text and is harmless."""
    strict = {
        id(node.func)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and any(k.arg == "strict" and getattr(k.value, "value", None) is True for k in node.keywords)
    }
    for node, name in qualified(tree):
        head, _, last = name.rpartition(".")
        if last in TEXT_RUNNERS and head in ("", "builtins"):
            yield node
        elif last in SYMPY_TEXT and id(node) not in strict:
            yield node
    names = modules_imported(tree)
    for node in ast.walk(tree):  # sp.S("...") is sympify by another name; sp.S.One is not
        if isinstance(node, ast.Call):
            head, _, last = dotted(node.func).rpartition(".")
            if (names.get(head, head), last) == ("sympy", "S") or names.get(dotted(node.func)) == "sympy.S":
                yield node


SETTERS = {
    "numpy.seterr", "numpy.seterrcall", "numpy.setbufsize", "numpy.set_printoptions", "numpy.random.seed",
    "random.seed", "os.putenv", "os.chdir", "os.environ.update", "os.environ.setdefault", "os.environ.pop",
    "sys.setrecursionlimit", "sys.set_int_max_str_digits", "locale.setlocale", "signal.signal",
    "multiprocessing.set_start_method", "logging.basicConfig",
}  # fmt: skip
WARNING_FILTERS = {"warnings.simplefilter", "warnings.filterwarnings", "warnings.resetwarnings"}
GLOBAL_OBJECTS = ("jax.config", "os.environ", "mpmath.mp", "sympy.mpmath.mp")


def global_settings(tree: ast.AST) -> Iterator[ast.AST]:
    """Settings of the whole process, changed for every other user of it."""
    scoped = {  # inside `with warnings.catch_warnings():` a filter is nobody else's business
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.With) and any("catch_warnings" in ast.unparse(i.context_expr) for i in node.items)
        for inner in ast.walk(node)
    }
    for node, name in qualified(tree):
        if name in SETTERS or (name in WARNING_FILTERS and id(node) not in scoped):
            yield node
        elif name.endswith("config.update") and name.split(".")[0] in ("jax", "config"):
            yield node
        elif isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
            if name.startswith(tuple(f"{g}." for g in GLOBAL_OBJECTS)):
                yield node
    names = modules_imported(tree)
    for node in ast.walk(tree):  # os.environ["..."] = ...
        if isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
            head, dot, rest = dotted(node.value).partition(".")
            if names.get(head, head) + dot + rest == "os.environ":
                yield node


def flint_context(tree: ast.AST) -> Iterator[ast.AST]:
    return (n for n, name in qualified(tree) if "ctx" in name.split(".") and name.split(".")[0] in ("flint", "ctx"))


@dataclass(frozen=True)
class Rule:
    says: str
    find: Callable[[ast.AST], Iterator[ast.AST]]
    planted: tuple[tuple[str, str], ...]  # (file, code) that must go red
    harmless: tuple[str, ...] = ()  # code that must not, in any file
    allowed: dict[str, str] = field(default_factory=dict)  # file or folder: the reason


RULES = {
    "own rules": Rule(
        "nobody tells SymPy or JAX a derivative",
        own_derivative_rules,
        (
            ("methods/jax/planted.py", "@jax.custom_vjp\ndef f(x): return x"),
            ("methods/jax/planted.py", "f = getattr(jax, 'custom_jvp')(g)"),
            ("methods/symbolic/planted.py", "class F(sp.Function):\n    def fdiff(self, i=1): return 1"),
            ("ops/planted.py", "f.defjvp(lambda p, t: (p, t))"),
        ),
    ),
    "pull-backs": Rule(
        "only the tape reads a pull-back",
        pull_backs,
        (
            ("methods/jax/planted.py", "rule = TABLE['sin'].vjp[0]"),
            ("methods/symbolic/planted.py", "d = row.partials"),
            ("crosscheck/places/points.py", "d = getattr(row, 'vjp')"),
            ("methods/ball.py", "from symdiff.ops.row import pull_back"),
        ),
        harmless=("y, back = jax.vjp(f, x)", "from jax import vjp", "def vjp(f): ...", "template.partials(graph)"),
        allowed={
            "ops/": "the rows themselves",
            "methods/tape/": "the tape is what pull-backs are for",
            "crosscheck/claimed/slips.py": "sweeps again with a slip in it, to name a mistake; it decides no verdict",
            "selftest/": "breaks them, to see that the check sees it",
            "crosscheck/blaming/blame.py": "names the guilty rule by running it beside JAX's and SymPy's",
            "crosscheck/blaming/chained.py": "asks which step has no slope, to name it; it decides no verdict",
        },
    ),
    "sympy derivatives": Rule(
        "only the symbolic method calls SymPy's diff",
        sympy_derivatives,
        (
            ("methods/tape/planted.py", "d = expr.diff(x)"),
            ("methods/ball.py", "from sympy import diff as d"),
            ("ops/planted.py", "d = sp.Derivative(f, x)"),
            ("lecture.py", "import sympy\nd = sympy.diff(f, x)"),
        ),
        harmless=("steps = np.diff(values)", "known = isinstance(e, sp.Derivative)"),
        allowed={
            "museum/": "asks SymPy what it says, to judge it",
            "methods/symbolic/": "SymPy's derivative is this method",
            "crosscheck/blaming/blame.py": "asks SymPy for the local partials of the node under suspicion",
        },
    ),
    "jax derivatives": Rule(
        "only the jax method calls jax.grad, jvp, vjp",
        jax_derivatives,
        (
            ("methods/tape/planted.py", "g = jax.grad(f)"),
            ("operators/grad.py", "from jax import grad as g"),
            ("crosscheck/places/points.py", "import jax as J\ny = J.jvp(f, x, v)"),
            ("methods/symbolic/planted.py", "g = getattr(jax, 'hessian')"),
        ),
        harmless=("y = jax.numpy.sin(x)", "from symdiff.operators import grad", "g = np.gradient(y)"),
        allowed={
            "museum/": "asks JAX what it says, to judge it",
            "methods/jax/": "JAX's derivative is this method",
            "crosscheck/blaming/blame.py": "asks JAX for the local pull-back of the node under suspicion",
        },
    ),
    "text runners": Rule(
        "no text a user may hand over is ever run",
        text_runners,
        (
            ("inputs/text.py", "y = eval(text)"),
            ("inputs/text.py", "import builtins\ny = builtins.exec(text)"),
            ("inputs/sympy.py", "y = sp.sympify(text)"),
            ("inputs/sympy.py", "y = sp.sympify(text, strict=False)"),
            ("inputs/sympy.py", "y = sp.S(text)"),
            ("inputs/sympy.py", "from sympy import S as q\ny = q(text)"),
            ("methods/symbolic/planted.py", "from sympy import lambdify"),
            ("methods/tape/planted.py", "code = compile(text, 'f', 'exec')"),
        ),
        harmless=(
            "p = re.compile('x')",
            "c = jax.jit(f).lower(x).compile()",
            "one = sp.S.One",
            "sp.sympify(x, strict=True)",
        ),
        allowed={"straightline.py": "programs of generated names, looked at word by word; no text of a user's"},
    ),
    "global settings": Rule(
        "nothing changes a setting of the user's process",
        global_settings,
        (
            ("methods/jax/planted.py", "jax.config.update('jax_enable_x64', True)"),
            ("methods/jax/planted.py", "from jax import config\nconfig.update('jax_enable_x64', True)"),
            ("methods/jax/planted.py", "jax.config.jax_enable_x64 = True"),
            ("ops/planted.py", "np.seterr(all='ignore')"),
            ("crosscheck/places/points.py", "np.random.seed(0)"),
            ("ops/planted.py", "import warnings\nwarnings.simplefilter('ignore')"),
            ("__init__.py", "import os\nos.environ['JAX_PLATFORMS'] = 'cpu'"),
            ("graph.py", "import sys\nsys.setrecursionlimit(10**6)"),
        ),
        harmless=(
            "with np.errstate(all='ignore'): y = 1",
            "import warnings\nwith warnings.catch_warnings():\n    warnings.simplefilter('ignore')",
            "import os\nplain = 'NO_COLOR' in os.environ or os.environ['TERM'] == 'dumb'",
            "rng = np.random.default_rng(0)",
        ),
        allowed={"sweep/jobs.py": "in a worker process of its own, which nobody else uses"},
    ),
    "flint context": Rule(
        "FLINT's precision is set and restored in one place",
        flint_context,
        (
            ("methods/ball.py", "import flint\nflint.ctx.prec = 100"),
            ("methods/ball.py", "from flint import ctx"),
            ("crosscheck/bounds.py", "from flint import ctx as c\nc.cap = 3"),
        ),
        harmless=("from flint import arb", "self.ctx = 1"),
        allowed={"balls/series.py": "the one place, under a lock"},
    ),
}


def sources() -> dict[str, ast.Module]:
    return {
        path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(PACKAGE.rglob("*.py"))
    }


def broken(rule: Rule, trees: dict[str, ast.Module]) -> list[str]:
    return [
        f"symdiff/{path}:{getattr(node, 'lineno', '?')}: {ast.unparse(node)[:80]} ({rule.says})"
        for path, tree in trees.items()
        if not path.startswith(tuple(rule.allowed))
        for node in rule.find(tree)
    ]


@pytest.mark.parametrize("name", RULES)
def test_the_package_keeps_the_rule(name: str) -> None:
    assert broken(RULES[name], sources()) == []


FAULTS = [(name, path, code) for name, rule in RULES.items() for path, code in rule.planted]


@pytest.mark.parametrize(("name", "path", "code"), FAULTS)
def test_a_planted_fault_is_seen(name: str, path: str, code: str) -> None:
    assert broken(RULES[name], {path: ast.parse(code)})


@pytest.mark.parametrize(("name", "code"), [(name, code) for name, rule in RULES.items() for code in rule.harmless])
def test_harmless_code_is_not_accused(name: str, code: str) -> None:
    assert broken(RULES[name], {"cli/planted.py": ast.parse(code)}) == []


@pytest.mark.parametrize("name", [name for name, rule in RULES.items() if rule.allowed])
def test_what_is_allowed_in_one_place_is_refused_elsewhere(name: str) -> None:
    rule = RULES[name]
    _, code = rule.planted[0]
    for place in rule.allowed:
        inside = f"{place}planted.py" if place.endswith("/") else place
        assert broken(rule, {inside: ast.parse(code)}) == []
    assert broken(rule, {"reports/planted.py": ast.parse(code)})


# -- the columns of a row ----------------------------------------------------------------------------

VOCABULARIES = {"np", "special", "sp", "jnp", "jnn", "jsp", "lax", "jax", "arb", "balls"}
SPEAKS = {
    "forward": {"np", "special"},
    "partials": {"np", "special"},
    "vjp": {"np", "special"},
    "sympy": {"sp", "np"},  # np.matmul on arrays of SymPy objects is another code path than BLAS
    "jax": {"jnp", "jnn", "jsp", "lax", "jax"},
    "ball": {"arb", "balls", "np"},  # as for sympy
}


def words(expression: ast.AST, helpers: dict[str, ast.AST], seen: frozenset[str] = frozenset()) -> set[str]:
    """The vocabularies an expression uses, those of the module's own helper functions included."""
    names = {node.id for node in ast.walk(expression) if isinstance(node, ast.Name)}
    found = names & VOCABULARIES
    for name in (names & helpers.keys()) - seen:
        found |= words(helpers[name], helpers, seen | {name})
    return found


def mixed_columns(tree: ast.Module) -> list[str]:
    """Columns of rows that borrow another column's language."""
    helpers: dict[str, ast.AST] = {n.name: n for n in tree.body if isinstance(n, ast.FunctionDef)}
    found = []
    for call in (n for n in ast.walk(tree) if isinstance(n, ast.Call)):
        if dotted(call.func).rpartition(".")[2] not in ("elementwise", "primitive") or len(call.args) < 2:
            continue
        columns = {"forward": call.args[1], **{k.arg: k.value for k in call.keywords if k.arg in SPEAKS}}
        for column, expression in columns.items():
            foreign = words(expression, helpers) - SPEAKS[column]
            if foreign:
                found.append(f"{ast.unparse(call.args[0])}: the {column} column uses {', '.join(sorted(foreign))}")
    return found


def test_each_column_of_a_row_speaks_its_own_language() -> None:
    found = {path: mixed_columns(tree) for path, tree in sources().items() if path.startswith("ops/")}
    assert {path: faults for path, faults in found.items() if faults} == {}


@pytest.mark.parametrize(
    "row",
    [
        "elementwise('f', np.sin, partials=lambda y, x: jnp.cos(x), sympy=sp.sin, jax=jnp.sin, ball=arb.sin)",
        "elementwise('f', np.sin, partials=lambda y, x: np.cos(x), sympy=sp.sin, jax=np.sin, ball=arb.sin)",
        "elementwise('f', lambda x: arb.sin(x), partials=1.0, sympy=sp.sin, jax=jnp.sin, ball=arb.sin)",
        "def help(x): return jnp.sin(x)\nelementwise('f', np.sin, partials=1.0, sympy=sp.sin, jax=jnp.sin, ball=help)",
    ],
)
def test_a_row_of_mixed_languages_is_seen(row: str) -> None:
    assert len(mixed_columns(ast.parse(row))) == 1


def test_the_words_looked_for_exist() -> None:
    """A rule that looks for a misspelt name would be green for ever."""
    jax, numpy, sympy = (pytest.importorskip(name) for name in ("jax", "numpy", "sympy"))
    assert all(hasattr(builtins, name) for name in TEXT_RUNNERS)
    assert all(hasattr(jax, name) for name in JAX_DERIVATIVES - {"jet", "check_grads"})
    assert all(hasattr(sympy, name) for name in SYMPY_DERIVATIVES)
    assert hasattr(jax, "custom_vjp")
    assert hasattr(jax.custom_vjp, "defvjp")
    assert hasattr(sympy.Function, "fdiff")
    assert hasattr(numpy, "seterr")


# -- the same, while it runs -------------------------------------------------------------------------


def forbidden(*_args: object, **_kwargs: object) -> None:
    raise AssertionError("this method used what belongs to another")


def poison_pull_backs(monkeypatch: pytest.MonkeyPatch) -> None:
    from symdiff.ops import TABLE, Op

    # a row is frozen, and its slots are the only way in
    for column in ("vjp", "partials"):
        slot = Op.__dict__[column]
        saved = {row: slot.__get__(row) for row in TABLE.values()}
        monkeypatch.setattr(Op, column, property(lambda row, s=saved: tuple(forbidden for _ in s[row] or ())))


def poison_sympy(monkeypatch: pytest.MonkeyPatch) -> None:
    import sympy

    monkeypatch.setattr(sympy, "diff", forbidden)
    monkeypatch.setattr(sympy.Expr, "diff", forbidden)
    monkeypatch.setattr(sympy.Derivative, "__new__", forbidden)


def poison_jax(monkeypatch: pytest.MonkeyPatch) -> None:
    import jax

    for name in ("grad", "value_and_grad", "jvp", "vjp", "jacfwd", "jacrev", "hessian", "linearize"):
        monkeypatch.setattr(jax, name, forbidden)


POISON = {"tape": poison_pull_backs, "symbolic": poison_sympy, "jax": poison_jax}
METHODS = ("symbolic", "tape", "jax", "ball", "complex_step", "finite_difference")


@pytest.mark.skipif(not (PACKAGE / "operators" / "__init__.py").exists(), reason="no operators yet")
@pytest.mark.parametrize("poisoned", POISON)
@pytest.mark.parametrize("method", METHODS)
def test_a_method_works_with_the_rules_of_another_gone(
    method: str, poisoned: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And its own gone, it does not: the poison works, and nobody else steps in."""
    import symdiff as sd

    # no formula twice: a method may remember the derivative of one it has seen
    formula = f"x*cosh(y + {1 + METHODS.index(method)}) + asinh(x*{2 + list(POISON).index(poisoned)})"
    POISON[poisoned](monkeypatch)
    if method == poisoned:
        with pytest.raises(AssertionError, match="belongs to another"):
            sd.grad(formula, method=method)(0.5, 0.25)
    else:
        assert len(sd.grad(formula, method=method)(0.5, 0.25)) == 2
