"""Macro definitions and their expansion (C11 6.10.3), with the hide sets of Prosser's algorithm.

GNU C's comma elision (`, ## __VA_ARGS__`) and named variadic parameters are known; `__VA_OPT__` is
refused. Every token made or moved is counted, so that no input makes an expansion run away.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import zip_longest

from verifier.layout.origin import Origin
from verifier.reading.c_tokens import CHAR, MAX_WORD, NAME, PUNCTUATOR, STRING, Token, paste, shorten, spell

MAX_EXPANSION = 20_000  # tokens handled in one expansion; the longest in any Xen header takes 60
MAX_WORK = 80_000  # tokens handled in all expansions of a run, at 1 to 2 us; arch-arm.h takes 1,500
MAX_NESTING = 100  # macros in macros, and calls in arguments: bounds Python's stack; C asks for 63 levels
MAX_PARAMETERS = 127  # C11 5.2.4.1

_VARIADIC = "__VA_ARGS__"
_NOWHERE: frozenset[str] = frozenset()
_Item = tuple[Token, frozenset[str]]
"""A token and its hide set: the macros that must not be expanded in it again."""
_Arguments = dict[str, list[_Item]]


class MacroError(Exception):
    """A definition or expansion that C does not allow; the text is the message."""


@dataclass(frozen=True, slots=True)
class Macro:
    """A macro definition; `parameters` is None for an object-like one."""

    name: str
    body: tuple[Token, ...]
    origin: Origin
    parameters: tuple[str, ...] | None = None
    variadic: bool = False
    """The last parameter takes all remaining arguments."""
    written: tuple[Token, ...] | None = None
    """The replacement list of the source where `body` was changed on request."""
    previous: Origin | None = None
    """An earlier definition with another replacement list, not removed by `#undef`."""
    builtin: bool = False
    """Brought by this tool, not by a file."""

    @property
    def text(self) -> str:
        """The replacement list, single spaces where there was white space."""
        return spell(self.body)

    def same(self, other: Macro) -> bool:
        """Whether C11 6.10.3p2 calls the two definitions identical."""
        mine, theirs = (self.parameters, self.variadic), (other.parameters, other.variadic)
        return mine == theirs and _written(self) == _written(other)


def parse_define(tokens: Sequence[Token], origin: Origin) -> Macro:
    """The macro that the tokens after `#define` describe; MacroError when they describe none."""
    if not tokens or tokens[0].kind != NAME:
        found = f", found '{shorten(tokens[0].text)}'" if tokens else ""
        raise MacroError(f"'#define' needs a macro name{found}")
    name = tokens[0].text
    if name in {"defined", _VARIADIC}:
        raise MacroError(f"'{name}' cannot be a macro name")
    if len(tokens) < 2 or tokens[1].text != "(" or tokens[1].spaced:
        macro = Macro(name, tuple(tokens[1:]), origin)
    else:
        parameters, variadic, end = _parameters(tokens, name)
        macro = Macro(name, tuple(tokens[end:]), origin, parameters, variadic)
    _check_body(macro)
    return macro


class Expander:
    """Expands token lists over a table of macros that may change between the calls."""

    def __init__(self, table: Mapping[str, Macro]) -> None:
        self.table = table
        self.used: set[str] = set()
        """Names of the macros expanded since this set was last emptied."""
        self._opaque: AbstractSet[str] = _NOWHERE
        self._condition = False
        self._work = 0
        self._limit = 0
        self._depth = 0

    def expand(
        self, tokens: Sequence[Token], *, opaque: AbstractSet[str] = _NOWHERE, condition: bool = False
    ) -> list[Token]:
        """The expanded tokens; MacroError.

        Macros in `opaque` are left alone, and the operands of `defined` in a `condition`.
        """
        self._opaque, self._condition, self._depth = opaque, condition, 0
        self._limit = min(MAX_WORK, self._work + MAX_EXPANSION)
        return [token for token, _ in self._expand([(token, _NOWHERE) for token in tokens])]

    def _spend(self, tokens: int) -> None:
        self._work += tokens
        if self._work > self._limit:
            limit = MAX_WORK if self._limit == MAX_WORK else MAX_EXPANSION
            raise MacroError(f"macro expansion takes more than {limit} tokens")

    def _expand(self, items: list[_Item]) -> list[_Item]:
        if self._depth > MAX_NESTING:
            raise MacroError(f"macro calls are nested more than {MAX_NESTING} deep")
        pending, out = items[::-1], list[_Item]()
        while pending:
            self._spend(1)
            item = pending.pop()
            name = item[0].text
            macro = self.table.get(name) if item[0].kind == NAME else None
            if macro is None or name in item[1] or name in self._opaque:
                out.append(item)
                if name == "defined" and self._condition:
                    _keep_operand(pending, out)
            elif macro.parameters is None:
                self._replace(macro, {}, item, item[1], pending)
            elif pending and pending[-1][0].text == "(":
                arguments, hidden = self._collect(macro, pending)
                self._replace(macro, arguments, item, item[1] & hidden, pending)
            else:
                out.append(item)
        return out

    def _replace(
        self, macro: Macro, arguments: _Arguments, call: _Item, hidden: frozenset[str], pending: list[_Item]
    ) -> None:
        """Put the replacement of a call in front of the pending tokens."""
        self.used.add(macro.name)
        hidden |= {macro.name}
        if len(hidden) > MAX_NESTING:
            raise MacroError(f"macros are nested more than {MAX_NESTING} deep")
        result = self._substitute(macro, arguments)
        self._spend(len(result))
        if result:
            first, hide = result[0]
            result[0] = (Token(first.kind, first.text, first.line, call[0].spaced), hide)
        pending.extend((token, hide | hidden if hide else hidden) for token, hide in reversed(result))

    def _collect(self, macro: Macro, pending: list[_Item]) -> tuple[_Arguments, frozenset[str]]:
        """Take a call's arguments off the pending tokens; also the hide set of its `)`."""
        parameters = macro.parameters or ()
        pending.pop()
        found: list[list[_Item]] = [[]]
        level = 0
        while pending:
            item = pending.pop()
            text = item[0].text
            if text == ")" and level == 0:
                return self._bind(macro, parameters, found), item[1]
            level += (text == "(") - (text == ")")
            if text == "," and level == 0 and not (macro.variadic and len(found) >= len(parameters)):
                found.append([])
            else:
                found[-1].append(item)
            self._spend(1)
        raise MacroError(f"call of macro '{macro.name}' lacks its ')'")

    @staticmethod
    def _bind(macro: Macro, parameters: tuple[str, ...], found: list[list[_Item]]) -> _Arguments:
        if not parameters and found == [[]]:
            return {}
        if macro.variadic and len(found) == len(parameters) - 1:
            found.append([])
        if len(found) != len(parameters):
            raise MacroError(f"macro '{macro.name}' takes {len(parameters)} arguments, not {len(found)}")
        return dict(zip(parameters, found, strict=True))

    def _substitute(self, macro: Macro, arguments: _Arguments) -> list[_Item]:
        """The replacement list with `#`, `##` and parameters done (C11 6.10.3.1 to 6.10.3.3)."""
        body, out = macro.body, list[_Item]()
        expanded: _Arguments = {}
        position, pasting, left = 0, False, False
        while position < len(body):
            token = body[position]
            position += 1
            if token.text == "##" and token.kind == PUNCTUATOR:
                pasting = True
                continue
            raw = arguments.get(token.text) if token.kind == NAME else None
            if token.text == "#" and macro.parameters is not None:
                operand = [(_stringize(token, arguments[body[position].text]), _NOWHERE)]
                position += 1
            elif raw is None:
                operand = [(token, _NOWHERE)]
            elif pasting or (position < len(body) and body[position].text == "##"):
                operand = raw
            else:
                operand = expanded.get(token.text) or self._argument(raw)
                expanded[token.text] = operand
            if pasting and left:
                rest = macro.variadic and token.text == (macro.parameters or ("",))[-1]
                left = self._paste(out, operand, comma=rest)
            else:
                out.extend(_respaced(operand, token))
                left = bool(operand)
            self._spend(len(operand))
            pasting = False
        return out

    def _argument(self, raw: list[_Item]) -> list[_Item]:
        self._depth += 1
        result = self._expand(raw)
        self._depth -= 1
        return result

    @staticmethod
    def _paste(out: list[_Item], operand: list[_Item], *, comma: bool) -> bool:
        """Join the last token of `out` and the first of `operand`; whether there is one now."""
        if comma and out[-1][0].text == ",":
            out[-1:] = [out[-1], *operand] if operand else []
            return bool(operand)
        if operand:
            (left, hide), (right, other) = out[-1], operand[0]
            out[-1] = (_pasted(left, right), hide & other)
            out.extend(operand[1:])
        return True


