"""Lines of C as units: directives, comments, blank lines and the rest, each with the lines it takes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from verifier.layout.define import Number
from verifier.layout.errors import InputError
from verifier.layout.origin import Origin
from verifier.reading.c_directives import CONDITIONS
from verifier.reading.c_header import evaluate_defines
from verifier.reading.c_tokens import NAME, Token, scan, spell, tokenize

DEFINE, UNDEF, CONDITION, DIRECTIVE = "define", "undef", "condition", "directive"
COMMENT, BLANK, CODE = "comment", "blank", "code"
_MARK = re.compile(r"/\*|\*/")


@dataclass(frozen=True, slots=True)
class Unit:
    """Lines `first` to `last`, counting from 0 and inclusive, that belong together."""

    kind: str
    first: int
    last: int
    name: str = ""
    """Of the macro, for `#define` and `#undef`."""
    tokens: tuple[Token, ...] = ()
    """Of a `#define`, all behind the name."""

    @property
    def words(self) -> tuple[str, ...]:
        """What the replacement says, without white space and comments."""
        return tuple(token.text for token in self.tokens)


def units_of(texts: Sequence[str], origins: Sequence[Origin]) -> tuple[Unit, ...]:
    """The units of a piece of a header, in order; it may begin or end within a comment.

    Raises InputError at the origin of the line where it is no C.
    """
    if not texts:
        return ()
    pieces = list(texts)
    marks = _MARK.findall("\n".join(pieces))
    if marks[:1] == ["*/"]:
        pieces[0] = "/*" + pieces[0]
    if _open_at_end("\n".join(pieces)):
        pieces[-1] += "*/"
    try:
        found = scan("\n".join(pieces), origins[0].file)
    except InputError as error:
        place = origins[min(error.line or 1, len(origins)) - 1]
        raise InputError(error.message, place.file, place.line) from None
    taken: dict[int, Unit] = {}
    for directive in found.directives:
        unit = _unit(directive.tokens, directive.line - 1, directive.last_line - 1)
        taken |= dict.fromkeys(range(unit.first, unit.last + 1), unit)
    for comment in found.comments:
        first, last = comment.line - 1, comment.last_line - 1
        if first not in taken and not pieces[first].partition("/")[0].strip():
            unit = Unit(COMMENT, first, last)
            taken |= {at: unit for at in range(first, last + 1) if at not in taken}
    rest = (taken.get(at) or Unit(CODE if text.strip() else BLANK, at, at) for at, text in enumerate(pieces))
    return tuple({(unit.first, unit.kind): unit for unit in rest}.values())


def _open_at_end(text: str) -> bool:
    start, end = text.rfind("/*"), text.rfind("*/")
    return start > end


def _unit(tokens: tuple[Token, ...], first: int, last: int) -> Unit:
    word = tokens[0].text if tokens else ""
    named = len(tokens) > 1 and tokens[1].kind == NAME
    if word in {DEFINE, UNDEF} and named:
        return Unit(word, first, last, tokens[1].text, tokens[2:])
    return Unit(CONDITION if word in CONDITIONS else DIRECTIVE, first, last)


Value = int | tuple[int, ...]


def value_of(text: str, table: Mapping[str, Unit], origin: Origin) -> Value | None:
    """The value of a replacement text where `table` has the other macros; None if it is no number."""
    needed: dict[str, tuple[str, Origin]] = {}
    pending = [text]
    try:
        while pending:
            for token in tokenize(pending.pop(), origin.file, origin.line):
                other = table.get(token.text) if token.kind == NAME else None
                if other is not None and token.text not in needed:
                    needed[token.text] = (spell(other.tokens), origin)
                    pending.append(needed[token.text][0])
        own = "VALUE_OF_TEXT"
        defines = evaluate_defines({**needed, own: (text, origin)})
    except InputError:
        return None
    value = next(define.value for define in defines if define.name == own)
    return value.value if isinstance(value, Number) else tuple(each.value for each in value)
