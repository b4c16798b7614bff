"""Comment text -> the amounts it states: how much, written where, in which role, and how plainly.

Pure functions on text; nothing here knows a layout. What counts as what:

| text | reading |
|---|---|
| `8GB`, `4 KiB`, `768M`, `1.5GB`, `1,024 KB`, `4096 pages`, `64 bytes` | bytes, binary; a page has 4096 |
| `128 vCPUs`, `11 devices`, `2 banks`, `256 buses`, `11 SPIs` | a count of these |
| `vCPU0..127`, `vCPU0 - vCPU7`, `vCPUs 0 to 7` | a count: last - first + 1 |
| `256 buses x 32 devices x 4 KB`, `3GB + 1016GB`, `8GB - 64KB` | one amount: product, sum, difference |
| `8GB of RAM @ 1GB`, `8GB at 0x40000000` | a size, and the base of the same region |
| `1GB-4GB`, `1-4GB`, `[1GB, 4GB)`, `between 1GB and 4GB` | a base, and the exclusive end of the same region |
| `size: 16 MB`, `base 1GB`, `ends at 4GB` | a size, a base, an end; a mere `8GB` may be base or size |
| `2M aligned`, `4 KiB pages`, `below 4GB`, `first 4GB`, `64KB each`, `128KB per vCPU` | something else |
| `64-bit`, `v1.0C`, `0x1000`, `SZ_2M`, `GUEST_RAM0`, `SGIs 8-15`, `43 - 33 + 1`, what a URL holds | no amount |

An amount is *plain* if it is said of what the comment stands on: at the start of the comment or of a
sentence, after `=`, `:` or a bracket, or after words such as "size", "RAM" and "the RAM is". Any other may
be about something else or is no exact number: "up to 8GB", "about 8GB", "leave 64KB for it", "8GB hole".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from verifier.rules import quantity_words as words
from verifier.rules.quantity_words import Role, Token

_CPU = re.compile(r"v?cpu(s?)([0-9]{0,9})")
_DIGITS = re.compile(r"[0-9]{1,9}")
_MOST_PASSED = 4


@dataclass(frozen=True, slots=True)
class Amount:
    """A number with a unit or a noun, as one phrase of a comment."""

    text: str
    start: int
    """Where it stands in the comment: `[start, end)`, in characters."""
    end: int
    value: Fraction
    """Bytes, or how many of `noun`; not whole where the comment rounds, as in `0.3GB`."""
    noun: str
    """`bytes`, or what is counted: `vcpus`, `banks`, `devices`, `buses`, `interrupts`."""
    unit: str
    """The unit as written, with the space before it; empty for what has none."""
    role: Role
    at: Fraction | None
    """For a size or an end: the base, in bytes, that the same phrase gives."""
    plain: bool


@dataclass(frozen=True, slots=True)
class _Phrase:
    """Tokens `[first, last)` that say one number."""

    first: int
    last: int
    value: Fraction
    noun: str = ""
    """As in an amount; `address` for a hex number, empty for a mere number: neither is an amount alone."""
    unit: str = ""
    each: int = 1
    role: Role = Role.ANY
    at: Fraction | None = None
    plain: bool = False
    dropped: bool = False
    """It is about something else."""


def amounts(text: str) -> list[Amount]:
    """All amounts of a comment's text, in order."""
    tokens = list(words.tokens(text))
    phrases = [_in_context(tokens, phrase) for phrase in _summed(tokens, _phrases(tokens))]
    _relate(tokens, phrases)
    _spread(tokens, phrases)
    return [
        _amount(text, tokens, phrase)
        for phrase in phrases
        if phrase.noun not in ("", "address") and not phrase.dropped
    ]


def _amount(text: str, tokens: Sequence[Token], phrase: _Phrase) -> Amount:
    start, end = tokens[phrase.first].start, tokens[phrase.last - 1].end
    shown = text[start:end]
    return Amount(
        shown, start, end, phrase.value, phrase.noun, phrase.unit, phrase.role, phrase.at, phrase.plain
    )


def _word(tokens: Sequence[Token], index: int) -> str:
    """The text of a token; empty before the first and after the last."""
    return tokens[index].text if 0 <= index < len(tokens) else ""


def _kind(tokens: Sequence[Token], index: int) -> str:
    return tokens[index].kind if 0 <= index < len(tokens) else ""


def _phrases(tokens: Sequence[Token]) -> Iterator[_Phrase]:
    index = 0
    while index < len(tokens):
        found = _cpu_range(tokens, index) or _product(tokens, index)
        if found is not None:
            yield found
        index = found.last if found is not None else index + 1


