"""Terms: their value in plain integers is what the same code computes on integers; their texts ask the same question."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from itertools import product

import pytest

from tests.logic.terms import TRUTHS, WORDS, random_numbers, random_truth, random_word
from verifier.logic import bits
from verifier.logic.bits import (
    Bits,
    Formula,
    both,
    choose,
    either,
    evaluate,
    implies,
    negate,
    parts,
    text,
    truth,
    word,
)
from verifier.logic.integers import integer_script
from verifier.logic.script import script
from verifier.logic.word import Truth, Word, equal, uint64

A, B, P = word("a"), word("b"), truth("p")


def direct(term: Word | Truth, numbers: dict[str, int]) -> int:
    """The value by Python's own arithmetic, from SMT-LIB's definition of each operator."""
    if isinstance(term, int):
        return int(term)
    assert isinstance(term, Bits | Formula)
    if not term.arguments:
        return numbers[term.operator]
    values = [direct(each, numbers) for each in term.arguments]
    meaning: dict[str, Callable[[], int]] = {
        "bvadd": lambda: sum(values) % 2**64,
        "bvsub": lambda: (values[0] - values[1]) % 2**64,
        "bvand": lambda: values[0] & values[1],
        "bvshl": lambda: values[0] * 2 ** values[1] % 2**64,
        "bvlshr": lambda: values[0] // 2 ** values[1],
        "ite": lambda: values[1] if values[0] else values[2],
        "bvult": lambda: int(values[0] < values[1]),
        "bvule": lambda: int(values[0] <= values[1]),
        "=": lambda: int(values[0] == values[1]),
        "and": lambda: int(all(values)),
        "or": lambda: int(any(values)),
        "not": lambda: int(not values[0]),
    }
    return meaning[term.operator]()


def test_values_are_those_of_the_operators() -> None:
    rng, met = random.Random(1), Counter[str]()
    for _ in range(4000):
        term = rng.choice((random_word, random_truth))(rng, 3)
        numbers = random_numbers(rng)
        assert evaluate(term, numbers) == direct(term, numbers)
        met.update(each.operator for each in parts(term))
    assert {
        "bvadd",
        "bvsub",
        "bvand",
        "bvshl",
        "bvlshr",
        "ite",
        "bvult",
        "bvule",
        "=",
        "and",
        "or",
        "not",
    } <= set(met)


def _fixed(numbers: dict[str, int]) -> list[Truth]:
    """That every name has its number."""
    words: list[Truth] = [equal(word(name), numbers[name]) for name in WORDS]
    return [*words, *(truth(name) if numbers[name] else negate(truth(name)) for name in TRUTHS)]


def _answer(text: str) -> str:
    import z3

    solver = z3.Solver()
    solver.from_string(text)
    return str(solver.check())


def test_both_texts_have_the_value_as_their_answer() -> None:
    """With all names fixed, the question over integers and the one over bit-vectors are possible iff the term is true."""
    rng, met = random.Random(2), Counter[str]()
    for _ in range(150):
        term, numbers = random_truth(rng, 3), random_numbers(rng)
        wanted = "sat" if direct(term, numbers) else "unsat"
        fixed = _fixed(numbers)
        assert _answer(integer_script(fixed, term)) == wanted, term
        assert _answer(script([], [("fixed", each) for each in fixed], term)) == wanted, term
        met[wanted] += 1
    assert min(met.values()) > 30


def test_both_texts_have_the_same_answer() -> None:
    rng, met = random.Random(3), Counter[str]()
    for _ in range(120):
        term = both(random_truth(rng, 2), random_truth(rng, 2), random_truth(rng, 2))
        over_integers = _answer(integer_script([], term))
        assert over_integers == _answer(script([], [], term)), term
        met[over_integers] += 1
    assert min(met["sat"], met["unsat"]) >= 10, met


def test_a_text_names_what_occurs_twice_and_declares_before_use() -> None:
    total = uint64.add(A, B)
    text = script(["head"], [("what is assumed", total < 16)], both(total < B, P))
    assert text == (
        "; head\n"
        "(set-logic QF_BV)\n"
        "(declare-const a (_ BitVec 64))\n"
        "(declare-const b (_ BitVec 64))\n"
        "(declare-const p Bool)\n"
        "; what is assumed\n"
        "(declare-const t1 (_ BitVec 64))\n"
        "(assert (= t1 (bvadd a b)))\n"
        "(assert (bvult t1 #x0000000000000010))\n"
        "; What must be impossible.\n"
        "(assert (and (bvult t1 b) p))\n"
        "(check-sat)\n"
    )


def test_connectives_fold_what_is_known() -> None:
    assert both() is True
    assert either() is False
    assert both(P, False) is False
    assert either(P, True) is True
    assert both(P, True) is P
    assert negate(negate(P)) is P
    assert negate(True) is False
    assert negate(False) is True
    assert choose(False, A, B) is B
    assert implies(False, P) is True
    assert choose(True, A, B) is A
    assert both(P, P) is P


@pytest.mark.parametrize("values", [*product((0, 1), repeat=3)])
def test_connectives_say_what_python_says(values: tuple[int, int, int]) -> None:
    """Also of what is a conjunction or disjunction already, before or after another truth."""
    p, q, r = (bool(each) for each in values)
    one, other, third = truth("p"), truth("q"), truth("r")
    for made, wanted in (
        (both(one, other, third), p and q and r),
        (both(both(one, other), third), p and q and r),
        (both(one, both(other, third)), p and q and r),
        (both(either(one, other), third), (p or q) and r),
        (both(one, either(other, third), one), p and (q or r)),
        (either(one, other, third), p or q or r),
        (either(either(one, other), third), p or q or r),
        (either(one, either(other, third)), p or q or r),
        (either(both(one, other), third), (p and q) or r),
        (either(one, both(other, third), negate(other)), p or (q and r) or not q),
        (negate(both(one, other)), not (p and q)),
        (implies(both(one, other), third), not (p and q) or r),
        (both(both(one, other), both(other, third), True), p and q and r),
        (either(either(one, other), either(other, third), False), p or q or r),
    ):
        assert bool(evaluate(made, dict(zip("pqr", values, strict=True)))) is wanted, made
    assert evaluate(
        choose(both(one, other), A, B), {**dict(zip("pqr", values, strict=True)), "a": 3, "b": 4}
    ) == (3 if p and q else 4)


def test_constants_have_a_text() -> None:
    assert [text(each) for each in (True, False, 0, 1, 255)] == [
        "true",
        "false",
        "#x0000000000000000",
        "#x0000000000000001",
        "#x00000000000000ff",
    ]


def test_a_word_that_only_the_question_has_twice_is_defined_before_it() -> None:
    total = uint64.add(A, B)
    made = script([], [("", A < 5)], both(total < 16, B < total))
    assert made.index("(declare-const t1 ") > made.index("(assert (bvult a")
    assert _answer(made) == "sat"
    assert _answer(script([], [("", True)], both(total < 16, B < total, A < 1))) == "unsat"


def test_other_widths_and_masks_are_refused() -> None:
    with pytest.raises(ValueError, match="64 bits, not 32"):
        A.compute("+", A, 1, 32)
    with pytest.raises(ValueError, match="mask 0x5 is no run"):
        integer_script([], equal(A.compute("&", A, 5, 64), 0))


def test_no_truth_without_a_path() -> None:
    with pytest.raises(TypeError, match="run it with `paths`"):
        (A < B).decide()


def test_what_terms_share_is_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Written out, the term has 2^12 sums."""
    sums = Counter[tuple[int, int]]()

    def add(left: int, right: int) -> int:
        sums[left, right] += 1
        return left + right

    monkeypatch.setitem(bits._VALUES, "bvadd", add)
    term: Word = A
    for _ in range(12):
        term = uint64.add(term, term)
    assert evaluate(term, {"a": 3}) == 3 << 12
    assert sums == Counter((3 << each, 3 << each) for each in range(12))
    assert evaluate(term, {"a": 5}) == 5 << 12  # nothing is kept from one call to the next
