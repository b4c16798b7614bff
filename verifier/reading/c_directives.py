"""Follows the directives of headers, one file after the other, with one macro table (C11 6.10)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from itertools import zip_longest

from verifier.layout.errors import InputError
from verifier.layout.origin import Origin
from verifier.reading.c_builtins import builtin_macros, never_defined
from verifier.reading.c_comments import Span
from verifier.reading.c_conditions import NONE, ConditionError, Groups, Judge, Names, Verdict
from verifier.reading.c_expression import ExpressionError
from verifier.reading.c_macros import Expander, Macro, MacroError, parse_define
from verifier.reading.c_tokens import (
    NAME,
    NUMBER,
    STRING,
    Directive,
    Scan,
    Token,
    decode,
    scan,
    shorten,
    spell,
)

MAX_MACROS = 5_000  # defined at one time; xen.h and arch-arm.h have 450; each costs about 30 us

PREFIX = "GUEST_"
"""What the names of the macros begin with that are worth a report."""

CONDITIONS = frozenset({"if", "ifdef", "ifndef", "elif", "elifdef", "elifndef", "else", "endif"})
_INCLUDES = frozenset({"include", "include_next", "import"})
_IGNORED = frozenset({"warning", "ident", "sccs", "line"})
_STACKED = re.compile(r"\b(push|pop)_macro\s*\(\s*\\?\"\s*(\w+)")
_OPERATOR = re.compile(r"\b_Pragma\b[^\n]*")


class DirectiveReader:
    """The macros of the files read so far, and the definitions that other builds may lack."""

    def __init__(
        self, arch: str, view: str, changes: Mapping[str, int], known: frozenset[str] = NONE
    ) -> None:
        self.changes = changes
        self.known = known
        """Base names of the files that may be included."""
        self.names = Names(
            {macro.name: macro for macro in builtin_macros(arch, view)}, {*never_defined(arch, view)}
        )
        self.expander = Expander(self.names.table)
        self.scans: dict[str, Scan] = {}
        self.spans: dict[Origin, Span] = {}
        self.conditionals: dict[tuple[str, Origin], frozenset[str]] = {}
        self._judge = Judge(self.names, self.expander)
        self._groups = Groups()
        self.unread: dict[str, Origin] = {}
        """Base names of files that companions include and nobody gave, and where."""
        self._file = ""
        self._companion = False
        self._pieces = 0

    def read(self, data: bytes, file: str, *, companion: bool = False) -> None:
        """Follow the directives of one file; InputError.

        A companion may include files that nobody gave: they are noted in `unread`. What the header
        itself includes could hold part of the layout, so there it is a fault.
        """
        self._file, self._groups, self._companion = file, Groups(), companion
        found = self.scans[file] = scan(decode(data, file), file, self._pieces)
        self._check_operators(found.text)
        directives = found.directives
        self._pieces += found.pieces
        for directive, after in zip_longest(directives, directives[1:]):
            try:
                self._follow(directive, after)
            except (MacroError, ExpressionError, ConditionError) as error:
                raise InputError(str(error), file, directive.line) from None
        if self._groups.now.line:
            raise InputError("'#if' has no '#endif'", file, self._groups.now.line)

    def enter(self, macro: Macro, names: frozenset[str] = NONE) -> None:
        """Define a macro in a group that hangs on the undecided `names`; MacroError."""
        table = self.names.table
        if macro.name in self.changes and macro.parameters is None:
            number = Token(NUMBER, f"{self.changes[macro.name]:#x}ULL", macro.origin.line, True)
            macro = replace(macro, body=(number,), written=macro.body)
        old = table.get(macro.name)
        if old is not None and not old.builtin:
            if old.same(macro):
                self.names.doubt(macro.name, names)
                return
            macro = replace(macro, previous=old.origin)
        self.names.define(macro, names)
        if len(table) > MAX_MACROS:
            raise MacroError(f"more than {MAX_MACROS} macros are defined")

    def note(self, macro: Macro, names: frozenset[str]) -> None:
        """Remember that the definition, or the value, of a macro hangs on undecided `names`."""
        key = (macro.name, macro.origin)
        old = self.conditionals.get(key, NONE)
        self.conditionals[key] = names if old <= names else old | names

    def _follow(self, directive: Directive, after: Directive | None) -> None:
        if not directive.tokens or directive.tokens[0].kind == NUMBER:
            return  # C11 6.10.7, or a line marker that a preprocessor left
        name, rest, now = directive.tokens[0].text, directive.tokens[1:], self._groups.now
        if name in CONDITIONS:
            self._branch(name, rest, directive, after)
        elif name == "define" and not now.dead:
            self._define(rest, directive)
        elif name == "undef" and not now.dead:
            self._undefine(rest)
        elif now.active:
            self._other(name, rest)

    def _branch(
        self, name: str, rest: tuple[Token, ...], directive: Directive, after: Directive | None
    ) -> None:
        groups = self._groups
        if name.startswith("if"):
            now = groups.now
            verdict = Verdict(False) if now.dead else self._verdict(name, rest, needed=now.active)
            groups.open(directive.line, verdict, guard=verdict.holds and _is_guard(directive, after))
        elif name == "endif":
            groups.close()
        else:
            around, now = groups.before_turn(name)
            dead, needed = around.dead or now.closed, around.active and not now.taken
            groups.turn(name, Verdict(False) if dead else self._verdict(name, rest, needed=needed))

    def _verdict(self, name: str, rest: tuple[Token, ...], *, needed: bool) -> Verdict:
        """The verdict on a condition; its faults count only if it is `needed` here."""
        if name == "else":
            return Verdict(True)
        if name in {"if", "elif"}:
            if not needed:
                return self._judge.lenient(rest)
            try:
                return self._judge.judge(rest)
            except (MacroError, ExpressionError) as error:
                raise ConditionError(f"{error} in '#{name}'") from None
        if not rest or rest[0].kind != NAME:
            if needed:
                raise ConditionError(f"'#{name}' needs a macro name")
            return Verdict(False, certain=False)
        verdict = self._judge.judge((Token(NAME, "defined", rest[0].line, True), rest[0]))
        return replace(verdict, holds=not verdict.holds) if name.endswith("ndef") else verdict

    def _define(self, rest: tuple[Token, ...], directive: Directive) -> None:
        now, origin = self._groups.now, Origin(self._file, directive.line)
        try:
            macro = parse_define(rest, origin)
        except MacroError:
            if now.active:
                raise
            return
        guest = macro.name.startswith(PREFIX) and macro.parameters is None
        if guest:
            self.spans[origin] = Span(directive.line, directive.last_line, macro.name)
        if guest and now.names:
            self.note(macro, now.names)
        if now.active:
            self.enter(macro, now.names)
        else:
            self.names.doubt(macro.name, now.names)

    def _undefine(self, rest: tuple[Token, ...]) -> None:
        now = self._groups.now
        wrong = not rest or rest[0].kind != NAME or rest[0].text == "defined"
        if now.active and wrong:
            raise ConditionError("'#undef' needs a macro name")
        macro = None if wrong else self.names.table.get(rest[0].text)
        if now.names and macro is not None and macro.name.startswith(PREFIX) and macro.parameters is None:
            self.note(macro, now.names)
        if now.active:
            self.names.undefine(rest[0].text, now.names)
        elif not wrong:
            self.names.doubt(rest[0].text, now.names)

    def _other(self, name: str, rest: tuple[Token, ...]) -> None:
        text = shorten(spell(rest))
        if name == "error":
            raise ConditionError(f"'#error{' ' if text else ''}{text}' is reached")
        if name in _INCLUDES:
            self._include(name, rest, text)
        elif name == "pragma":
            self._check_stacked(spell(rest))
        elif name not in _IGNORED:
            raise ConditionError(f"'#{shorten(name)}' is no directive of C")

    def _include(self, name: str, rest: tuple[Token, ...], text: str) -> None:
        wanted = ""
        if rest and rest[0].kind == STRING and rest[0].text[0] == '"':
            wanted = rest[0].text[1:-1]
        elif rest and rest[0].text == "<" and ">" in text:
            wanted = text[1 : text.index(">")]
        base = base_name(wanted)
        if not base:
            raise ConditionError(f"'#{name} {text}' names no file; write it in quotes")
        if base not in self.known and self._companion:
            self.unread.setdefault(base, Origin(self._file, rest[0].line))
        elif base not in self.known:
            raise ConditionError(f"'#{name} {text}' is not followed; give the file with --with {base}")

    def _check_operators(self, text: str) -> None:
        """InputError when a `_Pragma` in the text saves or restores a macro that counts."""
        for found in _OPERATOR.finditer(text) if "_Pragma" in text else ():
            try:
                self._check_stacked(found[0])
            except ConditionError as error:
                line = text.count("\n", 0, found.start()) + 1
                raise InputError(str(error), self._file, line) from None

    def _check_stacked(self, text: str) -> None:
        """ConditionError when a pragma saves or restores a macro: GUEST_*, or one that is defined."""
        for found in _STACKED.finditer(text):
            if not found[2].startswith(PREFIX) and found[2] not in self.names.table:
                continue
            raise ConditionError(f"'{found[1]}_macro' of '{shorten(found[2])}' is not followed")


def base_name(file: str) -> str:
    """The last part of a file name."""
    return file.replace("\\", "/").rpartition("/")[2]


def _is_guard(directive: Directive, after: Directive | None) -> bool:
    """Whether an `#ifndef X` (or `#if !defined(X)`) and the directive after it are an include guard.

    The macro must be empty or 1, and empty if it is a `GUEST_` one: else it is not a guard but a
    default, which a build may override.
    """
    if after is None or not after.bare or len(after.tokens) < 2 or after.tokens[0].text != "define":
        return False
    name = after.tokens[1].text
    words = [token.text for token in directive.tokens]
    if words not in (["ifndef", name], ["if", "!", "defined", name], ["if", "!", "defined", "(", name, ")"]):
        return False
    value = [token.text for token in after.tokens[2:]]
    return not value or (value == ["1"] and not name.startswith(PREFIX))
