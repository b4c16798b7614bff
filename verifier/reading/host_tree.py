"""What a release of Xen takes from a host device tree."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from verifier.layout.device_tree import Node, Tree
from verifier.layout.host import Bank, Domain, Fault, Host, Module, SharedMemory
from verifier.reading import boot_scan, shared_memory, xen_options
from verifier.reading.boot_memory import Found, ScanError
from verifier.reading.console import console, named
from verifier.reading.dom0_devices import mapped_to_dom0
from verifier.reading.dom0_tree import dom0_trees
from verifier.reading.dt_addresses import ROOT_ADDRESS_CELLS, ROOT_SIZE_CELLS, addresses, number
from verifier.reading.dt_ranges import WORD
from verifier.reading.dt_rules import Rules, rules_of
from verifier.reading.host_devices import dma_bits_of, gic_faults, gic_of, uart_of
from verifier.reading.iommus import behind_iommus, iommus_of

_CAPABILITIES = 7
"""`DOMAIN_CAPS_MASK` (public/bootfdt.h): control, hardware, xenstore."""
_MOST_BOUND = (1 << 31) - 1
"""INT32_MAX."""


def host_of(tree: Tree, release: str, line: str | None = None, rules: Rules | None = None) -> Host:
    """A tree as a release reads it. What stops Xen, or is ignored, is among the faults.

    `line` is Xen's command line where it is known to be another than the tree's, `rules` are those of no release.

    Raises InputError for a release that is not modelled, and for cell counts that make Xen read past a property.
    """
    rules = rules or rules_of(release)
    found = boot_scan.scan(tree, rules)
    kernel = next(
        (line for kind, of_domain, line in found.command_lines if kind == "kernel" and not of_domain), None
    )
    chosen = tree.at("/chosen")
    options = xen_options.options(xen_options.command_line(tree, kernel) if line is None else line)
    console_node = named(tree, options)
    uart = console(console_node, rules)
    coloured = rules.has("llc-coloring") and options.colours
    dom0_shared = () if chosen is None else _shared(found, chosen, direct_map=not coloured)
    cells = (
        found.buses.cells(tree.root, "#address-cells", ROOT_ADDRESS_CELLS),
        found.buses.cells(tree.root, "#size-cells", ROOT_SIZE_CELLS),
    )
    mapped = mapped_to_dom0(tree, found.buses, rules, uart)
    domains = () if chosen is None else tuple(_domains(found, chosen, rules))
    found.faults += [*_missing_kernels(found), *gic_faults(tree, found.buses)]
    if found.buses.misread is not None:
        path, count = found.buses.misread
        message = f"a number of {count} cells (dt_read_number)"
        found.faults.append(Fault(path, "asserts", message))
    return Host(
        tree.file,
        rules.tag,
        *cells,
        memory=tuple(found.memory),
        domains=domains,
        dom0_shared=dom0_shared,
        reserved=tuple(found.reserved),
        shared=tuple(found.shared),
        modules=tuple(found.modules),
        options=options,
        addresses=addresses(tree, rules, found.buses),
        mapped=mapped,
        dom0=dom0_trees(found, uart),
        iommus=tuple(iommus_of(tree)),
        faults=tuple(found.faults),
        gic=gic_of(tree, found.buses),
        uart=uart_of(found.buses, console_node),
        dma_bits=dma_bits_of(tree),
        devices=behind_iommus(tree),
    )


def _shared(found: Found, node: Node, *, direct_map: bool) -> tuple[SharedMemory, ...]:
    try:
        return tuple(shared_memory.of_domain(found, node, direct_map=direct_map))
    except ScanError as error:
        found.faults.append(replace(error.fault, domain=node.path))
        return ()


def _domains(found: Found, chosen: Node, rules: Rules) -> Iterator[Domain]:
    """The children of `/chosen` that are domains (`create_domUs`)."""
    count, sticky = 0, False
    # Xen looks for a partial device tree in all nodes after the domain's, not only in those below it.
    last = max(
        (node.index for node in found.tree.nodes if node.compatible("multiboot,device-tree")), default=0
    )
    for node in found.tree.children(chosen):
        if not node.compatible("xen,domain"):
            continue
        count += 1
        passed = rules.has("passthrough-property") and node.text("passthrough") == "enabled"
        sticky = sticky or passed
        passed = sticky if rules.has("passthrough-sticks") else passed
        followed = node.index < last
        domain = _domain(found, node, count, passed or followed)
        bounds = _overflows(node) if rules.has("max-grant-frames") else ()
        messages = (*_complaints(domain), *_capable(node, domain, followed=followed), *bounds)
        found.faults += [Fault(node.path, "panics", message, node.path) for message in messages]
        yield domain


def _domain(found: Found, node: Node, count: int, iommu: bool) -> Domain:
    rules = found.rules
    memory = node.properties.get("memory", b"")
    capabilities = (node.word("capabilities") or 0) if rules.has("capabilities") else 0
    direct_map = rules.has("direct-map") and "direct-map" in node.properties
    return Domain(
        node.path,
        node.name,
        count,
        number(memory[:8]) * 1024 & WORD if len(memory) >= 8 else None,
        node.word("cpus"),
        _static(found, node),
        direct_map,
        _shared(found, node, direct_map=direct_map),
        iommu or bool(capabilities & 2),
        _own_tree(found, node),
        _enhanced(found, node),
        "vpl011" in node.properties,
        node.text("llc-colors"),
        capabilities,
        node.word("max_grant_frames") if rules.has("max-grant-frames") else None,
        node.word("xen,domain-p2m-mem-mb"),
        node.word("nr_spis"),
        node.word("max_grant_version") if rules.has("max-grant-frames") else None,
    )


def _complaints(domain: Domain) -> Iterator[str]:
    if domain.memory is None:
        yield 'no property "memory" of 8 bytes'
    if domain.cpus is None:
        yield 'no property "cpus"'
    if domain.direct_map and not domain.static_memory:
        yield "direct-map without xen,static-mem"


def _overflows(node: Node) -> Iterator[str]:
    """Bounds of a grant table above what an int has: create_domUs panics, whatever the build has (9c57a29737)."""
    for name in ("max_grant_frames", "max_maptrack_frames"):
        bound = node.word(name)
        if bound is not None and bound > _MOST_BOUND:
            yield f"{name} ({bound}) overflow (create_domUs)"


def _capable(node: Node, domain: Domain, *, followed: bool) -> Iterator[str]:
    """What parse_dom0less_node, and that of the architecture, refuse of a domain with capabilities.

    `followed`: a partial device tree is in its node or in any node behind it, which Xen does not tell apart.
    """
    if domain.capabilities & ~_CAPABILITIES:
        yield f"capabilities of {domain.capabilities:#x}, and Xen knows {_CAPABILITIES:#x} (parse_dom0less_node)"
    if not domain.hardware:
        return
    if b"\0" in node.properties.get("passthrough", b""):
        yield "passthrough of a hardware domain (parse_dom0less_node)"
    if followed:
        yield "a partial device tree in or behind a hardware domain (parse_dom0less_node)"
    if domain.nr_spis is not None:
        yield "nr_spis of a hardware domain (arch_parse_dom0less_node)"


def _static(found: Found, node: Node) -> tuple[Bank, ...]:
    value = node.properties.get("xen,static-mem")
    cells = boot_scan.static_cells(found, node)
    if value is None:
        return ()
    return tuple(
        Bank(node.path, index, start, size, "static-domain")
        for index, (start, size) in enumerate(found.stretches(node, value, cells))
    )


def _missing_kernels(found: Found) -> Iterator[Fault]:
    """Kernels without which a domain is not built (`kernel_probe`): none is named, or the scan dropped or did not reach it.

    A tree without a kernel of dom0 is not complained of: boot loaders add it. What they do not add is a domain.
    """
    kept = [each for each in found.modules if each.kind == "kernel"]
    starts = {each.start for each in kept if each.size}
    first = next((each for each in kept if not each.of_domain), None)
    no_other = first is None or not first.size
    for node in found.tree.nodes:
        if not node.path.startswith("/chosen/"):
            continue
        if node.compatible("xen,domain") and found.tree.depth(node) == 2:
            yield from _without_kernel(found, node, starts)
        elif (
            no_other
            and node.compatible("multiboot,kernel")
            and not _of_domain(found, node)
            and _kernel_start(found, node) not in starts
        ):
            message = f"dom0's kernel is no boot module (kernel_probe){_unseen(found)}"
            yield Fault(node.path, "panics", message, "/chosen")


def _without_kernel(found: Found, domain: Node, starts: Collection[int]) -> Iterator[Fault]:
    """Of a domain's kernels the last counts; Xen reads `reg` of each, there or not."""
    kernels = [each for each in found.tree.children(domain) if each.compatible("multiboot,kernel")]
    if not kernels:
        yield Fault(domain.path, "panics", "it names no kernel (kernel_probe)", domain.path)
        return
    bare = next((each for each in kernels if "reg" not in each.properties), None)
    if bare is not None:
        yield Fault(bare.path, "panics", "a kernel without reg (kernel_probe)", domain.path)
    elif _kernel_start(found, kernels[-1]) not in starts:
        message = (
            f"the kernel of {domain.path} is no boot module, or an empty one (kernel_probe){_unseen(found)}"
        )
        yield Fault(kernels[-1].path, "panics", message, domain.path)


