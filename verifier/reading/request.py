"""Everything that one run of a command needs, read: SOURCE, its baseline, the facts, the policy."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from verifier.layout.errors import InputError
from verifier.layout.facts import Facts
from verifier.layout.finding import Assumption
from verifier.layout.layout import Layout
from verifier.layout.policy import Policy
from verifier.reading import models
from verifier.reading.assumptions import assumptions
from verifier.reading.policy import PLAIN, policy_of
from verifier.reading.source import ARCHES, Source, open_source, read_bytes
from verifier.reading.vocabulary import meanings


@dataclass(frozen=True, slots=True)
class Request:
    """What a user asks of `check`; the fields are the command's options."""

    source: str
    xen: str | None = None
    base: str | None = None
    arch: str | None = None
    """None: arm64, whose configurations include those of arm32, if the header is the same for both."""
    ipa_bits: tuple[int, ...] = ()
    companions: tuple[str, ...] = ()
    timeout: float = 30.0
    seed: int = 0
    policy: str | None = None
    """A policy file, or `none`; None is upstream's policy."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """Everything that one request names, read."""

    source: Source
    layout: Layout
    facts: Facts
    baseline: Layout
    baseline_release: str
    """The tag of the baseline, or its file name."""
    assumptions: tuple[Assumption, ...]
    policy: Policy


def load(request: Request) -> Loaded:
    """Read SOURCE, its baseline and the facts of the release. Raises InputError."""
    arch = request.arch or "arm64"
    if arch not in ARCHES:
        raise InputError(f'no architecture "{arch}"; expected {" or ".join(ARCHES)}')
    policy = policy_of(request.policy)
    companions = {Path(path).name: read_bytes(path) for path in request.companions}
    source = replace(
        open_source(request.source, arch=arch, both=request.arch is None, companions=companions),
        classified=_classified(policy),
    )
    named = models.tag_of(request.xen) if request.xen else ""
    base = _baseline(request, arch, source, named)
    release = named or source.release or base.release or "head"
    facts = _restrict(models.facts(release, arch), request.ipa_bits)
    layout = source.layout()
    baseline = layout if base is source else base.layout()
    baseline_name = base.release or base.subject.name
    return Loaded(
        source,
        layout,
        facts,
        baseline,
        baseline_name,
        assumptions(layout, facts),
        policy,
    )


def _classified(policy: Policy) -> dict[str, str]:
    """Name to meaning. Raises InputError for a meaning that the vocabulary does not have."""
    known = (PLAIN, *meanings())
    for each in policy.classifications:
        if each.meaning not in known:
            raise InputError(
                f'no meaning "{each.meaning}"; there are {", ".join(known)}',
                each.origin.file,
                each.origin.line,
            )
    return {each.name: each.meaning for each in policy.classifications}


def _baseline(request: Request, arch: str, source: Source, named: str) -> Source:
    """`--base` if given, else SOURCE itself if it is a release, else `--xen`, else its own, else head."""
    if request.base:
        return open_source(request.base, arch=arch)
    if source.subject.kind == "release":
        return source
    return open_source(named or source.release or "head", arch=arch)


def _restrict(facts: Facts, wanted: tuple[int, ...]) -> Facts:
    """Keep only the widths asked for; each has to be one that the release can configure."""
    known = [width.bits for width in facts.widths]
    for bits in wanted:
        if bits not in known:
            raise InputError(
                f"xen {facts.release} on {facts.arch} never runs with {bits} ipa bits; "
                f"it can have {', '.join(str(each) for each in known)}"
            )
    if not wanted:
        return facts
    return replace(facts, widths=tuple(width for width in facts.widths if width.bits in wanted))
