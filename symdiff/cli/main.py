"""`symdiff <verb> ...`: the arguments of every verb, and one place where errors become sentences."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence

from symdiff.errors import SymdiffError

OK, DIFFERS, BAD_INPUT, CANNOT_TELL = 0, 1, 2, 3
INTERRUPTED = 130  # as a shell says it: 128 + SIGINT

LECTURE = "x1**2*(x2*x3 - 2*x1**2)"
EXAMPLES = f"""\
examples:
  symdiff demo
  symdiff check "{LECTURE}" --at x1=1 --at x2=2 --at x3=3
  symdiff check "sin(x)*exp(y)" --points 10 --operator grad --operator hessian
  symdiff check "x**3" --at x=2 --claimed "3*x"
  symdiff check examples.claims:rosenbrock --claimed examples.claims:misprint --range x=-2:2 --shape x=5
  symdiff check examples/physics.symdiff.toml --jobs 2
  symdiff steps "{LECTURE}" --at x1=1,x2=2,x3=3 --latex
  symdiff formula "{LECTURE}" --wrt x1 --simplify
  symdiff compare examples.claims:rosenbrock --claimed examples.claims:misprint --shape x=10
  symdiff conventions "max(x, 2*x)" --at x=0
  symdiff museum jax
  symdiff learn digits --rule all --seeds 5
  symdiff selftest

exit codes: 0 every derivative is right, 1 one differs, 2 bad input, 3 cannot tell
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):  # a terminal without Greek letters gets escapes, not a traceback
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    parser = _parser()
    options = parser.parse_args(_joined(_with_json(arguments)))
    code = OK
    try:
        if options.verb is None:
            parser.print_help()
        else:
            code = _run(_unjoined(options))
        sys.stdout.flush()
    except SymdiffError as e:
        print(f"symdiff: {e}", file=sys.stderr)
        return BAD_INPUT
    except BrokenPipeError:  # `symdiff ... | head`: nobody reads on, and Python must not complain at its exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        print("symdiff: interrupted", file=sys.stderr)
        return INTERRUPTED
    return code


def _run(options: argparse.Namespace) -> int:
    """Import the verb only now: `symdiff --help` must not wait for JAX."""
    if options.verb == "check":
        from symdiff.cli.check import run
    elif options.verb == "steps":
        from symdiff.cli.steps import run
    elif options.verb == "formula":
        from symdiff.cli.formula import run
    elif options.verb == "compare":
        from symdiff.cli.compare import run
    elif options.verb == "conventions":
        from symdiff.cli.conventions import run
    elif options.verb == "museum":
        from symdiff.cli.museum import run
    elif options.verb == "learn":
        from symdiff.cli.learn import run
    elif options.verb == "selftest":
        from symdiff.cli.selftest import run
    else:
        from symdiff.cli.demo import run
    return run(options)


def _with_json(arguments: list[str]) -> list[str]:
    """`--json` prints and `--json FILE.json` writes, in `check`: whatever else follows it is a formula."""
    if arguments[:1] != ["check"]:
        return arguments
    result: list[str] = []
    for word in arguments:
        if result and result[-1] == "--json":
            result[-1] = f"--json={word}" if word.endswith(".json") else "--json=-"
            if word.endswith(".json"):
                continue
        result.append(word)
    return ["--json=-" if word == "--json" else word for word in result]


def _joined(arguments: list[str]) -> list[str]:
    """argparse takes a formula that begins with a minus for an option: a space in front is harmless."""
    return [f" {a}" if a.startswith("-") and not _is_option(a) else a for a in arguments]


def _unjoined(options: argparse.Namespace) -> argparse.Namespace:
    """The same without that space: columns are counted from what was typed."""
    for name, given in vars(options).items():
        if isinstance(given, str):
            setattr(options, name, _bare(given))
        elif isinstance(given, list):
            setattr(options, name, [_bare(word) for word in given])
    return options


def _bare(word: str) -> str:
    return word[1:] if word.startswith(" -") else word


def _is_option(word: str) -> bool:
    """-h, --at, --at=x=1, and what may be meant for one; --x and -x**2 are formulas, - and -- are the shell's."""
    name = word.partition("=")[0]
    if word in ("-", "--", "-h", "--allow-import"):
        return True
    return name.startswith("--") and name[2:].isalpha() and len(name) > 3


def _jobs(text: str) -> int:
    """The type of --jobs."""
    return max(1, _count(text))


def _count(text: str) -> int:
    """The type of --points and --seed."""
    text = text.strip()
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"expected a whole number, 0 or more, got {text!r}")
    return int(text)


