"""comments-agree: what comments say of sizes, bases and counts is what the macros say.

`quantities` says what an amount is, `comment_groups` what it is compared with and when it is a lie, a doubt,
or about something else.
"""

from __future__ import annotations

from verifier.layout import units
from verifier.layout.finding import Cite, Counterexample, Witness
from verifier.logic.case import Case
from verifier.logic.decide import Fails, Obligation
from verifier.rules.catalogue import Doubt, Explanation, Rule
from verifier.rules.comment_groups import Statement, Value, statements, unread
from verifier.rules.quantity_words import spelled


def _sentence(statement: Statement) -> str:
    """What was said and what is."""
    amount, values = statement.amount, statement.values
    said = f'the comment "{_short(amount.text)}" ({statement.comment.origin})'
    if not values:
        return said
    if amount.noun != "bytes":
        each = [
            f"{value.of} {'is' if _is_macro(statement, value) else 'has'} {value.number}" for value in values
        ]
        return f"{said} says {amount.value}, but {units.listing(each[:4])}"
    subjects = statement.subjects
    if len(subjects) == 1 and len(values) == 2:
        base, size = values
        return (
            f"{said} is neither the base nor the size of {subjects[0]}: its {base.what} is {units.sized(base.number)}, "
            f"its {size.what} {units.sized(size.number)}"
        )
    if len(values) == 1:
        return (
            f"{said} is not the {values[0].what} of {values[0].of}, which is {units.sized(values[0].number)}"
        )
    shown = [f"{value.what} of {value.of} is {units.sized(value.number)}" for value in values]
    more = f", and {len(shown) - 4} more" if len(shown) > 4 else ""
    return f"{said} is no {amount.role.replace(' or ', ', no ')} of what it stands on: {', '.join(shown[:4])}{more}"


def _is_macro(statement: Statement, value: Value) -> bool:
    return any(define.name == value.of for define in statement.group.scalars)


def _short(text: str) -> str:
    return text if len(text) <= 100 else f"{text[:97]}..."


def obligations(case: Case) -> list[Obligation]:
    """One for each amount that is true or a lie."""
    return [
        Obligation(each.subjects, not each.holds, notes={"statement": each})
        for each in statements(case)
        if each.holds or not each.doubt
    ]


def doubts(case: Case) -> list[Doubt]:
    """Amounts that equal nothing and may not have to."""
    found = [
        Doubt(each.subjects, f"{_sentence(each)}; {each.doubt}")
        for each in statements(case)
        if each.doubt and not each.holds
    ]
    found += [
        Doubt(comment.defines[:1], f"the comment at {comment.origin} was not read: {reason}")
        for comment, reason in unread(case.layout)
    ]
    return found


def explain(_case: Case, failure: Fails) -> Explanation:
    """The comment, the macros, and what to write."""
    statement: Statement = failure.obligation.notes["statement"]
    amount, found = statement.amount, int(statement.amount.value)
    needed = min((value.number for value in statement.values), key=lambda number: abs(number - found))
    whole = statement.comment.text
    details = tuple(
        f"{define.name} {define.text}, {define.origin}"
        for name, define in statement.group.macros()
        if name in statement.subjects
    )
    if whole != amount.text:
        details = (f"the whole comment: {_short(whole)}", *details)
    return Explanation(
        _sentence(statement),
        details,
        Counterexample(failure.worst, Witness("differs", found=found, needed=needed), ()),
        help=(_help(statement),),
    )


def _help(statement: Statement) -> str:
    """What the comment would truly say."""
    amount = statement.amount
    written: dict[str, str] = {}
    for value in sorted(statement.values, key=lambda value: value.what != "size"):
        text = spelled(value.number, amount.unit) if amount.noun == "bytes" else str(value.number)
        where = f" of {value.of}" if len(statement.subjects) > 1 else ""
        written.setdefault(text, f'"{text}" (the {value.what}{where})')
    return f"write {units.listing(list(written.values())[:4], 'or')}"


RULE = Rule(
    id="comments-agree",
    position=10,
    title="comments give the sizes, bases and counts of the macros",
    statement="An amount of bytes (K, M, G, T, also with B or iB, binary; pages of 4 KiB) or a count of vCPUs, banks, "
    "devices, buses or interrupts in a comment equals a base, size, end or count of the macros that it stands on or "
    'above, up to the next blank line; in "3GB @ 1GB" both are of one region.',
    why="People read the comment and not the hex digits. The safe range proposed in 2021 was 8 GiB at 888 GiB, and its "
    "comment said 128GB: what the mail had cut from RAM1.",
    formula="amount /= base(A), size(A), end(A), count(A) for every A beside the comment",
    example_header="#define GUEST_SAFE_RANGE_BASE xen_mk_ullong(0xDE00000000) /* 128GB */\n"
    "#define GUEST_SAFE_RANGE_SIZE xen_mk_ullong(0x0200000000)\n",
    cites=(
        Cite("xen/include/public/arch-arm.h", '"3GB of low RAM @ 1GB", "16MB == 4096 pages", "vCPU0..127"'),
        Cite(
            "xen-devel, 4 August 2021",
            "proposed GUEST_SAFE_RANGE_BASE: 128GB in the comment, 8 GiB in the macro",
        ),
    ),
    obligations=obligations,
    explain=explain,
    about_regions=False,
    doubts=doubts,
)