def _written(macro: Macro) -> list[tuple[str, bool]]:
    body = macro.body if macro.written is None else macro.written
    return [(token.text, token.spaced and index > 0) for index, token in enumerate(body)]


def _parameters(tokens: Sequence[Token], name: str) -> tuple[tuple[str, ...], bool, int]:
    """Names, whether variadic, and the index after the `)`, of a parameter list at index 1."""
    found = tokens[2 : 2 * MAX_PARAMETERS + 5]
    texts = [token.text for token in found]
    end = texts.index(")") if ")" in texts else -1
    allowed = {token.text for token in found if token.kind == NAME}
    listed, variadic = texts[:end], texts[:end][-1:] == ["..."]
    if variadic:
        listed[-1:] = [] if len(listed) > 1 and listed[-2] != "," else [_VARIADIC]
        allowed.add(_VARIADIC)
    names = listed[::2]
    even = bool(listed) and len(listed) % 2 == 0
    if end < 0 or even or set(names) - allowed or set(listed[1::2]) - {","}:
        raise MacroError(f"parameter list of macro '{name}' is malformed")
    if len(set(names)) < len(names) or _VARIADIC in names[: len(names) - variadic]:
        raise MacroError(f"parameter list of macro '{name}' has a name twice or '{_VARIADIC}'")
    return tuple(names), variadic, end + 3


