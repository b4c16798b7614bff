"""The syntax of xl's configurations: assignments as libxlu's parser has them (tools/libs/util/libxlu_cfg_y.y).

    name = value        the last assignment of a name holds; xl says nothing of the others
    name += value       joined to what the name had: strings to a string, lists to a list

A value is a string in quotes, a number (which is a string to libxlu), or a list of values in brackets, over several
lines if need be and with a comma behind the last. Statements end with the line or with `;`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NoReturn

from verifier.layout.errors import InputError
from verifier.layout.origin import Origin
from verifier.layout.units import size, sized
from verifier.reading.xl_tokens import ADD, END, NAME, NEWLINE, NUMBER, STRING, Token, fault, tokens

MOST_BYTES = 1 << 20
"""Of a file; xl itself has no such bound."""
_MOST_SYMBOLS = 9998
"""What bison's stack holds (YYMAXDEPTH less its first state and one to spare)."""


@dataclass(frozen=True, slots=True)
class Text:
    """A string or number."""

    text: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class Values:
    """A list."""

    items: tuple[Text | Values, ...]
    origin: Origin


Value = Text | Values


@dataclass(frozen=True, slots=True)
class Setting:
    """What a name is given by one statement."""

    name: str
    value: Value
    origin: Origin
    added: bool
    """By `+=`."""


@dataclass(frozen=True, slots=True)
class Settings:
    """A file."""

    file: str
    statements: tuple[Setting, ...]
    """All of them, in order."""
    latest: Mapping[str, Setting]
    """What holds of each name, in the order of their first statements: the last one, joined to what it adds to."""
    dropped: Text | None = None
    """A last byte that means nothing, and that xl does not miss: the M of a file that ends in `memory = 512M`."""


def parse(data: bytes, file: str) -> Settings:
    """The statements of a file of any bytes.

    Raises InputError, with line and column, at the first thing that makes libxlu refuse it.
    """
    if len(data) > MOST_BYTES:
        raise InputError(f"the file has {sized(len(data))}, which is more than {size(MOST_BYTES)}", file)
    return _Parser(data.decode("utf-8", "surrogateescape"), file).statements()


class _Parser:
    """One pass over the tokens, one token ahead; lists are kept on a stack of their own, so that none is too deep."""

    def __init__(self, text: str, file: str) -> None:
        self._file = file
        self._tokens: Iterator[Token] = tokens(text, file)
        self._next = next(self._tokens)

    def statements(self) -> Settings:
        found: list[Setting] = []
        pieces: dict[str, list[Setting]] = {}
        while self._next.kind != END:
            if self._next.kind == NAME:
                found.append(self._assignment(pieces))
                if self._next.kind == END:
                    break
            if self._next.kind not in (NEWLINE, ";"):
                self._fail('the end of a line or ";"' if found else "a name in lower case")
            self._take()
        latest = {name: _joined(parts) for name, parts in pieces.items()}
        dropped = Text(self._next.text, self._origin(self._next)) if self._next.text else None
        return Settings(self._file, tuple(found), latest, dropped)

    def _take(self) -> Token:
        """What is next, of which more is known than that it is not the end."""
        taken = self._next
        self._next = next(self._tokens)
        return taken

    def _fail(self, wanted: str) -> NoReturn:
        raise fault(f"{self._next} where xl expects {wanted}", self._file, self._next)

    def _origin(self, token: Token) -> Origin:
        return Origin(self._file, token.line)

    def _assignment(self, pieces: dict[str, list[Setting]]) -> Setting:
        name = self._take()
        if self._next.kind not in ("=", ADD):
            self._fail(f'"=" or "+=" behind {name}')
        added = self._take().kind == ADD
        setting = Setting(name.text, self._value(), self._origin(name), added)
        before = pieces.get(name.text)
        if not added or before is None:
            pieces[name.text] = [setting]
            return setting
        if type(before[0].value) is not type(setting.value):
            kinds = ("a list", "a string")[:: 1 if isinstance(setting.value, Values) else -1]
            line = before[0].origin.line
            message = f"{kinds[0]} cannot be added to {name}, which is {kinds[1]} since line {line}"
            raise fault(message, self._file, name)
        before.append(setting)
        return setting

    def _value(self) -> Value:
        """An atom, or a list with all that is in it."""
        if self._next.kind != "[":
            return self._atom('a string, a number or "["')
        opened: list[_Open] = []
        below = 3  # statements, name, "="
        while True:
            while self._next.kind == "[":
                opened.append(_Open(self._origin(self._next), below + 2))
                self._check(opened[-1].symbols + 2)
                self._take()
                self._newlines(opened[-1].symbols)
                below = opened[-1].symbols
            if self._next.kind != "]":
                opened[-1].items.append(self._atom('a value or "]"'))
                self._between(opened[-1])
            while self._next.kind == "]":
                done = opened.pop()
                self._take()
                value = Values(tuple(done.items), done.origin)
                if not opened:
                    return value
                opened[-1].items.append(value)
                self._between(opened[-1])
            below = opened[-1].symbols + 3  # the values so far, ",", ends of lines

    def _between(self, within: _Open) -> None:
        """What stands behind a value: ends of lines, and a comma unless the list ends."""
        symbols = within.symbols + (2 if len(within.items) == 1 else 5)
        self._check(symbols)
        self._newlines(symbols)
        if self._next.kind == "]":
            return
        if self._next.kind != ",":
            self._fail('"," or "]"')
        self._take()
        self._newlines(within.symbols + 3)

    def _newlines(self, symbols: int) -> None:
        while self._next.kind == NEWLINE:
            self._check(symbols + 1)
            self._take()

    def _check(self, symbols: int) -> None:
        if symbols > _MOST_SYMBOLS:
            raise fault("lists within lists, deeper than xl has memory for", self._file, self._next)

    def _atom(self, wanted: str) -> Text:
        if self._next.kind not in (STRING, NUMBER):
            self._fail(wanted)
        token = self._take()
        return Text(token.text, self._origin(token))


def _joined(parts: list[Setting]) -> Setting:
    """The last of several, with the values of all."""
    last = parts[-1]
    texts = [part.value.text for part in parts if isinstance(part.value, Text)]
    items = [item for part in parts if isinstance(part.value, Values) for item in part.value.items]
    whole = Text("".join(texts), last.origin) if texts else Values(tuple(items), last.origin)
    return Setting(last.name, whole, last.origin, last.added)


class _Open:
    """A list not yet closed."""

    def __init__(self, origin: Origin, symbols: int) -> None:
        self.origin = origin
        self.symbols = symbols
        """On bison's stack, up to the ends of lines behind its bracket."""
        self.items: list[Value] = []
