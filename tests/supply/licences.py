"""THIRD-PARTY.md: what is installed with the tool or to develop it, under which licence, and what for.

Names come from the lock files, licences and homepages from what the installed packages say of themselves.
`python -m tests.supply.licences` (the end of `make lock`) writes the file anew; it needs every extra installed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, metadata

from packaging.utils import canonicalize_name

from tests.supply.locks import EXTRAS, ROOT, locked, wanted
from tests.supply.reasons import REASONS, STATED

FILE = ROOT / "THIRD-PARTY.md"
FREE = frozenset(
    [
        "MIT",
        "MIT-0",
        "MIT-CMU",
        "BSD",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "0BSD",
        "Apache-2.0",
        "PSF-2.0",
        "Zlib",
        "CC0-1.0",
    ]
)
"""Licences that what the tool runs with may have."""
WITH_LIBRARIES = FREE | {"LGPL-3.0-or-later"}
"""And optional extras, which whoever runs the tool chooses."""
FOR_TOOLS = WITH_LIBRARIES | {"MPL-2.0"}
"""And what only develops or measures."""
BESIDE = FOR_TOOLS | {"GPL-3.0-or-later"}
"""And programs of others that are run beside this tool to measure them, in processes of their own."""
ALLOWED = {"runtime": FREE, "dev": FOR_TOOLS, "tools": BESIDE}
OPTIONAL = ("second", "term")
_SPDX = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "GNU General Public License v3 or later (GPLv3+)": "GPL-3.0-or-later",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
_PLACES = ("repository", "source", "source code", "github", "code", "homepage", "home", "documentation")
_HEAD = """\
# Third-party software

Nothing of it is part of this repository or of the wheel: pip fetches it. Written by `make lock`; a test holds names and
licences against the lock files and the installed packages, and admits only licences that it lists. BSD alone: the
package says no more.
"""
_TITLES = {
    "runtime": "## What the tool runs with",
    "dev": "## What optional extras, tests and checks need",
    "tools": "## What only `make bench`, `make growth`, `make fuzz` and `make lock` need",
}


def licence(name: str) -> str | None:
    """An SPDX expression, or BSD where no more is said; None for a package that is neither installed nor known.

    Raises ValueError for a package that does not say its licence in a way that is known here.
    """
    if name in STATED:
        return STATED[name][0]
    try:
        said = metadata(name)
    except PackageNotFoundError:
        return None
    expressions = said.get_all("License-Expression", [])
    if expressions:
        return str(expressions[0])
    classes = (each.split(" :: ") for each in said.get_all("Classifier", []))
    fields = [*said.get_all("License", []), *(each[-1] for each in classes if each[0] == "License")]
    for each in fields:
        if each in _SPDX or each in FOR_TOOLS:
            return str(_SPDX.get(each, each))
    raise ValueError(f"{name} says no licence that is known: {[each[:60] for each in fields]}")


def allowed(expression: str, licences: frozenset[str]) -> bool:
    """Whether an SPDX expression without brackets can be met by these licences alone; AND binds closer than OR."""
    return any(all(each in licences for each in choice.split(" AND ")) for choice in expression.split(" OR "))


def families(expression: str) -> set[str]:
    """What stays the same when a package only says its licence in another way: BSD of BSD-3-Clause."""
    return {re.split(r"[-\d]", each, maxsplit=1)[0] or each for each in re.split(" AND | OR ", expression)}


def homepage(name: str) -> str:
    """Raises ValueError if the package names none."""
    if name in STATED:
        return STATED[name][1]
    said = metadata(name)
    links = dict(each.split(", ", 1) for each in said.get_all("Project-URL", []))
    small = {label.lower(): link for label, link in links.items()}
    if "Home-page" in said:
        small.setdefault("homepage", said["Home-page"])
    for place in _PLACES:
        if place in small:
            return str(small[place]).rstrip("/")
    raise ValueError(f"{name} names no homepage: {sorted(small)}")


def names(lock: str) -> list[str]:
    """Canonical names of what a lock file has beyond those before it."""
    before = list(EXTRAS)[: list(EXTRAS).index(lock)]
    return sorted({pin.name for pin in locked(lock)} - {pin.name for each in before for pin in locked(each)})


def bounds(lock: str) -> dict[str, str]:
    """Names that the project asks for, to the versions that it admits: `>=8.1,<9`."""
    return {
        canonicalize_name(each.name): ",".join(sorted(map(str, each.specifier), reverse=True))
        for each in wanted(lock)
    }


def _row(lock: str, name: str) -> str:
    parents = sorted({parent for pin in locked(lock) if pin.name == name for parent in pin.parents})
    why = REASONS.get(name) or f"for {', '.join(parents)}"
    if name in STATED:
        why += f"; {STATED[name][2]}"
    versions = bounds(lock).get(name)
    return f"| {name} | {f'`{versions}`' if versions else ''} | {licence(name)} | {homepage(name)} | {why} |"


def _table(lock: str) -> Iterator[str]:
    yield f"\n{_TITLES[lock]}\n"
    yield "| name | versions | licence | homepage | why |\n|---|---|---|---|---|"
    yield from (_row(lock, name) for name in names(lock))


def text() -> str:
    """The whole file. Raises PackageNotFoundError if something is not installed."""
    return _HEAD + "\n".join(line for lock in EXTRAS for line in _table(lock)) + "\n"


def written() -> dict[str, tuple[str, str]]:
    """The rows of the file: name to versions and licence."""
    rows = re.findall(
        r"^\| ([a-z0-9.-]+) \| (.*?) \| (.+?) \| http", FILE.read_text(encoding="utf-8"), re.MULTILINE
    )
    return {name: (versions.strip("`"), said) for name, versions, said in rows}


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
