"""The measurements, each a list of figures with the goals beside them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.race import Result, Runner, race, ratio
from benchmarks.subjects import ten_ops

NOISY = 0.25  # clock and CPU time may tell ratios this far apart


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the report. `met` is None where there is no goal, only something to know."""

    what: str
    measured: str
    goal: str = ""
    met: bool | None = None
    miss: str = ""  # by how much, where the goal is missed


@dataclass(frozen=True, slots=True)
class Size:
    """How large a run is: the full one, and the quick one that shows that everything works."""

    logistic: int = 12
    lengths: tuple[int, ...] = (2, 10, 100, 1000, 10_000)
    chain: int = 10_000
    long_chain: int = 1_000_000
    entries: int = 1_000_000
    rounds: int = 15


QUICK = Size(logistic=7, lengths=(2, 10, 100), chain=1000, long_chain=10_000, entries=1000, rounds=3)


def gradient_of_the_logistic_map(size: Size) -> list[Figure]:
    n = size.logistic
    results = race([
        Runner("named", "symbolic", ("named", n), min(size.rounds, 9), warm=1),
        Runner("nested", "symbolic", ("nested", n), min(size.rounds, 9), warm=1),
        Runner("sympy", "sympy_logistic", (n,), 2, warm=0),
    ])  # fmt: skip
    peer = results["sympy"]
    rows = [Figure(f"SymPy, n = {n}: diff + lambdify + first value", seconds(peer.seconds))]
    for form in ("named", "nested"):
        own = results[form]
        same = abs(own.answer - peer.answer) <= 1e-9 * abs(peer.answer)
        what = f"ours, {'with named steps' if form == 'named' else 'as one expression'}: text + gradient + first value"
        rows.append(at_least(what if same else what + " (NOT THE SAME NUMBER)", peer, own, 100))
    return rows


def size_of_the_program(size: Size) -> list[Figure]:
    rows = []
    for n in size.lengths:
        rounds = min(size.rounds, 5)
        results = race([Runner(name, name, (n,), rounds) for name in ("parse", "derive", "evaluate")])
        ops, limit = int(results["derive"].answer), 6 * (n - 1)
        parts = ", ".join(f"{name} {seconds(r.seconds)}" for name, r in results.items())
        rows.append(Figure(f"n = {n}: ops of the gradient", f"{ops}", f"<= 6 (n - 1) = {limit}", ops <= limit,
                           f"{ops - limit} ops too many"))  # fmt: skip
        total = sum(r.seconds for r in results.values())
        if n == max(size.lengths):
            rows.append(below(f"n = {n}: {parts}; in all", total, 2.0))
        else:
            rows.append(Figure(f"n = {n}: {parts}; in all", seconds(total)))
    return rows


