"""What is measured: ours through the public functions, the peers through theirs.

Every function returns a `Work`; what it imports and builds before that is not timed. The libraries are
imported inside, each in the process of its own runner.
"""

from __future__ import annotations

import itertools
import math
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from benchmarks.race import Work

# -- the logistic map: l1 = x, l_{k+1} = 4 l_k (1 - l_k) ----------------------------------------------

X = 0.3


def logistic_named(n: int) -> str:
    """With named steps, as the lecture writes it: 3 ops a step."""
    steps = "; ".join(f"l{k + 1} = 4*l{k}*(1 - l{k})" for k in range(1, n))
    return f"l1 = x; {steps}; l{n}"


def logistic_nested(n: int) -> str:
    """As one expression, whose text doubles with every step."""
    text = "x"
    for _ in range(1, n):
        text = f"4*({text})*(1 - ({text}))"
    return text


def symbolic(form: str, n: int) -> Work:
    """From the text to the first value of the gradient, nothing known beforehand."""
    import symdiff as sd

    text = {"named": logistic_named, "nested": logistic_nested}[form](n)
    return Work(lambda: sd.grad(text, method="symbolic")(X), before=_forget_sympy)


def sympy_logistic(n: int) -> Work:
    """SymPy's diff, lambdify and one call; building the expression is not counted."""
    import sympy

    x = sympy.Symbol("x", real=True)
    y = x
    for _ in range(1, n):
        y = 4 * y * (1 - y)
    return Work(lambda: sympy.lambdify(x, sympy.diff(y, x))(X), before=_forget_sympy)


def _forget_sympy() -> None:
    from sympy.core.cache import clear_cache

    from symdiff.methods.symbolic import templates

    clear_cache()
    templates.template.cache_clear()


def parse(n: int) -> Work:
    """The named text into a graph. The answer: its ops."""
    import symdiff as sd

    text = logistic_named(n)

    def ops() -> int:
        return sd.function(text).graph.count_ops()

    return Work(ops)


def derive(n: int) -> Work:
    """The gradient's program from the graph. The answer: its ops."""
    make, _ = _program(n)
    return Work(lambda: make().count_ops(), before=_forget_sympy)


def evaluate(n: int) -> Work:
    """One run of the gradient's program."""
    import numpy as np

    from symdiff.graph import run

    make, point = _program(n)
    graph = make()

    def value() -> float:
        with np.errstate(all="ignore"):
            return run(graph, "forward", point, np.float64)[graph.outputs[0]]

    return Work(value)


def _program(n: int) -> tuple[Callable[[], Any], list[Any]]:
    import numpy as np

    import symdiff as sd
    from symdiff.methods.base import Task
    from symdiff.methods.symbolic.method import straight_line

    problem, point = sd.function(logistic_named(n)), [np.float64(X)]
    return lambda: straight_line(problem, Task("grad", (0,)), point).graph, point


# -- the tape: a long chain of scalar ops in plain Python ---------------------------------------------


