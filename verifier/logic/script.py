"""An obligation about words as self-contained SMT-LIB text: the one form in which any solver or checker sees it."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from verifier.logic.bits import WIDTH, Bits, Formula, parts, text
from verifier.logic.word import Truth, Word

_LINE = 110


def script(comments: Sequence[str], assumed: Sequence[tuple[str, Truth]], question: Truth) -> str:
    """QF_BV text that asks whether the question is possible under what is assumed.

    `comments` are lines for the head, `assumed` conditions with a comment each. Words that are arguments more than
    once, of distinct terms and conditions, have a name of their own, declared and made equal to what they stand for.
    """
    truths = [truth for _, truth in assumed]
    names = _Names([*truths, question])
    lines = [*_commented(comments), "(set-logic QF_BV)", *names.declarations()]
    for comment, truth in assumed:
        lines += [*_commented([comment]), *names.definitions(truth), f"(assert {names.of(truth)})"]
    lines += [*_commented(["What must be impossible."]), *names.definitions(question)]
    return "\n".join([*lines, f"(assert {names.of(question)})", "(check-sat)"]) + "\n"


def _commented(comments: Iterable[str]) -> Iterator[str]:
    for comment in comments:
        for line in textwrap.wrap(comment, _LINE) or [""]:
            yield f"; {line}".rstrip()


class _Names:
    """Names of variables, and of the words that are arguments more than once."""

    def __init__(self, truths: Sequence[Truth]) -> None:
        self._parts = list(parts(*truths))
        uses = Counter(text(argument) for each in self._parts for argument in each.arguments)
        shared = [
            each for each in self._parts if isinstance(each, Bits) and each.arguments and uses[each.text] > 1
        ]
        self._names = {each.text: f"t{number}" for number, each in enumerate(shared, 1)}
        self._told: set[str] = set()

    def declarations(self) -> Iterator[str]:
        """Of the variables."""
        for each in sorted(
            each.text for each in self._parts if isinstance(each, Bits) and not each.arguments
        ):
            yield f"(declare-const {each} (_ BitVec {WIDTH}))"
        for each in sorted(
            each.text for each in self._parts if isinstance(each, Formula) and not each.arguments
        ):
            yield f"(declare-const {each} Bool)"

    def definitions(self, term: Truth) -> Iterator[str]:
        """Of the named words in a condition that have not been defined before."""
        for each in parts(term):
            name = self._names.get(each.text)
            if name is not None and name not in self._told:
                self._told.add(name)
                yield f"(declare-const {name} (_ BitVec {WIDTH}))"
                yield f"(assert (= {name} {self._inside(each)}))"

    def of(self, term: Word | Truth) -> str:
        """The text of a term, shared words by their names."""
        if isinstance(term, Bits | Formula) and term.arguments:
            return self._names.get(term.text) or self._inside(term)
        return text(term)

    def _inside(self, term: Bits | Formula) -> str:
        return f"({term.operator} {' '.join(self.of(each) for each in term.arguments)})"
