"""Xen's boot log: what `xl dmesg` or a serial line shows, of releases from 4.16 on.

Numbers are printed with `%#PRIx64`, so zero is a bare `0`. Ends of banks and regions are exclusive, of `RAM:` inclusive.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from verifier.layout.boot import BootLog, DomainLog, Printed, Stretch, Trouble
from verifier.layout.errors import InputError
from verifier.layout.units import span
from verifier.reading.log_lines import TROUBLES, messages

MOST_BYTES = 1 << 26
MOST_DOMAINS = 1 << 10
MOST_ITEMS = 1 << 12
"""Banks or regions of one domain; Xen has at most 256."""
_HEX = r"((?:0x)?[0-9a-fA-F]{1,16})"
_DOMAIN = r"(d\d{1,5})"


@dataclass(slots=True)
class _Domain:
    """A domain while its lines are read: index to stretch."""

    banks: dict[int, Stretch] = field(default_factory=dict)
    static_banks: dict[int, Stretch] = field(default_factory=dict)
    extended: dict[int, Stretch] = field(default_factory=dict)
    grant_table: Stretch | None = None
    tree: Stretch | None = None
    without: Trouble | None = None


def read_boot_log(content: bytes, file: str) -> BootLog:
    """The values of a log. Bytes that are no UTF-8 are passed over.

    Raises InputError, with both lines, where a log says two different things, where a numbered line is missing
    before another, where a line of a known kind is garbled, and for a log without any line of Xen's.
    """
    if len(content) > MOST_BYTES:
        raise InputError(f"a log of {len(content)} bytes; at most {MOST_BYTES} are read", file)
    reader = _Reader(file)
    for number, text in messages(content.decode("utf-8", "replace")):
        reader.line(text, number)
    return reader.result()


class _Reader:
    def __init__(self, file: str) -> None:
        self._file = file
        self._once: dict[str, tuple[object, int]] = {}
        self._domains: dict[str, _Domain] = {}
        self._image: Stretch | None = None
        self._memory: dict[tuple[int, int], Stretch] = {}
        self._troubles: list[Trouble] = []
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
                raise InputError(f"garbled line: {text[:80]!r}", self._file, number)
            self._known += 1
            take(self, match, number)
            return
        self._trouble(text.strip(), number, blank=blank)

    def result(self) -> BootLog:
        """The log, once all lines were taken."""
        if not self._known:
            raise InputError("no boot log of Xen: none of its lines was found", self._file)
        ipa, pa = self._once.get("ipa"), self._once.get("pa")
        return BootLog(
            self._file,
            version=self._text("version"),
            debug=self._truth("debug"),
            command_line=self._text("command line"),
            ipa_bits=_printed(ipa),
            pa_bits=_printed(pa),
            iommu=self._truth("I/O virtualisation"),
            image=self._image,
            memory=tuple(self._memory.values()),
            cpus=_printed(self._once.get("processors")),
            its="ITS" in self._once,
            domains=tuple(
                self._domain(name) for name in sorted(self._domains, key=lambda name: int(name[1:]))
            ),
            troubles=tuple(self._troubles),
            lines=self._count,
        )

    def _domain(self, name: str) -> DomainLog:
        found = self._domains[name]
        return DomainLog(
            name,
            self._listed(found.banks, f"bank {{}} of {name}"),
            self._listed(found.static_banks, f"static bank {{}} of {name}"),
            found.grant_table,
            self._listed(found.extended, f"extended region {{}} of {name}"),
            found.without,
            self._last != name,
            found.tree,
        )

    def _listed(self, items: dict[int, Stretch], what: str) -> tuple[Stretch, ...]:
        """By index; a gap means that lines were lost."""
        for expected, index in enumerate(sorted(items)):
            if index != expected:
                raise InputError(
                    f"{what.format(expected)} is missing, {index} is there", self._file, items[index].line
                )
        return tuple(items[index] for index in sorted(items))

    def _text(self, what: str) -> str | None:
        found = self._once.get(what)
        return None if found is None else str(found[0])

    def _truth(self, what: str) -> bool | None:
        found = self._once.get(what)
        return None if found is None else bool(found[0])

    def _say(self, what: str, value: object, number: int) -> None:
        """Something that a log says once, or twice alike."""
        known = self._once.setdefault(what, (value, number))
        if known[0] != value:
            raise InputError(
                f"two values of {what}: {known[0]} in line {known[1]}, {value} in line {number}",
                self._file,
                number,
            )

    def _of(self, name: str, number: int) -> _Domain:
        if name not in self._domains and len(self._domains) >= MOST_DOMAINS:
            raise InputError(f"more than {MOST_DOMAINS} domains", self._file, number)
        return self._domains.setdefault(name, _Domain())

    def _stretch(self, start: str, end: str, number: int) -> Stretch:
        found = Stretch(int(start, 16), int(end, 16), number)
        if found.end < found.start:
            raise InputError(f"{span(found.start, found.end)} ends before it starts", self._file, number)
        return found

    def _item(self, items: dict[int, Stretch], index: str, found: Stretch, what: str) -> None:
        at = int(index)
        if at >= MOST_ITEMS:
            raise InputError(f"{what} {at}; Xen has fewer than {MOST_ITEMS}", self._file, found.line)
        known = items.setdefault(at, found)
        if (known.start, known.end) != (found.start, found.end):
            raise InputError(
                f"two values of {what} {at}: {known} in line {known.line}, {found} in line {found.line}",
                self._file,
                found.line,
            )

    # One method a form; `match` is that of its pattern.

    def version(self, match: re.Match[str], number: int) -> None:
        self._say("version", match[1], number)
        if match[2]:
            self._say("debug", match[2] == "y", number)

    def command_line(self, match: re.Match[str], number: int) -> None:
        self._say("command line", match[1], number)

    def widths(self, match: re.Match[str], number: int) -> None:
        self._say("ipa", int(match[1]), number)
        if match[2]:
            self._say("pa", int(match[2]), number)

    def io(self, match: re.Match[str], number: int) -> None:
        self._say("I/O virtualisation", match[1] == "en", number)

    def image(self, match: re.Match[str], number: int) -> None:
        found = self._stretch(match[1], match[2], number)
        self._say("where Xen lies", span(found.start, found.end + 1), number)
        self._image = self._image or Stretch(found.start, found.end + 1, number)

    def processors(self, match: re.Match[str], number: int) -> None:
        self._say("processors", int(match[1]), number)

    def its(self, _match: re.Match[str], number: int) -> None:
        self._once.setdefault("ITS", (True, number))

    def tree(self, match: re.Match[str], number: int) -> None:
        self._of(match[1], number).tree = self._stretch(match[2], match[3], number)

    def ram(self, match: re.Match[str], number: int) -> None:
        found = self._stretch(match[1], match[2], number)
        if len(self._memory) >= MOST_ITEMS:
            raise InputError(f"more than {MOST_ITEMS} banks of host memory", self._file, number)
        end = found.end + 1
        self._memory.setdefault((found.start, end), Stretch(found.start, end, number))

    def loading(self, match: re.Match[str], number: int) -> None:
        self._current = "d0" if match[1] == "AIN 0" else ""
        if self._current:
            self._of(self._current, number)

    def building(self, match: re.Match[str], number: int) -> None:
        self._current = "d0" if match[1] == "dom0" else match[1]
        self._of(self._current, number)

    def bank(self, match: re.Match[str], number: int) -> None:
        name = match[1] or self._whose(number)
        found = self._stretch(match[3], match[4], number)
        self._item(self._of(name, number).banks, match[2], found, f"bank of {name}")

    def static_bank(self, match: re.Match[str], number: int) -> None:
        found = self._stretch(match[3], match[4], number)
        self._item(self._of(match[1], number).static_banks, match[2], found, f"static bank of {match[1]}")

    def grant_table(self, match: re.Match[str], number: int) -> None:
        domain = self._of(self._whose(number), number)
        found = self._stretch(match[1], match[2], number)
        known = domain.grant_table or found
        if (known.start, known.end) != (found.start, found.end):
            raise InputError(
                f"two values of the grant table range: {known} in line {known.line}, {found} in line {number}",
                self._file,
                number,
            )
        domain.grant_table = known

    def region(self, match: re.Match[str], number: int) -> None:
        name = match[1] or "d0"  # 4.16, which gives them to dom0 alone, does not say whose they are
        found = self._stretch(match[3], match[4], number)
        self._item(self._of(name, number).extended, match[2], found, f"extended region of {name}")
        self._last = name

    def _whose(self, number: int) -> str:
        if not self._current:
            raise InputError("a line of a domain before the log says which", self._file, number)
        return self._current

    def _trouble(self, text: str, number: int, *, blank: bool) -> None:
        if self._awaited and not blank:
            self._awaited = False
            self._troubles.append(Trouble("panic", text, number))
            return
        for kind, pattern in TROUBLES:
            match = pattern.search(text)
            if match is None or len(self._troubles) >= MOST_ITEMS:
                continue
            if kind == "panic":
                self._awaited = True
                return
            trouble = Trouble(kind, text, number)
            self._troubles.append(trouble)
            if kind == "no-regions":
                domain = self._of(match[1] or "d0", number)
                domain.without = domain.without or trouble
            return


def _printed(found: tuple[object, int] | None) -> Printed | None:
    if found is None:
        return None
    value, line = found
    assert isinstance(value, int)
    return Printed(value, line)


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
            ("Xen version ", r"(\S+)(?: .*?\bdebug=([yn])| |$)", _Reader.version),
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
