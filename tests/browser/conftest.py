"""A real browser: Debian's Chromium, driven by playwright. A machine without it fails, and does not skip."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Dialog, Page, Request, sync_playwright

from tests import charts
from tests.browser.shots import ARGUMENTS

Opener = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One for all tests of a process."""
    path = shutil.which("chromium")
    assert path, "no Chromium: tests/prepare installs it"
    with sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield found
        found.close()


@pytest.fixture
def open_page(browser: Browser, tmp_path: Path) -> Iterator[Opener]:
    """A page by its name, as a file; whatever its script or the network does wrong fails the test."""
    faults: list[str] = []
    contexts = []

    def asked(request: Request) -> None:
        if not request.url.startswith("file:"):
            faults.append(f"it asks for {request.url}")

    def spoke(dialog: Dialog) -> None:
        faults.append(dialog.message)
        dialog.dismiss()

    def opened(
        name: str,
        *,
        scripts: bool = True,
        scheme: Literal["light", "dark"] = "light",
        width: int = 1400,
        height: int = 900,
    ) -> Page:
        file = tmp_path / f"{name}.html"
        file.write_text(charts.page(name), encoding="utf-8")
        context = browser.new_context(
            java_script_enabled=scripts,
            color_scheme=scheme,
            viewport={"width": width, "height": height},
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda fault: faults.append(str(fault)))
        page.on("console", lambda message: faults.append(message.text))
        page.on("request", asked)
        page.on("dialog", spoke)
        page.goto(file.as_uri())
        return page

    yield opened
    for context in contexts:
        context.close()
    assert faults == []
