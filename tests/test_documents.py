"""README and manual show real commands with real output: each is run and compared.

In a block marked `console`, a line `$ verifier ...` is run and what follows is its output; a line
of three dots stands for any lines. `python -m tests.test_documents` writes the outputs anew.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from tests.models.history import HISTORY
from verifier.commands import COMMANDS, run
from verifier.commands.check import check
from verifier.layout.finding import Report, Verdict
from verifier.reading import models
from verifier.reading.request import Request
from verifier.reports import sentences
from verifier.rules.catalogue import catalogue

ROOT = Path(__file__).parent.parent
DOCUMENTS = [ROOT / "README.md", ROOT / "MANUAL.md"]
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TABLE = re.compile(r"(<!-- releases -->\n).*?(<!-- end -->)", re.DOTALL)


def sessions(text: str) -> Iterator[tuple[str, str]]:
    """Each command of each block, and the output shown for it."""
    for block in BLOCK.findall(text):
        for session in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = session.partition("\n")
            yield command, output


def output_of(command: str) -> str:
    """Both streams of a command of the tool; one behind a pipe runs in a shell, as a user types it."""
    if "|" in command:
        return _piped(command)
    words = shlex.split(command)
    assert words[0] == "verifier", command
    stream = StringIO()
    with redirect_stdout(stream):
        status = run(words[1:])
    assert status in (0, 1, 3), f"{command} ended with {status}"
    return stream.getvalue()


def _piped(command: str) -> str:
    tool = f"{shlex.quote(sys.executable)} -m verifier"
    line = command.replace("| verifier ", f"| {tool} ")
    done = subprocess.run(
        ["bash", "-c", line],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1, 2, 3), done.stdout
    return done.stdout


def shown(path: Path) -> list[tuple[str, str, str]]:
    return [(path.name, command, output) for command, output in sessions(path.read_text(encoding="utf-8"))]


ALL = [session for path in DOCUMENTS for session in shown(path)]


@pytest.mark.parametrize(
    ("name", "command", "output"), ALL, ids=[f"{name}: {command}" for name, command, _ in ALL]
)
def test_shown_output_is_real(name: str, command: str, output: str) -> None:
    parts = re.split(r"^\.\.\.\n", comparable(output), flags=re.MULTILINE)
    pattern = r"(?:.*\n)*?".join(re.escape(part) for part in parts)
    assert re.fullmatch(pattern, comparable(output_of(command))), (
        f"{name} shows another output for: {command}"
    )


def comparable(output: str) -> str:
    """Without what differs between versions of z3 and of click: a number, and where help texts wrap."""
    output = re.sub(r"\bz3 \d+\.\d+\.\d+", "z3", output)
    return " ".join(output.split()) if output.startswith("Usage:") else output


def test_the_readme_opens_with_a_refutation_and_two_commands() -> None:
    first_screen = (ROOT / "README.md").read_text(encoding="utf-8").split("## What is checked")[0]
    assert len(first_screen.splitlines()) < 80
    for words in ("overlap by 8 GiB", "make verify", "make test"):
        assert words in first_screen


@pytest.mark.parametrize("name", COMMANDS)
def test_the_manual_has_the_real_help(name: str) -> None:
    assert f"$ verifier {name} --help" in (ROOT / "MANUAL.md").read_text(encoding="utf-8")


def test_every_property_is_in_readme_and_manual() -> None:
    for path in DOCUMENTS:
        text = path.read_text(encoding="utf-8")
        assert all(f"`{rule.id}`" in text for rule in catalogue())


def table() -> str:
    """The verdicts of all releases, computed; `tests/models/` holds them against history."""
    lines = ["| release | verdict | refuted | waived | unknown |", "|---|---|---|---|---|"]
    for first, last in _spans():
        report = check(Request(f"xen-{last}"), repairs=False)
        name = first if first == last else f"{first} to {last}"
        cells = [
            "<br>".join(_cell(report, verdict))
            for verdict in (Verdict.REFUTED, Verdict.WAIVED, Verdict.UNKNOWN)
        ]
        lines.append(f"| {name} | {report.verdict} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _cell(report: Report, verdict: Verdict) -> Iterator[str]:
    for finding in report.findings:
        if finding.verdict is verdict:
            when = "; ".join(sentences.regimes(finding, report.space)) if finding.regimes else finding.message
            yield f"`{finding.property}` of {named(finding.subjects)}: {when}"


def named(subjects: tuple[str, ...]) -> str:
    return " and ".join(f"`{subject}`" for subject in subjects)


def _spans() -> list[tuple[str, str]]:
    """First and last tag of each run of releases between two entries of the history."""
    tags = [tag for model in models.releases() for tag in model.tags]
    starts = [tag for tag in tags if tag in HISTORY and _changes(tag)]
    ends = [tags[tags.index(start) - 1] for start in starts[1:]] + [tags[-1]]
    return list(zip(starts, ends, strict=True))


def _changes(tag: str) -> bool:
    known = list(HISTORY)
    before = known[known.index(tag) - 1] if tag != known[0] else None
    return before is None or HISTORY[before] != HISTORY[tag]


def test_the_manuals_table_of_releases_is_real() -> None:
    found = TABLE.search((ROOT / "MANUAL.md").read_text(encoding="utf-8"))
    assert found
    assert found[0] == f"{found[1]}{table()}{found[2]}"


def write() -> None:
    """Put the real outputs into the documents; what the diff shows is then read by a person."""
    for path in DOCUMENTS:
        text = path.read_text(encoding="utf-8")
        text = BLOCK.sub(lambda block: "```console\n" + "".join(_anew(block[1])) + "```", text)
        text = TABLE.sub(lambda found: f"{found[1]}{table()}{found[2]}", text)
        path.write_text(text, encoding="utf-8")


def _anew(block: str) -> Iterator[str]:
    for session in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, output = session.partition("\n")
        yield f"$ {command}\n{output if '...' in output.splitlines() else output_of(command)}"


if __name__ == "__main__":
    write()
