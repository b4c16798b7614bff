"""Text of a C header -> directives as tokens, and the comments (C11 5.1.1.2 phases 1 to 3, 6.4).

Only directive lines are turned into tokens; all other text is searched for comments, strings and
line starts, nothing more. Trigraphs are not replaced, as gcc does not replace them by default.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache

from verifier.layout.errors import InputError

MAX_BYTES = 1 << 20  # the largest public Xen header has 60 KiB
MAX_LINE = 65_535  # characters of a logical line: keeps the regex engine's own stack below 10 MB
MAX_PIECES = 80_000  # directives and comments count 3, tokens and strings 1: 2 us each; arch-arm.h has 1,300
MAX_WORD = 4_096  # characters of a token that `##` or `#` makes; C asks for 4,095 in a string

NAME, NUMBER, STRING, CHAR, PUNCTUATOR, OTHER = "name", "number", "string", "char", "punctuator", "other"

_LETTER = r"[^\x00-#%-@\[-^`{-\x7f]"  # letters, _, $ and all that is not ASCII; fast to compile
_BLANK = r"[ \t\f\v]"
_STRING = r'"[^"\\\n]*(?:\\.[^"\\\n]*)*'
_CHAR = r"'[^'\\\n]*(?:\\.[^'\\\n]*)*"
_SPLICE = re.compile(rf"\\{_BLANK}*+(?:\n|\Z)")
_HASH = re.compile(rf"{_BLANK}*+(?:\#|%:)")
_LONG_LINE = re.compile(rf"^[^\n]{{{MAX_LINE + 1}}}", re.MULTILINE)
_BORING = re.compile(  # up to the next directive, comment or string; the bound is for memory
    rf"""[^/"'\n]*(?:(?:\n(?!{_BLANK}*+(?:\#|%:))|/(?![*/]))[^/"'\n]*){{0,4096}}"""
)
_QUOTED = re.compile(rf"""{_STRING}"?|{_CHAR}'?""")
_COMMENT = re.compile(r"/\*[\s\S]*?\*/|//[^\n]*")
_TOKEN = re.compile(
    rf"""(?P<blank>{_BLANK}*+)(?:
      (?P<end>\n|\Z)
    | (?P<comment>/\*[\s\S]*?\*/|//[^\n]*)
    | (?P<open>/\*)
    | (?P<string>(?:u8|[uUL])?{_STRING}(?P<closed>")?)
    | (?P<char>(?:[uUL])?{_CHAR}(?P<shut>')?)
    | (?P<name>{_LETTER}[^\x00-#%-/:-@\[-^`{{-\x7f]*+)
    | (?P<number>\.?[0-9][A-Za-z0-9_.$]*(?:(?<=[eEpP])[+-][A-Za-z0-9_.$]*)*)
    | (?P<punctuator>%:%:|\.\.\.|<<=|>>=|\#\#|<<|>>|<=|>=|==|!=|&&|\|\||->|\+\+|--|[-+*/%&|^]=|
        <:|:>|<%|%>|%:|[-+*/%&|^~!<>=?:;,.(){{}}\[\]\#])
    | (?P<other>[\s\S]))""",
    re.VERBOSE,
)
_DIGRAPHS = {"<:": "[", ":>": "]", "<%": "{", "%>": "}", "%:": "#", "%:%:": "##"}


@dataclass(frozen=True, slots=True)
class Token:
    """A preprocessing token; digraphs are kept as the punctuator they stand for."""

    kind: str
    text: str
    line: int
    """Physical line of the first character, counting from 1."""
    spaced: bool
    """White space or a comment stands before it."""


@dataclass(frozen=True, slots=True)
class Directive:
    """The tokens after the `#` of a directive line."""

    tokens: tuple[Token, ...]
    line: int
    """Physical line of the `#`."""
    last_line: int
    bare: bool
    """Nothing but blanks and comments stands between the directive before and this one."""


