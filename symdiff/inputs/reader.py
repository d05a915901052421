"""The order of things in a formula: an iterative precedence parser, straight into the graph.

It is a machine of two states, "an operand must come" and "an operator must come", with a table of handlers
for each; a handler takes a token and its position and says whether an operand must come next. Operators
that wait for their right-hand side stand on one stack, with the open parentheses between them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NoReturn

from symdiff.graph import CONST, INPUT
from symdiff.inputs import language as lang
from symdiff.inputs import tokens as tok
from symdiff.inputs.meaning import Builder
from symdiff.inputs.tokens import nearest, show

Handler = Callable[[str, int], bool]


class Reader(Builder):
    """Reads texts into one graph."""

    def __init__(self, variables: list[str] | None) -> None:
        super().__init__()
        self.closed = variables is not None  # no other variables than these
        self.inputs = {name: self.graph.input(name) for name in variables or ()}
        self.step_names: set[str] = set()  # of all texts
        self.on = {True: self._when_operand(), False: self._when_operator()}

    def _when_operand(self) -> list[Handler]:
        """What to do with each kind of token when an operand must come."""
        on: list[Handler] = [self._no_operand] * (tok.OTHER + 1)
        on[tok.NUMBER], on[tok.NAME], on[tok.TARGET] = self._number, self._name, self._target
        on[tok.WORD], on[tok.OPERATOR], on[tok.OTHER] = self._word, self._sign, self._other
        on[tok.CALL], on[tok.OPEN], on[tok.CLOSE] = self._open_call, self._open, self._close_empty
        on[tok.END] = self._end_empty
        return on

    def _when_operator(self) -> list[Handler]:
        """What to do with each kind when an operand stands complete and an operator must come."""
        on: list[Handler] = [self._adjacent] * (tok.OTHER + 1)
        on[tok.OPERATOR], on[tok.WORD], on[tok.POWER_OF] = self._binary, self._binary, self._power_of
        on[tok.CLOSE], on[tok.COMMA], on[tok.OTHER] = self._close, self._comma, self._other
        on[tok.END] = self._end
        return on

    def read(self, text: str, label: str) -> int:
        """Read one text and return the node of its value."""
        self.begin(text, label)
        self.names = dict(self.inputs)  # name -> node, in this text
        self.steps: set[str] = set()  # the names that this text gives
        self.operands: list[int] = []
        self.pending: list[tuple[int, str, int]] = [(0, "", 0)]  # binding, op or function, position
        self.groups: list[int] = []  # for each open parenthesis, how many operands stood before it
        self.target: tuple[str, int] | None = None  # the name that this statement gives, and where
        self.start = 0  # where this statement starts
        self.last: tuple[int, bool, int] | None = None  # the last statement: node, named, position
        on, want = self.on, True
        for match in tok.pattern(text).finditer(text):
            kind = match.lastindex or tok.OTHER  # some group always matches
            want = on[want][kind](match[kind], match.start(kind))
        return self._value()

    def _value(self) -> int:
        """The node of the last statement."""
        if self.last is None:
            self.fail("nothing to read: expected a formula", 0)
        node, _, position = self.last
        if node in self.truths:
            self.fail("the value is a comparison: expected a number, such as where(x > 0, 1, 0)", position)
        return node

    # -- an operand must come ------------------------------------------------------------------------

    def _number(self, token: str, position: int) -> bool:
        self.operands.append(self.literal(token, position))
        return False

    def _name(self, token: str, position: int) -> bool:
        node = self.names.get(token)
        if node is None:
            node = self.names[token] = self._first_use(token, position)
        self.operands.append(node)
        return False

    def _first_use(self, name: str, position: int) -> int:
        """The node of a name that is neither a step nor a variable yet."""
        if fault := tok.name_fault(name):
            self.fail(fault, position)
        if name in lang.CONSTANTS:
            return self.apply(lang.CONSTANTS[name], (), position)
        if self.closed:
            if lang.is_function(name):
                self.fail(f"{name} is a function, not a variable: write {name}(...)", position)
            self.fail(f"unknown name {show(name)}{nearest(name, self.names) or self._variables()}", position)
        if name in self.step_names:
            self.fail(f"{show(name)} is a step of another output: each text has its own", position)
        if len(self.inputs) >= lang.MAX_VARIABLES:
            self.fail(f"more than {lang.MAX_VARIABLES} variables", position)
        node = self.inputs[name] = self.graph.input(name)
        return node

    def _variables(self) -> str:
        few = ", ".join(show(name) for name in list(self.inputs)[:3])
        return f": the variables are {few}{', ...' if len(self.inputs) > 3 else ''}" if few else ""

    def _target(self, token: str, position: int) -> bool:
        if self.target or len(self.pending) > 1:
            self.fail("'=' names a step, after the first name of a statement; equality is '=='", position)
        if fault := tok.name_fault(token):
            self.fail(fault, position)
        if token in self.steps:
            self.fail(f"the step {show(token)} is named twice", position)
        if token in self.names:
            self.fail(f"{show(token)} is a variable or a constant already: give the step another name", position)
        self.target = token, position
        return True

    def _word(self, token: str, position: int) -> bool:
        if token != "not" or token in self.names:
            return self._name(token, position)
        return self._push(lang.NOT, "logical_not", position)

    def _sign(self, token: str, position: int) -> bool:
        if token == "+":
            return True
        if token == "-":
            return self._push(lang.SIGN, "neg", position)
        return self._no_operand(token, position)

    def _open(self, token: str, position: int) -> bool:
        self.groups.append(len(self.operands))
        return self._push(0, token, position)

    def _open_call(self, token: str, position: int) -> bool:
        if not lang.is_function(token):
            if fault := tok.name_fault(token):
                self.fail(fault, position)
            if token in self.names:
                self.fail(f"{show(token)} is not a function: put * before the parenthesis", position)
            self.fail(f"unknown function {show(token)}{nearest(token, lang.functions())}", position)
        return self._open(token, position)

    def _push(self, binding: int, op: str, position: int) -> bool:
        if len(self.pending) > lang.MAX_DEPTH:
            self.fail(f"nested more than {lang.MAX_DEPTH} deep", position)
        self.pending.append((binding, op, position))
        return True

    def _close_empty(self, token: str, position: int) -> bool:
        """A `)` where an operand must come: fine only right after `f(`."""
        binding, function, _ = self.pending[-1]
        if binding or function in ("", "(") or len(self.operands) > self.groups[-1]:
            self._no_operand(token, position)
        return self._close(token, position)

    def _end_empty(self, token: str, position: int) -> bool:
        """The end of nothing: an empty statement, or a new line inside parentheses."""
        if self.target or len(self.pending) > 1:
            if not (self.groups and token.endswith("\n")):
                self._no_operand(token, position)
        else:
            self.start = position + len(token)
        self._count_line(token, position)
        return True

    def _no_operand(self, token: str, position: int) -> NoReturn:
        what = show(token) if token.strip() else "the end"
        self.fail(f"expected a number, a name or '(' before {what}", position)

    # -- an operator must come -----------------------------------------------------------------------

    def _binary(self, token: str, position: int) -> bool:
        if token == "not":
            self._adjacent(token, position)
        binding, op = lang.BINARY[token]
        if binding == lang.POWER:  # from the right: what waits is not applied first
            return self._push(binding, op, position)
        self._reduce(binding)
        self.pending.append((binding, op, position))
        return True

    def _reduce(self, binding: int) -> None:
        """Apply the pending operators that bind at least as tightly."""
        pending, operands = self.pending, self.operands
        while pending[-1][0] >= binding:
            _, op, position = pending.pop()
            if op in lang.PREFIX:
                operands[-1] = self.apply(op, (operands[-1],), position)
            else:
                right = operands.pop()
                operands[-1] = self.apply(op, (operands[-1], right), position)

    def _power_of(self, token: str, position: int) -> bool:
        """`** n` with a whole number: nothing binds tighter, so it takes the operand at once."""
        exponent = self.literal(token.strip("*^()+- \t"), position)
        base = self.operands.pop()
        self.operands.append(self.power_of(base, exponent, negative="-" in token, position=position))
        return False

    def _close(self, token: str, position: int) -> bool:
        self._reduce(1)
        if not self.groups:
            self.fail("this ')' closes nothing", position)
        _, function, at = self.pending.pop()
        first = self.groups.pop()
        if function != "(":
            args = tuple(self.operands[first:])
            self.operands[first:] = [self.call(function, args, at)]
        return False

    def _comma(self, token: str, position: int) -> bool:
        self._reduce(1)
        if self.pending[-1][1] in ("", "("):
            self.fail("a comma separates the arguments of a function: there is none here", position)
        return True

    def _end(self, token: str, position: int) -> bool:
        """The end of a statement, or a new line inside parentheses."""
        if self.groups:
            if not token.endswith("\n"):
                self._reduce(1)
                self.fail("this '(' is never closed", self.pending[-1][2])
            self._count_line(token, position)
            return False
        self._reduce(1)
        if self.last and not self.last[1]:
            self.fail("this value is not used: name it (z = ...), or join the statements", self.last[2])
        if self.target:
            self._name_step(*self.target, self.operands[0])
        self.last = self.operands.pop(), self.target is not None, self.start
        self.target, self.start = None, position + len(token)
        self._count_line(token, position)
        return True

    def _name_step(self, name: str, position: int, node: int) -> None:
        if name in self.names:
            self.fail(f"{show(name)} is used before it is named: give the step another name", position)
        self.names[name] = node
        self.steps.add(name)
        meaning = self.graph.nodes[node]
        if meaning.op not in (INPUT, CONST) and not meaning.name and name not in self.step_names:
            meaning.name = name
        self.step_names.add(name)

    def _count_line(self, token: str, position: int) -> None:
        if token.endswith("\n"):
            self.new_line(position + len(token))

    def _adjacent(self, token: str, position: int) -> NoReturn:
        """Two operands in a row: most likely a product, which is written out here."""
        left = re.findall(r"[\w.]+|.", self.text[:position].rstrip()[-60:])[-1]
        if left[0].isdigit() and token[0] == "_":
            self.fail("digits are not grouped with '_'", position)
        if left[0].isdigit() and token in ("e", "E"):
            self.fail("an exponent needs digits, as in 1e5", position)
        if lang.is_function(left) and left not in lang.CONSTANTS and not (self.closed and left in self.inputs):
            self.fail(f"{left} is a function: write {left}(...)", position)
        right = "(...)" if token == "(" else show(token)[1:-1]
        right += "(...)" if self.text[position + len(token) :].lstrip(" \t")[:1] == "(" and token[0] != "(" else ""
        product = f"{show(left)[1:-1]}*{right}"
        self.fail(f"an operator is missing before {show(token)}: for a product write {product}", position)

    def _other(self, token: str, position: int) -> NoReturn:
        self.fail(tok.character_fault(token), position)