def tape(size: Size) -> list[Figure]:
    ops = size.chain
    results = race([Runner(name, name, (ops,), size.rounds) for name in ("tape_fresh", "tape_repeated", "hips")])
    fresh, repeated, peer = results["tape_fresh"], results["tape_repeated"], results["hips"]
    return [
        Figure(f"HIPS autograd, {ops} ops, records on every call", per_op(peer, ops)),
        at_least(f"ours, recorded once: a further call, {per_op(repeated, ops)}", peer, repeated, 8),
        at_least(f"ours, recorded on every call, {per_op(fresh, ops)}", peer, fresh, 8),
        _long_chain("ours", "tape_fresh", size.long_chain, "no failure"),
        _long_chain("HIPS autograd", "hips", size.long_chain // 10),
    ]


def _long_chain(who: str, make: str, ops: int, goal: str = "") -> Figure:
    """Time and memory of one call, in a process that has done nothing else."""
    try:
        result = race([Runner(make, make, (ops,), rounds=1, warm=0)])[make]
    except EOFError:  # the process is gone
        return Figure(f"{who}, {ops} ops one after the other", "failed", goal, False, "it failed")
    grown = result.memory - result.memory_before
    memory = f"{grown / 2**20:.0f} MiB, {grown / ops:.0f} bytes an op"
    measured = f"{seconds(result.seconds)} ({per_op(result, ops)}), {memory}"
    return Figure(f"{who}, {ops} ops one after the other, recorded and swept", measured, goal, True if goal else None)


def arrays(size: Size) -> list[Figure]:
    """Ours after two calls, when the program is written; the peer records on every call."""
    figures = []
    for loss, what in (("cross_entropy", "softmax cross-entropy"), ("squares", "mean square")):
        results = race([
            Runner("ours", "network", (loss,), size.rounds, warm=3),
            Runner("hips", "network_hips", (loss,), size.rounds),
        ])  # fmt: skip
        figures += _beside_hips(f"network 2-16-16-2, batch 32, tanh, {what}", results, 5)
    for n, goal in ((10, 5), (size.entries, 1)):
        rounds = size.rounds if n < 10**5 else min(size.rounds, 9)
        results = race([
            Runner("ours", "rosenbrock", (n,), rounds, warm=3), Runner("hips", "rosenbrock_hips", (n,), rounds),
        ])  # fmt: skip
        figures += _beside_hips(f"Rosenbrock, n = {n}", results, goal)
    figures += [first_calls(size)]
    memory = (("Rosenbrock", "rosenbrock_memory", (size.entries,)), ("network", "network_memory", (4096,)))
    for what, make, args in memory:
        later, first = (race([Runner(make, make, (*args, calls), 1, 0)])[make].answer for calls in (3, 1))
        figures.append(Figure(
            f"{what}: peak memory of one gradient over the bytes of the intermediates (of the first, recorded and "
            f"swept: {first:.2f})", f"{later:.2f}", "<= 1.3", later <= 1.3, f"{later:.2f} instead of 1.3",
        ))  # fmt: skip
    return figures + large_check(size)


def large_check(size: Size) -> list[Figure]:
    """D by the tape and JAX, V, B along a random direction: in gradients of the tape."""
    n, rounds = size.entries, min(size.rounds, 7)
    results = race([
        Runner("check", "rosenbrock_check", (n,), rounds), Runner("program", "rosenbrock", (n,), rounds, warm=3),
        Runner("swept", "rosenbrock_swept", (n,), rounds),
    ])  # fmt: skip
    whole = results["check"]
    rows = []
    for name, what in (("swept", "recorded and swept"), ("program", "as the program that later calls run")):
        gradients = whole.seconds / results[name].seconds
        rows.append(Figure(
            f"the whole check of Rosenbrock, n = {n}, in gradients {what} ({seconds(results[name].seconds)})",
            f"{gradients:.1f}" + ("" if whole.answer == 1.0 else " (NOT CONTENT)"), "< 50", gradients < 50,
            f"{gradients / 50:.2g} times the goal",
        ))  # fmt: skip
    return rows


def _beside_hips(what: str, results: dict[str, Result], goal: float) -> list[Figure]:
    own, peer = results["ours"], results["hips"]
    same = abs(own.answer - peer.answer) <= 1e-9 * max(1.0, abs(peer.answer))
    name = f"{what}: sd.grad(f)(x), {seconds(own.seconds)}; HIPS autograd {seconds(peer.seconds)}"
    return [at_least(name if same else name + " (NOT THE SAME NUMBER)", peer, own, goal)]


def first_calls(size: Size) -> Figure:
    """What it costs until the program is there."""
    runners = [Runner(f"call {k}", "network_call", ("cross_entropy", k), min(size.rounds, 9)) for k in (1, 2, 3)]
    results = race([*runners, Runner("hips", "network_hips", ("cross_entropy",), min(size.rounds, 9))])
    calls = [times(results[r.name], results["hips"]) for r in runners]
    return Figure("the network's first call (recorded, swept), second (program written) and third (program), "
                  "in gradients of HIPS autograd", ", ".join(calls))  # fmt: skip


def check(size: Size) -> list[Figure]:
    names = ("ball", "check_fresh", "check_repeated", "jax_compiled")
    results = race([Runner(name, name, (), size.rounds) for name in names])
    peer = results["jax_compiled"]
    return [
        Figure("JAX alone: compile the gradient of such a formula, call it once", seconds(peer.seconds)),
        below("certified gradient (ball)", results["ball"].seconds, 1e-3),
        below(f"whole check, a new formula every time ({times(results['check_fresh'], peer)} that)",
              results["check_fresh"].seconds, 0.1),
        below("whole check, the same formula again", results["check_repeated"].seconds, 0.1),
    ]  # fmt: skip


def starting(size: Size) -> list[Figure]:
    shell = "import sys; sys.argv = ['symdiff', '--help']; from symdiff.cli import main; sys.exit(main())"
    first = f"import symdiff as sd; assert sd.crosscheck({ten_ops(0)!r}, 0.5, 1.5).ok"
    codes = {"pass": "pass", "numpy": "import numpy", "package": "import symdiff", "help": shell}
    runners = [Runner(name, "interpreter", (code,), size.rounds) for name, code in codes.items()]
    results = race([*runners, Runner("first", "interpreter", (first,), min(size.rounds, 3), 0)])
    nothing, numpy = results["pass"], results["numpy"]
    added = results["package"].seconds - nothing.seconds

    def beside(name: str) -> str:
        return f"{times(results[name], nothing)} of nothing, {times(results[name], numpy)} of NumPy"

    return [
        Figure("an interpreter that does nothing", seconds(nothing.seconds)),
        Figure("`import numpy`, interpreter included", seconds(numpy.seconds)),
        below(f"`import symdiff` ({beside('package')}; {seconds(added)} without the interpreter)",
              results["package"].seconds, 0.1),
        below(f"`symdiff --help` ({beside('help')})", results["help"].seconds, 0.3),
        Figure("first check of a process: SymPy, JAX and FLINT imported, JAX's operations compiled",
               seconds(results["first"].seconds)),
    ]  # fmt: skip


GROUPS: dict[str, Callable[[Size], list[Figure]]] = {
    "Symbolic gradient of the logistic map": gradient_of_the_logistic_map,
    "Size of the symbolic gradient, logistic map with named steps": size_of_the_program,
    "Tape: a chain of scalar ops in plain Python": tape,
    "The tape on arrays: plain NumPy functions": arrays,
    "The check of a formula of ten ops": check,
    "Starting up": starting,
}


def at_least(what: str, peer: Result, own: Result, goal: float) -> Figure:
    """A ratio peer / own, and the goal for it."""
    wall, cpu = ratio(peer, own)
    noise = f" (by CPU time {part(cpu)}: a noisy run)" if abs(wall / cpu - 1) > NOISY else ""
    met = min(wall, cpu) >= goal
    return Figure(what, part(wall) + noise, f"<= {part(goal)}", met, f"{part(min(wall, cpu))} instead of {part(goal)}")


def below(what: str, value: float, goal: float) -> Figure:
    return Figure(what, seconds(value), f"< {seconds(goal)}", value < goal, f"{value / goal:.2g} times the goal")


def part(of: float) -> str:
    """1, 1/8, 1/4.49, 1/2010."""
    return "1" if of == 1 else f"1/{of:.0f}" if of >= 100 or of == round(of) else f"1/{of:.3g}"


def times(a: Result, b: Result) -> str:
    return f"{a.seconds / b.seconds:.2g} times"


def per_op(result: Result, ops: int) -> str:
    return f"{result.seconds / ops * 1e6:.2f} us an op"


def seconds(value: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value * 1e6:.3g} us"
