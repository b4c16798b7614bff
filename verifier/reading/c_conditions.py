"""Which groups of a header are compiled, and which names that no one defines decide it (C11 6.10.1).

A name is decided when the header so far, its companions or the tool define it, or when it is known
to be undefined. A group whose condition hangs on an undecided name is compiled in some builds only;
a macro defined or undefined there is itself undecided from then on, by the same names.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from verifier.reading.c_builtins import ASSUMED
from verifier.reading.c_expression import ExpressionError, evaluate_condition
from verifier.reading.c_macros import Expander, Macro, MacroError
from verifier.reading.c_tokens import NAME, Token

MAX_NESTING = 128  # groups in groups; C asks for 63, Xen's headers have 4
MAX_UNDECIDED = 256  # names; bounds the cost of uniting sets of them; xen.h has fewer than 20
MAX_TRIED = 6  # undecided names of one condition that are tried in all 2**6 combinations
MAX_EFFORT = 20_000  # tokens evaluated for such trials in a run; beyond, the names just stay undecided

NONE: frozenset[str] = frozenset()


class ConditionError(Exception):
    """Directives that do not nest; the text is the message."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a condition holds here, and the undecided names that may change that elsewhere."""

    holds: bool
    undecided: frozenset[str] = NONE
    certain: bool = True
    """The same in all builds."""


@dataclass(frozen=True, slots=True)
class Group:
    """One branch of an `#if` chain."""

    line: int
    active: bool = True
    """Compiled here."""
    dead: bool = False
    """Compiled in no build."""
    names: frozenset[str] = NONE
    """Undecided names that all enclosing conditions hang on."""
    taken: bool = False
    """This branch or one before it was compiled here."""
    closed: bool = False
    """This branch or one before it is compiled in all builds, so no later one is."""
    last: bool = False
    """This is the `#else`."""
    chain: frozenset[str] = NONE
    """The names that a later branch hangs on."""


class Names:
    """The macro table with what is known about names that are not in it."""

    def __init__(self, table: dict[str, Macro], undefined: set[str]) -> None:
        self.table = table
        self.undefined = undefined
        self.unsure: dict[str, frozenset[str]] = {}
        """Macros whose definition hangs on undecided names, and those names."""

    def define(self, macro: Macro, names: frozenset[str]) -> None:
        """Enter a macro as the latest one, in a group that hangs on `names`."""
        self.table.pop(macro.name, None)
        self.table[macro.name] = macro
        self.doubt(macro.name, names)

    def undefine(self, name: str, names: frozenset[str]) -> None:
        """Remove a macro, if it is one, in a group that hangs on `names`."""
        self.table.pop(name, None)
        self.undefined.add(name)
        self.doubt(name, names)

    def doubt(self, name: str, names: frozenset[str]) -> None:
        """Note that `names` decide on a definition; with none, nothing does any more."""
        if names:
            old = self.unsure.get(name, NONE)
            self.unsure[name] = names if old <= names else old | names
        else:
            self.unsure.pop(name, None)

    def decided(self, name: str) -> bool:
        """Whether all builds agree on the definition of a name."""
        return name not in self.unsure and (name in self.table or name in self.undefined)

    def behind(self, names: set[str]) -> frozenset[str]:
        """The undecided names that the given ones hang on; decided ones hang on none."""
        return NONE.union(*(self.unsure.get(name, (name,)) for name in names if not self.decided(name)))


class _Open(Exception):  # noqa: N818
    """The value of an undecided name is needed."""


