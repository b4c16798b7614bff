"""What may stand where in an obligation, and how few rows and variables are made of words."""

from __future__ import annotations

import pytest

from tests.proofs.meaning import ONE, holds, value_of
from tests.proofs.terms import EDGES, TOP, evaluate, hexadecimal, nested, obligation
from tests.proofs.test_translation import complete
from verifier.logic.certify import checker

check = checker()
LOGIC, P, Q, END = "(set-logic QF_BV)", "(declare-const p Bool)", "(declare-const q Bool)", "(check-sat)"


@pytest.mark.parametrize(
    "commands",
    [
        (LOGIC, P, Q, "(assert p)", "(assert q)", END),
        (LOGIC, P, "(assert p)", Q, "(assert q)", END),
        (LOGIC, "(assert true)", P, "(assert p)", Q, "(assert q)", END),
    ],
)
def test_names_are_declared_before_they_are_used(commands: tuple[str, ...]) -> None:
    assert set(check.read("\n".join(commands)).known) <= {"p", "q"}
    for place, command in enumerate(commands):
        if "declare" in command:
            late = [*commands[:place], *commands[place + 1 :]]
            with pytest.raises(ValueError, match=r"^line \d+: '[pq]' is not declared"):
                check.read("\n".join([*late[:-1], command, END]))


@pytest.mark.parametrize(
    "commands",
    [
        (P, LOGIC, "(assert p)", END),
        (LOGIC, P, "(assert p)", END, Q),
        (LOGIC, P, END, "(assert p)"),
        (P, "(assert p)", END),
        (LOGIC, P, "(assert p)"),
        (LOGIC, P, "(assert p)", END, LOGIC),
    ],
)
def test_commands_stand_in_the_order_of_smt_lib(commands: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=r"^line \d+: "):
        check.read("\n".join(commands))


