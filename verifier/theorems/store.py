"""The folder `proofs`: obligations as files, certificates, the index with all verdicts; and what differs from it.

    python -m verifier.theorems.store [--reason TEXT]      (make proofs)

writes it anew: obligations of every proved theorem in every release family, a certificate for each that is
new, and the index. A verdict that is no longer the recorded one is written only with a reason, which is kept.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from verifier.layout.data import data_folder
from verifier.layout.errors import InputError
from verifier.theorems.catalogue import theorems
from verifier.theorems.families import Family, families
from verifier.theorems.statement import Obligation, Theorem
from verifier.theorems.verdict import Prover, Verdict

FORMAT = "xen-layout-proofs/1"
INDEX = "index.json"
Stated = tuple[str, str]
"""Theorem and release."""


@dataclass(slots=True)
class _Use:
    """Where an obligation occurs."""

    name: str
    obligation: Obligation
    theorems: dict[str, list[str]] = field(default_factory=dict)
    """Releases, by theorem."""


class Collected:
    """All verdicts, and the obligations of what is proved; nothing of the folder is read."""

    def __init__(self, prover: Prover) -> None:
        self._uses: dict[tuple[str, ...], _Use] = {}
        self._names: set[str] = set()
        self._theorems = [self._theorem(prover, each) for each in _rested_first()]

    def index(self) -> dict[str, Any]:
        """The index without hashes and certificates."""
        return {"format": FORMAT, "theorems": self._theorems}

    def scripts(self) -> Mapping[str, str]:
        """The text of each obligation's file, by its name."""
        known = {each.name: each for each in theorems()}
        return {use.name: use.obligation.script(list(_head(use, known))) for use in self._uses.values()}

    def _theorem(self, prover: Prover, theorem: Theorem) -> dict[str, Any]:
        found: list[dict[str, Any]] = []
        for family in families():
            entry = self._family(prover.verdict(theorem, family.xen), family)
            if entry is None:
                continue
            if found and {**found[-1], "releases": 0} == {**entry, "releases": 0}:
                found[-1]["releases"] += entry["releases"]
            else:
                found.append(entry)
        return {
            "name": theorem.name,
            "statement": theorem.statement,
            "assumptions": [
                {"id": each.id, "statement": each.statement, "source": each.source}
                for each in theorem.assumptions
            ],
            "sources": [f"{cite.document}: {cite.clause}" for cite in theorem.cites],
            "families": found,
        }

    def _family(self, verdict: Verdict, family: Family) -> dict[str, Any] | None:
        if verdict.word == "not-applicable":
            return None
        proved = verdict.decided if verdict.word == "proved" else ()
        names = [self._name(verdict.theorem, each.obligation, family) for each in proved]
        counterexample = verdict.counterexample
        return {
            "releases": list(family.tags),
            "verdict": verdict.word,
            "obligations": names,
            "uses": list(verdict.theorem.uses(family.xen)) if verdict.word == "proved" else [],
            "counterexample": None if counterexample is None else counterexample.file,
            "reason": verdict.violation.message if verdict.violation else verdict.reason,
        }

    def _name(self, theorem: Theorem, obligation: Obligation, family: Family) -> str:
        """The name of its file: that of the first theorem with it, and since which release if another is older."""
        use = self._uses.get(obligation.key())
        if use is None:
            name = f"{theorem.name.replace('/', '.')}.{obligation.name}"
            name = f"{name}@{family.tags[0]}" if name in self._names else name
            self._names.add(name)
            use = self._uses[obligation.key()] = _Use(name, obligation)
        use.theorems.setdefault(theorem.name, []).extend(family.tags)
        return use.name


def _rested_first() -> Iterator[Theorem]:
    """All theorems, by name but each after those that it rests on in some release."""
    known = {each.name: each for each in theorems()}
    told: set[str] = set()

    def tell(theorem: Theorem) -> Iterator[Theorem]:
        if theorem.name in told:
            return
        told.add(theorem.name)
        uses = {
            name for family in families() if theorem.applies(family.xen) for name in theorem.uses(family.xen)
        }
        for name in sorted(uses):
            yield from tell(known[name])
        yield theorem

    for each in known.values():
        yield from tell(each)


def _head(use: _Use, known: Mapping[str, Theorem]) -> Iterator[str]:
    first, *others = use.theorems
    yield f"Theorem {first}, obligation {use.obligation.name}."
    yield known[first].statement
    yield f"In {_said(use.theorems[first])}."
    yield from (f"{cite.document}: {cite.clause}" for cite in known[first].cites)
    if others:
        yield f"Also an obligation of {', '.join(others)}."
    yield ""


def _said(tags: list[str]) -> str:
    tags = list(dict.fromkeys(tags))
    return f"xen {tags[0]}" if len(tags) == 1 else f"xen {tags[0]} to {tags[-1]}, {len(tags)} releases"


