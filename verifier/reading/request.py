"""Everything that one run of a command needs, read: SOURCE, its baseline, the facts, the policy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from verifier.layout import units
from verifier.layout.change import Application
from verifier.layout.errors import InputError
from verifier.layout.facts import Facts
from verifier.layout.finding import Assumption
from verifier.layout.layout import Layout
from verifier.layout.policy import Policy
from verifier.layout.subject import Subject
from verifier.reading import models
from verifier.reading.assumptions import assumptions
from verifier.reading.models import Model
from verifier.reading.policy import PLAIN, policy_of
from verifier.reading.source import (
    ARCHES,
    Source,
    bounded,
    called,
    is_named,
    is_patch,
    open_source,
    opened,
    read_bytes,
)
from verifier.reading.vocabulary import meanings

if TYPE_CHECKING:
    from verifier.reading.stages import Stage


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
    content: bytes | None = field(default=None, repr=False)
    """Of `source`, where it is read already."""
    given: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    """Companions that are read already, by name."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """Everything that one layout of a request needs, read."""

    source: Source
    layout: Layout
    facts: Facts
    baseline: Layout
    baseline_release: str
    """The tag of the baseline, or its file name."""
    assumptions: tuple[Assumption, ...]
    policy: Policy
    named: tuple[Subject, ...]
    """What the layout goes by in a policy: SOURCE and, under a patch, the base."""
    application: Application | None = None
    """How a patch led to the layout, where one did."""
    original: bytes | None = field(default=None, repr=False)
    """The text of the header that the patch was put on, as it was given."""


def load(request: Request) -> Loaded:
    """The layout of SOURCE; of a series of patches the one after the last. Raises InputError."""
    return Reader(request).layouts()[-1]


class Reader:
    """Reads what one request names, SOURCE once: it may be standard input. Raises InputError."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.arch = request.arch or "arm64"
        if self.arch not in ARCHES:
            raise InputError(f'no architecture "{self.arch}"; expected {" or ".join(ARCHES)}')
        self.policy = policy_of(request.policy)
        self.classified = _classified(self.policy)
        named = {Path(path).name: read_bytes(path) for path in request.companions}
        self.companions = {**request.given, **named}
        self.named = "" if request.xen is None else models.tag_of(request.xen)
        self.content = self._content()
        self.is_patch = self.content is not None and is_patch(self.content)

    def _content(self) -> bytes | None:
        """The content of SOURCE if it is a file."""
        source, content = self.request.source, self.request.content
        if is_named(source):
            return None
        return read_bytes(source) if content is None else bounded(content, source)

    def layouts(self) -> tuple[Loaded, ...]:
        """One for SOURCE, or one after each of its patches."""
        if not self.is_patch:
            source = self._source(self.request.source)
            return (self._loaded(source, self._baseline(source)),)
        base = self._source(self.request.base or self.named or "head")
        found = self._stages(base)
        return tuple(self._loaded(stage.source, base, stage.application) for stage in found)

    def _stages(self, base: Source) -> tuple[Stage, ...]:
        from verifier.reading.stages import fitting_releases, span, stages  # 15 ms that only patches need

        assert self.content is not None
        name = called(self.request.source)
        try:
            return stages(self.content, name, base, both=self.request.arch is None)
        except InputError as fault:
            if self.request.base or self.named:
                raise
            fitting = [span(model) for model, _ in fitting_releases(self.content, name, arch=self.arch)]
            if not fitting:
                raise
            told = f"{fault.message}; it applies to {units.listing(fitting)}: name one with --base"
            raise InputError(told, fault.file, fault.line) from None

    def others(self) -> Iterator[tuple[Model, Loaded]]:
        """A patch on every other release it applies to, with that release's own behaviour.

        None if its base is no release. A release that has not all the widths asked for is none of them.
        """
        base = self.request.base or self.named or "head"
        if not models.is_release(base):
            return
        from verifier.reading.stages import fitting_releases

        assert self.content is not None
        mine = models.release(models.tag_of(base))
        for model, source in fitting_releases(self.content, called(self.request.source), arch=self.arch):
            if model is mine:
                continue
            on = open_source(model.tags[-1], arch=self.arch)
            try:
                yield model, self._loaded(replace(source, classified=self.classified), on)
            except InputError:
                continue

    def _source(self, name: str) -> Source:
        """A layout by its name."""
        mine = name == self.request.source
        both = self.request.arch is None and mine
        companions = self.companions if mine or self.is_patch else {}
        if mine and self.content is not None:
            found = opened(self.content, called(name), arch=self.arch, both=both, companions=companions)
        else:
            found = open_source(name, arch=self.arch, both=both, companions=companions)
        return replace(found, classified=self.classified)

    def _baseline(self, source: Source) -> Source:
        """`--base` if given, else SOURCE itself if it is a release, else `--xen`, else its own, else head."""
        if self.request.base:
            return self._source(self.request.base)
        if source.subject.kind == "release":
            return source
        return self._source(self.named or source.release or "head")

    def _loaded(self, source: Source, base: Source, application: Application | None = None) -> Loaded:
        own = base.release if application is not None else source.release
        release = self.named or own or "head"
        facts = _restrict(models.facts(release, self.arch), self.request.ipa_bits)
        layout = source.layout()
        return Loaded(
            source,
            layout,
            facts,
            layout if base is source else base.layout(),
            base.release or base.subject.name,
            assumptions(layout, facts),
            self.policy,
            (source.subject, base.subject) if application else (source.subject,),
            application,
            base.content if application and isinstance(base.content, bytes) else None,
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