def _check_body(macro: Macro) -> None:
    """MacroError when `#` or `##` stand where C11 6.10.3.2p1 and 6.10.3.3p1 forbid it."""
    body = macro.body
    if body and "##" in {body[0].text, body[-1].text}:
        raise MacroError(f"'##' cannot be at an end of macro '{macro.name}'")
    if macro.parameters is None:
        return
    for token, after in zip_longest(body, body[1:]):
        if token.text == "#" and (after is None or after.text not in macro.parameters):
            raise MacroError(f"'#' in macro '{macro.name}' is not followed by a parameter")
        if token.text == "__VA_OPT__" and macro.variadic:
            raise MacroError(f"'__VA_OPT__' in macro '{macro.name}' is not C11")


def _keep_operand(pending: list[_Item], out: list[_Item]) -> None:
    """Move the operand of `defined` over, unexpanded (C11 6.10.1p4)."""
    parenthesis = bool(pending) and pending[-1][0].text == "("
    for _ in range(2 if parenthesis else 1):
        if pending and (pending[-1][0].kind == NAME or pending[-1][0].text == "("):
            out.append(pending.pop())


def _respaced(operand: list[_Item], place: Token) -> list[_Item]:
    """The operand with the white space that its place in the replacement list has."""
    if not operand or operand[0][0].spaced == place.spaced:
        return operand
    (first, hide), *rest = operand
    return [(Token(first.kind, first.text, first.line, place.spaced), hide), *rest]


def _stringize(place: Token, argument: list[_Item]) -> Token:
    text = ""
    for token, _ in argument:
        word = token.text
        if token.kind in {STRING, CHAR}:
            word = word.replace("\\", "\\\\").replace('"', '\\"')
        text += " " + word if token.spaced and text else word
        if len(text) > MAX_WORD:
            raise MacroError(f"'#' gives a string of more than {MAX_WORD} characters")
    return Token(STRING, f'"{text}"', place.line, place.spaced)


def _pasted(left: Token, right: Token) -> Token:
    result = paste(left, right)
    if result is None:
        raise MacroError(f"pasting '{shorten(left.text)}' and '{shorten(right.text)}' gives no single token")
    return result
