"""A guest of xl, or one that only options tell of: predicted and judged for every width and vGIC that it may have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from verifier.commands.guest_inputs import MOST_ENTRIES, OPTIONS, GuestAsked, bare, with_options
from verifier.commands.guest_kernel import bits_of
from verifier.commands.host_consumers import tables_of
from verifier.commands.host_findings import together, unlisted
from verifier.commands.host_inputs import widths_of
from verifier.layout.board_finding import BoardFinding
from verifier.layout.board_report import BoardReport, Neighbourhood
from verifier.layout.errors import InputError
from verifier.layout.finding import Verdict
from verifier.layout.guest_config import GuestConfig, Iomem, Irq, PciDevice, VirtioDevice
from verifier.layout.offer import Offer
from verifier.layout.units import listing, plural
from verifier.reading import models, xl_guest
from verifier.reading.consumers import consumers, named
from verifier.rules.boards.catalogue import judge
from verifier.rules.boards.guest_assumptions import guest_assumptions
from verifier.xen import dom0less_offer, xl_offer
from verifier.xen.consumers import with_uses
from verifier.xen.release import Xen, xen
from verifier.xen.subjects import numbers_of

MAKERS = {"xl": xl_offer, "dom0less": dom0less_offer}
"""Who makes a guest: both have `offer`, `outcome`, `pool`, `UNIT` and `doubts_of_any_memory`."""
_GICS = (3, 2)
"""Versions that a guest may have where nobody says: that of the host."""
_V3 = "GUEST_GICV3_GICD_BASE"
_UNKNOWN_SHOWN = 8
MOST_MENDED = 16
"""Refutations for which repairs are looked for: each takes a judgement of the guest for each thing that is tried."""
_MOST_BYTES = 1 << 20
"""Of a configuration; xl's examples have 5 KiB."""


@dataclass(frozen=True, slots=True)
class Run:
    """What is the same for every width and vGIC."""

    toolstack: str
    config: GuestConfig
    xen: Xen
    widths: tuple[int, ...]
    consumers: tuple[str, ...]
    bits: int
    any_memory: bool
    """Its memory is open: every size that the toolstack takes."""

    def judged(self, gic: int, name: str) -> _Judged:
        """The guest with a vGIC of one version, under the name that reports have for it."""
        if self.any_memory:
            from verifier.commands.guest_sizes import judged  # with it comes the solver

            open_ones = [judged(self, width, gic, name) for width in self.widths]
            return _Judged(
                tuple(each for each, _ in open_ones),
                tuple(together(each for _, told in open_ones for each in told)),
            )
        offers = tuple(self.offer(self.config, self.xen, width, gic, name) for width in self.widths)
        found = tuple(together(each for offer in offers for each in judge(offer)))
        return _Judged(offers, self._mended(found, gic, name))

    def offer(self, config: GuestConfig, model: Xen, width: int, gic: int, name: str) -> Offer:
        """The guest under one width, with what kernels make of it."""
        made = MAKERS[self.toolstack].offer(config, model, width, gic, name)
        return with_uses(made, consumers(), self.consumers, self.bits)

    def _mended(self, found: tuple[BoardFinding, ...], gic: int, name: str) -> tuple[BoardFinding, ...]:
        """With what would repair the first refutations, each at the first width that has it."""
        refuted = [each for each in found if each.verdict == Verdict.REFUTED][:MOST_MENDED]
        if not refuted:
            return found
        from verifier.search.guest_repair import Guest, repairs

        @cache
        def guest(width: int) -> Guest:
            unit = MAKERS[self.toolstack].UNIT
            return Guest(
                self.config, self.xen, unit, lambda config, model: self.offer(config, model, width, gic, name)
            )

        helps = {id(each): repairs(each, guest(each.settings[0][0])) for each in refuted}
        return tuple(replace(each, help=(*each.help, *helps.get(id(each), ()))) for each in found)


@dataclass(frozen=True, slots=True)
class _Judged:
    """A guest with a vGIC of one version, under every width."""

    offers: tuple[Offer, ...]
    findings: tuple[BoardFinding, ...]

    @property
    def said(self) -> set[tuple[object, ...]]:
        """What is found, without how much was compared."""
        return {
            (each.property, each.verdict, each.message, each.details, each.settings) for each in self.findings
        }


def _refuse_many(config: GuestConfig) -> None:
    """Raise InputError for more devices than any guest has: how long an answer takes depends on them."""
    told: dict[str, Sequence[Iomem | Irq | PciDevice | VirtioDevice]] = {
        "iomem": config.iomem,
        "irqs": config.irqs,
        "pci": config.pci,
        "disk and virtio": config.virtio,
    }
    for name, entries in told.items():
        if len(entries) > MOST_ENTRIES:
            place = entries[-1].origin
            raise InputError(
                f"{len(entries)} entries of {name}; up to {MOST_ENTRIES} are judged", place.file, place.line
            )