def chain(ops: int, sin: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """x -> a function of `ops` ops, one after the other: products, sums and sines in turn."""

    def f(x: Any) -> Any:
        y = x
        for _ in range(ops // 3):
            y = sin(y * x + 0.3)
        for _ in range(ops % 3):
            y = y * x
        return y

    return f


def tape_fresh(ops: int) -> Work:
    """The function is recorded on every call, as autograd does."""
    import numpy as np

    import symdiff as sd

    f = chain(ops, np.sin)
    return Work(lambda: sd.grad(f, method="tape")(X))


def tape_repeated(ops: int) -> Work:
    """The function was recorded once."""
    import numpy as np

    import symdiff as sd

    gradient = sd.grad(chain(ops, np.sin), method="tape")
    return Work(lambda: gradient(X))


def hips(ops: int) -> Work:
    """HIPS autograd, which records on every call."""
    import autograd
    import autograd.numpy as anp

    gradient = autograd.grad(chain(ops, anp.sin))
    return Work(lambda: gradient(X))


# -- the tape on arrays -------------------------------------------------------------------------------


def network_loss(np: Any, loss: str) -> Callable[..., Any]:
    """The loss of a small network, in the NumPy that is given: plain, or the one of HIPS autograd."""

    def f(params: Any, x: Any, t: Any) -> Any:
        for layer in params[:-1]:
            x = np.tanh(x @ layer["W"] + layer["b"])
        z = x @ params[-1]["W"] + params[-1]["b"]
        if loss == "squares":
            return np.mean((z - t) ** 2)
        z = z - np.max(z, axis=1, keepdims=True)
        return np.mean(np.log(np.sum(np.exp(z), axis=1)) - np.sum(z * t, axis=1))

    return f


def network_point(batch: int = 32) -> tuple[Any, Any, Any]:
    """Parameters, inputs and targets of a 2-16-16-2 network."""
    import numpy as np

    rng, sizes = np.random.default_rng(0), [2, 16, 16, 2]
    params = [{"W": rng.normal(size=(a, b)) / a**0.5, "b": rng.normal(size=b)} for a, b in itertools.pairwise(sizes)]
    return params, rng.normal(size=(batch, 2)), np.eye(2)[rng.integers(0, 2, batch)]


def network(loss: str) -> Work:
    """Our gradient by the parameters; the answer is one entry of it."""
    import numpy as np

    import symdiff as sd

    gradient, point = sd.grad(network_loss(np, loss)), network_point()
    return Work(lambda: gradient(*point)[0]["W"][1, 2], repeat=200)


def network_hips(loss: str) -> Work:
    """HIPS autograd's."""
    import autograd
    import autograd.numpy as anp

    gradient, point = autograd.grad(network_loss(anp, loss)), network_point()
    return Work(lambda: gradient(*point)[0]["W"][1, 2], repeat=40)


def network_call(loss: str, k: int) -> Work:
    """The k-th call of our gradient of a new function."""
    import numpy as np

    import symdiff as sd

    point, made = network_point(), []

    def new() -> None:
        made[:] = [sd.grad(network_loss(np, loss))]
        for _ in range(k - 1):
            made[0](*point)

    return Work(lambda: made[0](*point)[0]["W"][1, 2], before=new)


def rosenbrock_of(np: Any) -> Callable[[Any], Any]:
    """Rosenbrock's function in the NumPy that is given."""
    return lambda x: np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def rosenbrock_point(n: int) -> Any:
    import numpy as np

    return np.random.default_rng(0).uniform(-1.0, 1.0, n)


def rosenbrock(n: int) -> Work:
    """Our gradient; the answer is one entry of it."""
    import numpy as np

    import symdiff as sd

    gradient, x = sd.grad(rosenbrock_of(np)), rosenbrock_point(n)
    return Work(lambda: gradient(x)[1], repeat=max(1, 200_000 // (n + 1000)))


def rosenbrock_swept(n: int) -> Work:
    """Our gradient recorded and swept on every call, as autograd does."""
    import numpy as np

    import symdiff as sd

    x = rosenbrock_point(n)
    return Work(lambda: sd.grad(rosenbrock_of(np))(x)[1])


def rosenbrock_check(n: int) -> Work:
    """The whole check; the answer is whether it is content."""
    import numpy as np

    import symdiff as sd

    x = rosenbrock_point(n)
    return Work(lambda: float(sd.crosscheck(rosenbrock_of(np), x).ok))


def rosenbrock_hips(n: int) -> Work:
    """HIPS autograd's."""
    import autograd
    import autograd.numpy as anp

    gradient, x = autograd.grad(rosenbrock_of(anp)), rosenbrock_point(n)
    return Work(lambda: gradient(x)[1], repeat=max(1, 50_000 // (n + 1000)))


def rosenbrock_memory(n: int, calls: int) -> Work:
    """The answer: peak memory of gradient number `calls` over the bytes of the intermediates."""
    import numpy as np

    return _memory(rosenbrock_of(np), (rosenbrock_point(n),), calls)


def network_memory(batch: int, calls: int) -> Work:
    """The same for the network, whose batch is what is large."""
    import numpy as np

    return _memory(network_loss(np, "cross_entropy"), network_point(batch), calls)


def _memory(f: Callable[..., Any], point: tuple[Any, ...], calls: int) -> Work:
    import tracemalloc

    import symdiff as sd
    from symdiff.inputs.code import from_code

    graph = from_code(f).recorded(point, {}, 0)[0].problem.graph
    views = ("input", "const", "getitem", "reshape", "transpose", "broadcast_to")
    steps = [node for node in map(graph.nodes.__getitem__, graph.live()) if node.op not in views]
    stored = sum(8 * math.prod(node.shape) for node in steps)

    def peak() -> float:
        gradient = sd.grad(f)
        for _ in range(calls):
            tracemalloc.start()
            gradient(*point)
            most = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        return most / stored

    return Work(peak)


# -- a formula of ten ops -----------------------------------------------------------------------------

POINT = (0.5, 1.5)
_TEN_OPS = "sin({0}*a*b)*exp(a) + log({1} + b*b)/a"


def ten_ops(k: int) -> str:
    """Ten ops, and for every k constants of its own."""
    return _TEN_OPS.format(1 + k / 64, 2 + k / 32)


def ball() -> Work:
    """The certified gradient."""
    import symdiff as sd

    gradient = sd.grad(ten_ops(0), method="ball")
    return Work(lambda: gradient(*POINT)[0], repeat=100)


def check_fresh() -> Work:
    """The whole check of a text never seen before: read, derived, traced by JAX, judged."""
    import symdiff as sd

    numbers = itertools.count()
    return Work(lambda: sd.crosscheck(ten_ops(next(numbers)), *POINT).ok)


def check_repeated() -> Work:
    """The whole check again, of a function read and traced already."""
    import symdiff as sd

    problem = sd.function(ten_ops(0))
    return Work(lambda: sd.crosscheck(problem, *POINT).ok)


def jax_compiled() -> Work:
    """JAX alone: its gradient of such a formula, compiled and called once."""
    import jax
    import jax.numpy as jnp

    numbers = itertools.count()

    def first_call() -> float:
        k = next(numbers)
        c, d = 1 + k / 64, 2 + k / 32
        f = jax.grad(lambda a, b: jnp.sin(c * a * b) * jnp.exp(a) + jnp.log(d + b * b) / a, argnums=(0, 1))
        return float(jax.jit(f)(*POINT)[0])

    return Work(first_call)


# -- starting up --------------------------------------------------------------------------------------


def interpreter(code: str) -> Work:
    """A new interpreter that runs `code` and ends."""
    command = [sys.executable, "-c", code]
    return Work(lambda: subprocess.run(command, stdout=subprocess.DEVNULL, check=True).returncode)
