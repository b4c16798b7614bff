"""Every released layout gets the verdicts that history expects, and no other."""

from __future__ import annotations

import pytest

from tests.models.history import ACCEPTED, HISTORY, UNKNOWN
from tests.schema import valid
from verifier.commands.check import check
from verifier.layout.errors import InputError
from verifier.layout.finding import Report, Verdict
from verifier.reading import models
from verifier.reading.request import Request
from verifier.reports import json_format

RELEASES = [tag for model in models.releases() for tag in model.tags]


def refutations(report: Report) -> dict[tuple[str, tuple[str, ...]], list[dict[str, object]]]:
    return {
        (finding.property, finding.subjects): [json_format.box(box, report.space) for box in finding.regimes]
        for finding in report.findings
        if finding.verdict is Verdict.REFUTED
    }


@pytest.mark.parametrize("tag", HISTORY)
def test_verdicts_are_those_of_history(tag: str) -> None:
    report = valid(check(Request(f"xen-{tag}", policy="none")))
    assert refutations(report) == {(known.rule, known.subject): known.regimes for known in HISTORY[tag]}
    unknown = {finding.property for finding in report.findings if finding.verdict is Verdict.UNKNOWN}
    assert unknown == UNKNOWN.get(tag, set())


@pytest.mark.parametrize("tag", HISTORY)
def test_upstreams_policy_waives_what_upstream_accepts_and_nothing_else(tag: str) -> None:
    report = valid(check(Request(f"xen-{tag}")))
    kept = [known for known in HISTORY[tag] if known.subject not in ACCEPTED]
    assert refutations(report) == {(known.rule, known.subject): known.regimes for known in kept}
    waived = {finding.subjects for finding in report.findings if finding.verdict is Verdict.WAIVED}
    assert waived == {known.subject for known in HISTORY[tag]} & set(ACCEPTED)
    clean = not kept and tag not in UNKNOWN
    assert report.verdict is (Verdict.PROVED if clean else Verdict.REFUTED)


def test_what_is_not_applicable() -> None:
    """A release is its own baseline, and no text of a header ships, so there are no comments."""
    report = check(Request("head"))
    silent = {finding.property for finding in report.findings if finding.verdict is Verdict.NOT_APPLICABLE}
    assert silent - {"comments-agree", "model-current"} == {"capacity", "stable"}


@pytest.mark.parametrize("tag", RELEASES)
def test_every_tag_has_the_verdicts_of_its_neighbours_in_history(tag: str) -> None:
    """The table names the tags where something changes; in between nothing does."""
    before = [known for known in HISTORY if models.version(known) <= models.version(tag)]
    expected = HISTORY[max(before, key=models.version)]
    assert set(refutations(check(Request(f"xen-{tag}", policy="none")))) == {
        (known.rule, known.subject) for known in expected
    }


@pytest.mark.parametrize("tag", [tag for tag in RELEASES if models.version(tag) >= (4, 6, 1)])
def test_wide_machines_need_no_waiver(tag: str) -> None:
    """But for the type cell of 4.16 to 4.18, which has nothing to do with widths."""
    widths = tuple(width.bits for width in models.facts(tag, "arm64").widths if width.bits >= 40)
    report = check(Request(f"xen-{tag}", ipa_bits=widths, policy="none"))
    wrong_type = (4, 16) <= models.version(tag) < (4, 19)
    assert {rule for rule, _ in refutations(report)} == ({"pci-window-type"} if wrong_type else set())


def test_redistributors_of_4_5_have_no_slack() -> None:
    """8 vCPUs fill them exactly: the same macros are refuted where Xen allows 128."""
    own = check(Request("xen-4.5.3", ipa_bits=(40,)))
    assert own.verdict is Verdict.PROVED
    later = refutations(check(Request("xen-4.5.3", xen="4.6", ipa_bits=(40,))))
    assert later == {
        ("minimum-size", ("GUEST_GICV3_GICR0",)): [{"gic": ["v3"], "vcpus": {"min": 9, "max": 128}}]
    }


def test_the_grant_region_of_4_4_is_too_small_for_later_releases() -> None:
    report = check(Request("xen-4.4.4", xen="4.22", base="xen-4.22", ipa_bits=(40,)))
    found = [
        finding
        for finding in report.findings
        if finding.property == "minimum-size" and finding.subjects == ("GUEST_GNTTAB",)
    ]
    assert [finding.counterexample.witness.needed for finding in found if finding.counterexample] == [
        64 * 4096,
        16 << 20,
    ]


@pytest.mark.parametrize(
    ("name", "tag"),
    [
        ("xen-4.22", "4.22.0"),
        ("4.22", "4.22.0"),
        ("xen-4.17", "4.17.7"),
        ("4.5", "4.5.5"),
        ("4.4", "4.4.4"),
        ("xen-4.6.0", "4.6.0"),
        ("4.7", "4.7.6"),
        ("head", "head"),
        ("xen-head", "head"),
        ("4.15.0", "4.15.0"),
        ("4.12", "4.12.4"),
        ("4.19", "4.19.6"),
        ("4.21", "4.21.2"),
    ],
)
def test_names_of_releases(name: str, tag: str) -> None:
    assert models.is_release(name)
    assert models.tag_of(name) == tag


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("xen-4.3", 'release "xen-4.3" has no layout macros; the first that has is 4.4.0'),
        (
            "4.6.2",
            'no release "4.6.2"; of 4.6 there are 4.6.1, 4.6.3, 4.6.4, 4.6.5, 4.6.6; "verifier list" shows all',
        ),
        ("4.23", 'no release "4.23"; "verifier list" shows all'),
        ("9.9.9", 'no release "9.9.9"; "verifier list" shows all'),
    ],
)
def test_releases_that_do_not_exist(name: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        models.tag_of(name)
    assert caught.value.message == message


@pytest.mark.parametrize(
    "name", ["./xen-4.22", "xen-4", "4", "header.h", "xen-4.22.h", "xen_4.22", "heads", "-"]
)
def test_what_is_no_name_of_a_release(name: str) -> None:
    assert not models.is_release(name)


def test_every_number_has_a_source() -> None:
    for tag in ("4.4.0", "4.9.0", "4.16.0", "head"):
        for arch in ("arm64", "arm32"):
            facts = models.facts(tag, arch)
            assert all(fact.source for fact in facts.numbers.values())
            assert all(width.source for width in facts.widths)
    for model in (*models.releases(), *models.proposals()):
        assert model.source
        assert model.title


def test_no_two_models_are_equal() -> None:
    values = [
        tuple(sorted((name, text) for name, (text, _) in model.replacements.items()))
        for model in models.releases()
    ]
    assert len(set(values)) == len(values) == 12


def test_each_fact_has_one_value_in_each_release() -> None:
    """The ranges of `models/xen.toml` neither overlap nor leave a release out."""
    from verifier.reading.toml_file import data_folder, load

    entries = load(data_folder("models") / "xen.toml", "xen.toml").data["number"]
    names = {entry["name"] for entry in entries}
    for tag in RELEASES:
        for arch in ("arm64", "arm32"):
            for name in names:
                assert (
                    len([e for e in entries if e["name"] == name and models._applies(e, tag, arch)]) == 1
                ), (name, tag)