@dataclass(frozen=True, slots=True)
class RawComment:
    """A comment as written, with its delimiters, and its physical lines."""

    text: str
    line: int
    last_line: int


@dataclass(frozen=True, slots=True)
class Scan:
    """What a file holds: its directives, its comments and its text with `\\n` line ends."""

    directives: tuple[Directive, ...]
    comments: tuple[RawComment, ...]
    text: str
    pieces: int
    """What counts against MAX_PIECES."""


def decode(data: bytes, file: str) -> str:
    """Text with `\\n` line ends: UTF-8, else Latin-1; InputError when it is no text or too long."""
    if len(data) > MAX_BYTES:
        raise InputError(f"file of {len(data)} bytes is too large; the limit is {MAX_BYTES} bytes", file)
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        raise InputError("file is UTF-16, not a C header; save it as UTF-8", file, 1)
    if b"\0" in data:
        raise InputError("binary file, not a C header", file, data[: data.index(b"\0")].count(b"\n") + 1)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.removeprefix(b"\xef\xbb\xbf").decode("latin-1")
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


@lru_cache(maxsize=2)  # a header and a companion, which every view and every repair reads again
def scan(text: str, file: str, pieces: int = 0) -> Scan:
    """All directives and comments of a text with `\\n` line ends; InputError on the first fault.

    `pieces` is the sum of those of the files before.
    """
    return _Scanner(text, file, pieces).run()


def tokenize(text: str, file: str, line: int) -> tuple[Token, ...]:
    """The tokens of one piece of text, new lines as blanks, all said to stand on `line`."""
    flat = _SPLICE.sub("", text.replace("\r", "\n"))
    if len(flat) > MAX_LINE:
        raise InputError(f"text is longer than {MAX_LINE} characters", file, line)
    scanner, tokens, end = _Scanner(flat, file), list[Token](), -1
    try:
        while end < len(flat):
            part, end = scanner.lex(end + 1)
            tokens += part
    except InputError as error:
        raise InputError(error.message, file, line) from None
    return tuple(Token(token.kind, token.text, line, token.spaced) for token in tokens)


def paste(left: Token, right: Token) -> Token | None:
    """The one token that the two make when written without space; None when there is none."""
    text = left.text + right.text
    if len(text) > MAX_WORD:
        return None
    found = _TOKEN.match(text)
    if found is None or found.end() != len(text) or found.lastgroup in {None, "comment", "open", OTHER}:
        return None
    if OTHER in {left.kind, right.kind}:
        return None
    return Token(found.lastgroup or OTHER, text, left.line, left.spaced)


def spell(tokens: tuple[Token, ...] | list[Token]) -> str:
    """The tokens as text, one space where there was white space."""
    return "".join(" " + token.text if token.spaced else token.text for token in tokens).strip()


def shorten(text: str) -> str:
    """A text fit for a message: at most 60 characters, the rest as an ellipsis."""
    return text if len(text) <= 60 else text[:57] + "..."


def _end(pattern: re.Pattern[str], text: str, position: int) -> int:
    found = pattern.match(text, position)
    return found.end() if found else position


