"""`verifier prove`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from verifier.commands import run
from verifier.commands.prove import Asked, prove
from verifier.layout.errors import InputError
from verifier.layout.theorem_report import Judged, TheoremFound, TheoremReport, runs, worst
from verifier.reports import theorem_text
from verifier.theorems.catalogue import theorems
from verifier.theorems.families import tags
from verifier.theorems.recorded import recorded
from verifier.theorems.selection import chosen
from verifier.theorems.statement import Theorem
from verifier.theorems.verdict import Prover, Verdict
from verifier.xen.release import Xen, xen

Capture = pytest.CaptureFixture[str]
QUICK = "libxl/sort"
"""A theorem with two obligations that is proved wherever there is iomem to sort."""
NAMES = [each.name for each in theorems()]


def shown(arguments: Sequence[str], capsys: Capture, status: int) -> str:
    """Standard output of a run that writes nothing else."""
    assert run(["prove", *arguments]) == status
    out, err = capsys.readouterr()
    assert err == ""
    return out


@pytest.mark.parametrize(
    ("names", "fits"),
    [
        ((), lambda _: True),
        (("libxl/aligned",), lambda name: name == "libxl/aligned"),
        (("libxl",), lambda name: name.startswith("libxl/")),
        (("aligned",), lambda name: name.endswith("/aligned")),
        (("libxl/avoids-*",), lambda name: name.startswith("libxl/avoids-")),
        (("avoids-*",), lambda name: "/avoids-" in name),
        (("*u-holes",), lambda name: name.startswith(("domu-holes/", "iommu-holes/"))),
        (
            ("sorted", "rangeset", "rangeset/add"),
            lambda name: name.endswith("/sorted") or name.startswith("rangeset/"),
        ),
    ],
)
def test_names(names: tuple[str, ...], fits: Callable[[str], bool]) -> None:
    expected = [name for name in NAMES if fits(name)]
    assert len(expected) >= 1
    assert [each.name for each in chosen(names)] == expected


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("libxl/alined", 'no theorem "libxl/alined"; did you mean "libxl/aligned"'),
        ("libx", 'no theorem "libx"; did you mean "libxl"'),
        ("algned", 'no theorem "algned"; did you mean "aligned"'),
        ("libxl/zzz*", 'no theorem "libxl/zzz*"'),
        ("", 'no theorem ""'),
        ("[", 'no theorem "["'),
        ("../../etc/passwd", 'no theorem "../../etc/passwd"'),
        ("\x1b[31mlibxl", 'no theorem "\\x1b[31mlibxl"'),
        ("x" * 5000, 'no theorem "xxx'),
    ],
)
def test_names_of_nothing(name: str, words: str, capsys: Capture) -> None:
    assert run(["prove", QUICK, name]) == 2
    out, err = capsys.readouterr()
    assert err.startswith("error: ")
    assert words in err
    assert "Traceback" not in err
    assert out == ""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--xen", "4.3"], "has no layout macros"),
        (["--xen", "nine"], '"nine" is no release'),
        (["--xen", "4.21.77"], 'no release "4.21.77"; of 4.21 there are 4.21.0'),
        (["--build", "fast"], "--build"),
        (["--timeout", "0"], "--timeout"),
        (["--seed", "-1"], "--seed"),
        (["--format", "pdf"], "no format 'pdf'"),
        (["-o", "no-such-folder/x"], "no-such-folder/x: error: cannot be written"),
        (["--export-proof", "/dev/null/x"], "/dev/null/x: error: cannot be made"),
        (["--recheck"], "--recheck takes no names"),
        (["--recheck", "--xen", "4.21"], "--recheck re-checks all that is stored: no --xen"),
        (["--recheck", "--cross-check"], "--recheck re-checks all that is stored: no --xen, --cross-check"),
        (["--recheck", "--export-proof", "x"], "--cross-check or --export-proof goes with it"),
    ],
)
def test_wrong_usage(arguments: list[str], words: str, capsys: Capture) -> None:
    assert run(["prove", QUICK, *arguments]) == 2
    out, err = capsys.readouterr()
    assert words in err
    assert "Traceback" not in err
    assert out == ""


def test_an_error_is_json_for_who_asked_for_json(capsys: Capture) -> None:
    assert run(["prove", "nothing", "--format", "json"]) == 2
    error = json.loads(capsys.readouterr().out)
    assert (error["command"], error["verdict"]) == ("prove", "error")


@pytest.mark.parametrize(
    ("given", "tag"), [("4.21", "4.21.2"), ("xen-4.21.1", "4.21.1"), ("head", "head"), ("xen-4.22", "4.22.0")]
)
def test_releases(given: str, tag: str, capsys: Capture) -> None:
    out = shown([QUICK, "--xen", given, "-q"], capsys, 0)
    assert out == f"prove: proved (1 theorem: 1 proved, 0 refuted, 0 unknown) for xen {tag}\n"


def test_all_releases(capsys: Capture) -> None:
    """libxl cuts regions around iomem since 108308feef: 4.21.0; before there is nothing to sort."""
    out = shown([QUICK], capsys, 0)
    assert out.startswith("prove: proved (1 theorem: 1 proved, 0 refuted, 0 unknown) for xen 4.4.0 to head\n")
    assert "\nlibxl:\n  sort  proved 4.21.0..head, not-applicable before\n" in out


def test_a_release_that_has_nothing_to_prove(capsys: Capture) -> None:
    out = shown([QUICK, "--xen", "4.15"], capsys, 3)
    assert out.splitlines()[0] == (
        "prove: unknown (1 theorem: 0 proved, 0 refuted, 0 unknown, 1 not-applicable) for xen 4.15.7: nothing is proved"
    )


def test_a_debug_build(capsys: Capture) -> None:
    assert ", debug build\n" in shown([QUICK, "--xen", "head", "--build", "debug", "-q"], capsys, 0)


def test_a_refutation_has_its_input_and_what_comes_out(capsys: Capture) -> None:
    """libxl rounds nothing after it has cut out iomem."""
    out = shown(["libxl/aligned", "--xen", "head"], capsys, 1)
    kept = recorded("libxl/aligned")[0]
    assert "\n  aligned  refuted\n" in out
    assert re.search(
        r"^refuted: Every region of guests of xl begins and ends at a multiple of 2 MiB: this fails because "
        r"extended region "
        r"\[0x[0-9a-f]+, 0x[0-9a-f]+\) \(.*\) (starts|ends) at 0x[0-9a-f]+, .* above a multiple of 2 MiB  "
        r"\[libxl/aligned\]$",
        out,
        re.MULTILINE,
    )
    assert f"  input: {kept.what} (proofs/counterexamples/libxl.aligned.json)\n" in out
    gfn, number = kept.setting.iomem[0]
    assert f"iomem: [{gfn << 12:#x}, {gfn + number << 12:#x}) (" in out
    assert f"in xl's syntax START,{number:x}@{gfn:x}\n" in out
    assert re.search(r"^  comes out: \d+ extended regions?\n    \[0x", out, re.MULTILINE)
    assert "  source: tools/libs/light/libxl_arm.c: finalize_hypervisor_node" in out


def test_what_a_verdict_rests_on(capsys: Capture) -> None:
    out = shown(["libxl/aligned", "--xen", "4.20"], capsys, 0)
    assert re.search(
        r"^\d+ different obligations?: \d+ decided by arithmetic, \d+ by z3 [0-9.]+; 0 vacuous$",
        out,
        re.MULTILINE,
    )
    (theorem,) = chosen(["libxl/aligned"])
    for each in theorem.assumptions:
        assert f"\n  {each.id}: {each.statement} ({each.source})\n" in out
    assert "sensible-entries" not in out  # an assumption of other theorems


def test_verbose_shows_obligations_and_times(capsys: Capture) -> None:
    plain, verbose = (shown([QUICK, "--xen", "head", *more], capsys, 0) for more in ((), ("-v",)))
    (theorem,) = chosen([QUICK])
    for each in theorem.obligations(xen("head")) or ():
        assert re.search(
            rf"^    {each.name} \(\d+\.\d ms, proved\): {re.escape(each.says)}$", verbose, re.MULTILINE
        )
        assert each.says not in plain
    assert "    for any number of: iomem\n" in verbose
    assert re.search(r"^\d+\.\d{3} seconds$", verbose, re.MULTILINE)
    assert " ms" not in plain
    assert "seconds" not in plain


def patched(monkeypatch: pytest.MonkeyPatch, words: Mapping[str, str]) -> None:
    """Theorems have the verdicts given, whatever the release."""

    def verdict(_: Prover, theorem: Theorem, _xen: Xen) -> Verdict:
        return Verdict(theorem, words[theorem.name], "because a test says so")  # type: ignore[arg-type]  # any text

    monkeypatch.setattr(Prover, "verdict", verdict)


@pytest.mark.parametrize(
    ("first", "second", "status", "verdict"),
    [
        ("proved", "proved", 0, "proved"),
        ("proved", "not-applicable", 0, "proved"),
        ("proved", "unknown", 3, "unknown"),
        ("unknown", "unknown", 3, "unknown"),
        ("not-applicable", "not-applicable", 3, "unknown"),
        ("not-applicable", "unknown", 3, "unknown"),
    ],
)
def test_exits(
    first: str,
    second: str,
    status: int,
    verdict: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
) -> None:
    patched(monkeypatch, {"libxl/sort": first, "libxl/aligned": second})
    for release in ([], ["--xen", "head"]):
        out = shown(["libxl/sort", "libxl/aligned", *release], capsys, status)
        assert out.startswith(f"prove: {verdict} (2 theorems: ")
        if "unknown" in (first, second):
            assert "because a test says so" in out
    assert run(["prove", "libxl/sort", "libxl/aligned", "--expect", verdict]) == 0
    assert run(["prove", "libxl/sort", "libxl/aligned", "--expect", "refuted"]) == (3 if status == 3 else 1)


def test_refuted_comes_before_unknown(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    real = Prover.verdict

    def verdict(prover: Prover, theorem: Theorem, model: Xen) -> Verdict:
        return (
            real(prover, theorem, model)
            if theorem.name == "libxl/aligned"
            else Verdict(theorem, "unknown", "?")
        )

    monkeypatch.setattr(Prover, "verdict", verdict)
    out = shown(["libxl/sort", "libxl/aligned", "--xen", "head", "-q"], capsys, 1)
    assert out == "prove: refuted (2 theorems: 0 proved, 1 refuted, 1 unknown) for xen head\n"


def test_a_solver_that_gives_up_is_unknown(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """With next to no resources z3 says unknown, and so does the report."""
    monkeypatch.setattr("verifier.logic.solver.RESOURCE_LIMIT", 1)
    out = shown([QUICK, "--xen", "head"], capsys, 3)
    assert re.search(r"^unknown: obligation \S+ is unknown: .+  \[libxl/sort\]$", out, re.MULTILINE)


def test_json(capsys: Capture) -> None:
    """The fixture of all tests holds it against the schema."""
    report = json.loads(shown(["libxl/aligned", "libxl/sort", "--format", "json"], capsys, 1))
    assert (report["command"], report["verdict"], report["release"]) == ("prove", "refuted", None)
    assert report["trust"]["obligations"] == sum(report["trust"]["decided_by"].values()) > 0
    assert report["trust"]["assumptions_satisfiable"] is True
    assert {each["id"] for each in report["assumptions"]} == {"width", "windows", "iomem-fits"}
    found = {(each["property"], each["verdict"]): each for each in report["findings"]}
    assert len(found) == len(report["findings"])
    for name in ("libxl/aligned", "libxl/sort"):
        said = [tag for (each, _), finding in found.items() if each == name for tag in finding["releases"]]
        assert sorted(said) == sorted(tags())
    refuted = found["libxl/aligned", "refuted"]
    assert refuted["releases"][-1] == "head"
    kept = recorded("libxl/aligned")[0]
    assert refuted["counterexample"]["configuration"] == kept.setting.to_json()
    address = int(refuted["counterexample"]["address"], 16)
    assert address % (2 << 20)
    ends = [
        int(each[key], 16)
        for each in refuted["counterexample"]["extended_regions"]
        for key in ("start", "end")
    ]
    assert address in ends
    assert found["libxl/aligned", "proved"]["releases"][-1] == "4.20.4"
    assert "counterexample" not in found["libxl/aligned", "proved"]


def test_json_of_one_release_is_the_same_each_time(capsys: Capture) -> None:
    first, second, seeded = (
        shown(["rangeset", "--xen", "head", "--format", "json", *more], capsys, 0)
        for more in ((), (), ("--seed", "7"))
    )
    assert first == second == seeded
    assert json.loads(first)["release"] == "head"


def test_times_in_json_only_when_asked_for(capsys: Capture) -> None:
    plain, verbose = (
        json.loads(shown([QUICK, "--xen", "head", "--format", "json", *more], capsys, 0))
        for more in ((), ("-v",))
    )
    assert set(verbose) - set(plain) == {"seconds"}
    assert "milliseconds" in verbose["findings"][0]["obligations"][0]
    assert "milliseconds" not in plain["findings"][0]["obligations"][0]


def test_formats_into_files(tmp_path: Path, capsys: Capture) -> None:
    target = tmp_path / "out.json"
    out = shown([QUICK, "--xen", "head", "--format", f"json={target}", "--format", "text", "-q"], capsys, 0)
    assert out.startswith("prove: proved (")
    assert json.loads(target.read_text())["subject"] == {"kind": "theorems", "name": QUICK}
    assert [path.name for path in tmp_path.iterdir()] == ["out.json"]


def judged(verdict: str, *releases: str) -> Judged:
    return Judged(verdict, releases, "said")


@pytest.mark.parametrize(
    ("found", "text"),
    [
        ([judged("proved", "1", "2", "3", "4")], "proved in all"),
        ([judged("proved", "3", "4"), judged("refuted", "1", "2")], "proved 3..4, refuted before"),
        (
            [judged("proved", "2", "4"), judged("refuted", "3"), judged("not-applicable", "1")],
            "proved 4 and 2, refuted 3, not-applicable before",
        ),
        ([judged("unknown", "2", "3", "4"), judged("proved", "1")], "unknown 2..4, proved before"),
        ([judged("proved", "2", "4"), judged("refuted", "1", "3")], "proved 4 and 2, refuted 3 and 1"),
    ],
)
def test_verdicts_of_many_releases_in_few_words(found: list[Judged], text: str) -> None:
    theorem = TheoremFound("a/b", "S.", "W.", (), "", (), tuple(found))
    report = TheoremReport((), None, ("1", "2", "3", "4"), "release", "z3", (theorem,), (), 0, 0, 0, 0.0)
    assert theorem_text.verdicts(theorem, report) == text


def test_runs() -> None:
    assert runs(["a", "b", "d"], ["a", "b", "c", "d"]) == [("d", "d"), ("a", "b")]
    assert worst(["proved", "unknown"], "x") == "unknown"
    assert worst(["not-applicable"], "x") == "x"


def test_the_report_is_a_plain_function() -> None:
    report = prove(Asked((QUICK,), "4.22"))
    assert report.release == "4.22.0"
    assert report.verdict == "proved"
    with pytest.raises(InputError):
        prove(Asked(("nothing",)))