class Judge:
    """Evaluates conditions over names that may change between the calls."""

    def __init__(self, names: Names, expander: Expander) -> None:
        self.names = names
        self.expander = expander
        self.effort = 0

    def judge(self, tokens: Sequence[Token]) -> Verdict:
        """The verdict on an `#if` expression; MacroError or ExpressionError when it is none."""
        unsure = self.names.unsure
        shown = self.expander.expand(tokens, opaque=unsure.keys(), condition=True)
        free = {token.text for token in shown if token.kind == NAME and token.text != "defined"}
        free = {name for name in free if not self.names.decided(name)}
        final = self.expander.expand(tokens, condition=True) if free & unsure.keys() else shown
        holds = evaluate_condition(final, self._defined, lambda _: 0)
        if not free or self._constant(shown, sorted(free), holds):
            return Verdict(holds)
        return Verdict(holds, self.names.behind(free), certain=False)

    def lenient(self, tokens: Sequence[Token]) -> Verdict:
        """As `judge`, for a condition that is not evaluated here: a fault leaves it open."""
        try:
            return self.judge(tokens)
        except (MacroError, ExpressionError):
            free = {token.text for token in tokens if token.kind == NAME and token.text != "defined"}
            return Verdict(False, self.names.behind(free), certain=False)

    def _defined(self, name: str) -> bool:
        """As a file sees it: it may define for itself what is only assumed to come from another."""
        macro = self.names.table.get(name)
        return macro is not None and macro.origin.file != ASSUMED

    def _constant(self, tokens: list[Token], free: list[str], holds: bool) -> bool:
        """Whether the condition is the same for every definition of the free names.

        Each name is tried undefined and defined; where the value of a defined one counts, the
        answer is no, as it may be any.
        """
        self.effort += len(tokens) << len(free)
        if len(free) > MAX_TRIED or self.effort > MAX_EFFORT:
            return False
        for mask in range(1 << len(free)):
            on = {name for bit, name in enumerate(free) if mask >> bit & 1}

            def defined(name: str, on: set[str] = on) -> bool:
                return name in on or (name not in free and self._defined(name))

            def value(name: str, on: set[str] = on) -> int:
                if name in on:
                    raise _Open
                return 0

            try:
                if evaluate_condition(tokens, defined, value) != holds:
                    return False
            except (_Open, ExpressionError):
                return False
        return True


class Groups:
    """The open `#if` groups of a file, innermost last."""

    def __init__(self) -> None:
        self.stack = [Group(0)]
        self.seen: set[str] = set()

    @property
    def now(self) -> Group:
        """The innermost group; outside of all, one that is compiled in all builds."""
        return self.stack[-1]

    def open(self, line: int, verdict: Verdict, *, guard: bool) -> None:
        """Enter an `#if`; an include guard's own name does not count inside.

        In a dead group the verdict has to be certainly false, as in one after a closed branch.
        """
        if len(self.stack) > MAX_NESTING:
            raise ConditionError(f"'#if' is nested more than {MAX_NESTING} deep")
        self.stack.append(Group(line, chain=self.now.names))
        self._branch(verdict, last=False, guard=guard)

    def before_turn(self, directive: str) -> tuple[Group, Group]:
        """The group around the innermost one, and that; ConditionError when no turn is possible."""
        self._inside(directive)
        if self.now.last:
            raise ConditionError(f"'#{directive}' follows '#else'; the '#if' is in line {self.now.line}")
        return self.stack[-2], self.stack[-1]

    def turn(self, directive: str, verdict: Verdict) -> None:
        """Go to the next branch, an `#elif` or `#else`."""
        self._branch(verdict, last=directive == "else", guard=False)

    def close(self) -> None:
        """Leave an `#if`; ConditionError when none is open."""
        self._inside("endif")
        self.stack.pop()

    def _inside(self, directive: str) -> None:
        if len(self.stack) == 1:
            raise ConditionError(f"'#{directive}' has no '#if'")

    def _branch(self, verdict: Verdict, *, last: bool, guard: bool) -> None:
        around, old = self.stack[-2], self.stack[-1]
        chain = old.chain | verdict.undecided
        self.seen |= verdict.undecided
        if len(self.seen) > MAX_UNDECIDED:
            raise ConditionError(f"conditions hang on more than {MAX_UNDECIDED} undefined names")
        active = around.active and not old.taken and verdict.holds
        self.stack[-1] = Group(
            line=old.line,
            active=active,
            dead=verdict.certain and not verdict.holds,
            names=old.chain if guard else chain,
            taken=old.taken or active,
            closed=old.closed or (verdict.certain and verdict.holds),
            last=last,
            chain=chain,
        )
