"""Faults that change no verdict, with the reason: `survivors.toml`."""

from __future__ import annotations

import tomllib
from pathlib import Path


def explained() -> dict[str, str]:
    """Of each fault by name: `survives` or `unreached`. Raises ValueError for a reason that is none."""
    found: dict[str, str] = {}
    text = Path(__file__).with_name("survivors.toml").read_text(encoding="utf-8")
    for reason in tomllib.loads(text)["reason"]:
        if reason["kind"] not in ("equivalent", "outside") or not reason["because"]:
            raise ValueError(f"no reason: {reason}")
        for name in reason["faults"]:
            if name in found:
                raise ValueError(f"explained twice: {name}")
            found[name] = "unreached" if reason.get("unreached") else "survives"
    return found
