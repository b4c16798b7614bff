"""Xen's boot log: what `xl dmesg` or a serial line shows, of releases from 4.16 on.

Numbers are printed with `%#PRIx64`, so zero is a bare `0`. Ends of banks and regions are exclusive, of `RAM:` inclusive.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from verifier.layout.boot import BootLog, Stretch, Trouble
from verifier.layout.errors import InputError
from verifier.layout.units import span
from verifier.reading.log_lines import TROUBLES, messages
from verifier.reading.log_record import MOST_ITEMS, Record

MOST_BYTES = 1 << 26
MOST_LINES = 1_000_000
"""Of a serial log of days; each takes time and memory, be it blank."""
_HEX = r"((?:0x)?[0-9a-fA-F]{1,16})"
_DOMAIN = r"(d\d{1,5})"


def read_boot_log(content: bytes, file: str) -> BootLog:
    """The values of a log. Bytes that are no UTF-8 are passed over.

    Raises InputError, with both lines, where a log says two different things, where a numbered line is missing
    before another, where a line of a known kind is garbled, and for a log without any line of Xen's.
    """
    if len(content) > MOST_BYTES:
        raise InputError(f"a log of {len(content)} bytes; at most {MOST_BYTES} are read", file)
    many = InputError(f"a log of more than {MOST_LINES} lines: give those of one boot", file)
    if content.count(b"\n") + content.count(b"\r") > 2 * MOST_LINES:
        raise many
    reader = _Reader(file)
    for count, (number, text) in enumerate(messages(content.decode("utf-8", "replace")), start=1):
        if count > MOST_LINES:  # in one line there may be several
            raise many
        reader.line(text, number)
    return reader.result()


class _Reader:
    """Takes the messages one by one; knows whose they are."""

    def __init__(self, file: str) -> None:
        self._record = Record(file)
        self._current = "d0"
        self._awaited = False
        self._last: str | None = None
        self._known = 0
        self._count = 0

    def line(self, text: str, number: int) -> None:
        """Take one message."""
        self._count += 1
        blank = not text.strip() or set(text.strip()) == {"*"}
        if not blank:
            self._last = None
        for begin, whole, take in _FORMS:
            if not begin.match(text):
                continue
            match = whole.match(text)
            if match is None:
                raise self._record.fault(f"garbled line: {text[:80]!r}", number)
            self._known += 1
            take(self, match, number)
            return
        self._trouble(text.strip(), number, blank=blank)

    def result(self) -> BootLog:
        """The log, once all lines were taken."""
        if not self._known:
            raise self._record.fault("no boot log of Xen: none of its lines was found")
        return self._record.log(self._count, self._last)

    def _stretch(self, start: str, end: str, number: int, *, inclusive: bool = False) -> Stretch:
        """`inclusive`: `end` is the last byte."""
        first, last = int(start, 16), int(end, 16)
        if last < first:
            raise self._record.fault(f"{span(first, last)} ends before it starts", number)
        return Stretch(first, last + inclusive, number)

    # One method a form; `match` is that of its pattern.

    def version(self, match: re.Match[str], number: int) -> None:
        self._record.say("version", match[1], number)
        if match[2]:
            self._record.say("packager", match[2], number)
        if match[3]:
            self._record.say("debug", match[3] == "y", number)

    def command_line(self, match: re.Match[str], number: int) -> None:
        self._record.say("command line", match[1], number)

    def widths(self, match: re.Match[str], number: int) -> None:
        self._record.say("ipa", int(match[1]), number)
        if match[2]:
            self._record.say("pa", int(match[2]), number)

    def io(self, match: re.Match[str], number: int) -> None:
        self._record.say("I/O virtualisation", match[1] == "en", number)

    def image(self, match: re.Match[str], number: int) -> None:
        self._record.image(self._stretch(match[1], match[2], number, inclusive=True))

    def processors(self, match: re.Match[str], number: int) -> None:
        self._record.say("processors", int(match[1]), number)

    def its(self, _match: re.Match[str], number: int) -> None:
        self._record.seen("ITS", number)

    def tree(self, match: re.Match[str], number: int) -> None:
        self._record.of(match[1], number).tree = self._stretch(match[2], match[3], number)

    def ram(self, match: re.Match[str], number: int) -> None:
        self._record.memory(self._stretch(match[1], match[2], number, inclusive=True))

    def loading(self, match: re.Match[str], number: int) -> None:
        self._current = "d0" if match[1] == "AIN 0" else ""
        if self._current:
            self._record.of(self._current, number)

    def building(self, match: re.Match[str], number: int) -> None:
        self._current = "d0" if match[1] == "dom0" else match[1]
        self._record.of(self._current, number)

    def bank(self, match: re.Match[str], number: int) -> None:
        name = match[1] or self._whose(number)
        found = self._stretch(match[3], match[4], number)
        self._record.item(self._record.of(name, number).banks, match[2], found, f"bank of {name}")

    def static_bank(self, match: re.Match[str], number: int) -> None:
        found = self._stretch(match[3], match[4], number)
        self._record.item(
            self._record.of(match[1], number).static_banks, match[2], found, f"static bank of {match[1]}"
        )

    def grant_table(self, match: re.Match[str], number: int) -> None:
        domain = self._record.of(self._whose(number), number)
        found = self._stretch(match[1], match[2], number)
        domain.grant_table = domain.grant_table or found
        self._record.same(domain.grant_table, found, "the grant table range")

    def region(self, match: re.Match[str], number: int) -> None:
        name = match[1] or "d0"  # 4.16, which gives them to dom0 alone, does not say whose they are
        found = self._stretch(match[3], match[4], number)
        self._record.item(
            self._record.of(name, number).extended, match[2], found, f"extended region of {name}"
        )
        self._last = name

    def _whose(self, number: int) -> str:
        if not self._current:
            raise self._record.fault("a line of a domain before the log says which", number)
        return self._current

    def _trouble(self, text: str, number: int, *, blank: bool) -> None:
        if self._awaited and not blank:
            self._awaited = False
            self._record.troubles.append(Trouble("panic", text, number))
            return
        for kind, pattern in TROUBLES:
            match = pattern.search(text)
            if match is None or len(self._record.troubles) >= MOST_ITEMS:
                continue
            if kind == "panic":
                self._awaited = True
                return
            trouble = Trouble(kind, text, number)
            self._record.troubles.append(trouble)
            if kind == "no-regions":
                domain = self._record.of(match[1] or "d0", number)
                domain.without = domain.without or trouble
            return


_FORMS: tuple[tuple[re.Pattern[str], re.Pattern[str], Callable[[_Reader, re.Match[str], int], None]], ...] = (
    tuple(
        (re.compile(begin), re.compile(begin + rest), take)
        for begin, rest, take in (
            (
                r"(?=(?:d\d+: e|E)xt(?!ended regions))",
                rf"(?:{_DOMAIN}: e|E)xtended region (\d{{1,5}}): {_HEX}->{_HEX}\s*$",
                _Reader.region,
            ),
            (
                r"(?=d\d+: STATIC)",
                rf"{_DOMAIN}: STATIC BANK\[(\d{{1,5}})\] {_HEX}-{_HEX}\s*$",
                _Reader.static_bank,
            ),
            (
                r"(?=(?:d\d+ )?BANK\[)",
                rf"(?:{_DOMAIN} )?BANK\[(\d{{1,5}})\] {_HEX}-{_HEX} \(\d+MB\)\s*$",
                _Reader.bank,
            ),
            ("Grant table range", rf": {_HEX}-{_HEX}\s*$", _Reader.grant_table),
            (r"P2M: (?=\d+-bit)", r"(\d{1,3})-bit IPA(?: with (\d{1,3})-bit PA.*)?\s*$", _Reader.widths),
            ("I/O virtualisation ", r"(en|dis)abled\s*$", _Reader.io),
            (r"MODULE\[(?=\d+\]: .* Xen\s*$)", rf"\d+\]: {_HEX} - {_HEX} Xen\s*$", _Reader.image),
            (r"RAM: (?=[0-9a-fA-F]{8})", rf"{_HEX} - {_HEX}\s*$", _Reader.ram),
            ("Xen version ", r"(\S+)(?= \((Debian) |)(?: .*?\bdebug=([yn])| |$)", _Reader.version),
            ("Command line: ", r"(.*?)\s*$", _Reader.command_line),
            (r"Brought up (?=\d)", r"(\d{1,4}) CPUs?\s*$", _Reader.processors),
            ("GICv3: Found ITS ", "@", _Reader.its),
            (r"Loading (?=d\d+ DTB)", rf"{_DOMAIN} DTB to {_HEX}-{_HEX}\s*$", _Reader.tree),
            (r"\*\*\* LOADING DOM", r"(AIN 0|U\b)", _Reader.loading),
            (r"Loading (?=d\d+ kernel)", _DOMAIN, _Reader.building),
            (
                r"Allocating (?=.*mappings)",
                r".*mappings totalling \d+MB for (dom0|d\d{1,5}):",
                _Reader.building,
            ),
        )
    )
)
"""How a line begins, what it then must hold, and what to do; the first that fits decides."""
