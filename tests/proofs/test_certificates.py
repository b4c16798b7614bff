"""Certificates: made for what is impossible, refused for everything else, whatever is done to them."""

from __future__ import annotations

import copy
import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest

from tests.proofs.samples import LARGE, SAMPLES
from tests.proofs.terms import Terms, obligation
from verifier.logic.certify import NoCertificateError, certify, checker

check = checker()
Json = Any


@cache
def certified(name: str) -> str:
    return json.dumps(certify(SAMPLES[name]))


def accepted(problem: Any, certificate: Json) -> bool:
    try:
        check.check(problem, certificate)
    except check.Bad:
        return False
    return True


def z3_says(text: str) -> str:
    import z3

    solver = z3.Solver()
    solver.set(rlimit=100_000_000)
    solver.from_string(text)
    return str(solver.check())


def steps(step: Json) -> Iterator[Json]:
    yield step
    for part in [*step.get("cases", []), *(step[key] for key in ("low", "high", "then") if key in step)]:
        yield from steps(part)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_is_impossible_and_gets_a_small_certificate(name: str) -> None:
    assert z3_says(SAMPLES[name]) == "unsat"
    text = certified(name)
    assert accepted(check.read(SAMPLES[name]), json.loads(text))
    assert len(text) < 50_000
    assert certify(SAMPLES[name]) == json.loads(text)  # the same each time


@pytest.mark.parametrize("name", LARGE)
def test_a_large_obligation_gets_a_certificate_too(name: str) -> None:
    text = json.dumps(certify(LARGE[name], questions=3000))
    assert accepted(check.read(LARGE[name]), json.loads(text))
    assert len(text) < 50_000


def weakened(text: str) -> Iterator[str]:
    """The obligation without one of its assertions, and with one case of a disjunction made easier."""
    lines = text.splitlines()
    for place, line in enumerate(lines):
        if line.startswith("(assert "):
            kept = [*lines[:place], "(assert true)", *lines[place + 1 :]]
            yield "\n".join(kept)
            yield "\n".join([*lines[:place], f"(assert (or true {line[8:-1]}))", *lines[place + 1 :]])
            for old, new in (("bvult", "bvule"), ("(not (= ", "(not (bvult "), ("bvadd", "bvsub")):
                if old in line:
                    yield "\n".join([*lines[:place], line.replace(old, new, 1), *lines[place + 1 :]])


@pytest.mark.parametrize("name", SAMPLES)
def test_no_certificate_is_accepted_for_a_possible_sibling(name: str) -> None:
    certificate = json.loads(certified(name))
    possible = 0
    for sibling in weakened(SAMPLES[name]):
        if accepted(check.read(sibling), certificate):
            assert z3_says(sibling) == "unsat"
        elif z3_says(sibling) == "sat":
            possible += 1
    assert possible > 0


# Tamperings. Those of the first table are never valid; those of the second may by chance leave a proof,
# and are then tried on possible siblings, for which nothing is a proof.


def somewhere(chance: random.Random, certificate: Json, key: str) -> Json:
    found = [step for step in steps(certificate["proof"]) if key in step]
    return chance.choice(found) if found else None


def drop_case(chance: random.Random, certificate: Json) -> bool:
    step = somewhere(chance, certificate, "cases")
    if step is None:
        return False
    step["cases"].pop(chance.randrange(len(step["cases"])))
    return True


def repeat_case(chance: random.Random, certificate: Json) -> bool:
    step = somewhere(chance, certificate, "cases")
    if step is None:
        return False
    step["cases"].append(step["cases"][0])
    return True


def drop_side(chance: random.Random, certificate: Json) -> bool:
    step = somewhere(chance, certificate, "branch")
    if step is None:
        return False
    del step[chance.choice(["low", "high", "at", "branch"])]
    return True


def in_leaf(
    change: Callable[[random.Random, list[list[Any]]], None],
) -> Callable[[random.Random, Json], bool]:
    def tamper(chance: random.Random, certificate: Json) -> bool:
        change(chance, somewhere(chance, certificate, "farkas")["farkas"])
        return True

    return tamper


def negative(chance: random.Random, rows: list[list[Any]]) -> None:
    chance.choice(rows)[1] *= -1


def add_negative(chance: random.Random, rows: list[list[Any]]) -> None:
    rows.append([chance.choice(rows)[0], -1])


def zero(chance: random.Random, rows: list[list[Any]]) -> None:
    chance.choice(rows)[1] = 0


def as_float(chance: random.Random, rows: list[list[Any]]) -> None:
    pair = chance.choice(rows)
    pair[1] = float(pair[1])


def as_text(chance: random.Random, rows: list[list[Any]]) -> None:
    pair = chance.choice(rows)
    pair[1] = str(pair[1])