NO_WORDS = [
    *(f"({name} a {hexadecimal(count)})" for name in ("bvshl", "bvlshr") for count in (64, 65, TOP - 1)),
    *(f"({name} a (bvadd a a))" for name in ("bvshl", "bvlshr", "bvand")),
    *(
        f"(bvand a {hexadecimal(mask)})"
        for mask in (2, 5, 6, TOP - 3, TOP - 5, TOP - 0xFFF, 0xFF00, TOP // 2 - 2)
    ),
    "#x000000000000000",
    "#x00000000000000000",
    "#x000000000000000g",
    "#b" + "0" * 64,
    "(bvadd a)",
    "(ite p a)",
    "()",
]


@pytest.mark.parametrize("word", NO_WORDS)
def test_what_is_no_word_is_refused_with_its_line(word: str) -> None:
    with pytest.raises(ValueError, match=r"^line 4: "):
        check.read(obligation(["a"], ["p"], [f"(bvule a {word})"]))


@pytest.mark.parametrize(
    "formula", ["#x0000000000000000", "#x0000000000000001", "a", "(bvadd a a)", "(p)", "()"]
)
def test_a_word_is_no_formula(formula: str) -> None:
    """As a condition, 0 is not false: no solver reads it so."""
    with pytest.raises(ValueError, match=r"^line 4: "):
        check.read(obligation(["a"], ["p"], [formula]))


def test_a_constant_may_have_letters_of_either_case() -> None:
    assert check.literal("#x0123456789abcDEF") == 0x0123456789ABCDEF
    problem = check.read(obligation([], [], ["(bvult #x000000000000000a #x000000000000000B)"]))
    assert holds(problem.rows, problem.clauses, {})


NESTED = [
    "(bvlshr (bvlshr a #x000000000000003f) #x0000000000000000)",
    "(bvand (bvlshr a #x000000000000003f) #x0000000000000000)",
    "(bvand (bvlshr a #x000000000000003f) #xffffffffffffffff)",
    "(bvshl (bvlshr a #x000000000000003f) #x0000000000000000)",
    "(bvshl (bvlshr a #x0000000000000001) #x0000000000000001)",
    "(bvlshr (bvadd (bvshl a #x0000000000000001) #x0000000000000001) #x0000000000000003)",
    "(bvadd (bvlshr a #x000000000000003f) #xffffffffffffffff)",
    "(bvadd (bvadd a b) (bvadd b a))",
    "(bvsub (bvsub a b) (bvadd a b))",
    "(bvsub #x0000000000000000 (bvsub a b))",
    "(ite (bvult a b) (bvsub b a) (bvsub a b))",
]


@pytest.mark.parametrize("word", NESTED)
def test_a_word_of_words_has_its_value_and_no_other(word: str) -> None:
    """No value that 64 bits give is lost: what is lost could be proved impossible."""
    problem = check.read(obligation(["a", "b"], [], ["(= a a)", "(= b b)", f"(bvule {word} {word})"]))
    for a in EDGES:
        for b in EDGES[::3]:
            given = {"a": a, "b": b}
            values = complete(problem, given)
            assert holds(problem.rows, problem.clauses, values)
            assert value_of(problem.known[nested(word)], values) == evaluate(nested(word), given)
            for variable in set(values) - {0, 1}:
                for step in (-1, 1):
                    other = {**values, variable: values[variable] + step}
                    assert not holds(problem.rows, problem.clauses, other)


def test_a_shift_by_nothing_does_not_make_a_bit_1() -> None:
    """Possible, where the top bit is 0: so not even the shortest certificate is one."""
    word = "(bvlshr (bvlshr a #x000000000000003f) #x0000000000000000)"
    problem = check.read(obligation(["a"], [], [f"(= {word} {hexadecimal(0)})"]))
    for row in range(len(problem.rows)):
        with pytest.raises(check.Bad):
            check.check(problem, {"format": check.CERTIFICATE, "proof": {"farkas": [[row, 1]]}})


TOP_BIT = f"(bvadd (bvlshr a {hexadecimal(1)}) {hexadecimal(2**63)})"
"""At least 2^63, whatever a is."""


@pytest.mark.parametrize(
    ("word", "value"),
    [
        (f"(bvlshr {TOP_BIT} {hexadecimal(63)})", 1),
        (f"(bvand {TOP_BIT} {hexadecimal(2**63)})", 2**63),
        (f"(bvlshr (bvlshr a {hexadecimal(60)}) {hexadecimal(4)})", 0),
    ],
)
def test_what_is_the_same_for_all_values_is_a_constant(word: str, value: int) -> None:
    problem = check.read(obligation(["a", "b"], [], [f"(= b {word})"]))
    total = problem.known["b"]
    assert set(total) <= {ONE}
    assert value_of(total, {}) == value


def test_a_carry_is_at_most_1_whatever_the_words_are_made_of() -> None:
    """By their ranges alone a + b + c + d might be nearly 4 * 2^64: the two inner carries, and one more, are taken off."""
    problem = check.read(obligation(list("abcd"), [], ["(bvule (bvadd (bvadd a b) (bvadd c d)) a)"]))
    _, _, first, _, _, second, all_of_them = range(len(problem.ranges))
    assert {all_of_them: 1, first: -1, second: -1, ONE: -1} in problem.rows


@pytest.mark.parametrize("number", [-3, -2, -1, 1, 2, 3])
def test_a_row_without_variables_stays_as_it_is(number: int) -> None:
    """Nothing divides all of no coefficients; the sum of rows is by their constants too."""
    assert check.at_most({ONE: number}, {}) == {ONE: number}
    assert check.at_most({}, {ONE: number}) == {ONE: -number}


def test_only_the_first_use_of_a_name_defines_it() -> None:
    """A second `=` is an assertion of two rows, also where it says nothing: the rows are numbered so."""
    once = obligation(["a", "b"], [], ["(= a b)"])
    assert len(check.read(once).rows) == 2  # 0 <= b <= 2^64 - 1
    assert len(check.read(once.replace(END, f"(assert (= a b))\n{END}")).rows) == 4
    assert len(check.read(once.replace(END, f"(assert (= b a))\n{END}")).rows) == 4