def of_config(asked: GuestAsked, file: str | None, content: bytes) -> BoardReport:
    """The answer; without a file the options say everything. Raises InputError."""
    model = xen(models.tag_of(asked.board.release or "head"), asked.board.build or "release")
    _is_known(model, asked, file)
    if len(content) > _MOST_BYTES:
        raise InputError(f"larger than {_MOST_BYTES >> 20} MiB, which no configuration is", file or "")
    config = with_options(
        bare("guest") if file is None else xl_guest.read(content, file, model.tag), asked, model
    )
    _refuse_many(config)
    kernel = bits_of(config, asked.board.kernel_bits)
    names = named(asked.board.consumers)
    is_open = file is None and asked.memory is None
    toolstack = asked.toolstack or "xl"
    config = replace(config, kernel_bits=kernel.bits)
    run = Run(
        toolstack, config, model, widths_of(model.tag, asked.board.ipa_bits), names, kernel.bits, is_open
    )
    if is_open and asked.board.need is not None:
        raise InputError("--need: which regions there are depends on the memory: --memory tells it")
    judged, notes = _all_gics(run)
    offers = tuple(each for one in judged for each in one.offers)
    found = tuple(each for one in judged for each in one.findings)
    return BoardReport(
        OPTIONS if file is None else file,
        content,
        model.tag,
        "debug" if model.debug else "release",
        tuple(each.domain for each in offers),
        "guest",
        "options" if file is None else "xl-config",
        notes=(
            *_remarks(config),
            *kernel.notes,
            *notes,
            *unlisted(found),
            *(() if is_open else _unmended(found)),
        ),
        offers=offers,
        findings=found,
        tables=tuple(
            told for each in offers for told in tables_of(each, MAKERS[toolstack].pool(config, model))
        ),
        assumptions=guest_assumptions(offers, toolstack, has_pci=bool(config.pci)),
        neighbourhoods=tuple(_neighbourhoods(offers, run, asked.board.need)),
    )


def _neighbourhoods(offers: Sequence[Offer], run: Run, need: int | None) -> Iterator[Neighbourhood]:
    """How the regions of the guest lie in its address space, where a size is wanted of them."""
    if need is None:
        return
    from verifier.search.adjacency import of_offer  # with it comes networkx

    pool = MAKERS[run.toolstack].pool(run.config, run.xen)
    for each in offers:
        domain = each.domain
        if domain.extended_regions is not None and domain.producer is not None:
            found = of_offer(each, need=need, pool=pool)
            yield Neighbourhood(each.name, domain.ipa_bits, domain.iommu, found)


def _is_known(model: Xen, asked: GuestAsked, file: str | None) -> None:
    """Raise InputError for a release or a toolstack of which there is no guest here."""
    if asked.of_host:
        what = "there is none" if file is None else "this is a configuration of xl"
        raise InputError(f"{listing(asked.of_host)}: of the device tree of a host, and {what}", file)
    if file is not None and asked.toolstack == "dom0less":
        raise InputError("a configuration of xl; --toolstack dom0less is for options without a file", file)
    numbers = numbers_of(model.tag)
    if asked.gic == _GICS[0] and _V3 not in numbers:
        raise InputError(f"--gic v3: xen {model.tag} has no vGICv3, as its arch-arm.h has no {_V3}")
    dom0less = models.numbers(model.tag, "arm64")["dom0less"]
    if asked.toolstack == "dom0less" and not dom0less.value:
        raise InputError(f"--toolstack dom0less: {dom0less.source}, and xen {model.tag} does not")
    if file is None and asked.memory is None and "GUEST_MAGIC_BASE" not in numbers:
        raise InputError(f"--memory: where xen {model.tag} puts the magic pages depends on it")


def _all_gics(run: Run) -> tuple[Sequence[_Judged], tuple[str, ...]]:
    """Of every version that the vGIC may have; versions of which the same is found as one."""
    name = run.config.name or "guest"
    if run.config.gic is not None:
        return [run.judged(run.config.gic, name)], ()
    gics = [gic for gic in _GICS if gic == _GICS[-1] or _V3 in numbers_of(run.xen.tag)]
    first, *others = (run.judged(gic, name) for gic in gics)
    if not others:
        return [first], ()
    if all(each.said == first.said for each in others):
        note = f"the vGIC has the version of the host's: the same is found of v3 and v2, and the map is that of v{_GICS[0]}"
        return [first], (note,)
    return [run.judged(gic, f"{name} (vGICv{gic})") for gic in _GICS], ()


def _unmended(found: Iterable[BoardFinding]) -> Iterator[str]:
    """A sentence where repairs are not looked for."""
    refuted = sum(each.verdict == Verdict.REFUTED for each in found)
    if refuted > MOST_MENDED:
        yield f"{refuted} refutations: what would repair them is looked for of the first {MOST_MENDED}"


def _remarks(config: GuestConfig) -> Iterator[str]:
    """What the file means otherwise than it seems to; keys that xl does not read, and how many do not matter."""
    yield from (f"{each.origin}: {each.text}" for each in config.remarks if not each.refused)
    for key in config.unknown[:_UNKNOWN_SHOWN]:
        hint = f" ({key.hint})" if key.hint else ""
        yield f"{key.origin}: xl of this release does not read {key.name}{hint}, and does not say so"
    count = len(config.unknown)
    if count > _UNKNOWN_SHOWN:
        yield f"{count - _UNKNOWN_SHOWN} more keys that xl of this release does not read"
    if config.irrelevant:
        told = len(config.irrelevant)
        yield f"{told} {plural(told, 'key')} without bearing on the map: {listing(config.irrelevant)}"