def _unseen(found: Found) -> str:
    """Why modules may not have been seen: an error that Xen passes over has ended the early scan."""
    ended = next((each for each in found.faults if each.effect == "ends-scan"), None)
    return "" if ended is None else f": the early scan ends at {ended.path}, {ended.message}"


def _of_domain(found: Found, node: Node) -> bool:
    parent = found.tree.parent(node)
    return parent is not None and parent.compatible("xen,domain")


def _kernel_start(found: Found, node: Node) -> int | None:
    place = next(found.stretches(node, node.properties.get("reg", b""), found.cells(node)), None)
    return None if place is None else place[0]


def _own_tree(found: Found, node: Node) -> Module | None:
    paths = {each.path for each in found.tree.children(node)}
    return next((each for each in found.modules if each.kind == "device-tree" and each.path in paths), None)


def _enhanced(found: Found, node: Node) -> str | None:
    """No value, or one without its NUL, means enabled."""
    value = node.properties.get("xen,enhanced")
    if value is None or not found.rules.has("enhanced"):
        return None
    text = node.text("xen,enhanced") or ""
    if not value or b"\0" not in value or text == "enabled":
        return "enabled"
    if text == "no-xenstore" or (text == "legacy" and found.rules.has("enhanced-legacy")):
        return text
    found.faults.append(Fault(node.path, "ignored", f'xen,enhanced = "{text}" means nothing to this release'))
    return None
