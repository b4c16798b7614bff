"""`verifier schemes`."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from tests.schema import valid_document
from verifier.commands import run
from verifier.commands.schemes import schemes
from verifier.layout.domain_map import Extent
from verifier.layout.scheme_report import BREAKS, SOUND, UNDECIDED, Cell, Part, SchemesReport
from verifier.reports import schemes_json, schemes_text
from verifier.search.scheme_world import world

Capture = pytest.CaptureFixture[str]
NAMES = ("hypercall", "larger-region-0", "extra-regions", "new-property", "new-compatible", "top-of-space")


@pytest.fixture(scope="module")
def report() -> SchemesReport:
    return schemes(world())


def shown(arguments: list[str], capsys: Capture, status: int = 0) -> str:
    assert run(["schemes", *arguments]) == status
    out, err = capsys.readouterr()
    assert err == ""
    return out


def test_the_first_sentence_tells_it(capsys: Capture) -> None:
    out = shown(["-q"], capsys)
    assert out.count("\n") == 1
    assert out.startswith("schemes: hypercall and new-property break no cell, if their guests")
    assert "larger-region-0 breaks 3 of 4 cells" in out
    assert "extra-regions breaks 1 of 4 cells (none if new guests follow whole-unit)" in out


def test_the_matrix_comes_next(capsys: Capture) -> None:
    lines = shown([], capsys).splitlines()
    assert lines[2].split() == ["old", "Xen", "old", "Xen", "new", "Xen", "new", "Xen"]
    rows = [re.split(r" {2,}", line.strip()) for line in lines[4 : 4 + len(NAMES)]]
    assert [row[0] for row in rows] == list(NAMES)
    assert rows[1][1:] == ["steals RAM [1]", "breaks", "breaks", "breaks"]
    assert lines[10].startswith("  [1] breaks under xen 4.4.0: GUEST_RAM ")


def test_no_line_is_longer_than_it_has_to_be(capsys: Capture) -> None:
    lines = shown(["-v"], capsys).splitlines()[1:]
    assert all(
        len(line) <= schemes_text.WIDTH or line.startswith(("  source: ", "    source: ")) for line in lines
    )


def test_verbose_has_every_kernel_and_release(capsys: Capture, report: SchemesReport) -> None:
    out = " ".join(shown(["-v"], capsys).split())
    for found in report.schemes:
        for cell in found.cells:
            for part in cell.parts:
                assert " ".join(part.why.split()) in out
        assert all(source in out for source in found.scheme.sources)
    assert "under xen 4.16.0..4.20.4" in out
    assert (
        "proved: units of 512 MiB: Where it gives up RAM instead, no whole unit lies in the stretch." in out
    )
    assert re.search(r"\d+\.\d{3} seconds$", out)


def test_json_follows_the_schema(capsys: Capture, report: SchemesReport) -> None:
    document = json.loads(shown(["--format", "json"], capsys))
    valid_document(document)
    assert (document["verdict"], document["undecided"], document["command"]) == ("proved", 0, "schemes")
    assert [each["name"] for each in document["schemes"]] == list(NAMES)
    words = [[cell["word"] for cell in each["cells"]] for each in document["schemes"]]
    assert words == [[cell.word for cell in each.cells] for each in report.schemes]
    assert {each["property"]: each["verdict"] for each in document["findings"]}["own-width"] == "refuted"
    valid_document(json.loads(schemes_json.render(report, verbose=True)))


def test_the_most_at_any_fixed_base(report: SchemesReport, capsys: Capture) -> None:
    """From the redistributors' end, rounded up, to the ACPI tables: the widest gap of 4.15.0 below its RAM."""
    rooms = {each.scheme.name: each.room for each in report.schemes if each.room is not None}
    expected = ("4.15.0", Extent(0x04200000, 0x20000000))
    assert rooms == {"larger-region-0": expected, "new-compatible": expected}
    out = " ".join(shown([], capsys).split())
    assert (
        "no more than 446 MiB are free in every guest, [0x4200000, 0x20000000): less than the 1040 MiB wanted"
        in out
    )
    out = " ".join(shown(["--foreign", "400M"], capsys).split())
    assert "[0x4200000, 0x20000000): enough for the 416 MiB wanted" in out


