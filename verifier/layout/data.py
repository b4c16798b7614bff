"""Where the data folders of the tool are."""

from __future__ import annotations

from pathlib import Path


def data_folder(name: str) -> Path:
    """The folder `models` or `proofs`: inside an installed package, else beside it."""
    package = Path(__file__).parent.parent
    installed = package / "_data" / name
    return installed if installed.is_dir() else package.parent / name
