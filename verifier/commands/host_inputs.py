"""What `verifier host` predicts from: files, options, and what a log tells of what neither says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING

from verifier.commands.files import called, read
from verifier.layout.device_tree import Tree
from verifier.layout.domain_map import Extent
from verifier.layout.errors import InputError
from verifier.layout.host import Host
from verifier.reading import models
from verifier.reading.dtb import is_dtb, read_dtb
from verifier.reading.partial_tree import Partial, partial_tree
from verifier.xen.release import Build
from verifier.xen.subjects import Given

if TYPE_CHECKING:
    from verifier.commands.host_machine import Machine
    from verifier.layout.boot import BootLog, DomainLog, Stretch

_MOST_DOMAINS = 256
"""Each costs a map for every setting."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The options; None and empty where they leave it to the log or to the release."""

    tree: str
    release: str | None = None
    build: Build | None = None
    iommu: bool | None = None
    ipa_bits: tuple[int, ...] = ()
    dom0_banks: tuple[Extent, ...] = ()
    grant_table: Extent | None = None
    ram: tuple[Extent, ...] = ()
    log: str | None = None
    domain: str | None = None
    partials: tuple[str, ...] = ()
    """Each `[dN|NAME=]FILE`."""
    kernel_bits: tuple[str, ...] = ()
    """Each `[dN|NAME=]32` or `64`."""
    need: int | None = None
    """Bytes wanted of a domain's regions."""
    consumers: tuple[str, ...] = ()
    """Guest kernels that count in the verdict, by name."""
    whole: bool = False
    """The whole map of a guest is to be judged, not only what it is offered."""
    repairs: bool = True
    """Repairs of refutations are looked for: that takes longer than to find them."""
    content: bytes | None = field(default=None, repr=False)
    """Of `tree`, where it is read already."""
    machine: Machine | None = field(default=None, repr=False)
    """What `content` says to the release, where it is known already and there is no log."""


def tree_of(content: bytes, name: str) -> Tree:
    """The tree of a blob or of source. Raises InputError, also for one with more domains than are judged."""
    if is_dtb(content):
        return _bounded(read_dtb(content, called(name)))
    from verifier.reading.device_tree import read_tree  # subprocess and shutil are for source alone

    return _bounded(read_tree(content, called(name)))


def _bounded(tree: Tree) -> Tree:
    domains = sum(node.compatible("xen,domain") for node in tree.nodes)
    if domains > _MOST_DOMAINS:
        raise InputError(f"{domains} domains; up to {_MOST_DOMAINS} are judged", tree.file)
    return tree


def settings(asked: Asked, board: Host, log: BootLog | None) -> tuple[Given, ...]:
    """One for each width and IOMMU setting. Raises InputError for a width that the release never has."""
    logged = () if log is None or log.ipa_bits is None else (log.ipa_bits.value,)
    widths = widths_of(board.tag, asked.ipa_bits or logged)
    logged_iommu = None if log is None else log.iommu
    iommu = asked.iommu if asked.iommu is not None else logged_iommu
    d0 = None if log is None else _logged_hardware(log, board)
    logged_grant = None if d0 is None or d0.grant_table is None else _extents((d0.grant_table,))[0]
    logged_banks = () if d0 is None else _extents(d0.banks)
    ram = asked.ram or (() if log is None else _extents(log.memory))
    partials = _partials(asked.partials, board)
    return tuple(
        Given(
            bits,
            each,
            ram or None,
            asked.dom0_banks or logged_banks or None,
            asked.grant_table or logged_grant,
            {path: each.passthrough for path, each in partials.items()},
            {path: each.faults for path, each in partials.items()},
            {path: each.assigned for path, each in partials.items()},
            _kernel_bits(asked.kernel_bits, board, log),
            None if log is None or log.image is None else _extents((log.image,))[0],
            None if log is None or log.cpus is None else log.cpus.value,
            drivers(log),
        )
        for bits, each in product(widths, (False, True) if iommu is None else (iommu,))
    )


