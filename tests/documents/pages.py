"""Pages and pictures of the manual that are generated whole."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.documents import MANUAL, commands, properties, rooms

PAGES: dict[Path, Callable[[], str]] = {
    MANUAL / "properties.md": properties.of_layouts,
    MANUAL / "board-properties.md": properties.of_domains,
    MANUAL / "commands.md": commands.page,
    MANUAL / "rooms.svg": rooms.picture,
}