def as_truth(chance: random.Random, rows: list[list[Any]]) -> None:
    chance.choice(rows)[chance.randrange(2)] = True


def no_such_row(chance: random.Random, rows: list[list[Any]]) -> None:
    chance.choice(rows)[0] = chance.choice([10**6, -1, -2])


def empty(_: random.Random, rows: list[list[Any]]) -> None:
    rows.clear()


def three(chance: random.Random, rows: list[list[Any]]) -> None:
    chance.choice(rows).append(1)


def extra_key(chance: random.Random, certificate: Json) -> bool:
    step = chance.choice(list(steps(certificate["proof"])))
    step[
        chance.choice(
            ["note", "cut", "farkas", "branch", "split"] if "farkas" not in step else ["note", "cut"]
        )
    ] = []
    return True


def wrong_kind(chance: random.Random, certificate: Json) -> bool:
    step = chance.choice(list(steps(certificate["proof"])))
    key = chance.choice(list(step))
    step[key] = chance.choice([None, True, "0", 0.0, {}, {"0": 1}, [[]], [None], [[0]], -1, 10**9])
    return True


def other_format(_: random.Random, certificate: Json) -> bool:
    certificate["format"] += "0"
    return True


NEVER: dict[str, Callable[[random.Random, Json], bool]] = {
    "case dropped": drop_case,
    "case repeated": repeat_case,
    "side dropped": drop_side,
    "extra key": extra_key,
    "wrong kind": wrong_kind,
    "other format": other_format,
    **{
        change.__name__: in_leaf(change)
        for change in (negative, add_negative, zero, as_float, as_text, as_truth, no_such_row, empty, three)
    },
}


@pytest.mark.parametrize("tampering", NEVER)
def test_tampering_is_refused(tampering: str) -> None:
    chance = random.Random(tampering)
    done = 0
    for name in SAMPLES:
        problem = check.read(SAMPLES[name])
        for _ in range(10):
            certificate = json.loads(certified(name))
            if NEVER[tampering](chance, certificate):
                done += 1
                assert not accepted(problem, certificate), (name, certificate)
    assert done >= 10


def shuffle(chance: random.Random, certificate: Json) -> None:
    """Any number anywhere changed, two sub-proofs swapped, or a step replaced by another."""
    every = list(steps(certificate["proof"]))
    step = chance.choice(every)
    key = chance.choice(list(step))
    if key in ("farkas", "branch"):
        pair = chance.choice(step[key])
        place = chance.randrange(2)
        pair[place] = max(1 - place, pair[place] + chance.choice([-1, 1, 2]))
    elif key in ("at", "split"):
        step[key] = max(0, step[key] + chance.choice([-1, 1]))
    elif key == "cases":
        chance.shuffle(step[key])
    else:
        step[key] = copy.deepcopy(chance.choice(every))


@pytest.mark.parametrize("name", SAMPLES)
def test_what_survives_a_change_proves_nothing_that_is_possible(name: str) -> None:
    chance = random.Random(name)
    problem = check.read(SAMPLES[name])
    possible = [check.read(text) for text in weakened(SAMPLES[name]) if z3_says(text) == "sat"]
    refused = 0
    for _ in range(150):
        certificate = json.loads(certified(name))
        for _ in range(chance.randint(1, 3)):
            shuffle(chance, certificate)
        refused += not accepted(problem, certificate)
        for sibling in possible:
            assert not accepted(sibling, certificate)
    assert refused > 75


@pytest.mark.parametrize(
    "certificate", [None, 1, "x", [], {}, {"format": "xen-layout-certificate/1"}, {"proof": {}}]
)
def test_what_is_no_certificate_is_refused(certificate: Json) -> None:
    with pytest.raises(check.Bad):
        check.check(check.read(SAMPLES["sorted"]), certificate)


def test_deep_nesting_is_refused() -> None:
    proof: Json = {"farkas": []}
    for _ in range(100_000):
        proof = {"cut": [], "divide": 1, "then": proof}
    with pytest.raises(check.Bad, match="nested too deeply"):
        check.check(check.read(SAMPLES["sorted"]), {"format": check.CERTIFICATE, "proof": proof})
    while proof.get("then"):
        proof = proof["then"]  # else Python frees it recursively


