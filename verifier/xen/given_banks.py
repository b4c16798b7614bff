"""Banks and grant region that a user or a log gives for dom0, judged: can Xen have made them on this board?"""

from __future__ import annotations

from verifier.layout.domain_map import Extent
from verifier.layout.host import Host
from verifier.layout.units import listing
from verifier.xen import dom0_banks
from verifier.xen.release import Xen
from verifier.xen.subjects import Given, is_direct_mapped


def bank_faults(host: Host, xen: Xen, given: Given) -> tuple[str, ...]:
    """Why the banks of `given` cannot be those of dom0, or of the hardware domain in its place; a sentence each.

    Empty where nothing speaks against them, and where none are given.
    """
    if given.dom0_banks is None:
        return ()
    domain = next((each for each in host.domains if each.hardware), None) if host.dom0less else None
    bits = given.bits("d0" if domain is None else f"d{domain.number}")
    if is_direct_mapped(host, domain):
        return dom0_banks.impossible(host, xen, given.ram, given.grant_region, given.dom0_banks, domain, bits)
    expected = dom0_banks.predicted(host, xen, given.ipa_bits, given.ram, given.grant_region, domain)
    return () if expected is None else dom0_banks.unlike(expected, given.dom0_banks)


def grant_faults(host: Host, given: Given) -> tuple[str, ...]:
    """Why the grant region of `given` cannot be dom0's: it is Xen's own text (find_gnttab_region), in RAM.

    A sentence, or none where nothing speaks against it or the RAM is not known.
    """
    region = given.grant_region
    ram = given.ram or tuple(Extent(bank.start, bank.end) for bank in host.memory)
    if region is None or not ram or _holds(ram, region):
        return ()
    return (f"{region} is not in RAM, where Xen's text is: {listing(list(map(str, sorted(ram))))}",)


def _holds(ram: tuple[Extent, ...], region: Extent) -> bool:
    """Whether banks, which may touch, hold all of a region."""
    reached = region.start
    for bank in sorted(ram):
        if bank.start <= reached:
            reached = max(reached, bank.end)
    return reached >= region.end
