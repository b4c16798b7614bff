"""Comments that were true of a number, made true of the number that it becomes.

What a comment says is read as the property comments-agree reads it. An amount is written anew only where its text is one
number with its unit or noun, and where one number alone can be meant; all else is reported.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from verifier.layout.define import Comment
from verifier.logic.case import Case
from verifier.reading.c_comments import plain_text
from verifier.rules.comment_groups import Statement, statements
from verifier.rules.quantities import Amount
from verifier.rules.quantity_words import PAGE, SHIFTS, spelled
from verifier.writing.text import UnwrittenError

_NUMBER = re.compile(r"[0-9][0-9,.]*")
_COUNTED = re.compile(r"([0-9][0-9,]*)([ ][A-Za-z ]+)")
_RANGE = re.compile(r"(v?CPUs? ?)([0-9]+)( ?(?:\.\.+|-|to) ?(?:v?CPU)?)([0-9]+)", re.IGNORECASE)
_COMMENT = re.compile(r"/\*[\s\S]*?\*/|//[^\r\n]*")


@dataclass(frozen=True, slots=True)
class Rewrite:
    """An amount of a comment and what stands there from now on."""

    comment: Comment
    amount: Amount
    text: str


def rewrites(old: Case, new: Case, *, mends: bool = False) -> tuple[list[Rewrite], list[Amount], list[str]]:
    """Amounts to write anew; those that cannot be, and a note for each of these.

    Both cases are of one text; `new` has other values for some macros. `mends`: lies become true where one
    number can be meant, of a base and a size the size, as Xen's comments begin with it.
    """
    later = {_key(each): each for each in statements(new)}
    done, left, notes = list[Rewrite](), list[Amount](), list[str]()
    for each in statements(old):
        if not each.holds and (each.doubt or not mends):
            continue
        then = later.get(_key(each))
        numbers = _becomes(each, then) if each.holds else _true_of(then)
        if each.amount.value in numbers:
            continue
        text = written(each.amount, *numbers) if len(numbers) == 1 else None
        if text is not None:
            done.append(Rewrite(each.comment, each.amount, text))
            continue
        left.append(each.amount)
        notes.append(by_hand(each.comment, each.amount))
    return done, left, notes


def by_hand(comment: Comment, amount: Amount) -> str:
    """That an amount is not true of the numbers as they are now, and was not changed."""
    return f'{comment.origin}: the comment "{amount.text}" is not true then and has to be changed by hand'


def _key(each: Statement) -> tuple[object, ...]:
    return each.comment.origin, each.comment.text, each.amount.start


def _becomes(old: Statement, new: Statement | None) -> set[int]:
    """What the values that an amount was true of are now."""
    meant = {(value.what, value.of) for value in old.values if value.number == old.amount.value}
    return {value.number for value in new.values if (value.what, value.of) in meant} if new else set()


def _true_of(new: Statement | None) -> set[int]:
    """What a lie would truly say: the size, or what alone it can be of."""
    if new is None:
        return set()
    if new.holds:  # a number was made what it says
        return {int(new.amount.value)}
    sizes = {value.number for value in new.values if value.what == "size"}
    return sizes or {value.number for value in new.values}


def written(amount: Amount, number: int) -> str | None:
    """An amount's text for another number: `888GB`, `4096 pages`, `vCPU0..63`; None where it is more than one number."""
    letter = amount.unit.lstrip(" -")[:1].lower()
    if letter in SHIFTS and _NUMBER.fullmatch(amount.text.removesuffix(amount.unit)):
        return spelled(number, amount.unit)
    counted = _COUNTED.fullmatch(amount.text)
    if counted is not None:
        each = PAGE if "page" in counted[2] else 1
        whole, rest = divmod(number, each)
        same = (whole == 1) == (counted[1] == "1")  # "1 page" has no s
        return f"{whole}{counted[2]}" if whole and not rest and same else None
    found = _RANGE.fullmatch(amount.text)
    if found is not None and amount.noun == "vcpus" and number > 0:
        return f"{found[1]}{found[2]}{found[3]}{int(found[2]) + number - 1}"
    return None


def rewritten(lines: Sequence[str], changes: Iterable[Rewrite]) -> tuple[list[str], list[Rewrite]]:
    """The lines with the comments written anew, as many as before; and what was not found in them."""
    found, left = list(lines), list[Rewrite]()
    grouped = dict[Comment, list[Rewrite]]()
    for each in changes:
        grouped.setdefault(each.comment, []).append(each)
    for comment, all_of_it in grouped.items():
        try:
            found = _in_comment(found, comment, all_of_it)
        except UnwrittenError:
            left += all_of_it
    return found, left


def _in_comment(lines: list[str], comment: Comment, changes: Sequence[Rewrite]) -> list[str]:
    first = comment.origin.line - 1
    text = "".join(lines[first:])
    same = [each for each in _COMMENT.finditer(text) if _plain(each[0]) == comment.text][:2]
    if not same or "\n" in text[: same[0].start()] or (len(same) > 1 and "\n" not in text[: same[1].start()]):
        raise UnwrittenError("the comment does not stand where it was read")
    raw, shift = same[0][0], same[0].start()
    edits = sorted((_place(raw, comment, each.amount), each.text) for each in changes)
    for (start, end), new in reversed(edits):
        text = f"{text[: shift + start]}{new}{text[shift + end :]}"
    return [*lines[:first], *_lines_as(lines[first:], text)]


def _lines_as(old: Sequence[str], text: str) -> Iterator[str]:
    """A text cut into lines that end as the old ones."""
    at = 0
    for line in old:
        end = re.search(r"(?:\r\n|\r|\n|)\Z", line)
        assert end is not None
        stop = text.index(end[0], at) + len(end[0]) if end[0] else len(text)
        yield text[at:stop]
        at = stop


def _plain(raw: str) -> str:
    """A comment's words, of text that is read as Latin-1."""
    content = raw.encode("latin-1")
    try:
        text = content.decode()
    except UnicodeDecodeError:
        text = raw
    return plain_text(text.replace("\r\n", "\n").replace("\r", "\n"))


def _place(raw: str, comment: Comment, amount: Amount) -> tuple[int, int]:
    """Where an amount stands in the comment as written. Raises UnwrittenError if it is split, or cannot be told."""
    words = (re.escape(word) for word in amount.text.split())
    shape = re.compile(rf"(?<![\w.]){'[ ]+'.join(words)}(?!\w)", re.ASCII)
    here = [found.span() for found in shape.finditer(raw)]
    there = [found.start() for found in shape.finditer(comment.text)]
    if len(here) != len(there) or amount.start not in there:
        raise UnwrittenError("the amount does not stand on one line")
    return here[there.index(amount.start)]
