"""`python proofs/check.py FOLDER`: what it says and its exit status, on good, tampered and broken folders."""

from __future__ import annotations

import ast
import copy
import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from tests.proofs.samples import SAMPLES
from verifier.logic.certify import certify, checker

CHECK = Path(__file__).parents[2] / "proofs" / "check.py"
NAMES = ["page-between", "sorted"]


@cache
def certificate(name: str) -> str:
    return json.dumps(certify(SAMPLES[name]))


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_index(folder: Path, change: Callable[[Any], None] = lambda _: None) -> None:
    """The index of a folder, with the hashes that its files have."""
    index: dict[str, Any] = {"format": "xen-layout-proofs/1", "obligations": {}, "theorems": []}
    for name in NAMES:
        files = f"obligations/{name}.smt2", f"certificates/{name}.json"
        first, second = (digest(folder / file) if (folder / file).exists() else "" for file in files)
        index["obligations"][name] = {"file": files[0], "sha256": first}
        index["obligations"][name] |= {"certificate": files[1], "certificate_sha256": second}
    family: dict[str, Any] = {"releases": ["4.20.0", "head"], "counterexample": None, "reason": ""}
    family |= {"verdict": "proved", "obligations": list(NAMES), "uses": ["frames/lemma"]}
    refuted = {
        **family,
        "releases": ["4.19.0"],
        "verdict": "refuted",
        "obligations": [],
        "uses": [],
        "counterexample": "x.json",
    }
    lemma = {"name": "frames/lemma", "families": [{**family, "uses": []}]}
    theorem = {
        "name": "frames/between",
        "statement": "",
        "assumptions": [],
        "sources": [],
        "families": [family, refuted],
    }
    index["theorems"] += [theorem]
    index["theorems"].insert(0, lemma)
    change(index)
    (folder / "index.json").write_text(json.dumps(index))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for kind in ("obligations", "certificates"):
        (tmp_path / kind).mkdir()
    for name in NAMES:
        (tmp_path / "obligations" / f"{name}.smt2").write_text(SAMPLES[name])
        (tmp_path / "certificates" / f"{name}.json").write_text(certificate(name))
    write_index(tmp_path)
    return tmp_path


