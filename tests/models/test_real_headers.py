"""Models equal Xen's real headers: Debian's package in every run, all tags where a Xen git is at hand.

The header comes from `libxen-dev` of Debian 12 (Xen 4.17.7 at the time of writing), fetched and
unpacked, never installed. XEN_GIT=path compares every tag since 4.4.0 and the head modelled.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.models.debian import Debian, run
from tests.rules.headers import RELATIVE
from verifier.commands.check import check
from verifier.layout.define import Define, Number
from verifier.layout.finding import Report, Verdict
from verifier.reading import models
from verifier.reading.request import Request
from verifier.reading.source import open_source
from verifier.reports import json_format

HEADER = "xen/include/public/arch-arm.h"
HEAD = "c447b7308b"


def values(defines: dict[str, Define] | object) -> dict[str, object]:
    assert isinstance(defines, dict)
    return {
        name: [each.value for each in define.value] if isinstance(define.value, tuple) else define.value.value
        for name, define in defines.items()
    }


def same(real: Path, tag: str, companions: dict[str, bytes]) -> None:
    for arch in ("arm64", "arm32"):
        read = open_source(str(real), arch=arch, companions=companions).layout()
        assert not read.unclassified
        assert not read.conditionals
        assert not read.differing
        modelled = open_source(f"xen-{tag}", arch=arch).layout()
        assert values(dict(read.defines)) == values(dict(modelled.defines)), tag
        assert list(read.defines) == list(modelled.defines), (
            f"{tag}: the order of the model is not the header's"
        )


def test_debians_header_is_the_model(debian: Debian) -> None:
    folder, tag = debian.folder, debian.tag
    same(folder / "arch-arm.h", tag, {})
    same(folder / "arch-arm.h", tag, {"xen.h": (folder / "xen.h").read_bytes()})


def test_debians_header_has_the_verdicts_of_the_model(debian: Debian) -> None:
    folder, tag = debian.folder, debian.tag
    real = check(Request(str(folder / "arch-arm.h"), xen=tag, companions=(str(folder / "xen.h"),)))
    assert _findings(real) == _findings(check(Request(f"xen-{tag}")))
    relative = [finding for finding in real.findings if finding.property in RELATIVE]
    assert {finding.verdict for finding in relative} == {Verdict.PROVED}, "it is what its model says"
    assert not [each for each in real.assumptions if each.id.startswith("macro-")]


def test_debians_header_gives_real_places(debian: Debian) -> None:
    folder = debian.folder
    lines = (folder / "arch-arm.h").read_text().splitlines()
    for define in open_source(str(folder / "arch-arm.h")).layout().defines.values():
        assert re.match(rf"\s*#\s*define\s+{define.name}\b", lines[define.origin.line - 1])


def _findings(report: Report) -> list[object]:
    """Those about macros: a model has no comments."""
    found: list[object] = []
    for finding in json_format.document(report)["findings"]:
        if finding["property"] in (*RELATIVE, "comments-agree"):
            continue  # a model has no comments and is its own baseline
        example = finding.get("counterexample", {})
        found.append(
            (
                finding["property"],
                finding["verdict"],
                sorted(finding["subjects"]),
                finding.get("regimes"),
                example.get("configuration"),
                example.get("address"),
            )
        )
    return found


def tags(git: Path) -> list[str]:
    names = run("git", "-C", str(git), "tag", "--list", "RELEASE-4.*").decode().split()
    found = [name.removeprefix("RELEASE-") for name in names]
    return [tag for tag in found if models.version(tag) >= (4, 4, 0)]


def test_every_tag_is_the_model(tmp_path: Path) -> None:
    """Only with XEN_GIT: CI has no Xen history, and says which model it did compare (above)."""
    git = os.environ.get("XEN_GIT")
    if not git:
        pytest.skip("XEN_GIT is not set: compared Debian's header only")
    found = tags(Path(git))
    assert set(found) == {tag for model in models.releases() for tag in model.tags} - {"head"}
    for tag in [*found, "head"]:
        commit = HEAD if tag == "head" else f"RELEASE-{tag}"
        path = tmp_path / f"{tag}.h"
        path.write_bytes(run("git", "-C", git, "show", f"{commit}:{HEADER}"))
        same(path, tag, {})


def test_numbers_are_unsigned_and_wide_where_they_are_addresses(debian: Debian) -> None:
    folder = debian.folder
    for define in open_source(str(folder / "arch-arm.h")).layout().defines.values():
        if isinstance(define.value, Number) and re.search(r"_(BASE|SIZE|ADDR)$", define.name):
            assert define.value.bits == 64
            assert not define.value.signed
