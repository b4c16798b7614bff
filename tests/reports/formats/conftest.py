"""Sheets of real runs: layouts, mails, series, boards and theorems, of every verdict."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.commands.host_documents import BOARD, IN_DOUBT
from tests.commands.test_patches import sound_series
from tests.reading.trees import blob
from verifier.commands.board_options import asked_for
from verifier.commands.check import check
from verifier.commands.check_sheet import sheet as sheet_of_layout
from verifier.commands.host_report import host
from verifier.commands.host_sheet import sheet as sheet_of_board
from verifier.commands.prove import Asked, prove
from verifier.commands.prove_sheet import sheet as sheet_of_theorems
from verifier.layout.board_report import BoardReport
from verifier.layout.domain_map import Extent
from verifier.layout.finding import Report
from verifier.layout.sheet import Sheet
from verifier.layout.theorem_report import TheoremReport
from verifier.reading.request import Request

MAIL = "tests/reading/data/2021-08-04-safe-range.txt"


@pytest.fixture(scope="session")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    folder = tmp_path_factory.mktemp("sheets")

    def write(name: str, text: str) -> str:
        (folder / name).write_text(text)
        return str(folder / name)

    header, series, _ = sound_series(write)
    tree = folder / "host.dtb"
    tree.write_bytes(blob(BOARD))
    doubt = folder / "doubt.dtb"
    doubt.write_bytes(blob(IN_DOUBT))
    return {
        "release": check(Request("xen-4.22"), repairs=False),
        "without policy": check(Request("xen-4.15", policy="none"), repairs=False),
        "mail": check(Request(MAIL, base="xen-4.15")),
        "series": check(Request(series, base=header, policy="none")),
        "nothing": check(Request(write("empty.h", "/* nothing */\n"))),
        "unclassified": check(Request(write("odd.h", f"{Path(header).read_text()}#define GUEST_ODD 7\n"))),
        "log": host(asked_for("tests/boards/sl28.dtb", log="tests/boards/sl28-4.17.log")),
        "log of another": host(
            asked_for("tests/boards/sl28.dtb", log="tests/boards/sl28-4.17.log", release="4.21")
        ),
        "domains": host(asked_for("tests/boards/four-domains.dtb", release="4.20", ipa_bits=(40,))),
        "sound board": host(asked_for("tests/boards/four-domains.dtb", release="4.22", ipa_bits=(40,))),
        "open board": host(asked_for(str(doubt), iommu=False, ipa_bits=(40,))),
        "impossible boot": host(
            asked_for(
                str(tree),
                banks=(Extent(0x50000001, 0x60000000),),
                grant_table=Extent(0x40200000, 0x40240000),
                iommu=True,
                ipa_bits=(32,),
            )
        ),
        "nothing to prove": prove(Asked(("libxl",), release="4.4")),
        "theorems": prove(Asked(("libxl/aligned", "libxl/within-ipa", "libxl/cap*"))),
    }


@pytest.fixture(scope="session")
def sheets(reports: Mapping[str, Any]) -> Mapping[str, Sheet]:
    return {name: made_of(report) for name, report in reports.items()}


def made_of(report: Report | BoardReport | TheoremReport) -> Sheet:
    match report:
        case Report():
            return sheet_of_layout(report)
        case BoardReport():
            return sheet_of_board(report)
    return sheet_of_theorems(report)