def _seconds(text: str) -> float:
    """The type of --seconds."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value <= 3600:
        raise argparse.ArgumentTypeError(f"expected seconds, above 0 and at most 3600, got {text.strip()!r}")
    return value


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="symdiff",
        description="Is this derivative right? SymPy, a reverse-mode tape and JAX each compute it, and a "
        "certified reference in ball arithmetic judges all three.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", title="verbs")
    verbs.add_parser("demo", help="the lecture's example, three ways, with its verdict")
    _check_options(verbs.add_parser("check", help="differentiate a formula three ways and judge the results"))
    _steps_options(verbs.add_parser("steps", help="the lecture's table: every step, its value and its adjoint"))
    _formula_options(verbs.add_parser("formula", help="the derivative as a formula"))
    _compare_options(verbs.add_parser("compare", help="what every method costs on one function, and how exact it is"))
    _conventions_options(verbs.add_parser("conventions", help="what each library takes where there is no derivative"))
    _museum_options(verbs.add_parser("museum", help="wrong derivatives of well-known libraries, asked for anew"))
    _learn_options(verbs.add_parser("learn", help="backpropagation and its alternatives on one data set, measured"))
    _selftest_options(verbs.add_parser("selftest", help="plant faults into symdiff itself: does the check see them?"))
    return parser


def _compare_options(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Time every method on one function at one point: the first call, warm calls, calls of the function, "
        "allocations, and the error in units in the last place. Times are this machine's, now."
    )
    parser.add_argument(
        "formula", metavar="FORMULA | MODULE:NAME", help="a formula, or a Python function, package.module:name"
    )
    _at_argument(parser)
    _drawing_arguments(parser)
    parser.add_argument("--seed", type=_count, default=0, metavar="N", help="seed of what is drawn (default 0)")
    parser.add_argument("--wrt", action="append", metavar="NAME", help="differentiate by this variable; repeatable")
    parser.add_argument("--operator", metavar="NAME", help="value, grad, value_and_grad, jacobian, hessian or third")
    parser.add_argument("--method", action="append", metavar="NAME", help="symbolic, tape, jax, ball, ...; repeatable")
    parser.add_argument("--claimed", metavar="MODULE:NAME", help="your own derivative, timed and judged with the rest")
    parser.add_argument(
        "--seconds", type=_seconds, default=0.2, metavar="S", help="for how long each method is called (default 0.2)"
    )
    parser.add_argument("--plot", metavar="FILE", help="draw time against error into this file, .svg or .png")
    parser.add_argument("--json", action="store_true", help="print the table as JSON")


def _drawing_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--range", action="append", default=[], metavar="NAME=LOW:HIGH",
        help="draw this variable or argument (of an array: its entries) from here; repeatable",
    )  # fmt: skip
    parser.add_argument(
        "--shape", action="append", default=[], metavar="NAME=10 | NAME=3x2",
        help="the shape of an argument of a Python function that is an array; repeatable",
    )  # fmt: skip


def _conventions_options(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Ask every method now what it takes where there is no derivative: at every kink of the op table, or of one "
        "formula at one point. KINK is a convention; what is wrong or cannot be told says so. Exit code 0: asked."
    )
    _formula_argument(parser, nargs="?")
    _at_argument(parser)
    parser.add_argument("--operator", action="append", metavar="NAME", help="of the formula: grad, hessian, ...")
    parser.add_argument("--method", action="append", metavar="NAME", help="symbolic, tape, jax, ...; repeatable")
    parser.add_argument("--json", action="store_true", help="print the table as JSON")


def _museum_options(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Ask JAX, SymPy, PyTorch and autograd for derivatives that they had wrong, and judge the answers."
    )
    parser.add_argument("name", nargs="*", metavar="NAME", help="an exhibit, or a library: jax, sympy, torch, autograd")
    parser.add_argument("--json", action="store_true", help="everything as JSON")
    parser.add_argument("--write", metavar="FILE", help="write the page, docs/museum.md")


def _learn_options(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Train rules of learning on one data set and print what they reach on test examples, how far their directions "
        "are from the gradient, and logistic regression beside; write the pictures of the first seed."
    )
    parser.add_argument("task", metavar="TASK", help="digits (scikit-learn), moons, spirals, xor, mackey-glass, narma")
    parser.add_argument("--rule", action="append", metavar="NAME", help="a rule, repeatable; all by default")
    parser.add_argument("--seeds", type=_count, default=1, metavar="N", help="how many, from 0 (default 1)")
    parser.add_argument("--epochs", type=_count, metavar="N", help="other than what is known to work")
    parser.add_argument("--units", type=_count, metavar="N", help="of series: neurons of the echo state network")
    parser.add_argument("--ridge", type=float, metavar="R", help="of series: 0 is unregularised least squares")
    parser.add_argument("--short", action="store_true", help="one seed and a tenth of the epochs, or 100 units")
    parser.add_argument("--write", metavar="FOLDER", help="where the pictures go (default learn-TASK)")
    parser.add_argument("--plain", action="store_true", help="no pictures")
    parser.add_argument("--json", action="store_true", help="print the table as JSON")


def _selftest_options(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Break a rule, a column, the sweep, a front end or the comparator, one at a time, and see the check go red. "
        "Exit code 0: every fault that is one was seen, and nothing healthy was accused."
    )
    parser.add_argument("--full", action="store_true", help="every way to be wrong at every step: minutes")
    parser.add_argument("--json", action="store_true", help="the score and every fault as JSON")


class _Version(argparse.Action):
    """The version, read from the installed package when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        import symdiff

        print(f"symdiff {symdiff.__version__}")
        parser.exit()