def program(folder: Path) -> tuple[int, list[str]]:
    """The checker in a bare interpreter: no packages, no environment."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", CHECK, folder], capture_output=True, text=True, check=False
    )
    assert not done.stderr
    return done.returncode, done.stdout.splitlines()


def run(folder: Path) -> tuple[int, list[str]]:
    """The checker as a module, where `tests/mutation` can plant faults; that it says what the program says is a test."""
    with redirect_stdout(StringIO()) as output:
        status = checker().main([str(folder)])
    return status, output.getvalue().splitlines()


def test_a_good_folder_checks(folder: Path) -> None:
    assert run(folder) == (0, ["2 theorems, 2 obligations: no problems"])


def test_the_folder_is_by_default_that_of_the_checker(folder: Path) -> None:
    copied = shutil.copy(CHECK, folder / "check.py")
    done = subprocess.run([sys.executable, "-I", copied], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_checker_is_short_and_imports_the_standard_library_only() -> None:
    text = CHECK.read_text(encoding="utf-8")
    assert len(text.splitlines()) < 300
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = (
                [node.module] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
            )
            assert all(str(name).split(".")[0] in sys.stdlib_module_names for name in names)


def other_certificate(folder: Path) -> None:
    """A proof of something else under this name, with the right hash."""
    (folder / "certificates" / "sorted.json").write_text(certificate("page-between"))
    write_index(folder)


def weaker_obligation(folder: Path) -> None:
    path = folder / "obligations" / "sorted.smt2"
    path.write_text(path.read_text().replace("(assert (bvult b_last c_start))\n", ""))
    write_index(folder)


def comment(folder: Path) -> None:
    with (folder / "obligations" / "sorted.smt2").open("a") as file:
        file.write("; more\n")


def family(change: Callable[[Any], None]) -> Callable[[Path], None]:
    return lambda folder: write_index(folder, lambda index: change(index["theorems"][1]["families"][0]))


def entry(change: Callable[[Any], None]) -> Callable[[Path], None]:
    return lambda folder: write_index(folder, lambda index: change(index["obligations"]["sorted"]))


def index(change: Callable[[Any], None]) -> Callable[[Path], None]:
    return lambda folder: write_index(folder, change)


def one_more(theorem: int, **changes: Any) -> Callable[[Path], None]:
    """A family like the first one of the theorem, but for the changes."""

    def change(index: Any) -> None:
        families = index["theorems"][theorem]["families"]
        families.append({**families[0], **changes})

    return lambda folder: write_index(folder, change)


def refuted_and_proved(index: Any) -> None:
    """The lemma is refuted, what rests on it comes next, and then the lemma once more, proved."""
    lemma = index["theorems"][0]
    index["theorems"].append(copy.deepcopy(lemma))
    lemma["families"][0]["verdict"] = "refuted"


def put(path: str, text: str, again: bool = True) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(text)
        if again:
            write_index(folder)

    return change


def remove(path: str) -> Callable[[Path], None]:
    return lambda folder: (folder / path).unlink()


TAMPERED: dict[str, tuple[Callable[[Path], None], str]] = {
    "obligation changed": (comment, "sorted: .*sha256"),
    "certificate changed": (put("certificates/sorted.json", "{} ", again=False), "sorted: .*sha256"),
    "hash changed": (entry(lambda e: e.update(sha256="0" * 64)), "sorted: .*sha256"),
    "hash of the certificate changed": (entry(lambda e: e.update(certificate_sha256="")), "sorted: .*sha256"),
    "certificate of another": (other_certificate, "sorted: "),
    "obligation weakened": (weaker_obligation, "sorted: .*no contradiction"),
    "certificate missing": (remove("certificates/sorted.json"), "sorted: FileNotFound"),
    "obligation missing": (remove("obligations/sorted.smt2"), "sorted: FileNotFound"),
    "certificate empty": (put("certificates/sorted.json", "{}"), "sorted: .*no certificate"),
    "other path": (entry(lambda e: e.update(file="obligations/page-between.smt2")), "sorted: .*path"),
    "proved by nothing": (family(lambda f: f.update(obligations=[])), "frames/between: proved, and"),
    "unknown obligation": (
        family(lambda f: f["obligations"].append("x")),
        "frames/between: proved, and",
    ),
    "rests on what there is not": (family(lambda f: f["uses"].append("x/y")), "frames/between: proved, and"),
    "rests on itself": (family(lambda f: f["uses"].append("frames/between")), "frames/between: proved, and"),
    "rests on a later one": (index(lambda i: i["theorems"].reverse()), "frames/between: proved, and"),
    "rests on what is refuted": (
        index(lambda i: i["theorems"][0]["families"][0].update(verdict="refuted")),
        "frames/between: proved, and",
    ),
    "rests on what says nothing in a release": (
        index(lambda i: i["theorems"][0]["families"][0].update(releases=["4.20.0"])),
        "frames/between: proved, and",
    ),
    "rests on itself in another release": (
        one_more(1, releases=["4.18.0"], uses=["frames/between"]),
        "frames/between: proved, and",
    ),
    "two verdicts of one release": (
        one_more(0, releases=["head"]),
        "frames/lemma: two verdicts of one release",
    ),
    "rests on what is refuted, and proved further down": (
        index(refuted_and_proved),
        "frames/between: proved, and",
    ),
    "proved in no release": (family(lambda f: f.update(releases=[])), "frames/between: proved, and"),
    "unknown verdict": (family(lambda f: f.update(verdict="believed")), "frames/between: believed"),
    "extra obligation": (put("obligations/more.smt2", SAMPLES["holes"]), "more.smt2: not in the index"),
    "extra certificate": (put("certificates/more.json", "{}"), "more.json: not in the index"),
    "extra file": (put("obligations/deep/README", ""), "README: not in the index"),
    "out of the index": (index(lambda i: i["obligations"].pop("sorted")), "sorted.smt2: not in the index"),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_what_was_tampered_with_is_status_1(name: str, folder: Path) -> None:
    change, message = TAMPERED[name]
    change(folder)
    status, lines = run(folder)
    assert status == 1, lines
    assert any(re.search(message, line) for line in lines[:-1]), lines
    assert lines[-1].endswith("problems")
    assert "no problems" not in lines[-1]


BROKEN: dict[str, tuple[Callable[[Path], None], str]] = {
    "no index": (remove("index.json"), "index.json"),
    "index no JSON": (put("index.json", "{", again=False), "index.json"),
    "index nested": (put("index.json", "[" * 100_000, again=False), "index.json"),
    "index a list": (put("index.json", "[]", again=False), "index.json"),
    "index a number": (put("index.json", "7", again=False), "index.json"),
    "index not text": (put("index.json", "\x00", again=False), "index.json"),
    "other format": (index(lambda i: i.update(format="xen-layout-proofs/2")), "index.json"),
    "no theorems": (index(lambda i: i.update(theorems=[])), "nothing to check"),
    "no obligations": (index(lambda i: i.update(obligations={})), "nothing to check"),
    "theorems a word": (index(lambda i: i.update(theorems="all")), "index.json"),
    "family without verdict": (family(lambda f: f.pop("verdict")), "index.json.*verdict"),
    "entry without hash": (entry(lambda e: e.pop("sha256")), "sorted: .*sha256"),
    "entry a word": (index(lambda i: i["obligations"].update(sorted="yes")), "sorted: "),
    "obligation outside the grammar": (
        put("obligations/sorted.smt2", "(set-logic QF_BV)\n(declare-const x (Array Int Int))\n"), "sorted: .*line 2",
    ),
    "obligation not text": (put("obligations/sorted.smt2", "(\x00"), "sorted: .*line 1"),
    "certificate no JSON": (put("certificates/sorted.json", "{'a': 1}"), "sorted: "),
    "certificate nested": (put("certificates/sorted.json", '{"a":' * 100_000), "sorted: Recursion"),
    "a number of ten thousand digits": (put("certificates/sorted.json", "1" * 10_000), "sorted: "),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_what_cannot_be_read_is_status_2(name: str, folder: Path) -> None:
    change, message = BROKEN[name]
    change(folder)
    status, lines = run(folder)
    assert status == 2, lines
    assert any(re.search(message, line) for line in lines[:-1]), lines


def test_one_fault_does_not_hide_another(folder: Path) -> None:
    comment(folder)
    put("obligations/more.smt2", "", again=False)(folder)
    put("certificates/page-between.json", "{}", again=False)(folder)
    status, lines = run(folder)
    assert status == 1
    assert len(lines) == 4
    assert lines[-1] == "2 theorems, 2 obligations: 3 problems"


def test_the_program_says_the_same_as_the_module(folder: Path) -> None:
    assert program(folder) == run(folder) == (0, ["2 theorems, 2 obligations: no problems"])
    assert program(folder / "absent") == run(folder / "absent")
    (folder / "certificates" / "extra.json").write_text("{}")
    assert program(folder) == run(folder)
    assert program(folder)[0] == 1