def _cpu_range(tokens: Sequence[Token], index: int) -> _Phrase | None:
    """`vCPU0..127`, `vCPU0 - vCPU7`, `vCPUs 0 to 7`."""
    match = _CPU.fullmatch(_word(tokens, index))
    if match is None:
        return None
    middle = index + (1 if match[2] else 2)
    low, high = match[2] or _word(tokens, index + 1), _CPU.sub(r"\2", _word(tokens, middle + 1))
    if _word(tokens, middle) not in words.THROUGH or not (_DIGITS.fullmatch(low) and _DIGITS.fullmatch(high)):
        return None
    count = int(high) - int(low) + 1
    return _Phrase(index, middle + 2, Fraction(count), "vcpus") if count > 0 else None


def _product(tokens: Sequence[Token], first: int) -> _Phrase | None:
    """A number, or several joined by x, with words for what each of them counts."""
    if _kind(tokens, first) == "hex":
        return _Phrase(first, first + 1, tokens[first].value, "address")
    if _kind(tokens, first) != "number":
        return None
    factors = [first]
    while (following := _next_factor(tokens, factors[-1])) is not None:
        factors.append(following)
    value, units = Fraction(1), [tokens[factor] for factor in factors if tokens[factor].unit]
    for factor in factors:
        value *= tokens[factor].value
    if len(units) > 1:
        return _Phrase(first, factors[-1] + 1, value)  # bytes times bytes are nothing
    if units:
        return _Phrase(first, factors[-1] + 1, value, "bytes", units[0].unit, units[0].each)
    return _counted(tokens, _Phrase(first, factors[-1] + 1, value))


def _next_factor(tokens: Sequence[Token], factor: int) -> int | None:
    """The number that this one is multiplied by; up to two words may stand before the x."""
    for joiner in range(factor + 1, factor + 4):
        if _kind(tokens, joiner) == "joiner":
            return joiner + 1 if _kind(tokens, joiner + 1) == "number" else None
        if _kind(tokens, joiner) != "word":
            return None
    return None


def _counted(tokens: Sequence[Token], phrase: _Phrase) -> _Phrase:
    """The number with the noun after it, if that is one we know and its number agrees."""
    place = phrase.last + (_word(tokens, phrase.last) in words.ADJECTIVES)
    singular = _word(tokens, place)
    if phrase.value != 1:  # "4 page tables" are no four pages
        singular = next((name for name in words.NOUNS if singular in (f"{name}s", f"{name}es")), "")
    noun = words.NOUNS.get(singular, "")
    if not noun:
        return phrase
    each = words.BYTES_EACH.get(noun, 1)
    what = "bytes" if noun in words.BYTES_EACH else noun
    return replace(phrase, last=place + 1, value=phrase.value * each, noun=what, unit=f" {noun}", each=each)


def _summed(tokens: Sequence[Token], phrases: Iterator[_Phrase]) -> list[_Phrase]:
    """Sums and differences of bytes as one phrase; `16MB - 4096 pages` is no difference."""
    done: list[_Phrase] = []
    for phrase in phrases:
        before = done[-1] if done else phrase
        sign = _word(tokens, before.last) if before.last + 1 == phrase.first else ""
        if before.noun == phrase.noun == "bytes" and (
            sign == "+" or (sign == "-" and before.value > phrase.value)
        ):
            value = before.value + (phrase.value if sign == "+" else -phrase.value)
            done[-1] = replace(before, last=phrase.last, value=value)
        else:
            done.append(phrase)
    return done


def _in_context(tokens: Sequence[Token], phrase: _Phrase) -> _Phrase:
    """The phrase with what the words before and after make of it."""
    passed: list[str] = []
    while len(passed) < _MOST_PASSED and _word(tokens, phrase.first - 1 - len(passed)) in words.CONNECTORS:
        passed.append(_word(tokens, phrase.first - 1 - len(passed)))
    head = _word(tokens, phrase.first - 1 - len(passed))
    after = [word for word in _following(tokens, phrase.last) if word not in words.ADJECTIVES]
    if head in words.ELSE_BEFORE or words.ELSE_AFTER & {*after[:1]} or words.SHARES & {*after[:2]}:
        return replace(phrase, dropped=True)
    link = next((word for word in (*passed, head) if word not in words.ARTICLES), "")
    role, plain = _said(head, link)
    plain = plain or _word(tokens, phrase.last) in ("=", "==")
    vague = words.LEFT_OVER & {*after[:1]} or _is_bound(tokens, phrase, head, after)
    return replace(phrase, role=role, plain=plain and not vague)