def _formula_argument(parser: argparse.ArgumentParser, nargs: str | None = None) -> None:
    parser.add_argument(
        "formula", nargs=nargs, metavar="FORMULA",
        help='the function as text, e.g. "sin(x)*exp(y)" or "z1 = x**2; z1*(y - z1)"',
    )  # fmt: skip


def _at_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--at", action="append", default=[], metavar="NAME=VALUE",
        help="the value of a variable; repeat it, or separate by commas. Constants may be written: x=pi/2",
    )  # fmt: skip


def _check_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "formula", nargs="?", metavar="FORMULA | MODULE:NAME | FILE.toml",
        help='what to check: a formula, "sin(x)*exp(y)"; a Python function, package.module:name; or a manifest',
    )  # fmt: skip
    _at_argument(parser)
    parser.add_argument("--points", type=_count, default=0, metavar="N", help="also check at N generated points")
    parser.add_argument("--seed", type=_count, default=0, metavar="N", help="seed of the generated points (default 0)")
    _drawing_arguments(parser)
    parser.add_argument("--wrt", action="append", metavar="NAME", help="differentiate by this variable; repeatable")
    parser.add_argument("--operator", action="append", metavar="NAME", help="grad, hessian, jvp, ...; repeatable")
    parser.add_argument(
        "--order", type=_count, metavar="N",
        help="all derivatives up to this order, 1 to 3, second ones in every composition of forward and reverse mode",
    )  # fmt: skip
    parser.add_argument("--method", action="append", metavar="NAME", help="symbolic, tape, jax, ball, ...; repeatable")
    parser.add_argument(
        "--claimed", action="append", metavar="FORMULA",
        help="your own derivative, judged with the rest: one formula per variable, repeatable; of a Python function "
        "MODULE:NAME, or OPERATOR=MODULE:NAME for several",
    )  # fmt: skip
    parser.add_argument("--prove", action="store_true", help="let SymPy try to prove each rule for every point: PROVED")
    parser.add_argument("--strict", action="store_true", help="lost digits (INACCURATE) count as a failure")
    parser.add_argument("--shrink", action="store_true", help="reduce a failure: the smallest expression that shows it")
    parser.add_argument(
        "--json", metavar="FILE.json", help="print the report as JSON; with a name that ends in .json write it there"
    )
    parser.add_argument("--html", metavar="FILE", help="write a page for a browser, too: one file, without scripts")
    parser.add_argument("--junit", metavar="FILE", help="write JUnit XML, too")
    many = parser.add_argument_group("manifests")
    many.add_argument("--manifest", metavar="FILE", help="check every entry of a *.symdiff.toml file")
    many.add_argument(
        "--allow-import", action="store_true",
        help="let entries that name Python code, module:name, import and run it",
    )  # fmt: skip
    many.add_argument("--jobs", type=_jobs, default=1, metavar="N", help="check in N processes at once (default 1)")
    many.add_argument("--resume", metavar="FILE", help="keep finished entries here, and do not check them again")


def _steps_options(parser: argparse.ArgumentParser) -> None:
    _formula_argument(parser)
    _at_argument(parser)
    parser.add_argument("--paths", metavar="NAME", help="the chain rule for this variable as a sum over all paths")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--latex", action="store_true", help="print the table as LaTeX")
    form.add_argument("--json", action="store_true", help="print the table as JSON")


def _formula_options(parser: argparse.ArgumentParser) -> None:
    _formula_argument(parser)
    parser.add_argument("--wrt", action="append", metavar="NAME", help="differentiate by this variable; repeatable")
    parser.add_argument("--simplify", action="store_true", help="let SymPy simplify the derivative")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--latex", action="store_true", help="print LaTeX")
    form.add_argument("--json", action="store_true", help="print JSON")
