"""Screenshots: those of the manual, made and compared.

`python -m tests.browser.shots` (`make pictures`) writes docs/pictures/ anew; look at them before they are committed.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Literal

from PIL import Image, ImageChops
from playwright.sync_api import Page, sync_playwright

from tests import charts

FOLDER = Path(__file__).parent.parent.parent / "docs" / "pictures"
SIZE = 1400, 1240
"""Pixels."""


def nothing(_page: Page) -> None:
    """As the page opens."""


def one_guest(page: Page) -> None:
    """100 GiB of memory and a PCI device, the focus on the bank that is partly filled."""
    page.check("input[name=vpci]")
    page.fill("input[name=memory-text]", "100G")
    page.locator("#drawn .block", has_text="GUEST_RAM1").first.focus()


@dataclass(frozen=True)
class Shot:
    """One picture."""

    page: str
    scheme: Literal["light", "dark"] = "light"
    before: Callable[[Page], None] = nothing


SHOTS = {
    "proposal-2021": Shot("proposal"),
    "head": Shot("head", before=one_guest),
    "head-dark": Shot("head", "dark"),
    "ls1028a-4.17": Shot("board"),
}


def taken(page: Page, shot: Shot) -> bytes:
    """A PNG file of what is at the top of an open page."""
    shot.before(page)
    page.evaluate("() => scrollTo(0, 0)")
    image = Image.open(BytesIO(page.screenshot(animations="disabled", caret="hide"))).convert("RGB")
    file = BytesIO()
    image.quantize(240, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
    return file.getvalue()


def difference(one: bytes, other: bytes) -> float:
    """The share of pixels that differ in a colour by more than the edge of a letter may; 1 for other sizes."""
    first, second = (Image.open(BytesIO(each)).convert("RGB") for each in (one, other))
    if first.size != second.size:
        return 1.0
    red, green, blue = ImageChops.difference(first, second).split()
    counts = ImageChops.lighter(ImageChops.lighter(red, green), blue).histogram()
    return sum(counts[20:]) / (first.width * first.height)


def main() -> int:
    """Write all of them."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = shutil.which("chromium")
    if path is None:
        print("no Chromium: tests/prepare installs it", file=sys.stderr)
        return 2
    with sync_playwright() as driver, tempfile.TemporaryDirectory() as folder:
        browser = driver.chromium.launch(executable_path=path, args=ARGUMENTS)
        for name, shot in SHOTS.items():
            file = Path(folder) / f"{name}.html"
            file.write_text(charts.page(shot.page), encoding="utf-8")
            page = browser.new_page(viewport={"width": SIZE[0], "height": SIZE[1]}, color_scheme=shot.scheme)
            page.goto(file.as_uri())
            (FOLDER / f"{name}.png").write_bytes(taken(page, shot))
            page.close()
        browser.close()
    return 0


ARGUMENTS = ["--no-sandbox", "--force-color-profile=srgb", "--font-render-hinting=none"]
"""Of Chromium: colours and letters that do not depend on the screen."""

if __name__ == "__main__":
    sys.exit(main())