def widths_of(tag: str, asked: tuple[int, ...]) -> tuple[int, ...]:
    """The widths asked for, else all of a release. Raises InputError for one that it never has."""
    known = [width.bits for width in models.widths(tag, "arm64")]
    for bits in asked:
        if bits not in known:
            raise InputError(f"xen {tag} on arm64 never runs with {bits} ipa bits; it has {known}")
    return asked or tuple(known)


def _logged_hardware(log: BootLog, board: Host) -> DomainLog | None:
    """What a log says of dom0, or of the hardware domain in its place, which some releases call dom0 in part."""
    names = ("d0", *(f"d{each.number}" for each in board.domains if each.hardware))
    found = (log.domain(name) for name in names)
    return next((each for each in found if each is not None and (each.banks or each.grant_table)), None)


def drivers(log: BootLog | None) -> Mapping[str, bool]:
    """What a log tells of the build; one that begins with Xen's version would have the line of an ITS."""
    if log is None or not (log.its or log.version):
        return {}
    from verifier.reading.packages import lacking

    return {"its": log.its, **dict.fromkeys(lacking(log), False)}


def _extents(stretches: tuple[Stretch, ...]) -> tuple[Extent, ...]:
    return tuple(Extent(each.start, each.end) for each in stretches)


def wanted(board: Host, domain: str) -> str:
    """The name in Xen's log of a domain, by that name or its node's. Raises InputError for one that is not there."""
    names = [] if board.dom0less else ["d0"]
    for each in board.domains:
        names.append(f"d{each.number}")
        if each.name == domain:
            return names[-1]
    if domain not in names:
        raise InputError(f'no domain "{domain}"; there are {", ".join(names)}', board.file)
    return domain


def _partials(texts: tuple[str, ...], board: Host) -> Mapping[str, Partial]:
    """What the partial device trees ask for and what Xen refuses of them, by the node path of their domains."""
    having = {f"d{each.number}": each.path for each in board.domains if each.device_tree is not None}
    partials: dict[str, Partial] = {}
    for text in texts:
        domain, _, file = text.partition("=") if "=" in text else ("", "", text)
        name = wanted(board, domain) if "=" in text else _only(having, text)
        if name not in having:
            known = f"; {', '.join(having)} {'has' if len(having) == 1 else 'have'}" if having else ""
            raise InputError(f"{name} has no module with a partial device tree{known}", board.file)
        if having[name] in partials:
            raise InputError(f"a second partial device tree for {name}: {file}")
        partials[having[name]] = partial_tree(tree_of(read(file), file), board.tag)
    return partials


def _only(having: Mapping[str, str], text: str) -> str:
    """The one domain with a partial device tree. Raises InputError if it is not one."""
    if len(having) == 1:
        return next(iter(having))
    known = f"{', '.join(having)} have" if having else "no domain has"
    raise InputError(f"whose is the partial device tree {text}? {known} such a module; expected dN=FILE")


def _kernel_bits(texts: tuple[str, ...], board: Host, log: BootLog | None) -> Mapping[str, int]:
    """Widths of kernels by the names of their domains: of the options, else of the log.

    An option without a name holds for all domains that no other names.
    """
    of_all: int | None = None
    named: dict[str, int] = {}
    for text in texts:
        domain, equals, bits = text.rpartition("=")
        if bits not in ("32", "64"):
            raise InputError(f'"{text[:60]}" is no width of a kernel; expected 32, 64, d1=32 or NAME=32')
        name = wanted(board, domain) if equals else ""
        if name in named or (not name and of_all is not None):
            raise InputError(f"two widths of the kernel of {name or 'all domains'}")
        if name:
            named[name] = int(bits)
        else:
            of_all = int(bits)
    if of_all is not None:
        return dict.fromkeys(("d0", *(f"d{each.number}" for each in board.domains)), of_all) | named
    told = {} if log is None else {each.name: each.kernel_bits for each in log.domains}
    return {name: bits for name, bits in told.items() if bits is not None} | named