def test_a_cut_rounds_up_and_only_where_all_coefficients_divide() -> None:
    # rows as they are numbered: 0 <= q, q <= 2^64 - 1, ... ; 2 * (q <= 3) and 3 * (q >= 2) need no cut
    problem = check.read(
        obligation(["q"], [], ["(bvule q #x0000000000000003)", "(bvule q #x0000000000000005)"])
    )
    leaf = {"farkas": [[0, 1]]}

    def with_cut(rows: Json, divide: Json) -> Json:
        return {"format": check.CERTIFICATE, "proof": {"cut": rows, "divide": divide, "then": leaf}}

    for rows, divide in (
        ([[2, 1]], 2),
        ([[2, 3]], 2),
        ([[2, 1]], 0),
        ([[2, 1]], -1),
        ([[2, 1]], 1.0),
        ([[2, 1]], True),
    ):
        with pytest.raises(check.Bad, match=r"does not divide|not a step|unknown step"):
            check.check(problem, with_cut(rows, divide))
    with pytest.raises(
        check.Bad, match="no contradiction"
    ):  # divisible: the cut is taken, the leaf is not one
        check.check(problem, with_cut([[2, 2]], 2))


def test_a_cut_proves_what_no_leaf_can() -> None:
    problem = check.Problem()
    problem.ranges = [(0, 9)]
    problem.rows = [{0: 3, -1: -5}, {0: -3, -1: 4}]  # 4 <= 3 * x <= 5
    frame = {"format": check.CERTIFICATE}
    cut = {"cut": [[0, 1]], "divide": 3, "then": {"farkas": [[1, 1], [2, 3]]}}
    assert accepted(problem, {**frame, "proof": cut})  # x <= 1, so 4 <= 3
    assert not accepted(problem, {**frame, "proof": {**cut, "divide": 1}})
    assert not accepted(problem, {**frame, "proof": {**cut, "divide": 2}})
    assert not accepted(problem, {**frame, "proof": {**cut, "cut": [[1, 1]]}})
    problem.rows[1] = {0: -3, -1: 3}  # x = 1 is possible now
    assert not accepted(problem, {**frame, "proof": cut})


def test_a_branch_covers_all_whole_numbers_and_no_more() -> None:
    problem = check.Problem()
    problem.ranges = [(0, 9), (0, 9)]
    problem.rows = [{0: 2, 1: -2, -1: -1}, {0: -2, 1: 2, -1: 1}]  # 2 * (x - y) = 1
    branch = {
        "branch": [[0, 1], [1, -1]],
        "at": 0,
        "low": {"farkas": [[1, 1], [2, 2]]},
        "high": {"farkas": [[0, 1], [2, 2]]},
    }
    certificate = {"format": check.CERTIFICATE, "proof": branch}
    assert accepted(problem, certificate)
    for change in (
        {"at": 1},
        {"at": -1},
        {"at": 0.5},
        {"at": False},
        {"branch": [[0, 1]]},
        {"branch": [[0, 1], [1, -0.5]]},
        {"branch": [[0, 1], [2, -1]]},
        {"low": branch["high"], "high": branch["low"]},
    ):
        assert not accepted(problem, {**certificate, "proof": {**branch, **change}})


def random_obligation(chance: random.Random) -> str:
    terms = Terms(chance, ["a", "b"], ["p"])
    return obligation(["a", "b"], ["p"], [terms.formula(3) for _ in range(chance.randint(2, 5))])


@pytest.mark.parametrize("seed", range(6))
def test_what_is_certified_is_what_z3_finds_impossible(seed: int) -> None:
    """z3 decides the text as bit-vectors, which shares nothing with the translation to whole numbers."""
    chance = random.Random(seed)
    met: Counter[str] = Counter()
    for _ in range(25):
        text = random_obligation(chance)
        verdict = z3_says(text)
        try:
            certificate = certify(text, questions=500)
        except NoCertificateError:
            met[f"{verdict}, none"] += 1
            continue
        met[f"{verdict}, certified"] += 1
        assert verdict == "unsat", text
        assert accepted(check.read(text), json.loads(json.dumps(certificate)))
    assert met["unsat, certified"] >= 3
    assert met["sat, none"] >= 3
    assert met["unsat, none"] <= 3


def test_the_answer_for_a_possible_obligation_says_so() -> None:
    with pytest.raises(NoCertificateError, match="possible"):
        certify(obligation(["a"], [], ["(bvult a #x0000000000000005)"]))


def test_giving_up_is_an_error() -> None:
    with pytest.raises(NoCertificateError, match="no proof found"):
        certify(SAMPLES["holes"], questions=5)


def test_what_is_not_of_the_fragment_is_refused() -> None:
    with pytest.raises(ValueError, match="line 2"):
        certify("(set-logic QF_BV)\n(assert (bvslt a b))\n(check-sat)\n")


def test_names_and_order_do_not_matter_to_the_proof() -> None:
    text = re.sub(r"\b(cursor|next|seen)\b", r"other_\1.x-1", SAMPLES["step"])
    assert certify(text) == json.loads(certified("step"))