class _Scanner:
    """One pass over a text; lines are counted as the pass goes, so never from the start again."""

    def __init__(self, text: str, file: str, pieces: int = 0) -> None:
        self.file = file
        self.before = self.pieces = pieces
        self.original = text
        self.splices: list[int] = []  # offsets in `text`, ascending, where a line end was taken out
        self.text = self._join(text) if "\\" in text else text
        self.splices.append(len(text) + 1)  # never reached
        self.line = 1 + bisect_right(self.splices, 0)
        self.next_splice = self.splices[self.line - 1]
        self.counted = 0  # offset whose physical line is `line`
        self.directives: list[Directive] = []
        self.comments: list[RawComment] = []

    def run(self) -> Scan:
        if long := _LONG_LINE.search(self.text):
            raise self.fault(f"line is longer than {MAX_LINE} characters", long.start())
        text = self.text
        hashed = _HASH.match(text)
        position, bare, heads = 0, True, True
        while True:
            if hashed:
                position = self._directive(hashed.end(), bare)
                bare, heads, hashed = True, False, None
            start = _end(_BORING, text, position)
            bare = bare and not text[position:start].strip(" \t\f\v\n")
            if start == len(text):
                return Scan(
                    tuple(self.directives), tuple(self.comments), self.original, self.pieces - self.before
                )
            if text[start] == "\n":
                position, heads = start, True
                hashed = _HASH.match(text, start + 1)
            elif text[start] == "/":
                heads = self._heads(position, start, heads)
                position = self._comment(start)
                hashed = _HASH.match(text, position) if heads else None
            else:
                bare, heads = False, False
                position = _end(_QUOTED, text, start)
                self._count(1, position)

    def fault(self, message: str, offset: int) -> InputError:
        return InputError(message, self.file, self._line(offset))

    def lex(self, position: int) -> tuple[list[Token], int]:
        """The tokens from an offset to the end of the logical line, and the offset of that end."""
        tokens: list[Token] = []
        line, spaced = self._line(position), False
        text, match = self.text, _TOKEN.match
        while (found := match(text, position)) is not None:
            kind, start = found.lastgroup, found.end("blank")
            if kind == "end":
                break
            spaced = spaced or start > position
            position = found.end()
            if kind == "comment":
                self._comment(start)
                spaced = True
                continue
            if kind == "open":
                raise self.fault("unterminated comment", start)
            if start >= self.next_splice or line != self.line:
                line = self._line(start)
            word = text[start:position]
            if kind in {STRING, CHAR} and found["closed" if kind == STRING else "shut"] is None:
                kind = OTHER
            elif kind == PUNCTUATOR:
                word = _DIGRAPHS.get(word, word)
            tokens.append(Token(kind or OTHER, word, line, spaced))
            spaced = False
        self._count(len(tokens), position)
        return tokens, found.end("blank") if found else len(self.text)

    def _count(self, pieces: int, offset: int) -> None:
        self.pieces += pieces
        if self.pieces > MAX_PIECES:
            raise self.fault(
                f"more than {MAX_PIECES} directives, comments, strings and tokens in all", offset
            )

    def _directive(self, position: int, bare: bool) -> int:
        line = self._line(position - 1)
        tokens, end = self.lex(position)
        self.directives.append(Directive(tuple(tokens), line, self._line(end), bare))
        self._count(3, end)
        return end

    def _comment(self, start: int) -> int:
        """Note the comment that starts at an offset; its end."""
        found = _COMMENT.match(self.text, start)
        if found is None:
            raise self.fault("unterminated comment", start)
        line = self._line(start)
        self.comments.append(RawComment(found[0], line, self._line(found.end())))
        self._count(3, found.end())
        return found.end()

    def _heads(self, position: int, start: int, heads: bool) -> bool:
        """Whether only blanks and comments stand before `start` in its logical line.

        `position` is the end of the comment or other thing before; `heads` tells whether the same
        was true of it.
        """
        end_of_line = self.text.rfind("\n", position, start)
        between = self.text[max(position, end_of_line + 1) : start]
        return (heads or end_of_line >= 0) and not between.strip(" \t\f\v")

    def _join(self, text: str) -> str:
        """The text without backslash and line end; the places are kept in `splices`."""
        parts: list[str] = []
        position = length = 0
        for found in _SPLICE.finditer(text):
            parts.append(text[position : found.start()])
            length += found.start() - position
            position = found.end()
            self.splices.append(length)
        parts.append(text[position:])
        return "".join(parts)

    def _line(self, offset: int) -> int:
        """The physical line of an offset that is not before the last one asked for."""
        if offset > self.counted:
            self.line += self.text.count("\n", self.counted, offset)
            if offset >= self.next_splice:
                passed = bisect_right(self.splices, offset)
                self.line += passed - bisect_right(self.splices, self.counted)
                self.next_splice = self.splices[passed]
            self.counted = offset
        return self.line