def _is_bound(tokens: Sequence[Token], phrase: _Phrase, head: str, after: Sequence[str]) -> bool:
    """`size >= 256KB`, `minimum: 256KB`, `256KB or more`, `128KB before 4.5`, `32MB / 2`: not how large it is."""
    if head in words.BOUNDS or words.OTHER_TIMES & {*after[:1]}:
        return True
    return (after[:1] == ["or"] and words.COMPARED & {*after[1:2]} != set()) or _word(
        tokens, phrase.last
    ) == "/"


def _said(head: str, link: str) -> tuple[Role, bool]:
    """Role and plainness after a head word (`size`, `RAM1`) and the connector next to the number."""
    for role, heads in words.HEADS.items():
        if head in heads:
            return role, True
    thing = not head or head in words.STARTS or _is_thing(head)
    if link == "at":
        return Role.BASE, thing
    if link in ("of", "from") and thing:
        return Role.SIZE if link == "of" else Role.ANY, True
    if link in words.VERBS:  # "the minimum is 64MB" is not about the region
        return Role.ANY, _is_thing(head)
    return Role.ANY, not link or link in words.STARTS or _is_thing(link)


def _is_thing(word: str) -> bool:
    """`RAM1` and `GUEST_MAGIC` are things as `region` is."""
    return word.startswith("guest_") or word.rstrip("0123456789") in words.THINGS


def _following(tokens: Sequence[Token], place: int) -> Iterator[str]:
    """Some words after a phrase, up to the first sign but a hyphen."""
    for token in tokens[place : place + 4]:
        if token.kind == "word":
            yield token.text
        elif token.text != "-":
            return


def _relate(tokens: Sequence[Token], phrases: list[_Phrase]) -> None:
    """Neighbours that describe one region: size and base, or base and end."""
    for index in range(len(phrases) - 1):
        one, other = phrases[index], phrases[index + 1]
        between = [token.text for token in tokens[one.last : other.first]]
        if _is_range(tokens, one, other, between):
            start = _start(one, other)
            dropped = one.dropped or other.dropped
            phrases[index] = replace(
                one, value=start, noun="bytes", unit=other.unit, role=Role.BASE, dropped=dropped
            )
            phrases[index + 1] = replace(other, role=Role.END, at=start, plain=one.plain, dropped=dropped)
        elif _is_placed(tokens, one, other, between):
            plain = one.plain or _word(tokens, one.first - 1) in (",", "and")
            phrases[index] = replace(one, role=Role.SIZE, at=other.value, plain=plain)
            phrases[index + 1] = replace(other, noun="bytes", role=Role.BASE, plain=plain and not one.dropped)


def _is_range(tokens: Sequence[Token], one: _Phrase, other: _Phrase, between: list[str]) -> bool:
    """`1GB-4GB`, `1-4GB`, `[1GB, 4GB)`, `between 1GB and 4GB`: the end comes after the start."""
    if len(between) != 1 or other.noun != "bytes" or one.noun not in ("bytes", ""):
        return False
    around = (_word(tokens, one.first - 1), between[0], _word(tokens, other.last))
    shape = (
        around[1] in words.THROUGH
        or around[:2] == ("between", "and")
        or around in (("[", ",", ")"), ("[", ",", "]"), ("(", ",", ")"))
    )
    return shape and _start(one, other) < other.value


def _start(one: _Phrase, other: _Phrase) -> Fraction:
    """The lower end of a range; `1-4GB` has its unit once."""
    return one.value if one.noun else one.value * other.each


def _is_placed(tokens: Sequence[Token], one: _Phrase, other: _Phrase, between: list[str]) -> bool:
    """`8GB of RAM @ 1GB`: only words between, and none that makes the second an end."""
    return (
        one.noun == "bytes"
        and other.noun in ("bytes", "address")
        and 0 < len(between) <= 8
        and between[-1] in ("@", "at")
        and all(token.kind == "word" for token in tokens[one.last : other.first - 1])
        and other.role is not Role.END
        and not other.dropped
    )


def _spread(tokens: Sequence[Token], phrases: list[_Phrase]) -> None:
    """What is about something else, is so in all of `4KB, 16KB or 64KB pages` and `below 4GB or 8GB`."""
    reached = False
    for index in range(len(phrases) - 2, -1, -1):
        between = [token.text for token in tokens[phrases[index].last : phrases[index + 1].first]]
        joined = between in (["/"], ["or"]) or (reached and between == [","])
        reached = joined and phrases[index + 1].dropped
        if reached:
            phrases[index] = replace(phrases[index], dropped=True)
    for index in range(1, len(phrases)):
        between = [token.text for token in tokens[phrases[index - 1].last : phrases[index].first]]
        if between in (["/"], ["or"]) and phrases[index - 1].dropped:
            phrases[index] = replace(phrases[index], dropped=True)
