"""A second reading of the producers' code, small: trees over named words, guided by one set of numbers.

A run decides each condition as it is for the guide and writes it down. What comes out, a tree, then
holds for all other numbers for which the same conditions come out the same.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from verifier.logic.word import Condition, Symbol, Word

Numbers = Mapping[str, int]


@dataclass
class Guide:
    """Numbers of the names, and the conditions on the path so far with their outcomes."""

    numbers: Numbers
    path: list[tuple[Tree, bool]] = field(default_factory=list)

    def word(self, name: str) -> Tree:
        return Tree(self, name)

    def follows(self, numbers: Numbers) -> bool:
        """Whether other numbers take the same path."""
        return all(bool(value(condition, numbers)) is outcome for condition, outcome in self.path)


class Tree(Symbol):
    """A name, or an operator over words."""

    __slots__ = ("bits", "guide", "operator", "words")

    def __init__(self, guide: Guide, operator: str, words: tuple[Word, ...] = (), bits: int = 64) -> None:
        self.guide = guide
        self.operator = operator
        self.words = words
        self.bits = bits

    def compute(self, operator: str, left: Word, right: Word, bits: int) -> Symbol:
        return Tree(self.guide, operator, (left, right), bits)

    def compare(self, operator: str, left: Word, right: Word) -> Condition:
        return Comparison(Tree(self.guide, operator, (left, right)))


class Comparison(Condition):
    """Decided by the guide."""

    __slots__ = ("tree",)

    def __init__(self, tree: Tree) -> None:
        self.tree = tree

    def decide(self) -> bool:
        guide = self.tree.guide
        outcome = bool(value(self.tree, guide.numbers))
        guide.path.append((self.tree, outcome))
        return outcome


_OPERATORS: Mapping[str, Callable[[int, int], int]] = {
    "+": operator.add,
    "-": operator.sub,
    "&": operator.and_,
    "<<": operator.lshift,
    ">>": operator.rshift,
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
}


def value(word: Word, numbers: Numbers) -> int:
    """The number that a word is for given numbers; a condition is 0 or 1."""
    if not isinstance(word, Tree):
        assert isinstance(word, int)
        return word
    if not word.words:
        return numbers[word.operator]
    left, right = (value(each, numbers) for each in word.words)
    return int(_OPERATORS[word.operator](left, right)) % (1 << word.bits)