def test_equal_runs_give_equal_bytes(report: SchemesReport) -> None:
    assert schemes_json.render(report) == schemes_json.render(schemes(world()))


def test_more_foreign_pages(capsys: Capture) -> None:
    """8 GiB with the grant frames do not fit the mail's 8 GiB; at 32 bits there is no room for so many at all."""
    document = json.loads(shown(["--foreign", "8G", "--format", "json"], capsys))
    assert document["need"]["foreign"] == "0x200000000"
    fixed = document["schemes"][1]
    assert any("16 MiB are missing" in part["why"] for part in fixed["cells"][3]["parts"])
    assert fixed["cost"] is None
    top = document["schemes"][5]["cells"][3]["parts"]
    assert any("the address space has 4 GiB, and 8 GiB are wanted" in part["why"] for part in top)


def test_what_fits_old_releases_breaks_nothing_there(capsys: Capture) -> None:
    """A guest that wants 12 MiB in all has them in each reg[0] since 4.5.0: only 4.4 has less."""
    out = shown(["--grants", "8M", "--foreign", "4M", "--format", "json"], capsys)
    cell = json.loads(out)["schemes"][1]["cells"][1]
    assert cell["word"] == "sound"
    assert cell["elsewhere"] == [
        {"word": "breaks", "releases": ["4.4.0", "4.4.1", "4.4.2", "4.4.3", "4.4.4"]}
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--foreign", "1"], 'error: "1" is no number of whole pages of 4 KiB below 2^48 bytes'),
        (["--foreign", "512T"], 'error: "512T" is no number of whole pages of 4 KiB below 2^48 bytes'),
        (
            ["--grants", "many"],
            'error: "many" is no size; expected a number of bytes, such as 2G, 64M or 0x4000000',
        ),
        (["xen-4.22"], "unexpected extra argument"),
    ],
)
def test_wrong_usage(arguments: list[str], message: str, capsys: Capture) -> None:
    assert run(["schemes", *arguments]) == 2
    out, err = capsys.readouterr()
    assert (out, message in err) == ("", True)


def test_formats_of_findings_are_refused(capsys: Capture) -> None:
    """A cell that breaks is an answer and no finding: a report for a pipeline would have it fail."""
    assert run(["schemes", "--format", "junit"]) == 2
    assert "no format 'junit' here" in capsys.readouterr().err


def opened(report: SchemesReport) -> SchemesReport:
    """With one cell that is open."""
    first, *rest = report.schemes
    cell = first.cells[0]
    doubt = Part(UNDECIDED, "nobody knows", ("a kernel",), cell.releases)
    open_ = replace(first, cells=(replace(cell, parts=(doubt,)), *first.cells[1:]))
    return replace(report, schemes=(open_, *rest))


def test_an_open_cell_is_no_verdict(
    report: SchemesReport, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    found = opened(report)
    assert (found.verdict, found.undecided) == ("unknown", 1)
    monkeypatch.setattr("verifier.commands.schemes.schemes", lambda _: found)
    out = shown([], capsys, status=3)
    assert out.startswith("schemes: 1 of the cells and heuristics are open, so no scheme is called sound\n")
    assert "undecided: nobody knows" in out
    valid_document(json.loads(schemes_json.render(found)))


def test_an_open_heuristic_is_no_verdict(report: SchemesReport) -> None:
    first, *rest = report.heuristics
    found = replace(report, heuristics=(replace(first, verdict="unknown"), *rest))
    assert (found.verdict, found.undecided) == ("unknown", 1)
    assert replace(report, schemes=()).verdict == "unknown"


def test_what_breaks_in_an_older_release_hides_no_open_question() -> None:
    """A cell is decided only if it is under each release; an empty one never is."""
    sound, doubt = (Part(word, "so", ("a",), (tag,)) for word, tag in ((SOUND, "2"), (UNDECIDED, "1")))
    cell = Cell("old", "old", ("1", "2"), (sound, doubt))
    assert (cell.word, cell.decided, cell.elsewhere) == (SOUND, False, ((UNDECIDED, ("1",)),))
    assert not Cell("old", "old", ("1", "2"), (sound,)).decided
    breaks = Part(BREAKS, "no", ("b",), ("2",))
    assert Cell("old", "old", ("2",), (sound, breaks)).word == BREAKS