def recorded_verdicts(index: Mapping[str, Any]) -> dict[Stated, str]:
    """The verdict of each theorem in each release where it says anything."""
    return {
        (theorem["name"], tag): family["verdict"]
        for theorem in index["theorems"]
        for family in theorem["families"]
        for tag in family["releases"]
    }


def changed(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Verdicts that are not as they were, one line for each theorem and change; a new theorem is no change."""
    old, new = recorded_verdicts(before), recorded_verdicts(now)
    names = {name for name, _ in old}
    found: dict[tuple[str, str, str], list[str]] = {}
    for name, tag in [*old, *(each for each in new if each not in old)]:
        was, is_now = old.get((name, tag), "not-applicable"), new.get((name, tag), "not-applicable")
        if was != is_now and name in names:
            found.setdefault((name, was, is_now), []).append(tag)
    return [f"{name}: was {was}, is {now_} in {_said(tags)}" for (name, was, now_), tags in found.items()]


def read_index(folder: Path) -> dict[str, Any]:
    """The index that is stored. Raises InputError if there is none, or none that can be read."""
    name = f"proofs/{INDEX}"
    try:
        found: dict[str, Any] = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError("there is no index of proofs", name) from None
    except ValueError as fault:
        raise InputError(f"no JSON: {fault}", name) from None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise InputError(f'it is not of the format "{FORMAT}"', name)
    return found


def differences(folder: Path, collected: Collected) -> list[str]:
    """What is stored otherwise than it would be written now: verdicts, statements, obligations."""
    stored = read_index(folder)
    found = changed(stored, collected.index())
    if not found and stored["theorems"] != collected.index()["theorems"]:
        found.append(f"{INDEX} states theorems otherwise: run `make proofs`")
    scripts = collected.scripts()
    for name in sorted({*scripts, *stored["obligations"]}):
        path = folder / "obligations" / f"{name}.smt2"
        if name not in scripts:
            found.append(f"{name} is stored, and no theorem has it")
        elif not path.is_file() or path.read_text(encoding="utf-8") != scripts[name]:
            found.append(f"{name} is not stored as it is now")
    return found


def write(folder: Path, collected: Collected, reason: str = "") -> None:
    """Write the folder. Raises InputError if a verdict changed and no reason is given."""
    from verifier.logic.certify import NoCertificateError, certify

    index = collected.index()
    before = read_index(folder) if (folder / INDEX).is_file() else {"theorems": [], "obligations": {}}
    if unknown := [name for (name, _), verdict in recorded_verdicts(index).items() if verdict == "unknown"]:
        raise InputError(
            f"nothing is stored while {', '.join(dict.fromkeys(unknown))} is unknown", f"proofs/{INDEX}"
        )
    changes = changed(before, index)
    if changes and not reason:
        raise InputError(
            "verdicts changed, and no reason is given:\n  " + "\n  ".join(changes), f"proofs/{INDEX}"
        )
    index["changes"] = [*before.get("changes", []), *({"what": each, "reason": reason} for each in changes)]
    for part in ("obligations", "certificates"):
        (folder / part).mkdir(exist_ok=True)
    entries: dict[str, dict[str, str]] = {}
    for name, script in collected.scripts().items():
        files = f"obligations/{name}.smt2", f"certificates/{name}.json"
        old = before["obligations"].get(name, {})
        if old.get("sha256") != _hash(script) or not (folder / files[1]).is_file():
            print(f"certify {name}", file=sys.stderr)
            try:
                certificate = json.dumps(certify(script), separators=(",", ":")) + "\n"
            except NoCertificateError as fault:
                raise InputError(f"{name} gets no certificate: {fault}", f"proofs/{INDEX}") from fault
            (folder / files[1]).write_text(certificate, encoding="utf-8")
        (folder / files[0]).write_text(script, encoding="utf-8")
        entries[name] = {
            "file": files[0],
            "sha256": _hash(script),
            "certificate": files[1],
            "certificate_sha256": _hash((folder / files[1]).read_text(encoding="utf-8")),
        }
    index["obligations"] = entries
    (folder / INDEX).write_text(json.dumps(index, indent=1) + "\n", encoding="utf-8")
    wanted = {path for entry in entries.values() for path in (entry["file"], entry["certificate"])}
    for path in (*folder.glob("obligations/*"), *folder.glob("certificates/*")):
        if path.relative_to(folder).as_posix() not in wanted:
            path.unlink()


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def main() -> None:
    """Write the folder of this checkout."""
    reason = sys.argv[sys.argv.index("--reason") + 1] if "--reason" in sys.argv[:-1] else ""
    try:
        write(data_folder("proofs"), Collected(Prover()), reason)
    except InputError as fault:
        sys.exit(str(fault))


if __name__ == "__main__":
    main()
