"""A patched header's numbers with the places of the lines they come from: base or patch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from verifier.layout.define import Comment, Conditional, Define
from verifier.layout.errors import InputError
from verifier.layout.origin import Origin
from verifier.reading.c_header import Header
from verifier.reading.lines import Line

Placed = TypeVar("Placed", Comment, Conditional)


class Places:
    """Line n of the text called `name` is `lines[n - 1]`; other files keep their places."""

    def __init__(self, name: str, lines: Sequence[Line]) -> None:
        self._name, self._lines = name, lines

    def origin(self, found: Origin) -> Origin:
        """Where a line of the text comes from."""
        if found.file != self._name or not self._lines:
            return found
        return self._lines[min(found.line, len(self._lines)) - 1].origin

    def fault(self, fault: InputError) -> InputError:
        """The same error at the line that is at fault."""
        if fault.file is None or fault.line is None:
            return fault
        where = self.origin(Origin(fault.file, fault.line))
        return InputError(fault.message, where.file, where.line)

    def header(self, read: Header) -> Header:
        """What was read, every place in it where its line comes from."""
        return replace(
            read,
            defines=tuple(self._define(each) for each in read.defines),
            comments=tuple(self._moved(each) for each in read.comments),
            conditionals=tuple(self._moved(each) for each in read.conditionals),
            others=tuple((name, self.origin(origin)) for name, origin in read.others),
            unread=tuple((name, self.origin(origin)) for name, origin in read.unread),
        )

    def _define(self, define: Define) -> Define:
        previous = None if define.previous is None else self.origin(define.previous)
        return replace(define, origin=self.origin(define.origin), previous=previous)

    def _moved(self, found: Placed) -> Placed:
        return replace(found, origin=self.origin(found.origin))
