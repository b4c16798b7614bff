"""`verifier sweep` as CSV (RFC 4180): a row for each board and setting, and for each property that is not proved there."""

from __future__ import annotations

import csv
from io import StringIO

from verifier.layout.sweep import Outcome, SweepReport
from verifier.reports.sheets import clean

HEADS = (
    "board", "vendor", "sha256", "release", "build", "iommu", "ipa_bits", "verdict", "domain", "property", "effect",
    "findings", "more", "largest", "message",
)  # fmt: skip
_NOTHING = Outcome("", "", "", "", 0, 0, "")


def render(report: SweepReport) -> str:
    """The boards in the order of the report; one with nothing wrong or open has one row, with its headline."""
    report = clean(report)
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADS)
    for board in report.boards:
        for setting, record in zip(report.settings, board.records, strict=True):
            bits = " ".join(map(str, setting.ipa_bits)) or "all"
            asked = (setting.release, setting.build, "yes" if setting.iommu else "no", bits)
            for each in record.outcomes or (_NOTHING,):
                told = (
                    each.verdict or record.verdict,
                    each.domain,
                    each.property,
                    each.effect,
                    each.count,
                    "yes" if each.more else "no",
                    each.size,
                )
                words = each.message or record.headline
                row = (board.names[0], board.vendor, board.sha256, *asked, *told, words)
                writer.writerow([_plain(str(cell)) for cell in row])
    return text.getvalue()


def _plain(cell: str) -> str:
    """A spreadsheet takes for a formula what begins so."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") and cell != "-" else cell
