"""What a boot log has said so far: each thing once, or twice alike, and lists without gaps."""

from __future__ import annotations

from dataclasses import dataclass, field

from verifier.layout.boot import BootLog, DomainLog, Printed, Stretch, Trouble
from verifier.layout.errors import InputError
from verifier.layout.units import span

MOST_DOMAINS = 1 << 10
MOST_ITEMS = 1 << 12
"""Banks or regions of one domain; Xen has at most 256."""


@dataclass(slots=True)
class OfDomain:
    """What is said of a domain so far: index to stretch."""

    banks: dict[int, Stretch] = field(default_factory=dict)
    static_banks: dict[int, Stretch] = field(default_factory=dict)
    extended: dict[int, Stretch] = field(default_factory=dict)
    grant_table: Stretch | None = None
    tree: Stretch | None = None
    without: Trouble | None = None


class Record:
    """The values of a log while it is read; every method takes the number of the line that says so.

    They raise InputError, with both lines, for what contradicts an earlier line, and for more than Xen can have.
    """

    def __init__(self, file: str) -> None:
        self._file = file
        self._once: dict[str, tuple[object, int]] = {}
        self._domains: dict[str, OfDomain] = {}
        self._image: Stretch | None = None
        self._memory: dict[tuple[int, int], Stretch] = {}
        self.troubles: list[Trouble] = []

    def say(self, what: str, value: object, number: int) -> None:
        """Something that a log says once, or twice alike."""
        known = self._once.setdefault(what, (value, number))
        if known[0] != value:
            raise self._two(what, known[0], known[1], value, number)

    def seen(self, what: str, number: int) -> None:
        """Something that may be there any number of times."""
        self._once.setdefault(what, (True, number))

    def image(self, found: Stretch) -> None:
        """Where Xen lies."""
        self.say("where Xen lies", span(found.start, found.end), found.line)
        self._image = self._image or found

    def memory(self, found: Stretch) -> None:
        """A bank of the host."""
        if len(self._memory) >= MOST_ITEMS:
            raise self.fault(f"more than {MOST_ITEMS} banks of host memory", found.line)
        self._memory.setdefault((found.start, found.end), found)

    def of(self, name: str, number: int) -> OfDomain:
        """What is known of a domain, which is one of the log from now on."""
        if name not in self._domains and len(self._domains) >= MOST_DOMAINS:
            raise self.fault(f"more than {MOST_DOMAINS} domains", number)
        return self._domains.setdefault(name, OfDomain())

    def item(self, items: dict[int, Stretch], index: str, found: Stretch, what: str) -> None:
        """One of a numbered list of a domain."""
        at = int(index)
        if at >= MOST_ITEMS:
            raise self.fault(f"{what} {at}; Xen has fewer than {MOST_ITEMS}", found.line)
        self.same(items.setdefault(at, found), found, f"{what} {at}")

    def same(self, known: Stretch, found: Stretch, what: str) -> None:
        """Two lines about one thing."""
        if (known.start, known.end) != (found.start, found.end):
            raise self._two(what, known, known.line, found, found.line)

    def fault(self, says: str, number: int | None = None) -> InputError:
        """What is wrong with the log, or with a line of it."""
        return InputError(says, self._file, number)

    def log(self, lines: int, cut: str | None) -> BootLog:
        """The log, once all lines were taken; the regions of `cut` were the last thing that it said."""
        return BootLog(
            self._file,
            version=self._text("version"),
            packager=self._text("packager"),
            debug=self._truth("debug"),
            command_line=self._text("command line"),
            ipa_bits=self._printed("ipa"),
            pa_bits=self._printed("pa"),
            iommu=self._truth("I/O virtualisation"),
            image=self._image,
            memory=tuple(self._memory.values()),
            cpus=self._printed("processors"),
            its="ITS" in self._once,
            domains=tuple(
                self._domain(name, complete=name != cut)
                for name in sorted(self._domains, key=lambda name: int(name[1:]))
            ),
            troubles=tuple(self.troubles),
            lines=lines,
        )

    def _domain(self, name: str, *, complete: bool) -> DomainLog:
        found = self._domains[name]
        return DomainLog(
            name,
            self._listed(found.banks, f"bank {{}} of {name}"),
            self._listed(found.static_banks, f"static bank {{}} of {name}"),
            found.grant_table,
            self._listed(found.extended, f"extended region {{}} of {name}"),
            found.without,
            complete,
            found.tree,
        )

    def _listed(self, items: dict[int, Stretch], what: str) -> tuple[Stretch, ...]:
        """By index; a gap means that lines were lost."""
        for expected, index in enumerate(sorted(items)):
            if index != expected:
                raise self.fault(f"{what.format(expected)} is missing, {index} is there", items[index].line)
        return tuple(items[index] for index in sorted(items))

    def _text(self, what: str) -> str | None:
        found = self._once.get(what)
        return None if found is None else str(found[0])

    def _truth(self, what: str) -> bool | None:
        found = self._once.get(what)
        return None if found is None else bool(found[0])

    def _printed(self, what: str) -> Printed | None:
        found = self._once.get(what)
        if found is None:
            return None
        value, line = found
        assert isinstance(value, int)
        return Printed(value, line)

    def _two(self, what: str, known: object, line: int, found: object, number: int) -> InputError:
        return self.fault(f"two values of {what}: {known} in line {line}, {found} in line {number}", number)
