"""Fixtures that several folders share."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests import examples
from tests.live.packages import NOT_BOOTED
from tests.models.debian import Debian, fetch
from tests.schema import VALIDATOR
from verifier.reports import json_format, theorem_json

examples.load()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What was not run because real Xen cannot be booted, at the end and in red: stored boots alone were compared."""
    skipped = [
        report.longrepr[2]
        for report in terminalreporter.stats.get("skipped", [])
        if isinstance(report.longrepr, tuple) and NOT_BOOTED in report.longrepr[2]
    ]
    if skipped:
        terminalreporter.section("REAL XEN WAS NOT BOOTED", red=True, bold=True)
        terminalreporter.write_line(f"not run: {len(skipped)}, {skipped[0].removeprefix('Skipped: ')}")
        terminalreporter.write_line("stored boots alone were compared (tests/xen/test_replay.py)")


@pytest.fixture(scope="session")
def debian(tmp_path_factory: pytest.TempPathFactory) -> Debian:
    """The real header of Debian's package."""
    return fetch(tmp_path_factory.mktemp("libxen-dev"))


@pytest.fixture(autouse=True)
def every_json_output_follows_the_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a test makes the tool print as JSON is validated, reports and errors alike."""

    def validated(render: Callable[..., str]) -> Callable[..., str]:
        def wrapped(*arguments: object, **options: object) -> str:
            text = render(*arguments, **options)
            VALIDATOR.validate(json.loads(text))
            return text

        return wrapped

    for module, name in ((json_format, "render"), (json_format, "render_error"), (theorem_json, "render")):
        monkeypatch.setattr(module, name, validated(getattr(module, name)))
