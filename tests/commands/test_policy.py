"""Policies: exactly what a waiver covers is waived, and a waiver that nobody needs is an error."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.rules.headers import verdicts
from verifier.commands import run
from verifier.commands.check import check
from verifier.layout.box import Box
from verifier.layout.errors import InputError
from verifier.layout.finding import Finding, Report, Verdict
from verifier.reading.request import Request

HEAD = 'format = "xen-layout-policy/1"\n'
RAM1 = """
[[waiver]]
applies_to = ["xen-4.22"]
property = "within-ipa"
subjects = ["GUEST_RAM1"]
reason = "our machines have 40 bits"
"""
PREFETCH = """
[[waiver]]
applies_to = ["*"]
property = "within-ipa"
subjects = ["GUEST_VPCI_PREFETCH_MEM"]
everywhere = true
reason = "no device is ever assigned"
"""
BOTH_WIDTHS = """
[[waiver.regime]]
ipa_bits = [32]
memory = { min = "0xc0001000" }
[[waiver.regime]]
ipa_bits = [36]
memory = { min = "0xec0001000" }
"""
Policed = Callable[..., Report]


@pytest.fixture
def policed(tmp_path: Path) -> Policed:
    """Check a source under the policy with this text."""

    def policed(text: str, source: str = "xen-4.22", **options: object) -> Report:
        path = tmp_path / "policy.toml"
        path.write_text(HEAD + text)
        return check(Request(source, policy=str(path), **options))  # type: ignore[arg-type]  # as the test gives them

    return policed


def of_ram1(report: Report) -> Finding:
    return next(each for each in report.findings if each.subjects == ("GUEST_RAM1",))


def test_a_waiver_that_covers_all_of_it(policed: Policed) -> None:
    report = policed(RAM1 + BOTH_WIDTHS + PREFETCH)
    assert report.verdict is Verdict.PROVED
    finding = of_ram1(report)
    assert finding.verdict is Verdict.WAIVED
    assert finding.waiver is not None
    assert finding.waiver.reason == "our machines have 40 bits"
    assert finding.regimes == of_ram1(check(Request("xen-4.22", policy="none"))).regimes


@pytest.mark.parametrize(
    ("regime", "left"),
    [
        (
            'ipa_bits = [32]\nmemory = { min = "0xc0001000" }',
            Box({"ipa_bits": (36,)}, {"memory": (0xEC0001, 0x7EC0000)}),
        ),
        # one page less than what fails at 36 bits, and all of 32
        (
            'ipa_bits = [32]\n[[waiver.regime]]\nipa_bits = [36]\nmemory = { min = "0xec0002000" }',
            Box({"ipa_bits": (36,)}, {"memory": (0xEC0001, 0xEC0001)}),
        ),
        (
            'ipa_bits = [32]\n[[waiver.regime]]\nipa_bits = [36]\nmemory = { max = "0x7ebffff000" }',
            Box({"ipa_bits": (36,)}, {"memory": (0x7EC0000, 0x7EC0000)}),
        ),
    ],
)
def test_what_fails_outside_is_refuted(policed: Policed, regime: str, left: Box) -> None:
    report = policed(f"{RAM1}[[waiver.regime]]\n{regime}\n{PREFETCH}")
    assert report.verdict is Verdict.REFUTED
    finding = of_ram1(report)
    assert finding.verdict is Verdict.REFUTED
    assert finding.regimes == (left,)
    assert re.fullmatch(r"only a part is waived, by .*policy.toml:3; this is the rest", finding.details[-1])
    assert finding.counterexample is not None
    assert left.holds(finding.counterexample.configuration)


@pytest.mark.parametrize(
    ("text", "words", "line"),
    [
        (
            RAM1 + BOTH_WIDTHS.replace("[36]", "[40]") + PREFETCH,
            'waiver not needed: nothing of "within-ipa" fails for GUEST_RAM1 in this regime',
            12,
        ),
        (RAM1.replace("RAM1", "RAM0") + "everywhere = true\n", "waiver not needed", 3),
        (RAM1.replace("within-ipa", "no-overlap") + "everywhere = true\n", "waiver not needed", 3),
        (
            RAM1.replace("within-ipa", "witin-ipa") + "everywhere = true\n",
            "names no property that is checked",
            3,
        ),
        (RAM1 + "everywhere = true\nexpires = 2020-02-29\n", "expired on 2020-02-29", 3),
        (
            PREFETCH.replace("everywhere = true", "") + "[[waiver.regime]]\nvpci = [false]\n",
            "waiver not needed",
            9,
        ),
    ],
)
def test_a_waiver_that_nothing_needs_is_an_error(policed: Policed, text: str, words: str, line: int) -> None:
    with pytest.raises(InputError, match=words) as caught:
        policed(text)
    assert (Path(caught.value.file or "").name, caught.value.line) == ("policy.toml", line)


@pytest.mark.parametrize(
    ("text", "options"),
    [
        (RAM1 + BOTH_WIDTHS, {"ipa_bits": (40,)}),  # the widths that it speaks about are not in the run
        (RAM1 + BOTH_WIDTHS, {"source": "xen-4.21"}),  # it speaks about another release
        (RAM1.replace("xen-4.22", "arch-arm.h") + BOTH_WIDTHS, {}),  # or a file
        (RAM1 + "expires = 2020-02-29\n" + BOTH_WIDTHS, {"source": "xen-4.21"}),
        (PREFETCH, {"source": "xen-4.22"}),
    ],
)
def test_outside_of_its_scope_it_is_none(policed: Policed, text: str, options: dict[str, object]) -> None:
    policed(text, **options)  # raises no InputError


def test_upstreams_own_waivers_may_be_idle() -> None:
    """4.4.1 has neither RAM1 nor a prefetchable window."""
    report = check(Request("xen-4.4.1"))
    assert not [finding for finding in report.findings if finding.verdict is Verdict.WAIVED]


def test_including_upstream(policed: Policed) -> None:
    assert policed('include = ["upstream"]\n').verdict is Verdict.PROVED
    assert policed("").verdict is Verdict.REFUTED


def test_a_policy_classifies_what_no_pattern_knows(policed: Policed, tmp_path: Path) -> None:
    header = tmp_path / "odd.h"
    header.write_text(
        "#define GUEST_FOO_BASE 0x1000ULL\n#define GUEST_FOO_SIZE 0x1000ULL\n#define GUEST_ODD 7\n"
    )
    options: dict[str, object] = {"source": str(header), "base": str(header)}
    assert verdicts(policed("", **options))["well-formed"] is Verdict.UNKNOWN
    entry = "[[classify]]\nname = 'GUEST_ODD'\nreason = 'the number of odd things'\n"
    report = policed(entry, **options)
    assert verdicts(report)["well-formed"] is Verdict.PROVED
    assert not report.trust.unclassified
    ppi = policed(entry + "meaning = 'ppi'\n", **options)
    assert verdicts(ppi)["interrupts"] is Verdict.REFUTED, "7 is no private peripheral interrupt"


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("waivers = []\n", 'unknown key "waivers"; did you mean "waiver"', 2),
        ("include = ['mine']\n", '"include" knows "upstream" only', 2),
        ("[[waiver]]\n", 'key "applies_to" is missing', 2),
        (RAM1, "say where: one [[waiver.regime]] at least, or everywhere = true", 3),
        (RAM1 + "[[waiver.regime]]\n", "an empty regime covers everything; write everywhere = true", 8),
        (RAM1 + "[[waiver.regime]]\nipa_bits = ['32']\n", "\"ipa_bits\" does not take '32'", 8),
        (RAM1 + "[[waiver.regime]]\nipa_bits = [true]\n", '"ipa_bits" does not take True', 8),
        (RAM1 + "[[waiver.regime]]\nipa_bits = []\n", "a list without values covers nothing", 8),
        (
            RAM1 + "[[waiver.regime]]\nmemory = { from = 1 }\n",
            '"memory" takes min, max or both, and nothing else',
            8,
        ),
        (RAM1 + "[[waiver.regime]]\nmemory = { min = 2, max = 1 }\n", '"memory" has min above max', 8),
        (
            RAM1 + "[[waiver.regime]]\nmemory = { min = -1 }\n",
            "takes numbers from 0 of at most 64 bits, or hex in quotes, not -1",
            8,
        ),
        (RAM1 + "[[waiver.regime]]\nwidth = [32]\n", 'unknown key "width"', 8),
        (
            RAM1.replace("our machines have 40 bits", "ok") + "everywhere = true\n",
            '"reason" does not say why',
            3,
        ),
        (
            RAM1.replace('["GUEST_RAM1"]', "[]") + "everywhere = true\n",
            '"subjects" has to be a list of names',
            3,
        ),
        (RAM1 + "everywhere = true\nexpires = 'soon'\n", '"expires" is a string, not a date', 3),
        ("[[classify]]\nname = 'ODD'\nreason = 'why not'\n", "'ODD' is no name of a GUEST_ macro", 2),
        ("[[classify]]\nname = 'GUEST_ODD'\nmeaning = 'odd'\nreason = 'why not'\n", 'no meaning "odd"', 2),
        ("waiver = [1]\n", '"waiver" has to be a table', 1),
        ("[waiver\n", "no valid TOML", 2),
        (RAM1 + "everywhere = true\nexpires = 2030-01-01T00:00:00Z\n", '"expires" is a time, not a date', 3),
        (f"title = 1{'1' * 5000}\n", "no valid TOML", None),
        (RAM1 + f"[[waiver.regime]]\nmemory = {{ min = 0x{'f' * 500} }}\n", "of at most 64 bits", 8),
        ('[[classify]]\nname = "GUEST_X\\n"\nreason = "why not"\n', "is no name of a GUEST_ macro", 2),
    ],
)
def test_faulty_policies(policed: Policed, text: str, message: str, line: int | None) -> None:
    with pytest.raises(InputError, match=re.escape(message)) as caught:
        policed(text)
    assert caught.value.line == line


@pytest.mark.parametrize("name", ["no-such-policy.toml", "."])
def test_what_cannot_be_read(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "xen-4.22", "--policy", name]) == 2
    assert f"{name}: error: cannot be read: " in capsys.readouterr().err


def test_the_report_says_who_accepts_what_and_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "policy.toml"
    more = 'owner = "platform team"\nexpires = 2999-12-31\n'
    path.write_text(HEAD + RAM1 + more + BOTH_WIDTHS + PREFETCH)
    assert run(["check", "xen-4.22", "--policy", str(path)]) == 0
    out = re.sub(r"\s+", " ", capsys.readouterr().out)
    assert f"accepted by {path}:3: our machines have 40 bits; platform team; until 2999-12-31" in out
    assert f"policy: {path}" in out
    assert run(["check", "xen-4.22", "--policy", str(path), "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    (found,) = (each for each in document["findings"] if each["subjects"] == ["GUEST_RAM1"])
    assert found["verdict"] == "waived"
    assert found["waiver"] == {
        "reason": "our machines have 40 bits",
        "owner": "platform team",
        "expires": "2999-12-31",
        "origin": {"file": str(path), "line": 3},
    }


def test_waivers_hide_no_width_without_guests(policed: Policed, tmp_path: Path) -> None:
    """RAM beyond 2^40: at 40 bits no guest can be built, which no waiver of a failure accepts."""
    header = tmp_path / "far.h"
    header.write_text("#define GUEST_RAM0_BASE 0x20000001000ULL\n#define GUEST_RAM0_SIZE 0x200000000000ULL\n")
    waivers = "".join(
        f'[[waiver]]\napplies_to = ["*"]\nproperty = "{name}"\nsubjects = ["GUEST_RAM0"]\neverywhere = true\n'
        'reason = "for a test"\n'
        for name in ("within-ipa", "reachable", "aligned", "banks")
    )
    report = policed(waivers, str(header), base=str(header), ipa_bits=(40, 44))
    assert report.verdict is Verdict.UNKNOWN
    assert not report.trust.assumptions_satisfiable
    vacuous = {each.property for each in report.findings if each.message.startswith("vacuous: ")}
    assert {"within-ipa", "reachable", "aligned", "banks"} <= vacuous


def test_the_waiver_named_is_one_that_covers(policed: Policed) -> None:
    idle = (
        RAM1.replace("our machines have 40 bits", "of no use here") + "[[waiver.regime]]\nipa_bits = [48]\n"
    )
    wide = RAM1.replace("our machines have 40 bits", "known to all") + "everywhere = true\n"
    report = policed(idle + wide + PREFETCH, ipa_bits=(32, 36))
    waiver = of_ram1(report).waiver
    assert waiver is not None
    assert waiver.reason == "known to all"


def test_no_waiver_is_idle_where_nobody_can_tell(policed: Policed, tmp_path: Path) -> None:
    """Without its size the window is on no map: a waiver of its failures is not to be removed for that."""
    header = tmp_path / "odd.h"
    header.write_text(
        "#define GUEST_RAM0_BASE 0x40000000ULL\n#define GUEST_RAM0_SIZE 0x40000000ULL\n"
        "#define GUEST_RAM1_BASE 0x200000000ULL\n"
    )
    report = policed(RAM1.replace("xen-4.22", "*") + BOTH_WIDTHS, str(header), base=str(header))
    assert report.verdict is Verdict.REFUTED


def test_a_patch_goes_by_its_base(policed: Policed, tmp_path: Path) -> None:
    patch = tmp_path / "a.patch"
    patch.write_text("-#define GUEST_VPL011_SPI 32\n+#define GUEST_VPL011_SPI 44\n")
    report = policed(RAM1 + BOTH_WIDTHS + PREFETCH, str(patch), base="4.22")
    assert report.verdict is Verdict.PROVED
    assert of_ram1(report).verdict is Verdict.WAIVED


def test_fails_when_is_that_of_all_regimes(policed: Policed) -> None:
    """25 waived blocks leave more than 32 boxes: the projection still speaks of all of them."""
    kinds = ("aarch64-4k", "aarch64-16k", "aarch64-64k", "aarch32-short", "aarch32-lpae")
    blocks = "".join(
        f'[[waiver.regime]]\nipa_bits = [32]\nguest = ["{kinds[i % 5]}"]\nvcpus = {{ min = {i + 2} }}\n'
        f'memory = {{ min = "{0x100000000 + (i + 1) * 0x40000000:#x}", max = "{0x110000000 + (i + 1) * 0x40000000:#x}" }}\n'
        for i in range(25)
    )
    finding = of_ram1(policed(RAM1 + blocks + PREFETCH))
    assert not finding.regimes_exact
    assert finding.fails_when is not None
    assert finding.counterexample is not None
    assert finding.fails_when.holds(finding.counterexample.configuration)
    assert finding.fails_when.choices == {"ipa_bits": (32, 36)}
