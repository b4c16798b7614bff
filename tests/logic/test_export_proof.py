"""A proof counts what it only claims, names what it proves, and is none for what is not proved."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.logic.obligations import script
from tests.logic.test_second_opinion import HARD, SAT, UNSAT
from verifier.layout.errors import InputError, InternalError
from verifier.logic import ask_cvc5
from verifier.logic.export_proof import NoProofError, Proof, export_proof, export_proofs, read_proof

ROUNDED = script(
    ["start", "down"],
    [("=", "down", ("bvand", "start", 0xFFFF_FFFF_FFE0_0000)), ("bvult", "start", "down")],
)
"""Rounding down to 2 MiB never goes up."""
GOOD = (
    "(\n(assume @p1 a)\n(step @p2 :rule one :premises (@p1))\n(step @p3 false :rule two :premises (@p2))\n)\n"
)


@pytest.fixture(scope="module")
def proofs() -> dict[str, Proof | NoProofError]:
    texts = {
        "bounded.smt2": UNSAT,
        "wraps.smt2": SAT,
        "refused.smt2": UNSAT.replace("bvult", "bvless"),
        "defined.smt2": UNSAT.replace("(assert", "(define-fun t () Bool true)\n(assert", 1),
        "asks-twice.smt2": UNSAT + "(check-sat)\n",
        "rounded.smt2": ROUNDED,
    }
    found = export_proofs(texts, timeout=60, jobs=2)
    assert list(found) == list(texts)
    return dict(found)


@pytest.mark.parametrize(("name", "text"), [("bounded.smt2", UNSAT), ("rounded.smt2", ROUNDED)])
def test_a_proof(proofs: dict[str, Proof | NoProofError], name: str, text: str) -> None:
    proof = proofs[name]
    assert isinstance(proof, Proof)
    lines = proof.text.splitlines()
    assert (proof.format, proof.trust_steps, proof.complete) == ("cpc", 0, True)
    assert proof.steps == sum(line.startswith("(step") for line in lines) > 10
    assert lines[0] == f"; proof by {proof.solver} in CPC: {proof.steps} steps, of which 0 trusted"
    assert lines[1] == f"; of {name}, sha256 {hashlib.sha256(text.encode()).hexdigest()}"
    assert lines[2] == f'(reference "{name}")'
    assert lines[-1].startswith("(step @p")
    assert " false :rule " in lines[-1]
    assert all(line.startswith(("(", ";")) and len(line) > 1 for line in lines)
    assert not [line for line in lines if line.startswith("(declare")]


@pytest.mark.parametrize(
    ("name", "result", "message"),
    [
        ("wraps.smt2", "sat", "finds it satisfiable"),
        ("refused.smt2", "unknown", "bvless"),
        ("defined.smt2", "unknown", "(a define-fun, which"),
        ("asks-twice.smt2", "unknown", "one (check-sat) after them"),
    ],
)
def test_no_proof(proofs: dict[str, Proof | NoProofError], name: str, result: str, message: str) -> None:
    fault = proofs[name]
    assert isinstance(fault, NoProofError)
    assert fault.result == result
    assert fault.message.startswith(f"no proof of {name}: cvc5 ")
    assert message in fault.message


def test_one_proof_or_one_error() -> None:
    assert export_proof(ROUNDED).complete
    with pytest.raises(NoProofError, match=r"obligation\.smt2: .* satisfiable") as caught:
        export_proof(SAT)
    assert isinstance(caught.value, InputError)


def test_too_hard_has_no_proof() -> None:
    with pytest.raises(NoProofError, match="does not decide it") as caught:
        export_proof(HARD, timeout=0.5)
    assert caught.value.result == "unknown"


def test_trusted_steps_of_a_real_proof_are_counted() -> None:
    """At a coarser granularity cvc5 rewrites without saying why: it prints a warning for each kind of such step."""
    result, _, printed = ask_cvc5.proof(UNSAT, 60.0, "theory-rewrite")
    assert result == "unsat"
    proof = read_proof(printed, "bounded.smt2", UNSAT, "cvc5")
    assert proof.trust_steps == printed.count(":rule trust ") > 0
    assert not proof.complete
    assert proof.text.splitlines()[0].endswith(f"{proof.trust_steps} trusted; incomplete")


@pytest.mark.parametrize("rule", ["trust", "trust_theory_rewrite", "hole", "step_sorry"])
def test_every_name_of_a_claim_counts(rule: str) -> None:
    assert read_proof(GOOD, "a", "", "cvc5").complete
    for place in ("one", "two"):
        proof = read_proof(GOOD.replace(f":rule {place}", f":rule {rule}"), "a", "", "cvc5")
        assert (proof.steps, proof.trust_steps, proof.complete) == (2, 1, False)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("(assume @p1 a)", "(axiom @p1 a)", 'not known: "\\(axiom'),
        ("(step @p2 :rule one", "(step @p2", 'not known: "\\(step @p2'),
        ("@p3 false", "@p3", "does not end in false"),
        ("@p3 false", "@p3 (not false)", "does not end in false"),
        ("(step @p3", "; (step @p3", "does not end in false"),
        ("(\n", "", "in parentheses"),
        (GOOD, "", "in parentheses"),
    ],
)
def test_a_proof_that_is_not_understood_is_none(old: str, new: str, message: str) -> None:
    with pytest.raises(InternalError, match=message):
        read_proof(GOOD.replace(old, new), "a", "", "cvc5")


@pytest.mark.parametrize("name", ['a".smt2', "", "a b.smt2", "a\n.smt2"])
def test_a_name_that_a_reference_cannot_have(name: str) -> None:
    with pytest.raises(ValueError, match="no name of a file"):
        export_proofs({name: UNSAT})


@pytest.mark.skipif(
    not (shutil.which("ethos") and os.environ.get("CPC_SIGNATURE")),
    reason="needs ethos, and CPC_SIGNATURE=file: Cpc.eo of the same cvc5",
)
def test_an_independent_checker(proofs: dict[str, Proof | NoProofError], tmp_path: Path) -> None:
    def checked(text: str, proof: str) -> str:
        (tmp_path / "bounded.smt2").write_text(text)
        (tmp_path / "bounded.cpc").write_text(proof)
        signature = os.environ["CPC_SIGNATURE"]
        options = ["--require-proof-of-false", f"--include={signature}", str(tmp_path / "bounded.cpc")]
        done = subprocess.run(["ethos", *options], capture_output=True, text=True, check=False)
        return done.stdout.strip() if done.returncode == 0 else "refused"

    proof = proofs["bounded.smt2"]
    assert isinstance(proof, Proof)
    assert checked(UNSAT, proof.text) == "correct"
    assert checked(UNSAT.replace("#x0001", "#x0003"), proof.text) == "refused"
    cut = proof.text.splitlines()
    assert checked(UNSAT, "\n".join([*cut[:-2], cut[-1]])) == "refused"
    _, _, printed = ask_cvc5.proof(UNSAT, 60.0, "theory-rewrite")
    assert checked(UNSAT, read_proof(printed, "bounded.smt2", UNSAT, "cvc5").text) == "incomplete"
